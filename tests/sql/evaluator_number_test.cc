#include "tests/sql/expr_vocabulary.h"

namespace facet::test {
namespace {

constexpr Kind kInt2 = Kind::int16;
constexpr Kind kInt4 = Kind::int32;
constexpr Kind kInt8 = Kind::int64;
constexpr Kind kNumeric = Kind::numeric;
constexpr Kind kReal = Kind::float32;
constexpr Kind kDouble = Kind::float64;

BOOST_AUTO_TEST_SUITE(evaluator_numbers)

BOOST_AUTO_TEST_CASE(integers_keep_the_range_of_their_kind) {
  check("32767::int2 + 1::int2", call(Op::add, kInt2, i16(32767), i16(1)),
        "!smallint out of range");
  check("32767::int2 + 1::int4", call(Op::add, kInt4, i16(32767), i32(1)), "32768");
  check("2147483647 + 1", call(Op::add, kInt4, i32(2147483647), i32(1)), "!integer out of range");
  check("(-2147483648)::int4 - 1", call(Op::subtract, kInt4, i32(INT32_MIN), i32(1)),
        "!integer out of range");
  check("(-2147483648)::int4 * (-1)", call(Op::multiply, kInt4, i32(INT32_MIN), i32(-1)),
        "!integer out of range");
  check("9223372036854775807 + 1::int8", call(Op::add, kInt8, i64(INT64_MAX), i64(1)),
        "!bigint out of range");
  check("3037000500::int8 * 3037000500",
        call(Op::multiply, kInt8, i64(3037000500), i64(3037000500)), "!bigint out of range");
  check("-((-32768)::int2)", call(Op::negate, kInt2, i16(INT16_MIN)), "!smallint out of range");
  check("-((-9223372036854775808)::int8)", call(Op::negate, kInt8, i64(INT64_MIN)),
        "!bigint out of range");
  check("abs((-2147483648)::int4)", call(Op::absolute, kInt4, i32(INT32_MIN)),
        "!integer out of range");
  check("abs(-7)", call(Op::absolute, kInt4, i32(-7)), "7");
  check("abs(7)", call(Op::absolute, kInt4, i32(7)), "7");
}

BOOST_AUTO_TEST_CASE(integer_division_truncates_towards_zero) {
  check("7 / 2", call(Op::divide, kInt4, i32(7), i32(2)), "3");
  check("(-7) / 2", call(Op::divide, kInt4, i32(-7), i32(2)), "-3");
  check("(-7) % 2", call(Op::modulo, kInt4, i32(-7), i32(2)), "-1");
  check("7 % (-2)", call(Op::modulo, kInt4, i32(7), i32(-2)), "1");
  check("7 / 0", call(Op::divide, kInt4, i32(7), i32(0)), "!division by zero");
  check("7 % 0", call(Op::modulo, kInt4, i32(7), i32(0)), "!division by zero");
  check("(-2147483648)::int4 / (-1)", call(Op::divide, kInt4, i32(INT32_MIN), i32(-1)),
        "!integer out of range");
  check("(-2147483648)::int4 % (-1)", call(Op::modulo, kInt4, i32(INT32_MIN), i32(-1)), "0");
  check("(-32768)::int2 / (-1)::int2", call(Op::divide, kInt2, i16(INT16_MIN), i16(-1)),
        "!smallint out of range");
  check("(-9223372036854775808)::int8 / (-1)", call(Op::divide, kInt8, i64(INT64_MIN), i64(-1)),
        "!bigint out of range");
  check("(-9223372036854775808)::int8 % (-1)::int8",
        call(Op::modulo, kInt8, i64(INT64_MIN), i64(-1)), "0");
}

BOOST_AUTO_TEST_CASE(an_error_comes_before_a_null_whatever_the_order) {
  check("NULL::int4 + 1/0", call(Op::add, kInt4, null(kInt4), failing(kInt4)), "!division by zero");
  check("1/0 + NULL::int4", call(Op::add, kInt4, failing(kInt4), null(kInt4)), "!division by zero");
  check("NULL::int4 + 1", call(Op::add, kInt4, null(kInt4), i32(1)), "NULL");
  check("NULL::int4 / 0", call(Op::divide, kInt4, null(kInt4), i32(0)), "NULL");
  check("-NULL::int4", call(Op::negate, kInt4, null(kInt4)), "NULL");
}

BOOST_AUTO_TEST_CASE(numerics_have_the_scale_of_postgresql) {
  check("1.10 + 2.205", call(Op::add, kNumeric, num("1.10"), num("2.205")), "3.305");
  check("1.10 - 1", call(Op::subtract, kNumeric, num("1.10"), i32(1)), "0.10");
  check("1.10 * 2.205", call(Op::multiply, kNumeric, num("1.10"), num("2.205")), "2.42550");
  check("10.0 / 3", call(Op::divide, kNumeric, num("10.0"), i32(3)), "3.3333333333333333");
  check("1::numeric / 3", call(Op::divide, kNumeric, num("1"), i32(3)), "0.33333333333333333333");
  check("100000::numeric / 0.0003", call(Op::divide, kNumeric, num("100000"), num("0.0003")),
        "333333333.33333333");
  check("1.5 / 0", call(Op::divide, kNumeric, num("1.5"), i32(0)), "!division by zero");
  check("7.5 % 2", call(Op::modulo, kNumeric, num("7.5"), i32(2)), "1.5");
  check("(-7.5) % 2", call(Op::modulo, kNumeric, num("-7.5"), i32(2)), "-1.5");
  check("7.5 % 0", call(Op::modulo, kNumeric, num("7.5"), i32(0)), "!division by zero");
  check("-(1.50)", call(Op::negate, kNumeric, num("1.50")), "-1.50");
  check("abs(-1.50)", call(Op::absolute, kNumeric, num("-1.50")), "1.50");
}

BOOST_AUTO_TEST_CASE(a_numeric_that_does_not_fit_is_an_error) {
  ExprPtr large = num("123456789012345678901234567890");
  BOOST_TEST(shown(Type::of(kNumeric), OverColumns(call(Op::multiply, kNumeric, large, large))
                                           .evaluate(*std::make_unique<Arena>())) ==
             "!value overflows numeric format");
}

BOOST_AUTO_TEST_CASE(floats_fail_on_overflow_and_underflow) {
  check("1e308::float8 * 10::float8", call(Op::multiply, kDouble, f64("1e308"), f64("10")),
        "!value out of range: overflow");
  check("1e-300::float8 * 1e-300::float8",
        call(Op::multiply, kDouble, f64("1e-300"), f64("1e-300")), "!value out of range: overflow");
  check("1e308::float8 + 1e308::float8", call(Op::add, kDouble, f64("1e308"), f64("1e308")),
        "!value out of range: overflow");
  check("'infinity'::float8 + 1e308::float8", call(Op::add, kDouble, f64("Infinity"), f64("1e308")),
        "Infinity");
  check("'infinity'::float8 - 'infinity'::float8",
        call(Op::subtract, kDouble, f64("Infinity"), f64("Infinity")), "NaN");
  check("1::float8 / 0::float8", call(Op::divide, kDouble, f64("1"), f64("0")),
        "!division by zero");
  check("'NaN'::float8 / 0::float8", call(Op::divide, kDouble, f64("NaN"), f64("0")), "NaN");
  check("1::float8 / 'infinity'::float8", call(Op::divide, kDouble, f64("1"), f64("Infinity")),
        "0");
  check("1e-300::float8 / 1e300::float8", call(Op::divide, kDouble, f64("1e-300"), f64("1e300")),
        "!value out of range: overflow");
  check("-(0::float8)", call(Op::negate, kDouble, f64("0")), "-0");
  check("abs('-infinity'::float8)", call(Op::absolute, kDouble, f64("-Infinity")), "Infinity");
}

BOOST_AUTO_TEST_CASE(reals_are_rounded_to_single_precision) {
  check("0.1::float4 + 0.2::float4", call(Op::add, kReal, f32("0.1"), f32("0.2")), "0.3");
  check("0.1::float4 + 0.2::float8", call(Op::add, kDouble, f32("0.1"), f64("0.2")),
        "0.30000000149011613");
  check("16777216::float4 + 1::float4", call(Op::add, kReal, f32("16777216"), f32("1")),
        "1.6777216e+07");
  check("3e38::float4 * 10::float4", call(Op::multiply, kReal, f32("3e38"), f32("10")),
        "!value out of range: overflow");
  check("1e-30::float4 * 1e-30::float4", call(Op::multiply, kReal, f32("1e-30"), f32("1e-30")),
        "!value out of range: overflow");
  check("1::float4 / 3::float4", call(Op::divide, kReal, f32("1"), f32("3")), "0.33333334");
  check("-(1.5::float4)", call(Op::negate, kReal, f32("1.5")), "-1.5");
}

BOOST_AUTO_TEST_CASE(rounding_of_floats_is_to_even_and_of_numerics_away_from_zero) {
  check("round(0.5::float8)", call(Op::round, kDouble, f64("0.5")), "0");
  check("round(1.5::float8)", call(Op::round, kDouble, f64("1.5")), "2");
  check("round(-2.5::float8)", call(Op::round, kDouble, f64("-2.5")), "-2");
  check("round(2.5)", call(Op::round, kNumeric, num("2.5")), "3");
  check("round(-2.5)", call(Op::round, kNumeric, num("-2.5")), "-3");
  check("round(1234.5678, 2)", call(Op::round, kNumeric, num("1234.5678"), i32(2)), "1234.57");
  check("round(1234.5678, -2)", call(Op::round, kNumeric, num("1234.5678"), i32(-2)), "1200");
  check("round(1.5, 4)", call(Op::round, kNumeric, num("1.5"), i32(4)), "1.5000");
  check("trunc(1234.5678, 3)", call(Op::truncate, kNumeric, num("1234.5678"), i32(3)), "1234.567");
  check("trunc(-1234.5678)", call(Op::truncate, kNumeric, num("-1234.5678")), "-1234");
  check("trunc(1234.5678, -5)", call(Op::truncate, kNumeric, num("1234.5678"), i32(-5)), "0");
  check("trunc(-2.7::float8)", call(Op::truncate, kDouble, f64("-2.7")), "-2");
  check("ceil(-1.1)", call(Op::ceil, kNumeric, num("-1.1")), "-1");
  check("ceil(1.1)", call(Op::ceil, kNumeric, num("1.1")), "2");
  check("floor(-1.1)", call(Op::floor, kNumeric, num("-1.1")), "-2");
  check("ceil(1.1::float8)", call(Op::ceil, kDouble, f64("1.1")), "2");
  check("floor(-1.1::float8)", call(Op::floor, kDouble, f64("-1.1")), "-2");
  check("sign(-1.50)", call(Op::sign, kNumeric, num("-1.50")), "-1");
  check("sign(0.00)", call(Op::sign, kNumeric, num("0.00")), "0");
  check("sign(-3::float8)", call(Op::sign, kDouble, f64("-3")), "-1");
  check("sign('NaN'::float8)", call(Op::sign, kDouble, f64("NaN")), "0");
}

BOOST_AUTO_TEST_CASE(powers_and_roots_of_floats_refuse_what_is_undefined) {
  check("power(2::float8, 10)", call(Op::power, kDouble, f64("2"), f64("10")), "1024");
  check("power(2::float8, -1)", call(Op::power, kDouble, f64("2"), f64("-1")), "0.5");
  check("power(0::float8, -1)", call(Op::power, kDouble, f64("0"), f64("-1")), "!invalid argument");
  check("power((-8)::float8, 1/3::float8)",
        call(Op::power, kDouble, f64("-8"), f64("0.3333333333333333")), "!invalid argument");
  check("power((-2)::float8, 3)", call(Op::power, kDouble, f64("-2"), f64("3")), "-8");
  check("power(10::float8, 400)", call(Op::power, kDouble, f64("10"), f64("400")),
        "!value out of range: overflow");
  check("power(10::float8, -400)", call(Op::power, kDouble, f64("10"), f64("-400")),
        "!value out of range: overflow");
  check("power('NaN'::float8, 0)", call(Op::power, kDouble, f64("NaN"), f64("0")), "1");
  check("power(1::float8, 'NaN'::float8)", call(Op::power, kDouble, f64("1"), f64("NaN")), "1");
  check("power('-infinity'::float8, 3)", call(Op::power, kDouble, f64("-Infinity"), f64("3")),
        "-Infinity");
  check("power('-infinity'::float8, 0.5)", call(Op::power, kDouble, f64("-Infinity"), f64("0.5")),
        "!invalid argument");
  check("power(0.5::float8, 'infinity'::float8)",
        call(Op::power, kDouble, f64("0.5"), f64("Infinity")), "0");
  check("sqrt(2::float8)", call(Op::squareRoot, kDouble, f64("2")), "1.4142135623730951");
  check("sqrt(-1::float8)", call(Op::squareRoot, kDouble, f64("-1")), "!invalid argument");
  check("sqrt('infinity'::float8)", call(Op::squareRoot, kDouble, f64("Infinity")), "Infinity");
  check("sqrt('NaN'::float8)", call(Op::squareRoot, kDouble, f64("NaN")), "NaN");
}

BOOST_AUTO_TEST_CASE(powers_and_roots_of_numerics_have_sixteen_digits) {
  check("sqrt(2::numeric)", call(Op::squareRoot, kNumeric, num("2")), "1.414213562373095");
  check("sqrt(0::numeric)", call(Op::squareRoot, kNumeric, num("0")), "0.000000000000000");
  check("sqrt(12345678901234567890::numeric)",
        call(Op::squareRoot, kNumeric, num("12345678901234567890")), "3513641828.8201443");
  check("sqrt(0.00000000001)", call(Op::squareRoot, kNumeric, num("0.00000000001")),
        "0.000003162277660168379");
  check("sqrt(-0.01)", call(Op::squareRoot, kNumeric, num("-0.01")), "!invalid argument");
  check("power(1.5, 3::numeric)", call(Op::power, kNumeric, num("1.5"), i32(3)),
        "3.3750000000000000");
  check("power(0.5, 17::numeric)", call(Op::power, kNumeric, num("0.5"), i32(17)),
        "0.0000076293945313");
  check("power(2::numeric, -17)", call(Op::power, kNumeric, num("2"), i32(-17)),
        "0.0000076293945313");
  check("power(-2.0, 3::numeric)", call(Op::power, kNumeric, num("-2.0"), i32(3)),
        "-8.0000000000000000");
  check("power(2.0, 0.5)", call(Op::power, kNumeric, num("2.0"), num("0.5")), "1.4142135623730950");
  check("power(0.0001, 2.5)", call(Op::power, kNumeric, num("0.0001"), num("2.5")),
        "0.00000000010000000000000000");
  check("power(1.000000001, 1000000000::numeric)",
        call(Op::power, kNumeric, num("1.000000001"), i32(1000000000)), "2.7182818270999043");
  check("power(0::numeric, 0::numeric)", call(Op::power, kNumeric, num("0"), num("0")),
        "1.0000000000000000");
  check("power(0::numeric, 0.5)", call(Op::power, kNumeric, num("0"), num("0.5")),
        "0.0000000000000000");
  check("power(0::numeric, -1::numeric)", call(Op::power, kNumeric, num("0"), num("-1")),
        "!invalid argument");
  check("power(-2.0, 0.5)", call(Op::power, kNumeric, num("-2.0"), num("0.5")),
        "!invalid argument");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
