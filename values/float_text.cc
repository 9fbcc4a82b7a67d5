// Floats as PostgreSQL prints them: the shortest digits that lie strictly inside the interval of
// numbers that read back as the same float (std::to_chars also takes its ends, where round-to-even
// would read them back).
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "values/int256.h"
#include "values/text.h"

namespace facet {
namespace {

/// digits × 10^exponent, without trailing zeros.
struct Decimal {
  char digits[24];
  int count = 0;
  int exponent = 0;  // of the first digit
  uint64_t value = 0;
};

template <typename Float>
struct FloatTraits;
template <>
struct FloatTraits<double> {
  using Bits = uint64_t;
  static constexpr int kFractionBits = 52;
  static constexpr int kBias = 1075;
  static constexpr int kDigits = 15;  // up to here without exponent
  static constexpr int kMaxDigits = 17;
};
template <>
struct FloatTraits<float> {
  using Bits = uint32_t;
  static constexpr int kFractionBits = 23;
  static constexpr int kBias = 150;
  static constexpr int kDigits = 6;
  static constexpr int kMaxDigits = 9;
};

/// Reads the output of to_chars: d[.ddd]e±xx.
Decimal readScientific(const char* begin, const char* end) {
  Decimal out;
  const char* p = begin;
  for (; p != end && *p != 'e'; ++p) {
    if (*p == '.') continue;
    out.digits[out.count++] = *p;
    out.value = out.value * 10 + static_cast<uint64_t>(*p - '0');
  }
  ++p;
  const bool negative = *p == '-';
  std::from_chars(p + 1, end, out.exponent);
  if (negative) out.exponent = -out.exponent;
  while (out.count > 1 && out.digits[out.count - 1] == '0') {
    --out.count;
    out.value /= 10;
  }
  return out;
}

uint128 powerOfFive(int exponent) {
  uint128 out = 1;
  for (int i = 0; i < exponent; ++i) out *= 5;
  return out;
}

/// Whether odd × 2^two == decimal × 10^ten, for an odd number below 2^56 and a decimal below 2^57
/// without trailing zeros: compares their odd parts and their powers of two.
bool isSameNumber(uint64_t odd, int two, uint64_t decimal, int ten) {
  constexpr int kMaxFives = 24;  // 5^25 is above 2^57
  if (ten > kMaxFives || ten < -kMaxFives) return false;
  const int shift = std::countr_zero(decimal);
  uint128 left = odd;
  uint128 right = decimal >> shift;
  (ten >= 0 ? right : left) *= powerOfFive(std::abs(ten));
  return left == right && two == ten + shift;
}

/// Whether the decimal is an end of the interval of numbers that read back as `f`.
template <typename Float>
bool isIntervalEnd(Float f, const Decimal& decimal) {
  using Traits = FloatTraits<Float>;
  const auto bits = std::bit_cast<typename Traits::Bits>(f);
  const uint64_t fraction = bits & ((uint64_t{1} << Traits::kFractionBits) - 1);
  const int stored = static_cast<int>(bits >> Traits::kFractionBits);
  const uint64_t mantissa =
      stored == 0 ? fraction : fraction | uint64_t{1} << Traits::kFractionBits;
  if (mantissa % 2 != 0) return false;  // the ends of odd ones do not read back
  const int power = (stored == 0 ? 1 : stored) - Traits::kBias;
  const int ten = decimal.exponent - (decimal.count - 1);
  if (isSameNumber(2 * mantissa + 1, power - 1, decimal.value, ten)) return true;
  // Below a power of two the next number is only half as far away.
  if (fraction == 0 && stored > 1) {
    return isSameNumber(4 * mantissa - 1, power - 2, decimal.value, ten);
  }
  return isSameNumber(2 * mantissa - 1, power - 1, decimal.value, ten);
}

template <typename Float>
Decimal shortest(Float f) {
  char buffer[32];
  char* const limit = buffer + sizeof(buffer);
  auto result = std::to_chars(buffer, limit, f, std::chars_format::scientific);
  Decimal out = readScientific(buffer, result.ptr);
  if (!isIntervalEnd(f, out)) return out;
  for (int digits = out.count + 1; digits <= FloatTraits<Float>::kMaxDigits; ++digits) {
    result = std::to_chars(buffer, limit, f, std::chars_format::scientific, digits - 1);
    Float back = 0;
    std::from_chars(buffer, result.ptr, back);
    if (back != f) continue;
    const Decimal longer = readScientific(buffer, result.ptr);
    if (!isIntervalEnd(f, longer)) return longer;
  }
  return out;
}

void appendExponent(std::string& out, int exponent) {
  out.push_back('e');
  out.push_back(exponent < 0 ? '-' : '+');
  const int magnitude = std::abs(exponent);
  if (magnitude < 10) out.push_back('0');
  out += std::to_string(magnitude);
}

template <typename Float>
void appendFloat(std::string& out, Float f) {
  if (std::isnan(f)) {
    out += "NaN";
    return;
  }
  if (std::signbit(f)) out.push_back('-');
  f = std::fabs(f);
  if (std::isinf(f)) {
    out += "Infinity";
    return;
  }
  if (f == 0) {
    out.push_back('0');
    return;
  }
  const Decimal decimal = shortest(f);
  const int count = decimal.count;
  const int exponent = decimal.exponent;
  if (exponent < -4 || exponent >= FloatTraits<Float>::kDigits) {
    out.push_back(decimal.digits[0]);
    if (count > 1) out.append(1, '.').append(decimal.digits + 1, static_cast<size_t>(count - 1));
    appendExponent(out, exponent);
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0');
    out.append(decimal.digits, static_cast<size_t>(count));
  } else if (count <= exponent + 1) {
    out.append(decimal.digits, static_cast<size_t>(count));
    out.append(static_cast<size_t>(exponent + 1 - count), '0');
  } else {
    out.append(decimal.digits, static_cast<size_t>(exponent + 1)).push_back('.');
    out.append(decimal.digits + exponent + 1, static_cast<size_t>(count - exponent - 1));
  }
}

}  // namespace

void appendFloat64(std::string& out, double d) {
  appendFloat(out, d);
}

void appendFloat32(std::string& out, float f) {
  appendFloat(out, f);
}

}  // namespace facet
