// Input text of numbers, booleans, bytes and arrays. What a text becomes, or nullptr where it is
// refused, is PostgreSQL 15's answer.
#include <boost/test/unit_test.hpp>
#include <string>

#include "values/text.h"

namespace facet {
namespace {

struct Parsed {
  const char* text;
  const char* result;
};

template <size_t N>
void checkParsed(const Type& type, const Parsed (&cases)[N]) {
  for (const Parsed& c : cases) {
    std::string scratch;
    const auto value = parseText(type, c.text, scratch);
    BOOST_TEST_CONTEXT(typeName(type) << " '" << c.text << "'") {
      BOOST_TEST(value.has_value() == (c.result != nullptr));
      if (value && c.result != nullptr) BOOST_TEST(toText(type, *value) == c.result);
    }
  }
}

Type arrayOf(Kind element) {
  return {Kind::array, kAnyScale, element, kAnyScale};
}

constexpr Parsed kNumerics[] = {
    // clang-format off
    {"12.50", "12.50"},
    {" -12.5 ", "-12.5"},
    {"+5.", "5"},
    {".5", "0.5"},
    {".", nullptr},
    {"", nullptr},
    {"-", nullptr},
    {"1e5", "100000"},
    {"1e-5", "0.00001"},
    {"1.50e1", "15.0"},
    {"1.5e3", "1500"},
    {"100e-2", "1.00"},
    {"1e", nullptr},
    {"1e+", nullptr},
    {"1 2", nullptr},
    {"--1", nullptr},
    {"+-1", nullptr},
    {"1_000", nullptr},
    {"0x10", nullptr},
    {"0e50", "0"},
    {"-0.00", "0.00"},
    {"00012", "12"},
    {"1.2.3", nullptr},
    {"abc", nullptr},
    {"1e5x", nullptr},
    // clang-format on
};
constexpr Parsed kDecimals[] = {
    // clang-format off
    {"1.005", "1.01"},
    {"-1.005", "-1.01"},
    {"1.994", "1.99"},
    {"99", "99.00"},
    // clang-format on
};
constexpr Parsed kDoubles[] = {
    // clang-format off
    {"1", "1"},
    {"+1.5", "1.5"},
    {"-1e10", "-10000000000"},
    {"1e400", nullptr},
    {"1e-400", nullptr},
    {"5e-324", "5e-324"},
    {"1e-323", "1e-323"},
    {"NaN", "NaN"},
    {"nan", "NaN"},
    {"Infinity", "Infinity"},
    {"-infinity", "-Infinity"},
    {"inf", "Infinity"},
    {"+inf", "Infinity"},
    {"-INF", "-Infinity"},
    {"infin", nullptr},
    {".5", "0.5"},
    {"5.", "5"},
    {".", nullptr},
    {"1e", nullptr},
    {"1e5 ", "100000"},
    {"  7", "7"},
    {"-0", "-0"},
    {"", nullptr},
    {"++1", nullptr},
    {"1,5", nullptr},
    // clang-format on
};
constexpr Parsed kFloats[] = {
    // clang-format off
    {"1e39", nullptr},
    {"3.4028235e38", "3.4028235e+38"},
    {"3.4028236e38", nullptr},
    {"1e-46", nullptr},
    {"16777217", "1.6777216e+07"},
    {"0.1", "0.1"},
    // clang-format on
};
constexpr Parsed kBooleans[] = {
    // clang-format off
    {"t", "t"},
    {"TRUE", "t"},
    {"tr", "t"},
    {"true1", nullptr},
    {"y", "t"},
    {"yes", "t"},
    {"ye", "t"},
    {"on", "t"},
    {"o", nullptr},
    {"of", "f"},
    {"off", "f"},
    {"1", "t"},
    {"0", "f"},
    {"01", nullptr},
    {" f ", "f"},
    {"no", "f"},
    {"n", "f"},
    {"", nullptr},
    // clang-format on
};
constexpr Parsed kSmallints[] = {
    // clang-format off
    {"32767", "32767"},
    {"32768", nullptr},
    {"-32768", "-32768"},
    {"-32769", nullptr},
    // clang-format on
};
constexpr Parsed kIntegers[] = {
    // clang-format off
    {" 42 ", "42"},
    {"+42", "42"},
    {"+-42", nullptr},
    {"- 42", nullptr},
    {"1.0", nullptr},
    {"", nullptr},
    {"2147483648", nullptr},
    {"-2147483648", "-2147483648"},
    {"-", nullptr},
    {"+", nullptr},
    // clang-format on
};
constexpr Parsed kBigints[] = {
    // clang-format off
    {"9223372036854775807", "9223372036854775807"},
    {"9223372036854775808", nullptr},
    {"-9223372036854775808", "-9223372036854775808"},
    {"12a", nullptr},
    {"0x1", nullptr},
    // clang-format on
};
constexpr Parsed kBytes[] = {
    // clang-format off
    {"\\x01ff", "\\x01ff"},
    {"\\x01FF", "\\x01ff"},
    {"\\x", "\\x"},
    {"\\x0", nullptr},
    {"\\x0g", nullptr},
    {"\\x01 ff", "\\x01ff"},
    {"\\x0 1", nullptr},
    {"abc", "\\x616263"},
    {"a\\\\b", "\\x615c62"},
    {"a\\001b", "\\x610162"},
    {"a\\400", nullptr},
    {"a\\8", nullptr},
    {"a\\", nullptr},
    {"\\X01", nullptr},
    {"", "\\x"},
    // clang-format on
};
constexpr Parsed kIntegerArrays[] = {
    // clang-format off
    {"{1,2,3}", "{1,2,3}"},
    {"{}", "{}"},
    {" { 1 , 2 } ", "{1,2}"},
    {"{NULL,null,3}", "{NULL,NULL,3}"},
    {"{1,}", nullptr},
    {"{,1}", nullptr},
    {"{1", nullptr},
    {"1}", nullptr},
    {"{1}}", nullptr},
    {"{\"1\",\"2\"}", "{1,2}"},
    {"{a}", nullptr},
    {"", nullptr},
    {"{{1,2}}", nullptr},
    {"[1:2]={1,2}", nullptr},
    // clang-format on
};
constexpr Parsed kTextArrays[] = {
    // clang-format off
    {"{a,b}", "{a,b}"},
    {"{\"a b\",\"c\\\"d\",\"e\\\\f\",\"\"}", "{\"a b\",\"c\\\"d\",\"e\\\\f\",\"\"}"},
    {"{ab cd , ef}", "{\"ab cd\",ef}"},
    {"{NULL,\"NULL\",\\NULL}", "{NULL,\"NULL\",\"NULL\"}"},
    {"{a\\,b}", "{\"a,b\"}"},
    {"{a\"b\"}", nullptr},
    {"{\"a\"b}", nullptr},
    {"{\"a\" }", "{a}"},
    {"{a\\ }", "{\"a \"}"},
    {"{\"a\",\"b\",}", nullptr},
    {"{a{b}", nullptr},
    {"{a}b", nullptr},
    {"{nUll}", "{NULL}"},
    {"{ä,ö}", "{ä,ö}"},
    {"{\"{\",\"}\",\",\"}", "{\"{\",\"}\",\",\"}"},
    {"{\" \"}", "{\" \"}"},
    {"{\"a\"\"b\"}", nullptr},
    {"{\\\"}", "{\"\\\"\"}"},
    {"{\"a}", nullptr},
    // clang-format on
};
constexpr Parsed kNumericArrays[] = {
    // clang-format off
    {"{1.50,2,NULL}", "{1.50,2,NULL}"},
    // clang-format on
};
constexpr Parsed kBytesArrays[] = {
    // clang-format off
    {"{\"\\\\x01ff\",abc}", "{\"\\\\x01ff\",\"\\\\x616263\"}"},
    {"{\\x01}", "{\"\\\\x783031\"}"},
    // clang-format on
};
constexpr Parsed kBooleanArrays[] = {
    // clang-format off
    {"{t,f,yes}", "{t,f,t}"},
    // clang-format on
};
constexpr Parsed kDoubleArrays[] = {
    // clang-format off
    {"{1e20,NaN,-0,0.1}", "{1e+20,NaN,-0,0.1}"},
    // clang-format on
};
constexpr Parsed kTimestampArrays[] = {
    // clang-format off
    {"{\"2017-11-08 10:00:00\",2017-11-08}", "{\"2017-11-08 10:00:00\",\"2017-11-08 00:00:00\"}"},
    // clang-format on
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parse)

BOOST_AUTO_TEST_CASE(exact_numbers_are_read_as_postgresql_reads_them) {
  checkParsed(Type::of(Kind::numeric), kNumerics);
  checkParsed(Type::decimal(2), kDecimals);
  checkParsed(Type::of(Kind::int16), kSmallints);
  checkParsed(Type::of(Kind::int32), kIntegers);
  checkParsed(Type::of(Kind::int64), kBigints);
}

BOOST_AUTO_TEST_CASE(floats_are_read_as_postgresql_reads_them) {
  checkParsed(Type::of(Kind::float64), kDoubles);
  checkParsed(Type::of(Kind::float32), kFloats);
}

BOOST_AUTO_TEST_CASE(booleans_have_all_of_postgresqls_spellings) {
  checkParsed(Type::of(Kind::boolean), kBooleans);
}

BOOST_AUTO_TEST_CASE(bytes_are_read_in_hex_and_in_the_escaped_form) {
  checkParsed(Type::of(Kind::bytes), kBytes);
}

BOOST_AUTO_TEST_CASE(arrays_are_read_and_printed_as_in_postgresql) {
  checkParsed(arrayOf(Kind::int32), kIntegerArrays);
  checkParsed(arrayOf(Kind::text), kTextArrays);
  checkParsed(arrayOf(Kind::numeric), kNumericArrays);
  checkParsed(arrayOf(Kind::bytes), kBytesArrays);
  checkParsed(arrayOf(Kind::boolean), kBooleanArrays);
  checkParsed(arrayOf(Kind::float64), kDoubleArrays);
  checkParsed(arrayOf(Kind::timestamp), kTimestampArrays);
}

BOOST_AUTO_TEST_CASE(text_is_refused_if_postgresql_could_not_store_it) {
  std::string scratch;
  const Type text = Type::of(Kind::text);
  BOOST_TEST(parseText(text, "häß", scratch)->asText() == "häß");
  BOOST_TEST(!parseText(text, std::string_view("a\0b", 3), scratch));
  BOOST_TEST(!parseText(text, "\xff", scratch));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
