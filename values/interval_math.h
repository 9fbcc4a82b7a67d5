// Arithmetic of intervals, as PostgreSQL 15 does it. Thread: pure functions.
#pragma once

#include "values/value.h"

namespace facet {

/// Field by field. Errors: timestampOutOfRange.
Value addIntervals(Interval a, Interval b);
Value subtractIntervals(Interval a, Interval b);
/// interval * number and interval / number: fractions of months become days (of which a month has
/// 30), those of days time. Errors: timestampOutOfRange, divisionByZero.
Value multiplyInterval(Interval interval, double factor);
Value divideInterval(Interval interval, double divisor);

}  // namespace facet
