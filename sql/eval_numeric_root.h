// sqrt() and power() of numerics, with PostgreSQL 15's rules for the scale of the result: at least
// 16 significant digits (power with a whole exponent: at least 16 places). Errors: invalidArgument,
// divisionByZero, numericOutOfRange. Thread: pure functions.
#pragma once

#include "values/value.h"

namespace facet {

Value numericSquareRoot(const Value& a);
Value numericPower(const Value& base, const Value& exponent);

}  // namespace facet
