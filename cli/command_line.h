// The command line: finds the verb, parses its arguments, runs it, and turns whatever it throws
// into a message on stderr and an exit code. Thread: main.
#pragma once

#include <span>

#include "cli/verb.h"

namespace facet {

/// `laterVerbs`: those that are not there yet, and say so.
ExitCode runCommandLine(std::span<const Verb> verbs, std::span<const Verb> laterVerbs, int argc,
                        char** argv);

}  // namespace facet
