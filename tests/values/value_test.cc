#include "values/value.h"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "values/assert.h"
#include "values/position.h"

namespace facet {
namespace {

Value numeric(int64_t unscaled, uint8_t scale) {
  return Value::numeric(unscaled, scale);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(types_have_postgresqls_names) {
  BOOST_TEST(typeName(Type::of(Kind::boolean)) == "boolean");
  BOOST_TEST(typeName(Type::of(Kind::int16)) == "smallint");
  BOOST_TEST(typeName(Type::of(Kind::int32)) == "integer");
  BOOST_TEST(typeName(Type::of(Kind::int64)) == "bigint");
  BOOST_TEST(typeName(Type::decimal(4)) == "numeric(18,4)");
  BOOST_TEST(typeName(Type::of(Kind::numeric)) == "numeric");
  BOOST_TEST(typeName(Type::of(Kind::float32)) == "real");
  BOOST_TEST(typeName(Type::of(Kind::float64)) == "double precision");
  BOOST_TEST(typeName(Type::of(Kind::text)) == "text");
  BOOST_TEST(typeName(Type::of(Kind::bytes)) == "bytea");
  BOOST_TEST(typeName(Type::of(Kind::date)) == "date");
  BOOST_TEST(typeName(Type::of(Kind::timestamp)) == "timestamp without time zone");
  BOOST_TEST(typeName(Type::of(Kind::timestamptz)) == "timestamp with time zone");
  BOOST_TEST(typeName(Type::of(Kind::interval)) == "interval");
  BOOST_TEST(typeName(Type{Kind::array, kAnyScale, Kind::int32, kAnyScale}) == "integer[]");
  BOOST_TEST(typeName(Type{Kind::array, kAnyScale, Kind::numeric, 2}) == "numeric(18,2)[]");
}

BOOST_AUTO_TEST_CASE(errors_have_postgresqls_texts) {
  BOOST_TEST(errorText(ErrorCode::divisionByZero) == "division by zero");
  BOOST_TEST(errorText(ErrorCode::bigintOutOfRange) == "bigint out of range");
  BOOST_TEST(errorText(ErrorCode::numericOutOfRange) == "value overflows numeric format");
  BOOST_TEST((Value::error(ErrorCode::tooLarge).errorCode() == ErrorCode::tooLarge));
}

BOOST_AUTO_TEST_CASE(integers_and_numerics_compare_by_value) {
  BOOST_TEST(compareValues(Value::int64(2), Value::integer(Kind::int16, 2)) == 0);
  BOOST_TEST(compareValues(Value::int64(2), numeric(199, 2)) > 0);
  BOOST_TEST(compareValues(numeric(20, 1), Value::integer(Kind::int32, 2)) == 0);
  BOOST_TEST(compareValues(Value::int64(INT64_MIN), Value::int64(INT64_MAX)) < 0);
}

BOOST_AUTO_TEST_CASE(nan_equals_nan_and_is_the_greatest_float) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(compareValues(Value::float64(nan), Value::float64(nan)) == 0);
  BOOST_TEST(compareValues(Value::float64(nan), Value::float64(infinity)) > 0);
  BOOST_TEST(compareValues(Value::float64(-infinity), Value::float64(nan)) < 0);
  BOOST_TEST(compareValues(Value::float64(-0.0), Value::float64(0.0)) == 0);
  BOOST_TEST(compareValues(Value::float32(0.5F), Value::float64(0.25)) > 0);
}

BOOST_AUTO_TEST_CASE(text_compares_by_unsigned_bytes) {
  BOOST_TEST(compareValues(Value::text("a"), Value::text("\xc3\xa4")) < 0);
  BOOST_TEST(compareValues(Value::text("B"), Value::text("a")) < 0);
  BOOST_TEST(compareValues(Value::text(""), Value::text("a")) < 0);
  BOOST_TEST(compareValues(Value::text("ab"), Value::text("a")) > 0);
}

BOOST_AUTO_TEST_CASE(intervals_compare_with_months_of_30_days) {
  const auto compare = [](Interval a, Interval b) {
    return compareValues(Value::interval(a), Value::interval(b));
  };
  BOOST_TEST(compare({0, 30, 0}, {0, 0, 1}) == 0);
  BOOST_TEST(compare({0, 365, 0}, {0, 0, 12}) > 0);
  BOOST_TEST(compare({-1, 1, 0}, {0, 1, 0}) < 0);
}

BOOST_AUTO_TEST_CASE(null_comes_last) {
  BOOST_TEST(compareNullsLast(Value::null(), Value::int64(1)) > 0);
  BOOST_TEST(compareNullsLast(Value::int64(1), Value::null()) < 0);
  BOOST_TEST(compareNullsLast(Value::null(), Value::null()) == 0);
}

BOOST_AUTO_TEST_CASE(only_true_is_true) {
  BOOST_TEST(Value::boolean(true).isTrue());
  BOOST_TEST(!Value::boolean(false).isTrue());
  BOOST_TEST(!Value::null().isTrue());
  BOOST_TEST(!Value::error(ErrorCode::invalidText).isTrue());
  BOOST_TEST(!Value::int64(1).isTrue());
}

BOOST_AUTO_TEST_CASE(positions_print_and_count) {
  BOOST_TEST(fmt::format("{} {} {}", Position{7} + 2, Epoch{1}, ShardId{3}) == "9 1 3");
  BOOST_TEST((Position{1} < Position{2}));
  BOOST_TEST(detail::describeOperands("p, q", Position{4}, 5) == "p, q = 4 5");
  BOOST_TEST(detail::describeOperands("") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
