// The command line: finds the verb, parses its arguments, runs it, and turns whatever it throws
// into a message on stderr and an exit code. Thread: main.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace facet {

/// `laterVerbs`: words that are known and not there yet.
ExitCode runCommandLine(std::span<const Verb> verbs, std::span<const std::string_view> laterVerbs,
                        int argc, char** argv);

/// CLI11 takes a positional argument in [brackets] for a list of its own and cuts it up, but here
/// it is JSON. Arguments are protected before they are parsed; plainArgument gives them back.
std::string protectArgument(std::string argument);
std::string plainArgument(std::string argument);
std::vector<std::string> plainArguments(std::vector<std::string> arguments);

}  // namespace facet
