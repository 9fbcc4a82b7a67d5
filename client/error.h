// ClientError: why a call did not succeed, in kinds that a program can act on. Value type.
#pragma once

#include <kj/exception.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace facet {

class ClientError : public std::runtime_error {
 public:
  enum class Kind : uint8_t {
    notReachable,  // no connection could be made: nothing was done
    disconnected,  // the connection broke: a read can be repeated; of a write the outcome is
                   // `unknown`
    timedOut,      // the position that was asked for was not visible in time, or the node did not
                   // answer
    overloaded,    // nothing was done: try again later
    unknown,       // a batch may be in the log or not: resend it with the same client and sequence
    lost,          // a token of another log, or of a suffix that was lost
    expired,       // the cursor: start the scan again
    notPrimary,    // a replica takes no commands; what() names the primary
    failed,        // the request is wrong, or can't be answered; what() says why
  };

  ClientError(Kind errorKind, const std::string& text)
      : std::runtime_error(text), kind(errorKind) {}
  const Kind kind;
};

/// What an exception of a promise means.
ClientError clientError(const kj::Exception& exception);

}  // namespace facet
