// Faults: what a client gets as an exception, in Cap'n Proto's kinds. A text says what is wrong,
// where, and what to do; its beginning says which of these it is. Thread: pure functions.
#pragma once

#include <fmt/format.h>
#include <kj/exception.h>

#include <exception>
#include <string>
#include <string_view>

namespace facet {

kj::Exception fault(kj::Exception::Type type, std::string_view text);

/// The request is wrong, or can't be answered as asked.
[[noreturn]] void throwFailed(std::string_view text);
/// Nothing was done; the same request may succeed later.
[[noreturn]] void throwOverloaded(std::string_view text);

/// Runs a call that throws exceptions of the standard library; they come out as faults of kind
/// "failed", without the name of their type.
template <typename Call>
void asFault(Call&& call) {
  try {
    call();
  } catch (const kj::Exception&) {
    throw;
  } catch (const std::exception& e) {
    throwFailed(e.what());
  }
}

/// "timed out: …" and so on: prefixes that clients look at.
constexpr std::string_view kTimedOut = "timed out: ";
constexpr std::string_view kUnknown = "unknown: ";
constexpr std::string_view kLost = "lost: ";
/// To replicas: what they have is not this log's.
constexpr std::string_view kAnotherLog = "another log: ";
constexpr std::string_view kBeginsLater = "begins later: ";
/// To those who ask a replica for what it has not yet.
constexpr std::string_view kNotSoFar = "overloaded: this node is a replica, and has come to chunk ";
/// To those who read a snapshot that is not there any more.
constexpr std::string_view kSnapshotGone = "snapshot gone: ";
/// To those who send commands to a replica; the primary's address follows.
constexpr std::string_view kNotPrimary = "not the primary: ";
constexpr std::string_view kExpired = "cursor expired: ";

}  // namespace facet
