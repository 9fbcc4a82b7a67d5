#include "storage/log_id.h"

#include <charconv>

namespace facet {

namespace {

constexpr size_t kHalf = 16;  // digits of a word

bool parseWord(std::string_view digits, uint64_t& out) {
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, out, 16);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

std::string logIdText(LogId id) {
  return fmt::format("{:016x}{:016x}", id.high, id.low);
}

std::optional<LogId> parseLogId(std::string_view text) {
  LogId id;
  const bool right = text.size() == 2 * kHalf && parseWord(text.substr(0, kHalf), id.high) &&
                     parseWord(text.substr(kHalf), id.low);
  if (!right) return std::nullopt;
  return id;
}

}  // namespace facet
