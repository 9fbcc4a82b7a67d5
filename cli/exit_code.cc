#include "cli/exit_code.h"

namespace facet {

ExitCode exitCodeOf(ClientError::Kind kind) {
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
    case ClientError::Kind::notPrimary:
    case ClientError::Kind::failed:
      break;
  }
  return ExitCode::failed;
}

}  // namespace facet
