// Values as text. Results in the tables are PostgreSQL 15's answers.
#include "values/text.h"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "values/array.h"

namespace facet {
namespace {

struct Printed {
  const char* text;
  const char* result;
};
constexpr Printed kDoubles[] = {
    // clang-format off
    {"0", "0"},
    {"-0", "-0"},
    {"1", "1"},
    {"-1", "-1"},
    {"0.1", "0.1"},
    {"1e14", "100000000000000"},
    {"1e15", "1e+15"},
    {"123456789012345", "123456789012345"},
    {"1234567890123456", "1.234567890123456e+15"},
    {"1e-4", "0.0001"},
    {"1e-5", "1e-05"},
    {"1.5e-5", "1.5e-05"},
    {"1e20", "1e+20"},
    {"1e100", "1e+100"},
    {"5.684341886080802e-14", "5.684341886080802e-14"},
    {"9007199254740993", "9.007199254740992e+15"},
    {"5e-324", "5e-324"},
    {"1.7976931348623157e308", "1.7976931348623157e+308"},
    {"2.2250738585072014e-308", "2.2250738585072014e-308"},
    {"0.30000000000000004", "0.30000000000000004"},
    {"1e23", "9.999999999999999e+22"},
    {"9.5367431640625e-07", "9.5367431640625e-07"},
    {"123.456", "123.456"},
    {"-1234567.25", "-1234567.25"},
    {"3e-310", "3e-310"},
    {"NaN", "NaN"},
    {"Infinity", "Infinity"},
    {"-Infinity", "-Infinity"},
    {"1.8446744073709552e19", "1.8446744073709552e+19"},
    {"8.4124260889153e+16", "8.412426088915299e+16"},
    {"3.419808778300559e+16", "3.4198087783005592e+16"},
    {"7.108078781980746e+16", "7.1080787819807456e+16"},
    // clang-format on
};
constexpr Printed kFloats[] = {
    // clang-format off
    {"0", "0"},
    {"-0", "-0"},
    {"1", "1"},
    {"0.1", "0.1"},
    {"1e5", "100000"},
    {"999999", "999999"},
    {"1e6", "1e+06"},
    {"1234567", "1.234567e+06"},
    {"16777217", "1.6777216e+07"},
    {"1e-4", "0.0001"},
    {"1e-5", "1e-05"},
    {"3.4028235e38", "3.4028235e+38"},
    {"1.17549435e-38", "1.1754944e-38"},
    {"1e-45", "1e-45"},
    {"0.3", "0.3"},
    {"33554432", "3.3554432e+07"},
    {"8388608.5", "8.388608e+06"},
    {"NaN", "NaN"},
    {"-Infinity", "-Infinity"},
    {"1e10", "1e+10"},
    {"123.456", "123.456"},
    {"8.203448e+08", "8.2034483e+08"},
    {"3.758495e+07", "3.7584952e+07"},
    {"2.667418e+08", "2.6674179e+08"},
    // clang-format on
};

template <typename Float>
Float parseAs(const char* text) {
  constexpr Kind kKind = sizeof(Float) == 8 ? Kind::float64 : Kind::float32;
  std::string scratch;
  const auto value = parseText(Type::of(kKind), text, scratch);
  return static_cast<Float>(value.value().asDouble());
}

std::string print(double d) {
  std::string out;
  appendFloat64(out, d);
  return out;
}

std::string print(float f) {
  std::string out;
  appendFloat32(out, f);
  return out;
}

std::string show(Kind kind, const Value& value) {
  return toText(Type::of(kind), value);
}

/// The plain definition, to compare with: code points of valid UTF-8.
size_t countCodePoints(const std::string& text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(double_precision_prints_as_in_postgresql) {
  for (const Printed& c : kDoubles) BOOST_TEST(print(parseAs<double>(c.text)) == c.result);
}

BOOST_AUTO_TEST_CASE(real_prints_as_in_postgresql) {
  for (const Printed& c : kFloats) BOOST_TEST(print(parseAs<float>(c.text)) == c.result);
}

BOOST_AUTO_TEST_CASE(every_float_comes_back_from_its_text) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 50'000; ++i) {
    const auto d = std::bit_cast<double>(random());
    const auto f = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isnan(d)) BOOST_REQUIRE_EQUAL(parseAs<double>(print(d).c_str()), d);
    if (!std::isnan(f)) BOOST_REQUIRE_EQUAL(parseAs<float>(print(f).c_str()), f);
  }
}

