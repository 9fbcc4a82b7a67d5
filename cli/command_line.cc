#include "cli/command_line.h"

#include <fmt/format.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "client/error.h"
#include "model/load.h"

namespace facet {
namespace {

ExitCode complain(ExitCode code, std::string_view text) {
  fmt::print(stderr, "facet: {}\n", text);
  return code;
}

ExitCode reportProblems(const ModelError& error) {
  for (const ModelProblem& problem : error.problems()) {
    fmt::print(stderr, "{}\n", formatProblem(problem));
  }
  const size_t count = error.problems().size();
  return complain(ExitCode::failed,
                  fmt::format("the model has {} error{}", count, count == 1 ? "" : "s"));
}

/// Nothing if there is none of the name.
const Verb* findVerb(std::span<const Verb> verbs, std::string_view name) {
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return verb.name == name; });
  return found == verbs.end() ? nullptr : &*found;
}

std::string overview(std::span<const Verb> verbs, std::span<const Verb> laterVerbs) {
  std::string out =
      "facet: commands in, events in a durable log, SQL views that are always current.\n\n"
      "usage: facet VERB ...          facet VERB --help shows a verb's arguments\n\n";
  for (const Verb& verb : verbs) out += fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  out += "\nNot yet available:";
  for (const Verb& verb : laterVerbs) out += fmt::format(" {}", verb.name);
  out += "\n";
  out +=
      "\nstdout is data, stderr is talk. Exit codes: 0 ok, 1 failed, 2 usage, 3 a command was "
      "rejected,\n4 not ready or not reachable, 5 timed out, 6 the outcome of a command is "
      "unknown,\n130 Ctrl-C.\nClients connect to $FACET_ADDRESS, else to 127.0.0.1:7400.\n";
  return out;
}

ExitCode runVerb(const Verb& verb, std::vector<std::string> line) {
  Arguments take(verb.name, verb.summary, verb.examples);
  const Action action = verb.declare(take);
  if (take.parse(std::move(line)) == Arguments::Parsed::helped) return ExitCode::ok;
  return action();
}

/// What it throws, as a message and an exit code.
ExitCode runReporting(const Verb& verb, std::vector<std::string> line) {
  try {
    return runVerb(verb, std::move(line));
  } catch (const UsageError& error) {
    return complain(ExitCode::usage, fmt::format("{}\n`facet {} --help` shows how it is called",
                                                 error.what(), verb.name));
  } catch (const Failure& error) {
    return complain(error.code, error.what());
  } catch (const ClientError& error) {
    return complain(exitCodeOf(error.kind), error.what());
  } catch (const ModelError& error) {
    return reportProblems(error);
  } catch (const kj::Exception& error) {
    const ClientError meaning = clientError(error);
    return complain(exitCodeOf(meaning.kind), meaning.what());
  } catch (const std::exception& error) {
    return complain(ExitCode::failed, error.what());
  }
}

}  // namespace

ExitCode runCommandLine(std::span<const Verb> verbs, std::span<const Verb> laterVerbs, int argc,
                        char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty()) {
    fmt::print(stderr, "{}", overview(verbs, laterVerbs));
    return ExitCode::usage;
  }
  const std::string name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", overview(verbs, laterVerbs));
    return ExitCode::ok;
  }
  const std::string word = name == "--version" ? "version" : name;
  const Verb* verb = findVerb(verbs, word);
  if (verb == nullptr) verb = findVerb(laterVerbs, word);
  if (verb == nullptr) {
    return complain(ExitCode::usage,
                    fmt::format("there is no verb \"{}\"; `facet --help` lists them", word));
  }
  arguments.erase(arguments.begin());
  return runReporting(*verb, std::move(arguments));
}

}  // namespace facet
