// Token: what a client keeps to read its own writes. Opaque to it: bytes on the wire, hexadecimal
// digits in text. Value type.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "values/position.h"

namespace facet {

struct Token {
  LogId log;
  Epoch epoch;
  Position position;
  bool operator==(const Token&) const = default;
};

/// A version byte (1), then log id, epoch and position, big endian.
constexpr size_t kTokenBytes = 1 + 16 + 4 + 8;
using TokenBytes = std::array<unsigned char, kTokenBytes>;

TokenBytes encodeToken(const Token& token);
/// Nothing if the bytes are no token, or one of a version that is not known here.
std::optional<Token> decodeToken(std::string_view bytes);

/// Any bytes as text, for command lines, and back (nothing if it is no such text).
std::string tokenText(std::string_view bytes);
std::optional<std::string> tokenFromText(std::string_view text);

}  // namespace facet
