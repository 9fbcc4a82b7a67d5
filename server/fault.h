// Faults: what a client gets as an exception, in Cap'n Proto's kinds. A text says what is wrong,
// where, and what to do; its beginning says which of these it is. Thread: pure functions.
#pragma once

#include <fmt/format.h>
#include <kj/exception.h>

#include <string>
#include <string_view>

namespace facet {

kj::Exception fault(kj::Exception::Type type, std::string_view text);

/// The request is wrong, or can't be answered as asked.
[[noreturn]] void throwFailed(std::string_view text);
/// Nothing was done; the same request may succeed later.
[[noreturn]] void throwOverloaded(std::string_view text);

/// "timed out: …" and so on: prefixes that clients look at.
constexpr std::string_view kTimedOut = "timed out: ";
constexpr std::string_view kUnknown = "unknown: ";
constexpr std::string_view kLost = "lost: ";
/// To replicas: what they have is not this log's.
constexpr std::string_view kAnotherLog = "another log: ";
/// To those who send commands to a replica; the primary's address follows.
constexpr std::string_view kNotPrimary = "not the primary: ";
constexpr std::string_view kExpired = "cursor expired: ";

}  // namespace facet
