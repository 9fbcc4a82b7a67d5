// What a run of the program ends with. Firm: scripts rely on the numbers. Value types.
#pragma once

#include <stdexcept>

#include "client/error.h"

namespace facet {

enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  rejected = 3,      // at least one command was rejected, or a line of the file was bad
  notReachable = 4,  // no connection, or the server is not ready
  timedOut = 5,
  unknown = 6,        // at least one command may be in the log or not
  interrupted = 130,  // by Ctrl-C
};

/// What a client's error ends the program with.
ExitCode exitCodeOf(ClientError::Kind kind);

/// The command line is wrong: exit code 2.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A failure whose exit code is known.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode exitCode, const std::string& text) : std::runtime_error(text), code(exitCode) {}
  const ExitCode code;
};

}  // namespace facet
