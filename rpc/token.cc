#include "rpc/token.h"

#include <cstdint>

namespace facet {
namespace {

constexpr unsigned char kVersion = 1;

template <typename T>
unsigned char* put(unsigned char* at, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    *at++ = static_cast<unsigned char>(value >> shift);
  }
  return at;
}

template <typename T>
T take(std::string_view& bytes) {
  T out = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    out = static_cast<T>(out << 8 | static_cast<unsigned char>(bytes[i]));
  }
  bytes.remove_prefix(sizeof(T));
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

TokenBytes encodeToken(const Token& token) {
  TokenBytes out;
  unsigned char* at = out.data();
  *at++ = kVersion;
  at = put(at, token.log.high);
  at = put(at, token.log.low);
  at = put(at, token.epoch.value);
  put(at, token.position.value);
  return out;
}

std::optional<Token> decodeToken(std::string_view bytes) {
  if (bytes.size() != kTokenBytes || static_cast<unsigned char>(bytes[0]) != kVersion) {
    return std::nullopt;
  }
  bytes.remove_prefix(1);
  Token out;
  out.log.high = take<uint64_t>(bytes);
  out.log.low = take<uint64_t>(bytes);
  out.epoch.value = take<uint32_t>(bytes);
  out.position.value = take<uint64_t>(bytes);
  return out;
}

std::string tokenText(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<std::string> tokenFromText(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

}  // namespace facet
