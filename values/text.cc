#include "values/text.h"

#include <charconv>
#include <cstring>

#include "values/array_text.h"
#include "values/assert.h"
#include "values/composite_text.h"
#include "values/datetime.h"
#include "values/numeric.h"

namespace facet {
namespace {

void appendInteger(std::string& out, int64_t value) {
  char buffer[24];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  out.append(buffer, result.ptr);
}

void appendHex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

uint64_t loadWord(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

/// Length of the valid UTF-8 sequence that begins with a byte above 0x7f, or 0.
size_t sequenceLength(const unsigned char* p, size_t available) {
  const auto isContinuation = [](unsigned char c) { return (c & 0xc0) == 0x80; };
  const unsigned char first = p[0];
  if (first < 0xc2 || first > 0xf4) return 0;
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (available < length || !isContinuation(p[1])) return 0;
  if (first == 0xe0 && p[1] < 0xa0) return 0;  // overlong
  if (first == 0xed && p[1] > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && p[1] < 0x90) return 0;  // overlong
  if (first == 0xf4 && p[1] > 0x8f) return 0;  // above U+10FFFF
  for (size_t i = 2; i < length; ++i) {
    if (!isContinuation(p[i])) return 0;
  }
  return length;
}

constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kLowBits = 0x0101010101010101;

}  // namespace

void appendText(std::string& out, const Type& type, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return;
    case Kind::error:
      break;
    case Kind::boolean:
      out.push_back(value.asBool() ? 't' : 'f');
      return;
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
      appendInteger(out, value.asInt());
      return;
    case Kind::numeric:
      out += formatNumeric(value.unscaled(), value.scale());
      return;
    case Kind::float32:
      appendFloat32(out, static_cast<float>(value.asDouble()));
      return;
    case Kind::float64:
      appendFloat64(out, value.asDouble());
      return;
    case Kind::text:
      out += value.asText();
      return;
    case Kind::bytes:
      appendHex(out, value.asText());
      return;
    case Kind::date:
      out += formatDate(value.asInt());
      return;
    case Kind::timestamp:
    case Kind::timestamptz:
      out += formatTimestamp(value.asInt(), value.kind() == Kind::timestamptz);
      return;
    case Kind::interval:
      out += formatInterval(value.asInterval());
      return;
    case Kind::array:
      appendArrayText(out, type, value);
      return;
    case Kind::composite:
      appendCompositeText(out, type, value);
      return;
  }
  FACET_ASSERT(!"a value with a text form", static_cast<int>(value.kind()));
}

std::string toText(const Type& type, const Value& value) {
  std::string out;
  appendText(out, type, value);
  return out;
}

bool isValidText(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {
      // Eight ASCII characters at once: no high bit, and no byte that is zero.
      const uint64_t word = loadWord(text.data() + i);
      if (((word | (word - kLowBits)) & kHighBits) == 0) {
        i += 8;
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0) return false;
    if (c < 0x80) {
      ++i;
      continue;
    }
    const size_t length =
        sequenceLength(reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

size_t textLength(std::string_view text) {
  size_t continuations = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const uint64_t word = loadWord(text.data() + i);
    // A continuation byte is 10xxxxxx: its high bit set and the next one clear.
    continuations += static_cast<size_t>(__builtin_popcountll(word & ~(word << 1) & kHighBits));
  }
  for (; i < text.size(); ++i) {
    continuations += (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80 ? 1 : 0;
  }
  return text.size() - continuations;
}

}  // namespace facet
