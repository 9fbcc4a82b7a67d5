#include "tests/sql/expr_vocabulary.h"

namespace facet::test {
namespace {

BOOST_AUTO_TEST_SUITE(evaluator_casts)

BOOST_AUTO_TEST_CASE(numbers_are_rounded_and_checked_on_their_way_to_integers) {
  check("2.5::float8::int4", cast(f64("2.5"), Kind::int32), "2");
  check("3.5::float8::int4", cast(f64("3.5"), Kind::int32), "4");
  check("2.5::numeric::int4", cast(num("2.5"), Kind::int32), "3");
  check("(-2.5)::numeric::int4", cast(num("-2.5"), Kind::int32), "-3");
  check("32767.4::float4::int2", cast(f32("32767.4"), Kind::int16), "32767");
  check("32767.5::float8::int2", cast(f64("32767.5"), Kind::int16), "!smallint out of range");
  check("2147483647.5::float8::int4", cast(f64("2147483647.5"), Kind::int32),
        "!integer out of range");
  check("(-2147483648.5)::float8::int4", cast(f64("-2147483648.5"), Kind::int32), "-2147483648");
  check("9223372036854775807::float8::int8", cast(f64("9223372036854775807"), Kind::int64),
        "!bigint out of range");
  check("(-9223372036854775808)::float8::int8", cast(f64("-9223372036854775808"), Kind::int64),
        "-9223372036854775808");
  check("'NaN'::float8::int8", cast(f64("NaN"), Kind::int64), "!bigint out of range");
  check("2147483647.5::numeric::int4", cast(num("2147483647.5"), Kind::int32),
        "!integer out of range");
  check("9223372036854775807.4::numeric::int8", cast(num("9223372036854775807.4"), Kind::int64),
        "9223372036854775807");
  check("9223372036854775807.5::numeric::int8", cast(num("9223372036854775807.5"), Kind::int64),
        "!bigint out of range");
  check("32768::int4::int2", cast(i32(32768), Kind::int16), "!smallint out of range");
  check("(-2147483649)::int8::int4", cast(i64(-2147483649), Kind::int32), "!integer out of range");
  check("(-5)::int2::int8", cast(i16(-5), Kind::int64), "-5");
}

BOOST_AUTO_TEST_CASE(numbers_become_numerics) {
  check("12::int4::numeric", cast(i32(12), Kind::numeric), "12");
  check("12::int4::numeric(10,2)", cast(i32(12), Type::decimal(2), 10), "12.00");
  check("12345::int4::numeric(4,0)", cast(i32(12345), Type::decimal(0), 4),
        "!value overflows numeric format");
  check("99.995::numeric(4,2)", cast(num("99.995"), Type::decimal(2), 4),
        "!value overflows numeric format");
  check("99.994::numeric(4,2)", cast(num("99.994"), Type::decimal(2), 4), "99.99");
  check("(-99.995)::numeric(4,2)", cast(num("-99.995"), Type::decimal(2), 4),
        "!value overflows numeric format");
  check("1.5::numeric(40,3)", cast(num("1.5"), Type::decimal(3), 40), "1.500");
  check("0.1::float4::numeric", cast(f32("0.1"), Kind::numeric), "0.1");
  check("0.1::float8::numeric", cast(f64("0.1"), Kind::numeric), "0.1");
  check("123456.789::float4::numeric", cast(f32("123456.789"), Kind::numeric), "123457");
  check("1e-308::float8::numeric(4,2)", cast(f64("1e-308"), Type::decimal(2), 4), "0.00");
  check("1e20::float8::numeric(30,1)", cast(f64("1e20"), Type::decimal(1), 30),
        "100000000000000000000.0");
  check("' 12.345 '::text::numeric(5,2)", cast(str(" 12.345 "), Type::decimal(2), 5), "12.35");
  check("'1234'::text::numeric(5,2)", cast(str("1234"), Type::decimal(2), 5),
        "!value overflows numeric format");
  check("'1e3'::text::numeric", cast(str("1e3"), Kind::numeric), "1000");
}

BOOST_AUTO_TEST_CASE(numbers_become_floats) {
  check("16777217::int4::float4", cast(i32(16777217), Kind::float32), "1.6777216e+07");
  check("9007199254740993::int8::float8", cast(i64(9007199254740993), Kind::float64),
        "9.007199254740992e+15");
  check("9007200328482817::int8::float4", cast(i64(9007200328482817), Kind::float32), "9.0072e+15");
  check("0.1::numeric::float8", cast(num("0.1"), Kind::float64), "0.1");
  check("0.1::numeric::float4", cast(num("0.1"), Kind::float32), "0.1");
  check("1.000000059604644775390626::numeric::float4",
        cast(num("1.000000059604644775390626"), Kind::float32), "1.0000001");
  check("0.1::float8::float4", cast(f64("0.1"), Kind::float32), "0.1");
  check("0.1::float4::float8", cast(f32("0.1"), Kind::float64), "0.10000000149011612");
  check("1e39::float8::float4", cast(f64("1e39"), Kind::float32), "!value out of range: overflow");
  check("1e-50::float8::float4", cast(f64("1e-50"), Kind::float32),
        "!value out of range: overflow");
  check("'infinity'::float8::float4", cast(f64("Infinity"), Kind::float32), "Infinity");
  check("' 1.5e3 '::text::float8", cast(str(" 1.5e3 "), Kind::float64), "1500");
  check("'1e400'::text::float8", cast(str("1e400"), Kind::float64),
        "!invalid input syntax for the type");
}

BOOST_AUTO_TEST_CASE(booleans_and_integers) {
  check("true::int4", cast(boolean(true), Kind::int32), "1");
  check("0::int4::boolean", cast(i32(0), Kind::boolean), "f");
  check("(-3)::int4::boolean", cast(i32(-3), Kind::boolean), "t");
  check("' TRUE '::text::boolean", cast(str(" TRUE "), Kind::boolean), "t");
  check("'off'::text::boolean", cast(str("off"), Kind::boolean), "f");
  check("'maybe'::text::boolean", cast(str("maybe"), Kind::boolean),
        "!invalid input syntax for the type");
}

BOOST_AUTO_TEST_CASE(times_are_cut_and_widened) {
  check("date '2024-03-15'::timestamp", cast(date("2024-03-15"), Kind::timestamp),
        "2024-03-15 00:00:00");
  check("date '2024-03-15'::timestamptz", cast(date("2024-03-15"), Kind::timestamptz),
        "2024-03-15 00:00:00+00");
  check("date '5874897-12-31'::timestamp", cast(date("5874897-12-31"), Kind::timestamp),
        "!date out of range");
  check("timestamp '1969-12-31 23:59:59.5'::date", cast(stamp("1969-12-31 23:59:59.5"), Kind::date),
        "1969-12-31");
  check("timestamp '1969-12-31 00:00'::date", cast(stamp("1969-12-31 00:00"), Kind::date),
        "1969-12-31");
  check("timestamp '2024-03-15 10:00'::timestamptz",
        cast(stamp("2024-03-15 10:00"), Kind::timestamptz), "2024-03-15 10:00:00+00");
  check("'2024-03-15 10:20:30.5'::text::timestamp",
        cast(str("2024-03-15 10:20:30.5"), Kind::timestamp), "2024-03-15 10:20:30.5");
  check("'11/8/2017'::text::date", cast(str("11/8/2017"), Kind::date), "2017-11-08");
  check("'2023-02-29'::text::date", cast(str("2023-02-29"), Kind::date),
        "!invalid input syntax for the type");
  check("'1 day 02:00'::text::interval", cast(str("1 day 02:00"), Kind::interval),
        "1 day 02:00:00");
}

BOOST_AUTO_TEST_CASE(everything_has_a_text) {
  check("(-123)::int4::text", cast(i32(-123), Kind::text), "-123");
  check("(-9223372036854775808)::int8::text", cast(i64(INT64_MIN), Kind::text),
        "-9223372036854775808");
  check("true::text", cast(boolean(true), Kind::text), "true");
  check("false::text", cast(boolean(false), Kind::text), "false");
  check("12.50::numeric::text", cast(num("12.50"), Kind::text), "12.50");
  check("1e20::float8::text", cast(f64("1e20"), Kind::text), "1e+20");
  check("0.1::float4::text", cast(f32("0.1"), Kind::text), "0.1");
  check("date '2024-03-15'::text", cast(date("2024-03-15"), Kind::text), "2024-03-15");
  check("timestamp '2024-03-15 10:00:00.25'::text",
        cast(stamp("2024-03-15 10:00:00.25"), Kind::text), "2024-03-15 10:00:00.25");
  check("interval '1 mon 2 days 03:04:05'::text", cast(span("1 mon 2 days 03:04:05"), Kind::text),
        "1 mon 2 days 03:04:05");
  check("'\\x01ff'::bytea::text", cast(literal(Kind::bytes, "\\x01ff"), Kind::text), "\\x01ff");
  check("'\\x01ff'::text::bytea", cast(str("\\x01ff"), Kind::bytes), "\\x01ff");
  check("NULL::int4::text", cast(null(Kind::int32), Kind::text), "NULL");
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_refused) {
  check("' 42 '::text::int4", cast(str(" 42 "), Kind::int32), "42");
  check("'4x'::text::int4", cast(str("4x"), Kind::int32), "!invalid input syntax for the type");
  check("''::text::int8", cast(str(""), Kind::int64), "!invalid input syntax for the type");
  check("'40000'::text::int2", cast(str("40000"), Kind::int16),
        "!invalid input syntax for the type");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
