#include "values/value.h"

#include <algorithm>
#include <cmath>

#include "values/array.h"
#include "values/assert.h"
#include "values/composite.h"
#include "values/datetime.h"
#include "values/numeric.h"

namespace facet {
namespace {

template <typename T>
int threeWay(T a, T b) {
  return (a > b) - (a < b);
}

int compareDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) - std::isnan(b);
  return threeWay(a, b);
}

int compareBytes(std::string_view a, std::string_view b) {
  const size_t shared = std::min(a.size(), b.size());
  const int order = shared == 0 ? 0 : std::memcmp(a.data(), b.data(), shared);
  return order != 0 ? order : threeWay(a.size(), b.size());
}

int compareArrays(const Value& a, const Value& b) {
  const size_t sizeA = arraySize(a);
  const size_t sizeB = arraySize(b);
  for (size_t i = 0; i < std::min(sizeA, sizeB); ++i) {
    const int order = compareNullsLast(arrayElement(a, i), arrayElement(b, i));
    if (order != 0) return order;
  }
  return threeWay(sizeA, sizeB);
}

int compareComposites(const Value& a, const Value& b) {
  CompositeColumns left(a);
  CompositeColumns right(b);
  FACET_ASSERT(left.left() == right.left(), left.left(), right.left());
  while (left.left() > 0) {
    const int order = compareNullsLast(left.next(), right.next());
    if (order != 0) return order;
  }
  return 0;
}

bool isExactNumber(Kind kind) {
  return kind == Kind::int16 || kind == Kind::int32 || kind == Kind::int64 || kind == Kind::numeric;
}

}  // namespace

std::string_view errorText(ErrorCode code) {
  switch (code) {
    case ErrorCode::divisionByZero:
      return "division by zero";
    case ErrorCode::smallintOutOfRange:
      return "smallint out of range";
    case ErrorCode::integerOutOfRange:
      return "integer out of range";
    case ErrorCode::bigintOutOfRange:
      return "bigint out of range";
    case ErrorCode::numericOutOfRange:
      return "value overflows numeric format";
    case ErrorCode::floatOutOfRange:
      return "value out of range: overflow";
    case ErrorCode::dateOutOfRange:
      return "date out of range";
    case ErrorCode::timestampOutOfRange:
      return "timestamp out of range";
    case ErrorCode::invalidText:
      return "invalid input syntax for the type";
    case ErrorCode::invalidArgument:
      return "invalid argument";
    case ErrorCode::moreThanOneRow:
      return "duplicate key value violates unique constraint";
    case ErrorCode::tooLarge:
      return "value too large";
    case ErrorCode::tooMuchWork:
      return "an expression takes more than 16 MiB of work for one row";
    case ErrorCode::interrupted:
      return "the query was interrupted";
  }
  return "unknown error";
}

int128 intervalLength(Interval interval) {
  const int64_t days = int64_t{interval.months} * 30 + interval.days;
  return static_cast<int128>(days) * kMicrosPerDay + interval.micros;
}

int compareValues(const Value& a, const Value& b) {
  const Kind kind = a.kind();
  if (kind != b.kind()) {
    if (a.kind() == Kind::numeric || b.kind() == Kind::numeric) return compareNumeric(a, b);
    if (isExactNumber(a.kind()) && isExactNumber(b.kind())) return threeWay(a.asInt(), b.asInt());
  }
  switch (kind) {
    case Kind::boolean:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamptz:
      return threeWay(a.asInt(), b.asInt());
    case Kind::numeric:
      return compareNumeric(a, b);
    case Kind::float32:
    case Kind::float64:
      return compareDoubles(a.asDouble(), b.asDouble());
    case Kind::text:
    case Kind::bytes:
      return compareBytes(a.asText(), b.asText());
    case Kind::interval:
      return threeWay(intervalLength(a.asInterval()), intervalLength(b.asInterval()));
    case Kind::array:
      return compareArrays(a, b);
    case Kind::composite:
      return compareComposites(a, b);
    case Kind::null:
    case Kind::error:
      break;
  }
  FACET_ASSERT(!"two values of one type family", static_cast<int>(kind),
               static_cast<int>(b.kind()));
  return 0;
}

int compareNullsLast(const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() - b.isNull();
  return compareValues(a, b);
}

}  // namespace facet
