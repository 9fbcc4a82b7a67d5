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

ExitCode codeOf(ClientError::Kind kind) {
  switch (kind) {
    case ClientError::Kind::notReachable:
    case ClientError::Kind::disconnected:
    case ClientError::Kind::overloaded:
      return ExitCode::notReachable;
    case ClientError::Kind::timedOut:
      return ExitCode::timedOut;
    case ClientError::Kind::unknown:
      return ExitCode::unknown;
    case ClientError::Kind::lost:
    case ClientError::Kind::expired:
    case ClientError::Kind::failed:
      break;
  }
  return ExitCode::failed;
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

std::string overview(std::span<const Verb> verbs) {
  std::string out =
      "facet: commands in, events in a durable log, SQL views that are always current.\n\n"
      "usage: facet VERB ...          facet VERB --help shows a verb's arguments\n\n";
  for (const Verb& verb : verbs) out += fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  out +=
      "\nstdout is data, stderr is talk. Exit codes: 0 ok, 1 failed, 2 usage, 3 a command was "
      "rejected,\n4 not ready or not reachable, 5 timed out, 6 the outcome of a command is "
      "unknown.\nClients connect to $FACET_ADDRESS, else to 127.0.0.1:7400.\n";
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
    return complain(codeOf(error.kind), error.what());
  } catch (const ModelError& error) {
    return reportProblems(error);
  } catch (const kj::Exception& error) {
    const ClientError meaning = clientError(error);
    return complain(codeOf(meaning.kind), meaning.what());
  } catch (const std::exception& error) {
    return complain(ExitCode::failed, error.what());
  }
}

}  // namespace

ExitCode runCommandLine(std::span<const Verb> verbs, std::span<const std::string_view> laterVerbs,
                        int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty()) {
    fmt::print(stderr, "{}", overview(verbs));
    return ExitCode::usage;
  }
  const std::string name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", overview(verbs));
    return ExitCode::ok;
  }
  const std::string word = name == "--version" ? "version" : name;
  if (std::find(laterVerbs.begin(), laterVerbs.end(), word) != laterVerbs.end()) {
    return complain(ExitCode::usage,
                    fmt::format("\"{}\" is not available yet in this version", word));
  }
  const Verb* verb = findVerb(verbs, word);
  if (verb == nullptr) {
    return complain(ExitCode::usage,
                    fmt::format("there is no verb \"{}\"; `facet --help` lists them", word));
  }
  arguments.erase(arguments.begin());
  return runReporting(*verb, std::move(arguments));
}

}  // namespace facet
