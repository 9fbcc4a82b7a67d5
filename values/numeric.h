// Exact decimal arithmetic: unscaled 128-bit integers × 10^-scale, with PostgreSQL's rules for the
// scale of a result. What does not fit in 119 bits and a sign (row.h), or needs a scale over
// kMaxScale, is an error (numericOutOfRange), never a wrong number. All arguments are numerics or
// integers, never NULL. Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "values/value.h"

namespace facet {

/// Digits after the point that a numeric can have. PostgreSQL allows 16,383; the scale of a value
/// is one byte here, and 119 bits hold 35 digits anyhow.
constexpr int kMaxScale = 100;

/// Largest magnitude that a numeric in a row can have: 2^119 - 1.
constexpr int128 kMaxUnscaled = (static_cast<int128>(1) << 119) - 1;

/// Whether a numeric of scale 0, or NULL, can be in a column of UInt64.
inline bool fitsUInt64(const Value& value) {
  return value.isNull() || (value.unscaled() >= 0 && value.unscaled() <= int128{UINT64_MAX});
}

/// Whether a numeric of type numeric(18,n), or NULL, has no more than 18 digits.
inline bool fitsDecimal(const Value& value) {
  constexpr int128 kBound = 1'000'000'000'000'000'000;
  return value.isNull() || (value.unscaled() < kBound && value.unscaled() > -kBound);
}

/// An integer kind as numeric of scale 0; a numeric as it is.
Value toNumeric(const Value& value);

Value numericAdd(const Value& a, const Value& b);       // scale: the larger one
Value numericSubtract(const Value& a, const Value& b);  // scale: the larger one
Value numericMultiply(const Value& a, const Value& b);  // scale: the sum
/// As PostgreSQL's select_div_scale: at least 16 significant digits, scale >= both scales; the last
/// digit is rounded half away from zero. Errors: divisionByZero.
Value numericDivide(const Value& a, const Value& b);
/// The remainder, with a's sign; scale: the larger one. Errors: divisionByZero.
Value numericModulo(const Value& a, const Value& b);
Value numericNegate(const Value& a);
Value numericAbs(const Value& a);
/// round(x, n), trunc(x, n), half away from zero; n may be negative.
Value numericRound(const Value& a, int places);
Value numericTruncate(const Value& a, int places);
Value numericCeil(const Value& a);
Value numericFloor(const Value& a);
int compareNumeric(const Value& a, const Value& b);

/// The value with exactly `scale` digits after the point, rounded half away from zero.
Value numericRescale(const Value& a, int scale);

/// sum / count as avg() gives it in PostgreSQL: the quotient's scale by numericDivide's rule. The
/// sum may be larger than kMaxUnscaled; count is not 0.
Value numericAverage(int128 unscaledSum, uint8_t scale, int64_t count);

/// "12.3400" with exactly `scale` digits.
std::string formatNumeric(int128 unscaled, uint8_t scale);

/// As PostgreSQL's input function: sign, digits, point, exponent; surrounding blanks allowed;
/// nullopt if it is no number or does not fit.
std::optional<Value> parseNumeric(std::string_view text);

double numericToDouble(const Value& a);
/// As PostgreSQL's float8 to numeric (15 significant digits; float4: 6). NaN and infinity: error.
Value numericFromDouble(double d, int significantDigits);

}  // namespace facet
