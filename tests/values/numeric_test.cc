// Exact decimal arithmetic against PostgreSQL 15: the results in the tables are its answers.
#include "values/numeric.h"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <string>

#include "values/text.h"

namespace facet {
namespace {

/// A numeric from its text; the scale is the number of digits after the point.
Value number(const std::string& text) {
  const auto value = parseNumeric(text);
  BOOST_REQUIRE_MESSAGE(value.has_value(), "not a numeric: " << text);
  return *value;
}

std::string show(const Value& value) {
  if (value.isError()) return std::string(errorText(value.errorCode()));
  return toText(Type::of(value.kind()), value);
}

Value calculate(const Value& a, char op, const Value& b) {
  switch (op) {
    case '+':
      return numericAdd(a, b);
    case '-':
      return numericSubtract(a, b);
    case '*':
      return numericMultiply(a, b);
    case '/':
      return numericDivide(a, b);
    default:
      return numericModulo(a, b);
  }
}

const std::string kOverflow = "value overflows numeric format";
const std::string kLargest = "664613997892457936451903530140172287";  // 2^119 - 1

struct Arithmetic {
  const char* a;
  char op;
  const char* b;
  const char* result;
};
constexpr Arithmetic kArithmetic[] = {
    // clang-format off
    {"1", '+', "3", "4"},
    {"1", '-', "3", "-2"},
    {"1", '*', "3", "3"},
    {"1", '/', "3", "0.33333333333333333333"},
    {"1", '%', "3", "1"},
    {"2", '+', "3", "5"},
    {"2", '-', "3", "-1"},
    {"2", '*', "3", "6"},
    {"2", '/', "3", "0.66666666666666666667"},
    {"2", '%', "3", "2"},
    {"-2", '+', "3", "1"},
    {"-2", '-', "3", "-5"},
    {"-2", '*', "3", "-6"},
    {"-2", '/', "3", "-0.66666666666666666667"},
    {"-2", '%', "3", "-2"},
    {"10", '+', "3", "13"},
    {"10", '-', "3", "7"},
    {"10", '*', "3", "30"},
    {"10", '/', "3", "3.3333333333333333"},
    {"10", '%', "3", "1"},
    {"1.00", '+', "3", "4.00"},
    {"1.00", '-', "3", "-2.00"},
    {"1.00", '*', "3", "3.00"},
    {"1.00", '/', "3", "0.33333333333333333333"},
    {"1.00", '%', "3", "1.00"},
    {"100.0000", '+', "7", "107.0000"},
    {"100.0000", '-', "7", "93.0000"},
    {"100.0000", '*', "7", "700.0000"},
    {"100.0000", '/', "7", "14.2857142857142857"},
    {"100.0000", '%', "7", "2.0000"},
    {"1", '+', "7.000000000000000000", "8.000000000000000000"},
    {"1", '-', "7.000000000000000000", "-6.000000000000000000"},
    {"1", '*', "7.000000000000000000", "7.000000000000000000"},
    {"1", '/', "7.000000000000000000", "0.14285714285714285714"},
    {"1", '%', "7.000000000000000000", "1.000000000000000000"},
    {"0", '+', "5", "5"},
    {"0", '-', "5", "-5"},
    {"0", '*', "5", "0"},
    {"0", '/', "5", "0.00000000000000000000"},
    {"0", '%', "5", "0"},
    {"0.00", '+', "0.0005", "0.0005"},
    {"0.00", '-', "0.0005", "-0.0005"},
    {"0.00", '*', "0.0005", "0.000000"},
    {"0.00", '/', "0.0005", "0.0000000000000000"},
    {"0.00", '%', "0.0005", "0.0000"},
    {"12345678901234567890", '+', "7", "12345678901234567897"},
    {"12345678901234567890", '-', "7", "12345678901234567883"},
    {"12345678901234567890", '*', "7", "86419752308641975230"},
    {"12345678901234567890", '/', "7", "1763668414462081127"},
    {"12345678901234567890", '%', "7", "1"},
    {"0.0001", '+', "3", "3.0001"},
    {"0.0001", '-', "3", "-2.9999"},
    {"0.0001", '*', "3", "0.0003"},
    {"0.0001", '/', "3", "0.000033333333333333333333"},
    {"0.0001", '%', "3", "0.0001"},
    {"99999", '+', "10000", "109999"},
    {"99999", '-', "10000", "89999"},
    {"99999", '*', "10000", "999990000"},
    {"99999", '/', "10000", "9.9999000000000000"},
    {"99999", '%', "10000", "9999"},
    {"10000", '+', "9999", "19999"},
    {"10000", '-', "9999", "1"},
    {"10000", '*', "9999", "99990000"},
    {"10000", '/', "9999", "1.0001000100010001"},
    {"10000", '%', "9999", "1"},
    {"1", '+', "0.00000001", "1.00000001"},
    {"1", '-', "0.00000001", "0.99999999"},
    {"1", '*', "0.00000001", "0.00000001"},
    {"1", '/', "0.00000001", "100000000.000000000000"},
    {"1", '%', "0.00000001", "0.00000000"},
    {"123.45", '+', "-0.67", "122.78"},
    {"123.45", '-', "-0.67", "124.12"},
    {"123.45", '*', "-0.67", "-82.7115"},
    {"123.45", '/', "-0.67", "-184.2537313432835821"},
    {"123.45", '%', "-0.67", "0.17"},
    {"5", '+', "0.05", "5.05"},
    {"5", '-', "0.05", "4.95"},
    {"5", '*', "0.05", "0.25"},
    {"5", '/', "0.05", "100.0000000000000000"},
    {"5", '%', "0.05", "0.00"},
    {"5.5", '+', "2", "7.5"},
    {"5.5", '-', "2", "3.5"},
    {"5.5", '*', "2", "11.0"},
    {"5.5", '/', "2", "2.7500000000000000"},
    {"5.5", '%', "2", "1.5"},
    {"-5.5", '+', "2", "-3.5"},
    {"-5.5", '-', "2", "-7.5"},
    {"-5.5", '*', "2", "-11.0"},
    {"-5.5", '/', "2", "-2.7500000000000000"},
    {"-5.5", '%', "2", "-1.5"},
    {"5.5", '+', "-2", "3.5"},
    {"5.5", '-', "-2", "7.5"},
    {"5.5", '*', "-2", "-11.0"},
    {"5.5", '/', "-2", "-2.7500000000000000"},
    {"5.5", '%', "-2", "1.5"},
    {"-7", '+', "3", "-4"},
    {"-7", '-', "3", "-10"},
    {"-7", '*', "3", "-21"},
    {"-7", '/', "3", "-2.3333333333333333"},
    {"-7", '%', "3", "-1"},
    {"7.25", '+', "0.1", "7.35"},
    {"7.25", '-', "0.1", "7.15"},
    {"7.25", '*', "0.1", "0.725"},
    {"7.25", '/', "0.1", "72.5000000000000000"},
    {"7.25", '%', "0.1", "0.05"},
    {"1000000000000000000.000001", '+', "3.7", "1000000000000000003.700001"},
    {"1000000000000000000.000001", '-', "3.7", "999999999999999996.300001"},
    {"1000000000000000000.000001", '*', "3.7", "3700000000000000000.0000037"},
    {"1000000000000000000.000001", '/', "3.7", "270270270270270270.270271"},
    {"1000000000000000000.000001", '%', "3.7", "1.000001"},
    {"0.3", '+', "0.1", "0.4"},
    {"0.3", '-', "0.1", "0.2"},
    {"0.3", '*', "0.1", "0.03"},
    {"0.3", '/', "0.1", "3.0000000000000000"},
    {"0.3", '%', "0.1", "0.0"},
    {"12345678901234567890123456789", '+', "1.5", "12345678901234567890123456790.5"},
    {"12345678901234567890123456789", '-', "1.5", "12345678901234567890123456787.5"},
    {"12345678901234567890123456789", '*', "1.5", "18518518351851851835185185183.5"},
    {"12345678901234567890123456789", '/', "1.5", "8230452600823045260082304526.0"},
    {"12345678901234567890123456789", '%', "1.5", "0.0"},
    {"999999999.9999", '+', "0.0001", "1000000000.0000"},
    {"999999999.9999", '-', "0.0001", "999999999.9998"},
    {"999999999.9999", '*', "0.0001", "99999.99999999"},
    {"999999999.9999", '/', "0.0001", "9999999999999.0000"},
    {"999999999.9999", '%', "0.0001", "0.0000"},
    {"1", '+', "1", "2"},
    {"1", '-', "1", "0"},
    {"1", '*', "1", "1"},
    {"1", '/', "1", "1.00000000000000000000"},
    {"1", '%', "1", "0"},
    {"1", '/', "0", "division by zero"},
    {"0.00", '/', "0.0", "division by zero"},
    {"1", '%', "0", "division by zero"},
    // clang-format on
};

struct Rounded {
  const char* value;
  int places;
  const char* rounded;
  const char* truncated;
};
constexpr Rounded kRounded[] = {
    // clang-format off
    {"2.5", 0, "3", "2"},
    {"2.5", 2, "2.50", "2.50"},
    {"2.5", -2, "0", "0"},
    {"2.5", 6, "2.500000", "2.500000"},
    {"-2.5", 0, "-3", "-2"},
    {"-2.5", 2, "-2.50", "-2.50"},
    {"-2.5", -2, "0", "0"},
    {"-2.5", 6, "-2.500000", "-2.500000"},
    {"1.005", 0, "1", "1"},
    {"1.005", 2, "1.01", "1.00"},
    {"1.005", -2, "0", "0"},
    {"1.005", 6, "1.005000", "1.005000"},
    {"-1.005", 0, "-1", "-1"},
    {"-1.005", 2, "-1.01", "-1.00"},
    {"-1.005", -2, "0", "0"},
    {"-1.005", 6, "-1.005000", "-1.005000"},
    {"0.5", 0, "1", "0"},
    {"0.5", 2, "0.50", "0.50"},
    {"0.5", -2, "0", "0"},
    {"0.5", 6, "0.500000", "0.500000"},
    {"1234.5678", 0, "1235", "1234"},
    {"1234.5678", 2, "1234.57", "1234.56"},
    {"1234.5678", -2, "1200", "1200"},
    {"1234.5678", 6, "1234.567800", "1234.567800"},
    {"-1234.5678", 0, "-1235", "-1234"},
    {"-1234.5678", 2, "-1234.57", "-1234.56"},
    {"-1234.5678", -2, "-1200", "-1200"},
    {"-1234.5678", 6, "-1234.567800", "-1234.567800"},
    {"0", 0, "0", "0"},
    {"0", 2, "0.00", "0.00"},
    {"0", -2, "0", "0"},
    {"0", 6, "0.000000", "0.000000"},
    {"99.995", 0, "100", "99"},
    {"99.995", 2, "100.00", "99.99"},
    {"99.995", -2, "100", "0"},
    {"99.995", 6, "99.995000", "99.995000"},
    {"5", 0, "5", "5"},
    {"5", 2, "5.00", "5.00"},
    {"5", -2, "0", "0"},
    {"5", 6, "5.000000", "5.000000"},
    // clang-format on
};

struct CeilFloor {
  const char* value;
  const char* ceil;
  const char* floor;
};
constexpr CeilFloor kCeilFloor[] = {
    // clang-format off
    {"2.5", "3", "2"},
    {"-2.5", "-2", "-3"},
    {"0.0001", "1", "0"},
    {"-0.0001", "0", "-1"},
    {"7", "7", "7"},
    {"-7.000", "-7", "-7"},
    {"0.00", "0", "0"},
    {"123456.789", "123457", "123456"},
    // clang-format on
};

struct FromDouble {
  double value;
  int digits;
  const char* result;
};
constexpr FromDouble kFromDouble[] = {
    // clang-format off
    {0.1, 15, "0.1"},
    {0.30000000000000004, 15, "0.3"},
    {1e20, 15, "100000000000000000000"},
    {1e-7, 15, "0.0000001"},
    {123456789.123456789, 15, "123456789.123457"},
    {-2.5, 15, "-2.5"},
    {1e15, 15, "1000000000000000"},
    {1.23456789012345678e17, 15, "123456789012346000"},
    {0, 15, "0"},
    {5e-20, 15, "0.00000000000000000005"},
    {0.1F, 6, "0.1"},
    {16777217.0F, 6, "16777200"},
    {3.14159274F, 6, "3.14159"},
    {1e10F, 6, "10000000000"},
    {-2.5F, 6, "-2.5"},
    // clang-format on
};

struct Average {
  const char* sum;
  int64_t count;
  const char* result;
};
constexpr Average kAverages[] = {
    // clang-format off
    {"7", 3, "2.3333333333333333"},
    {"10.00", 3, "3.3333333333333333"},
    {"0", 4, "0.00000000000000000000"},
    {"-1.5", 7, "-0.21428571428571428571"},
    {"123456789012345", 1000, "123456789012.34500000"},
    {"1", 100000000, "0.0000000100000000000000000000"},
    {"-17.50", 2, "-8.7500000000000000"},
    // clang-format on
};

}  // namespace

BOOST_AUTO_TEST_SUITE(numeric)

BOOST_AUTO_TEST_CASE(arithmetic_gives_postgresqls_digits_and_scale) {
  for (const Arithmetic& c : kArithmetic) {
    BOOST_TEST_CONTEXT(c.a << ' ' << c.op << ' ' << c.b) {
      BOOST_TEST(show(calculate(number(c.a), c.op, number(c.b))) == c.result);
    }
  }
}

BOOST_AUTO_TEST_CASE(round_and_trunc_give_postgresqls_answers) {
  for (const Rounded& c : kRounded) {
    BOOST_TEST_CONTEXT(c.value << ", " << c.places) {
      BOOST_TEST(show(numericRound(number(c.value), c.places)) == c.rounded);
      BOOST_TEST(show(numericTruncate(number(c.value), c.places)) == c.truncated);
    }
  }
}

BOOST_AUTO_TEST_CASE(ceil_and_floor_give_postgresqls_answers) {
  for (const CeilFloor& c : kCeilFloor) {
    BOOST_TEST_CONTEXT(c.value) {
      BOOST_TEST(show(numericCeil(number(c.value))) == c.ceil);
      BOOST_TEST(show(numericFloor(number(c.value))) == c.floor);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_float_becomes_the_numeric_of_its_significant_digits) {
  for (const FromDouble& c : kFromDouble) {
    BOOST_TEST(show(numericFromDouble(c.value, c.digits)) == c.result);
  }
  BOOST_TEST(show(numericFromDouble(std::numeric_limits<double>::quiet_NaN(), 15)) == kOverflow);
  BOOST_TEST(show(numericFromDouble(-std::numeric_limits<double>::infinity(), 15)) == kOverflow);
  BOOST_TEST(show(numericFromDouble(1e36, 15)) == kOverflow);
  BOOST_TEST(show(numericFromDouble(1e-90, 15)) == "0." + std::string(89, '0') + "1");
  BOOST_TEST(show(numericFromDouble(1e-300, 15)) == kOverflow);
}

BOOST_AUTO_TEST_CASE(an_average_has_the_scale_of_the_quotient) {
  for (const Average& c : kAverages) {
    const Value sum = number(c.sum);
    BOOST_TEST(show(numericAverage(sum.unscaled(), sum.scale(), c.count)) == c.result);
  }
}

BOOST_AUTO_TEST_CASE(an_average_of_a_sum_beyond_a_rows_range_is_right) {
  const int128 sum = kMaxUnscaled * 100;
  BOOST_TEST(show(numericAverage(sum, 0, 200)) == "332306998946228968225951765070086144");
  BOOST_TEST(show(numericAverage(-sum, 0, 100)) == "-" + kLargest);
  BOOST_TEST(show(numericAverage(sum, 0, 99)) == kOverflow);
}

BOOST_AUTO_TEST_CASE(the_largest_numeric_is_taken_and_one_more_is_an_error) {
  const Value largest = number(kLargest);
  BOOST_TEST(show(largest) == kLargest);
  BOOST_TEST(show(numericAdd(largest, number("0"))) == kLargest);
  BOOST_TEST(show(numericAdd(largest, number("1"))) == kOverflow);
  BOOST_TEST(show(numericSubtract(numericNegate(largest), number("1"))) == kOverflow);
  BOOST_TEST(show(numericMultiply(largest, number("-1"))) == "-" + kLargest);
  BOOST_TEST(show(numericMultiply(largest, largest)) == kOverflow);
  BOOST_TEST(show(numericAdd(largest, number("0.1"))) == kOverflow);
  BOOST_TEST(show(numericRescale(largest, 1)) == kOverflow);
  BOOST_TEST(show(numericDivide(largest, number("0.001"))) == kOverflow);
  BOOST_TEST(show(numericDivide(largest, largest)) == "1.00000000000000000000");
  BOOST_TEST(show(numericRound(largest, -35)) == kOverflow);  // 700000...
  BOOST_TEST(show(numericTruncate(largest, -35)) == "6" + std::string(35, '0'));
}

BOOST_AUTO_TEST_CASE(a_scale_over_the_limit_is_an_error) {
  const Value tiny = Value::numeric(1, kMaxScale);
  BOOST_TEST(show(tiny) == "0." + std::string(99, '0') + "1");
  BOOST_TEST(show(numericMultiply(tiny, number("0.1"))) == kOverflow);
  BOOST_TEST(show(numericRound(number("0"), kMaxScale + 1)) == kOverflow);
  BOOST_TEST(show(numericRound(number("0"), std::numeric_limits<int>::max())) == kOverflow);
  BOOST_TEST(show(numericRound(number("12"), std::numeric_limits<int>::min())) == "0");
  BOOST_TEST(!parseNumeric("1e-101"));
  BOOST_TEST(!parseNumeric("1e1000000000000"));
  BOOST_TEST(parseNumeric("1e-100").has_value());
}

BOOST_AUTO_TEST_CASE(modulo_is_right_for_scales_far_apart) {
  BOOST_TEST(show(numericModulo(Value::numeric(7, 0), Value::numeric(3, 60))) ==
             "0." + std::string(59, '0') + "1");
  BOOST_TEST(show(numericModulo(Value::numeric(1, 0), Value::numeric(7, 60))) ==
             "0." + std::string(59, '0') + "1");  // 10^60 mod 7 = 1
  BOOST_TEST(show(numericModulo(Value::numeric(5, 60), Value::numeric(7, 0))) ==
             "0." + std::string(59, '0') + "5");
}

BOOST_AUTO_TEST_CASE(comparison_is_by_value_whatever_the_scale) {
  BOOST_TEST(compareNumeric(number("1.0"), number("1.00")) == 0);
  BOOST_TEST(compareNumeric(number("1.01"), number("1.1")) < 0);
  BOOST_TEST(compareNumeric(number("-1.01"), number("-1.1")) > 0);
  BOOST_TEST(compareNumeric(Value::int64(2), number("1.999")) > 0);
  BOOST_TEST(compareNumeric(Value::numeric(1, 100), Value::numeric(0, 0)) > 0);
  BOOST_TEST(compareNumeric(Value::numeric(1, 100), Value::numeric(1, 0)) < 0);
  BOOST_TEST(compareNumeric(Value::numeric(-kMaxUnscaled, 0), Value::numeric(-1, 100)) < 0);
  BOOST_TEST(compareNumeric(number(kLargest), Value::numeric(kMaxUnscaled, 1)) > 0);
}

BOOST_AUTO_TEST_CASE(integers_are_numerics_of_scale_0) {
  BOOST_TEST(show(numericAdd(Value::int64(2), number("0.50"))) == "2.50");
  BOOST_TEST(show(numericDivide(Value::integer(Kind::int32, 1), Value::int64(3))) ==
             "0.33333333333333333333");
  BOOST_TEST(show(toNumeric(Value::integer(Kind::int16, -7))) == "-7");
}

BOOST_AUTO_TEST_CASE(a_numeric_becomes_the_nearest_double) {
  BOOST_TEST(numericToDouble(number("0.1")) == 0.1);
  BOOST_TEST(numericToDouble(number("-123456.789")) == -123456.789);
  BOOST_TEST(numericToDouble(number("9007199254740993")) == 9007199254740992.0);
  BOOST_TEST(numericToDouble(number("0.30000000000000004441")) == 0.30000000000000004);
  BOOST_TEST(numericToDouble(Value::numeric(1, 100)) == 1e-100);
}

BOOST_AUTO_TEST_CASE(quotient_times_divisor_comes_back_to_the_dividend) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const Value a = Value::numeric(static_cast<int64_t>(random() >> random() % 60), random() % 10);
    const Value b =
        Value::numeric(static_cast<int64_t>(random() >> random() % 60) | 1, random() % 10);
    const Value quotient = numericDivide(a, b);
    const Value remainder = numericModulo(a, b);
    const Value whole = numericTruncate(quotient, 0);
    if (quotient.isError()) continue;
    // a = trunc(a / b) × b + a % b, unless the quotient was rounded up to a whole number.
    const Value back = numericAdd(numericMultiply(whole, b), remainder);
    if (back.isError() || compareNumeric(whole, quotient) == 0) continue;
    BOOST_TEST_CONTEXT(show(a) << " by " << show(b)) {
      BOOST_TEST(compareNumeric(back, a) == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
