// Making float values with PostgreSQL's range errors. Thread: pure functions.
#pragma once

#include <cmath>

#include "values/numeric.h"
#include "values/value.h"

namespace facet {

/// Any number as a double.
inline double toDouble(const Value& value) {
  switch (value.kind()) {
    case Kind::float32:
    case Kind::float64:
      return value.asDouble();
    case Kind::numeric:
      return numericToDouble(value);
    default:
      return static_cast<double>(value.asInt());
  }
}

/// A result of the kind float32 or float64 that needs no check.
inline Value makeFloat(Kind kind, double d) {
  return kind == Kind::float32 ? Value::float32(static_cast<float>(d)) : Value::float64(d);
}

/// Infinity out of finite arguments is an overflow; zero out of arguments that cannot give it, an
/// underflow.
template <typename F>
Value checkedFloat(F result, bool finiteArguments, bool neverZero) {
  if ((std::isinf(result) && finiteArguments) || (result == 0 && neverZero)) {
    return Value::error(ErrorCode::floatOutOfRange);
  }
  if constexpr (sizeof(F) == sizeof(float)) return Value::float32(result);
  return Value::float64(result);
}

}  // namespace facet
