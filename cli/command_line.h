// The command line: finds the verb, parses its arguments, runs it, and turns whatever it throws
// into a message on stderr and an exit code. Thread: main.
#pragma once

#include <span>
#include <string_view>

#include "cli/verb.h"

namespace facet {

/// `laterVerbs`: words that are known and not there yet.
ExitCode runCommandLine(std::span<const Verb> verbs, std::span<const std::string_view> laterVerbs,
                        int argc, char** argv);

}  // namespace facet
