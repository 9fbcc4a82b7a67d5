#include "values/numeric.h"

#include <algorithm>

#include "values/assert.h"
#include "values/int256.h"

namespace facet {
namespace {

Value outOfRange() {
  return Value::error(ErrorCode::numericOutOfRange);
}

uint128 magnitude(int128 value) {
  return value < 0 ? -static_cast<uint128>(value) : static_cast<uint128>(value);
}

/// A numeric in a row's range, or the error.
Value checked(int128 unscaled, int scale) {
  if (unscaled > kMaxUnscaled || unscaled < -kMaxUnscaled || scale > kMaxScale) return outOfRange();
  return Value::numeric(unscaled, static_cast<uint8_t>(scale));
}

Value checked(bool negative, uint128 unsignedValue, int scale) {
  if (unsignedValue > static_cast<uint128>(kMaxUnscaled)) return outOfRange();
  const auto value = static_cast<int128>(unsignedValue);
  return checked(negative ? -value : value, scale);
}

int128 unscaledOf(const Value& value) {
  return value.kind() == Kind::numeric ? value.unscaled() : value.asInt();
}

int scaleOf(const Value& value) {
  return value.kind() == Kind::numeric ? value.scale() : 0;
}

/// value × 10^exponent in 128 bits; false: it does not fit, and is larger than 2^127.
bool scaleUpInto(int128 value, int exponent, int128& out) {
  if (exponent == 0 || value == 0) {
    out = value;
    return true;
  }
  if (exponent > kMaxPowerOfTen) return false;
  return !__builtin_mul_overflow(value, static_cast<int128>(powerOfTen(exponent)), &out);
}

int digitCount(uint128 value) {
  const auto* end = std::upper_bound(kPowersOfTen.begin(), kPowersOfTen.end(), value);
  return static_cast<int>(end - kPowersOfTen.begin());
}

/// The number as PostgreSQL sees it: base-10000 digits, of which the first non-zero one has this
/// weight.
struct LeadingDigit {
  int weight = 0;
  int digit = 0;
};

LeadingDigit leadingDigit(uint128 unscaled, int scale) {
  if (unscaled == 0) return {};
  const int exponent = digitCount(unscaled) - 1 - scale;
  const int weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  const int shift = scale + weight * 4;  // digit = unscaled / 10^shift
  const uint128 digit = shift >= 0 ? unscaled / powerOfTen(shift) : unscaled * powerOfTen(-shift);
  return {weight, static_cast<int>(digit)};
}

/// PostgreSQL's select_div_scale.
int quotientScale(uint128 a, int scaleA, uint128 b, int scaleB) {
  constexpr int kMinSignificantDigits = 16;
  constexpr int kDigitsPerWeight = 4;
  const LeadingDigit first = leadingDigit(a, scaleA);
  const LeadingDigit second = leadingDigit(b, scaleB);
  int weight = first.weight - second.weight;
  if (first.digit <= second.digit) --weight;
  return std::max({kMinSignificantDigits - weight * kDigitsPerWeight, scaleA, scaleB, 0});
}

Value divide(int128 a, int scaleA, int128 b, int scaleB) {
  const uint128 dividend = magnitude(a);
  const uint128 divisor = magnitude(b);
  const int scale = quotientScale(dividend, scaleA, divisor, scaleB);
  const auto scaled = scaleUp(dividend, scale + scaleB - scaleA);
  if (!scaled) return outOfRange();
  const auto division = divideWide(*scaled, divisor);
  if (!division || division->quotient > static_cast<uint128>(kMaxUnscaled)) return outOfRange();
  const bool roundUp = division->remainder >= divisor - division->remainder;
  return checked((a < 0) != (b < 0), division->quotient + (roundUp ? 1 : 0), scale);
}

/// How digits that a result has no room for are dropped.
enum class Rounding { halfAwayFromZero, towardsZero, up, down };

/// value / 10^digits.
int128 dropDigits(int128 value, int digits, Rounding rounding) {
  if (digits <= 0) return value;
  const uint128 unsignedValue = magnitude(value);
  const bool tooMany = digits > kMaxPowerOfTen;  // 10^39 is more than twice any value
  const uint128 power = tooMany ? 0 : powerOfTen(digits);
  const uint128 quotient = tooMany ? 0 : unsignedValue / power;
  const uint128 remainder = tooMany ? unsignedValue : unsignedValue % power;
  const bool negative = value < 0;
  bool awayFromZero = false;
  if (rounding == Rounding::halfAwayFromZero)
    awayFromZero = !tooMany && remainder >= power - remainder;
  if (rounding == Rounding::up) awayFromZero = !negative && remainder != 0;
  if (rounding == Rounding::down) awayFromZero = negative && remainder != 0;
  const auto out = static_cast<int128>(quotient + (awayFromZero ? 1 : 0));
  return negative ? -out : out;
}

Value rescale(const Value& a, int scale, Rounding rounding) {
  const int drop = scaleOf(a) - scale;
  if (drop >= 0) return checked(dropDigits(unscaledOf(a), drop, rounding), scale);
  int128 out = 0;
  return scaleUpInto(unscaledOf(a), -drop, out) ? checked(out, scale) : outOfRange();
}

/// To `places` digits after the point; with negative places the zeros before the point are put
/// back.
Value roundTo(const Value& a, int places, Rounding rounding) {
  if (places >= 0) return rescale(a, std::min(places, kMaxScale + 1), rounding);
  const int zeros = std::min(-std::max(places, -kMaxScale), kMaxPowerOfTen + 1);
  const int128 kept = dropDigits(unscaledOf(a), scaleOf(a) + zeros, rounding);
  int128 out = 0;
  return scaleUpInto(kept, zeros, out) ? checked(out, 0) : outOfRange();
}

Value addScaled(int128 a, int scaleA, int128 b, int scaleB) {
  const int scale = std::max(scaleA, scaleB);
  int128 sum = 0;
  // What does not fit when scaled up is above 2^127, and the other operand is below 2^119.
  if (!scaleUpInto(a, scale - scaleA, a) || !scaleUpInto(b, scale - scaleB, b)) return outOfRange();
  return __builtin_add_overflow(a, b, &sum) ? outOfRange() : checked(sum, scale);
}

}  // namespace

Value toNumeric(const Value& value) {
  FACET_ASSERT(value.kind() == Kind::numeric || value.kind() == Kind::int16 ||
                   value.kind() == Kind::int32 || value.kind() == Kind::int64,
               static_cast<int>(value.kind()));
  return value.kind() == Kind::numeric ? value : Value::numeric(value.asInt(), 0);
}

Value numericAdd(const Value& a, const Value& b) {
  return addScaled(unscaledOf(a), scaleOf(a), unscaledOf(b), scaleOf(b));
}

Value numericSubtract(const Value& a, const Value& b) {
  return addScaled(unscaledOf(a), scaleOf(a), -unscaledOf(b), scaleOf(b));
}

Value numericMultiply(const Value& a, const Value& b) {
  int128 product = 0;
  if (__builtin_mul_overflow(unscaledOf(a), unscaledOf(b), &product)) return outOfRange();
  return checked(product, scaleOf(a) + scaleOf(b));
}

Value numericDivide(const Value& a, const Value& b) {
  if (unscaledOf(b) == 0) return Value::error(ErrorCode::divisionByZero);
  return divide(unscaledOf(a), scaleOf(a), unscaledOf(b), scaleOf(b));
}

Value numericModulo(const Value& a, const Value& b) {
  if (unscaledOf(b) == 0) return Value::error(ErrorCode::divisionByZero);
  const int scale = std::max(scaleOf(a), scaleOf(b));
  const uint128 dividend = magnitude(unscaledOf(a));
  const auto divisor = scaleUp(magnitude(unscaledOf(b)), scale - scaleOf(b));
  const bool negative = unscaledOf(a) < 0;
  // A divisor that grew beyond 128 bits is larger than the dividend, which then was not scaled up.
  if (!divisor || divisor->high != 0) return checked(negative, dividend, scale);
  uint128 remainder = dividend % divisor->low;
  for (int exponent = scale - scaleOf(a); exponent > 0; exponent -= kMaxPowerOfTen) {
    const uint128 power = powerOfTen(std::min(exponent, kMaxPowerOfTen));
    remainder = divideWide(multiplyWide(remainder, power % divisor->low), divisor->low)->remainder;
  }
  return checked(negative, remainder, scale);
}

Value numericNegate(const Value& a) {
  return checked(-unscaledOf(a), scaleOf(a));
}

Value numericAbs(const Value& a) {
  return unscaledOf(a) < 0 ? numericNegate(a) : checked(unscaledOf(a), scaleOf(a));
}

Value numericRound(const Value& a, int places) {
  return roundTo(a, places, Rounding::halfAwayFromZero);
}

Value numericTruncate(const Value& a, int places) {
  return roundTo(a, places, Rounding::towardsZero);
}

Value numericCeil(const Value& a) {
  return rescale(a, 0, Rounding::up);
}

Value numericFloor(const Value& a) {
  return rescale(a, 0, Rounding::down);
}

int compareNumeric(const Value& a, const Value& b) {
  const int128 left = unscaledOf(a);
  const int128 right = unscaledOf(b);
  const int shift = scaleOf(a) - scaleOf(b);
  if (shift == 0 || (left < 0) != (right < 0) || left == 0 || right == 0) {
    return (left > right) - (left < right);
  }
  // Same sign: scale the magnitude with fewer digits up; what does not fit in 256 bits is the
  // larger one.
  const auto scaledLeft = scaleUp(magnitude(left), std::max(-shift, 0));
  const auto scaledRight = scaleUp(magnitude(right), std::max(shift, 0));
  int order = 0;
  if (!scaledLeft || !scaledRight) {
    order = scaledLeft ? -1 : 1;
  } else {
    order = (*scaledLeft > *scaledRight) - (*scaledLeft < *scaledRight);
  }
  return left < 0 ? -order : order;
}

Value numericRescale(const Value& a, int scale) {
  return rescale(a, scale, Rounding::halfAwayFromZero);
}

Value numericAverage(int128 unscaledSum, uint8_t scale, int64_t count) {
  FACET_ASSERT(count != 0);
  return divide(unscaledSum, scale, count, 0);
}

}  // namespace facet
