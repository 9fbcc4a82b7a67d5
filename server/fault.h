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

/// "timed out: …", "unknown: …", "lost: …": prefixes that clients look at.
constexpr std::string_view kTimedOut = "timed out: ";
constexpr std::string_view kUnknown = "unknown: ";
constexpr std::string_view kLost = "lost: ";
constexpr std::string_view kExpired = "cursor expired: ";

}  // namespace facet
