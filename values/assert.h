// FACET_ASSERT(condition, operand...): an invariant of the program itself, checked in every build.
// A failure means the state in memory can no longer be trusted: it prints the condition, the
// operands and the place to stderr, and aborts; a restart recovers from the log. Never use it for
// input: bad input is an error for its sender (see style of each folder).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace facet {

[[noreturn]] void assertionFailed(const char* condition, const char* file, int line,
                                  const std::string& operands);

namespace detail {

inline std::string describeOperands(std::string_view) {
  return {};
}

template <typename... T>
std::string describeOperands(std::string_view names, const T&... operands) {
  std::string out = fmt::format("{} =", names);
  ((out += fmt::format(" {}", operands)), ...);
  return out;
}

}  // namespace detail
}  // namespace facet

#define FACET_ASSERT(condition, ...)                 \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::facet::assertionFailed(                   \
             #condition, __FILE__, __LINE__,         \
             ::facet::detail::describeOperands(#__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__)))
