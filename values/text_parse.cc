// Text to values: PostgreSQL's input functions.
#include <charconv>
#include <limits>

#include "values/array_text.h"
#include "values/composite_text.h"
#include "values/datetime.h"
#include "values/numeric.h"
#include "values/text.h"
#include "values/text_scan.h"

namespace facet {
namespace {

/// true, yes, on, 1 and their opposites; their beginnings too, as long as they are clear.
std::optional<Value> parseBoolean(std::string_view text) {
  const std::string_view word = trimBlanks(text);
  const auto begins = [&](std::string_view full, size_t least) {
    return word.size() >= least && word.size() <= full.size() &&
           equalsIgnoringCase(word, full.substr(0, word.size()));
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || word == "1") {
    return Value::boolean(true);
  }
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") {
    return Value::boolean(false);
  }
  return std::nullopt;
}

/// Without the plus that from_chars does not take; a sign after it stays an error.
std::string_view dropPlus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
  return plus ? text.substr(1) : text;
}

template <typename Integer>
std::optional<Value> parseInteger(Kind kind, std::string_view text) {
  const std::string_view digits = dropPlus(trimBlanks(text));
  const char* const end = digits.data() + digits.size();
  Integer value = 0;
  const auto result = std::from_chars(digits.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return Value::integer(kind, value);
}

/// NaN, Infinity, inf with a sign; in any case of letters.
template <typename Float>
std::optional<Float> parseSpecialFloat(std::string_view word) {
  if (equalsIgnoringCase(word, "nan")) return std::numeric_limits<Float>::quiet_NaN();
  const bool negative = !word.empty() && word[0] == '-';
  if (!word.empty() && (word[0] == '-' || word[0] == '+')) word.remove_prefix(1);
  if (!equalsIgnoringCase(word, "infinity") && !equalsIgnoringCase(word, "inf"))
    return std::nullopt;
  constexpr Float kInfinity = std::numeric_limits<Float>::infinity();
  return negative ? -kInfinity : kInfinity;
}

template <typename Float>
std::optional<Float> parseFloat(std::string_view text) {
  const std::string_view word = trimBlanks(text);
  if (const auto special = parseSpecialFloat<Float>(word)) return special;
  const std::string_view digits = dropPlus(word);
  const size_t sign = !digits.empty() && digits[0] == '-' ? 1 : 0;
  if (digits.size() <= sign || isLetter(digits[sign])) return std::nullopt;  // "-nan(1)"
  const char* const end = digits.data() + digits.size();
  Float value = 0;
  const auto result = std::from_chars(digits.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

std::optional<Value> parseFixedNumeric(const Type& type, std::string_view text) {
  const auto value = parseNumeric(text);
  if (!value || type.scale == kAnyScale) return value;
  const Value rescaled = numericRescale(*value, type.scale);
  return rescaled.isError() ? std::nullopt : std::optional(rescaled);
}

int hexDigit(char c) {
  if (isDigit(c)) return c - '0';
  const char lower = toLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// After \x: pairs of digits, with blanks between the pairs.
bool parseHex(std::string_view text, std::string& out) {
  TextScan scan(text);
  while (true) {
    scan.takeWhile([](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
    if (scan.done()) return true;
    const int high = hexDigit(scan.next());
    const int low = scan.done() ? -1 : hexDigit(scan.next());
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
  }
}

/// PostgreSQL's old form: \\ is a backslash, \ooo a byte in octal.
bool parseEscaped(std::string_view text, std::string& out) {
  const auto isOctal = [&](size_t i, char last) { return text[i] >= '0' && text[i] <= last; };
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] != '\\') {
      out.push_back(text[i++]);
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out.push_back('\\');
      i += 2;
    } else if (i + 3 < text.size() && isOctal(i + 1, '3') && isOctal(i + 2, '7') &&
               isOctal(i + 3, '7')) {
      const int byte = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out.push_back(static_cast<char>(byte));
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

std::optional<Value> parseBytes(std::string_view text, std::string& scratch) {
  scratch.clear();
  const bool isHex = text.size() >= 2 && text[0] == '\\' && text[1] == 'x';
  const bool ok = isHex ? parseHex(text.substr(2), scratch) : parseEscaped(text, scratch);
  return ok ? std::optional(Value::bytes(scratch)) : std::nullopt;
}

std::optional<Value> asKind(Kind kind, std::optional<int64_t> parsed) {
  return parsed ? std::optional(Value::integer(kind, *parsed)) : std::nullopt;
}

}  // namespace

std::optional<Value> parseText(const Type& type, std::string_view text, std::string& scratch,
                               Zones zones) {
  switch (type.kind) {
    case Kind::boolean:
      return parseBoolean(text);
    case Kind::int16:
      return parseInteger<int16_t>(type.kind, text);
    case Kind::int32:
      return parseInteger<int32_t>(type.kind, text);
    case Kind::int64:
      return parseInteger<int64_t>(type.kind, text);
    case Kind::numeric:
      return parseFixedNumeric(type, text);
    case Kind::float32: {
      const auto f = parseFloat<float>(text);
      return f ? std::optional(Value::float32(*f)) : std::nullopt;
    }
    case Kind::float64: {
      const auto d = parseFloat<double>(text);
      return d ? std::optional(Value::float64(*d)) : std::nullopt;
    }
    case Kind::text:
      return isValidText(text) ? std::optional(Value::text(text)) : std::nullopt;
    case Kind::bytes:
      return parseBytes(text, scratch);
    case Kind::date:
      return asKind(type.kind,
                    zones == Zones::applied && hasTimeZone(text) ? std::nullopt : parseDate(text));
    case Kind::timestamp:
      return asKind(type.kind,
                    zones == Zones::applied ? parseTimestampTz(text) : parseTimestamp(text));
    case Kind::timestamptz:
      return asKind(type.kind, parseTimestampTz(text));
    case Kind::interval: {
      const auto interval = parseInterval(text);
      return interval ? std::optional(Value::interval(*interval)) : std::nullopt;
    }
    case Kind::array:
      return parseArrayText(type, text, scratch, zones);
    case Kind::composite:
      return parseCompositeText(type, text, scratch, zones);
    case Kind::null:
    case Kind::error:
      break;
  }
  return std::nullopt;
}

}  // namespace facet