BOOST_AUTO_TEST_CASE(scalars_print_as_in_postgresql) {
  BOOST_TEST(show(Kind::int64, Value::null()) == "");
  BOOST_TEST(show(Kind::boolean, Value::boolean(true)) == "t");
  BOOST_TEST(show(Kind::boolean, Value::boolean(false)) == "f");
  BOOST_TEST(show(Kind::int64, Value::int64(INT64_MIN)) == "-9223372036854775808");
  BOOST_TEST(show(Kind::int16, Value::integer(Kind::int16, -7)) == "-7");
  BOOST_TEST(show(Kind::numeric, Value::numeric(-5, 3)) == "-0.005");
  BOOST_TEST(show(Kind::numeric, Value::numeric(1250, 2)) == "12.50");
  BOOST_TEST(show(Kind::numeric, Value::numeric(0, 2)) == "0.00");
  BOOST_TEST(show(Kind::text, Value::text("as it is")) == "as it is");
  BOOST_TEST(show(Kind::bytes, Value::bytes(std::string_view("\x01\xff\0", 3))) == "\\x01ff00");
  BOOST_TEST(show(Kind::date, Value::integer(Kind::date, 17478)) == "2017-11-08");
  BOOST_TEST(show(Kind::timestamp, Value::integer(Kind::timestamp, -500'000)) ==
             "1969-12-31 23:59:59.5");
  BOOST_TEST(show(Kind::timestamptz, Value::integer(Kind::timestamptz, 0)) ==
             "1970-01-01 00:00:00+00");
  BOOST_TEST(show(Kind::interval, Value::interval({0, 0, 1})) == "1 mon");
}

BOOST_AUTO_TEST_CASE(only_utf8_without_nul_is_text) {
  BOOST_TEST(isValidText(""));
  BOOST_TEST(isValidText("plain ASCII that is longer than eight bytes"));
  BOOST_TEST(isValidText("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"));
  for (const std::string& bad :
       {std::string("12345678\0", 9), std::string("1234\0abc", 8), std::string("\x80"),
        std::string("\xc3"), std::string("\xc0\x80"), std::string("\xc1\xbf"),
        std::string("\xe0\x9f\xbf"), std::string("\xed\xa0\x80"), std::string("\xf0\x8f\xbf\xbf"),
        std::string("\xf4\x90\x80\x80"), std::string("\xf5\x80\x80\x80"), std::string("\xe2\x82"),
        std::string("\xe2\x28\xa1"), std::string("1234567\xff"), std::string("\xf0\x9f\x98")}) {
    BOOST_TEST(!isValidText(bad));
  }
}

BOOST_AUTO_TEST_CASE(nul_is_found_wherever_it_stands) {
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::string text(length, '\x01');
      BOOST_REQUIRE(isValidText(text));
      text[at] = '\0';
      BOOST_REQUIRE(!isValidText(text));
    }
  }
}

BOOST_AUTO_TEST_CASE(text_length_counts_characters) {
  BOOST_TEST(textLength("") == 0U);
  BOOST_TEST(textLength("h\xc3\xa4\xc3\x9f") == 3U);
  const std::vector<std::string> characters = {"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  std::mt19937_64 random(4);
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (size_t n = random() % 30; n > 0; --n) text += characters[random() % characters.size()];
    BOOST_REQUIRE(isValidText(text));
    BOOST_REQUIRE_EQUAL(textLength(text), countCodePoints(text));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
