// Numerics to text and to floats, and back.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "values/int256.h"
#include "values/numeric.h"
#include "values/text_scan.h"

namespace facet {
namespace {

constexpr size_t kMaxDigits = 39;  // of 2^127

/// Writes the digits of `value` backwards from `end`; returns where they begin.
char* writeDigits(uint128 value, char* end) {
  while (value > UINT64_MAX) {
    *--end = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  }
  auto small = static_cast<uint64_t>(value);
  do {
    *--end = static_cast<char>('0' + small % 10);
    small /= 10;
  } while (small != 0);
  return end;
}

/// Collects decimal digits; zeros at the front cost nothing.
class DigitCollector {
 public:
  /// False: more digits than fit.
  bool add(char digit) {
    constexpr auto kMax = static_cast<uint128>(kMaxUnscaled);
    if (value_ > kMax / 10) return false;
    value_ = value_ * 10 + static_cast<uint128>(digit - '0');
    return value_ <= kMax;
  }
  uint128 value() const { return value_; }

 private:
  uint128 value_ = 0;
};

/// The exponent after 'e', which PostgreSQL reads with strtol.
std::optional<int> parseExponent(TextScan& scan) {
  constexpr int kMaxExponent = 100'000;  // beyond any value that fits
  const bool negative = scan.take('-');
  if (!negative) scan.take('+');
  if (!scan.atDigit()) return std::nullopt;
  int exponent = 0;
  while (scan.atDigit()) exponent = std::min(exponent * 10 + (scan.next() - '0'), kMaxExponent);
  return negative ? -exponent : exponent;
}

}  // namespace

std::string formatNumeric(int128 unscaled, uint8_t scale) {
  char buffer[kMaxDigits + 1 + kMaxScale + 156];  // a scale is at most 255
  char* const end = buffer + sizeof(buffer);
  const uint128 magnitude =
      unscaled < 0 ? -static_cast<uint128>(unscaled) : static_cast<uint128>(unscaled);
  char* begin = writeDigits(magnitude, end);
  while (end - begin <= scale) *--begin = '0';
  std::string out;
  out.reserve(static_cast<size_t>(end - begin) + 2);
  if (unscaled < 0) out.push_back('-');
  out.append(begin, end - scale);
  if (scale > 0) out.append(1, '.').append(end - scale, end);
  return out;
}

std::optional<Value> parseNumeric(std::string_view text) {
  TextScan scan(trimBlanks(text));
  const bool negative = scan.take('-');
  if (!negative) scan.take('+');
  DigitCollector digits;
  int scale = 0;
  bool any = false;
  bool afterPoint = false;
  while (scan.atDigit() || (!afterPoint && scan.at('.'))) {
    if (scan.take('.')) {
      afterPoint = true;
      continue;
    }
    if (!digits.add(scan.next())) return std::nullopt;
    any = true;
    if (afterPoint && ++scale > 2 * kMaxScale) return std::nullopt;
  }
  if (!any) return std::nullopt;
  int exponent = 0;
  if (scan.take('e') || scan.take('E')) {
    const auto parsed = parseExponent(scan);
    if (!parsed) return std::nullopt;
    exponent = *parsed;
  }
  if (!scan.done()) return std::nullopt;
  const auto scaled = scaleUp(digits.value(), std::max(exponent - scale, 0));
  scale = std::max(scale - exponent, 0);
  if (!scaled || scaled->high != 0 || scaled->low > static_cast<uint128>(kMaxUnscaled) ||
      scale > kMaxScale) {
    return std::nullopt;
  }
  const auto value = static_cast<int128>(scaled->low);
  return Value::numeric(negative ? -value : value, static_cast<uint8_t>(scale));
}

double numericToDouble(const Value& a) {
  const Value numeric = toNumeric(a);
  // Both exact in a double: one division, correctly rounded.
  constexpr int128 kExact = int128{1} << 53;
  constexpr int kExactPower = 22;
  const int128 unscaled = numeric.unscaled();
  if (unscaled <= kExact && unscaled >= -kExact && numeric.scale() <= kExactPower) {
    return static_cast<double>(static_cast<int64_t>(unscaled)) /
           static_cast<double>(powerOfTen(numeric.scale()));
  }
  const std::string text = formatNumeric(unscaled, numeric.scale());
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Value numericFromDouble(double d, int significantDigits) {
  if (!std::isfinite(d)) return Value::error(ErrorCode::numericOutOfRange);
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), d, std::chars_format::general,
                                    significantDigits);
  const auto value = parseNumeric({buffer, static_cast<size_t>(result.ptr - buffer)});
  return value ? *value : Value::error(ErrorCode::numericOutOfRange);
}

}  // namespace facet
