// Walking over the characters of valid UTF-8 text. Thread: pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace facet {

/// Lower case of COLLATE "C": ASCII letters only.
constexpr char asciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char asciiUpper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

/// Whether the byte goes on with a character that began before it.
constexpr bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Bytes of the first character of a text that is not empty; never more than the text has.
constexpr size_t characterBytes(std::string_view text) {
  unsigned char lead = static_cast<unsigned char>(text[0]);
  size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(bytes, text.size());
}

/// Bytes of the last character of a text that is not empty.
constexpr size_t lastCharacterBytes(std::string_view text) {
  size_t bytes = 1;
  while (bytes < text.size() && isContinuation(text[text.size() - bytes])) bytes++;
  return bytes;
}

/// Bytes of the first `characters` characters; all of them if there are fewer.
constexpr size_t prefixBytes(std::string_view text, size_t characters) {
  size_t bytes = 0;
  for (; characters > 0 && bytes < text.size(); characters--) {
    bytes += characterBytes(text.substr(bytes));
  }
  return bytes;
}

}  // namespace facet
