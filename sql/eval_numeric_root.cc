#include "sql/eval_numeric_root.h"

#include <algorithm>
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <cmath>
#include <string>

#include "values/numeric.h"

namespace facet {
namespace {

/// PostgreSQL keeps numerics as digits of base 10,000; what it says about weights counts these.
constexpr int kDigitsOfBase = 4;
constexpr int kMinSignificantDigits = 16;
/// e^kMaxLnResult has 41 digits, more than a numeric of ours can have.
constexpr double kMaxLnResult = 95;
/// Below e^kMinLnResult nothing is left within kMaxScale places.
constexpr double kMinLnResult = -2.4 * kMaxScale;

/// Twice as many digits as a numeric has, and a reserve for the errors of long products.
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_dec_float<120>>;

int digitsOf(uint128 n) {
  int digits = 0;
  for (; n != 0; n /= 10) digits++;
  return digits;
}

uint128 magnitude(int128 n) {
  return n < 0 ? -static_cast<uint128>(n) : static_cast<uint128>(n);
}

/// The index of the first base-10,000 digit, counted from the point: 0 for 1 … 9999.
int weightOf(const Value& a) {
  int decimals = digitsOf(magnitude(a.unscaled())) - a.scale();  // digits before the point
  if (a.unscaled() == 0) return 0;
  return decimals > 0 ? (decimals - 1) / kDigitsOfBase
                      : -((-decimals + kDigitsOfBase) / kDigitsOfBase);
}

Wide widen(const Value& a) {
  return Wide(formatNumeric(a.unscaled(), a.scale()));
}

/// Rounded half away from zero to `scale` places. A tie that Wide's last digits missed is met again
/// by the nudge.
Value narrow(const Wide& wide, int scale) {
  static const Wide nudge = 1 + pow(Wide(10), -100);
  static const Wide largest(formatNumeric(kMaxUnscaled, 0));
  if (scale > kMaxScale) return Value::error(ErrorCode::numericOutOfRange);
  Wide scaled = round(wide * nudge * pow(Wide(10), scale));
  if (!isfinite(scaled) || abs(scaled) > largest) return Value::error(ErrorCode::numericOutOfRange);
  int128 unscaled = 0;
  for (char c : scaled.str(0, std::ios_base::fixed)) {
    if (c == '.') break;
    if (c != '-') unscaled = unscaled * 10 + (c - '0');
  }
  return Value::numeric(scaled < 0 ? -unscaled : unscaled, static_cast<uint8_t>(scale));
}

bool isOdd(int128 whole) {
  return whole % 2 != 0;
}

/// The scale that PostgreSQL gives a power with a fraction as exponent, from the estimated size of
/// the result.
int fractionalPowerScale(const Value& base, const Value& exponent, double lnResult) {
  constexpr double kLog10OfE = 0.434294481903252;
  int scale = kMinSignificantDigits - static_cast<int>(lnResult * kLog10OfE);
  return std::max({scale, int{base.scale()}, int{exponent.scale()}, 0});
}

Value wholePower(const Value& base, int exponent) {
  int scale = std::max(kMinSignificantDigits, int{base.scale()});
  if (exponent == 0) return narrow(Wide(1), scale);
  if (base.unscaled() == 0) return narrow(Wide(0), scale);
  double size = std::log(std::fabs(numericToDouble(base))) * exponent;
  if (size > kMaxLnResult) return Value::error(ErrorCode::numericOutOfRange);
  if (size < kMinLnResult) return narrow(Wide(0), scale);
  return narrow(pow(widen(base), exponent), scale);
}

}  // namespace

Value numericSquareRoot(const Value& a) {
  Value x = toNumeric(a);
  if (x.unscaled() < 0) return Value::error(ErrorCode::invalidArgument);
  int resultWeight = (weightOf(x) + 1) * kDigitsOfBase / 2 - 1;
  int scale = std::max({kMinSignificantDigits - resultWeight, int{x.scale()}, 0});
  return narrow(sqrt(widen(x)), scale);
}

Value numericPower(const Value& base, const Value& exponent) {
  Value b = toNumeric(base);
  Value e = toNumeric(exponent);
  Value truncated = numericTruncate(e, 0);
  bool whole = compareNumeric(truncated, e) == 0;
  if (b.unscaled() == 0 && e.unscaled() < 0) return Value::error(ErrorCode::invalidArgument);
  if (b.unscaled() < 0 && !whole) return Value::error(ErrorCode::invalidArgument);
  int128 n = truncated.unscaled();
  if (whole && n >= INT32_MIN && n <= INT32_MAX) return wholePower(b, static_cast<int>(n));
  if (b.unscaled() == 0) return narrow(Wide(0), kMinSignificantDigits);
  Wide lnResult = log(abs(widen(b))) * widen(e);
  double size = lnResult.convert_to<double>();
  if (size > kMaxLnResult || size < kMinLnResult) {
    return Value::error(ErrorCode::numericOutOfRange);  // too large, or a scale over kMaxScale
  }
  int scale = fractionalPowerScale(b, e, size);
  if (scale > kMaxScale) return Value::error(ErrorCode::numericOutOfRange);
  Wide result = exp(lnResult);
  return narrow(b.unscaled() < 0 && isOdd(n) ? Wide(-result) : result, scale);
}

}  // namespace facet
