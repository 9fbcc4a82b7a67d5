// As interval_pl, interval_mul and interval_div in PostgreSQL's timestamp.c. Compiled without fused
// multiply-add, so that every node rounds alike.
#include "values/interval_math.h"

#include <cmath>
#include <limits>

namespace facet {
namespace {

constexpr double kDaysPerMonth = 30;
constexpr double kSecondsPerDay = 86'400;
constexpr double kMicrosPerSecond = 1'000'000;

Value outOfRange() {
  return Value::error(ErrorCode::timestampOutOfRange);
}

bool fitsInt32(double d) {
  return d >= std::numeric_limits<int32_t>::min() && d <= std::numeric_limits<int32_t>::max();
}
/// 2^63 itself is a double, and no int64.
bool fitsInt64(double d) {
  return d >= -0x1p63 && d < 0x1p63;
}

double roundToMicros(double seconds) {
  return std::rint(seconds * kMicrosPerSecond) / kMicrosPerSecond;
}

double product(double part, double factor) {
  return part * factor;
}
double quotient(double part, double factor) {
  return part / factor;
}

/// Each field by the factor; what is left of months goes down to days, what is left of days to the
/// time, and nothing goes up.
template <double (*scale)(double, double)>
Value scaled(Interval interval, double factor) {
  const double months = scale(interval.months, factor);
  const double days = scale(interval.days, factor);
  if (!fitsInt32(months) || !fitsInt32(days)) return outOfRange();
  Interval out{0, static_cast<int32_t>(days), static_cast<int32_t>(months)};
  const double leftDays = roundToMicros((months - out.months) * kDaysPerMonth);
  const int wholeDays = static_cast<int>(leftDays);
  double seconds = roundToMicros((days - out.days + leftDays - wholeDays) * kSecondsPerDay);
  if (std::fabs(seconds) >= kSecondsPerDay) {
    const int more = static_cast<int>(seconds / kSecondsPerDay);
    if (__builtin_add_overflow(out.days, more, &out.days)) return outOfRange();
    seconds -= more * kSecondsPerDay;
  }
  if (__builtin_add_overflow(out.days, wholeDays, &out.days)) return outOfRange();
  const double micros =
      std::rint(scale(static_cast<double>(interval.micros), factor) + seconds * kMicrosPerSecond);
  if (!fitsInt64(micros)) return outOfRange();
  out.micros = static_cast<int64_t>(micros);
  return Value::interval(out);
}

}  // namespace

Value addIntervals(Interval a, Interval b) {
  Interval out;
  const bool overflow = __builtin_add_overflow(a.months, b.months, &out.months) ||
                        __builtin_add_overflow(a.days, b.days, &out.days) ||
                        __builtin_add_overflow(a.micros, b.micros, &out.micros);
  return overflow ? outOfRange() : Value::interval(out);
}

Value subtractIntervals(Interval a, Interval b) {
  Interval out;
  const bool overflow = __builtin_sub_overflow(a.months, b.months, &out.months) ||
                        __builtin_sub_overflow(a.days, b.days, &out.days) ||
                        __builtin_sub_overflow(a.micros, b.micros, &out.micros);
  return overflow ? outOfRange() : Value::interval(out);
}

Value multiplyInterval(Interval interval, double factor) {
  return scaled<product>(interval, factor);
}

Value divideInterval(Interval interval, double divisor) {
  if (divisor == 0) return Value::error(ErrorCode::divisionByZero);
  return scaled<quotient>(interval, divisor);
}

}  // namespace facet
