// A cursor over input text, for the parsers of this folder. Internal to values/. Thread: value.
#pragma once

#include <cstddef>
#include <string_view>

namespace facet {

/// C's isspace: what PostgreSQL skips around numbers and times.
constexpr bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr char toLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool isLetter(char c) {
  return toLower(c) >= 'a' && toLower(c) <= 'z';
}

constexpr std::string_view trimBlanks(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (toLower(text[i]) != lower[i]) return false;
  }
  return true;
}

class TextScan {
 public:
  explicit constexpr TextScan(std::string_view text) : text_(text) {}

  constexpr bool done() const { return text_.empty(); }
  constexpr char peek() const { return text_.empty() ? '\0' : text_.front(); }
  constexpr bool at(char c) const { return !text_.empty() && text_.front() == c; }
  constexpr bool atDigit() const { return isDigit(peek()); }
  constexpr char next() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  constexpr bool take(char c) {
    if (!at(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// The longest run of characters that `accept` takes.
  template <typename Accept>
  constexpr std::string_view takeWhile(Accept accept) {
    size_t length = 0;
    while (length < text_.size() && accept(text_[length])) ++length;
    const std::string_view out = text_.substr(0, length);
    text_.remove_prefix(length);
    return out;
  }
  constexpr void skipBlanks() { takeWhile(isBlank); }
  constexpr std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace facet
