// Composite values: structs in lists. Texts and orders are PostgreSQL 15's answers.
#include "values/composite.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/text.h"

namespace facet {
namespace {

/// CREATE TYPE item AS (n integer, t text, d numeric(18,2), b boolean, x bytea, at timestamp)
const Composite kItem("item", {{"n", Type::of(Kind::int32)},
                               {"t", Type::of(Kind::text)},
                               {"d", Type::decimal(2)},
                               {"b", Type::of(Kind::boolean)},
                               {"x", Type::of(Kind::bytes)},
                               {"at", Type::of(Kind::timestamp)}});
const Type kItems = Type::arrayOf(Type::of(kItem));

struct Parsed {
  const char* text;
  const char* result;  // null: refused
};
constexpr Parsed kParsed[] = {
    // clang-format off
    {R"x({"(1,a,2.5,t,\\\\x01ff,2017-11-08)"})x",
     R"x({"(1,a,2.50,t,\"\\\\x01ff\",\"2017-11-08 00:00:00\")"})x"},
    {R"x({"(1,\"a b\",,,,)"})x", R"x({"(1,\"a b\",,,,)"})x"},
    {R"x({"(,,,,,)"})x", R"x({"(,,,,,)"})x"},
    {R"x({"(1,\"\",,,,)",NULL})x", R"x({"(1,\"\",,,,)",NULL})x"},
    {"{}", "{}"},
    {R"x({"( 1 , a ,2,f,,)"})x", R"x({"(1,\" a \",2.00,f,,)"})x"},
    {R"x({" (1,a,,,,) "})x", R"x({"(1,a,,,,)"})x"},
    {R"x({(1\,a\,\,\,\,)})x", R"x({"(1,a,,,,)"})x"},
    {R"x({"(1,a,,,)"})x", nullptr},
    {R"x({"(1,a,,,,,)"})x", nullptr},
    {R"x({"(1,a,,,,"})x", nullptr},
    {R"x({"1,a,,,,"})x", nullptr},
    {R"x({"(1,a,,,,)y"})x", nullptr},
    {R"x({"(x,a,,,,)"})x", nullptr},
    {R"x({"(1,\"a\"\"b\",,,,)"})x", R"x({"(1,\"a\"\"b\",,,,)"})x"},
    {R"x({"(1,a\"b c\"d,,,,)"})x", R"x({"(1,\"ab cd\",,,,)"})x"},
    {R"x({"(1,\"a\\\\\\\\b\",,,,)"})x", R"x({"(1,\"a\\\\\\\\b\",,,,)"})x"},
    {R"x({"(1,a\\\\,b,,,,)"})x", nullptr},
    {R"x({"(1,\"(),{}\",,,,)"})x", R"x({"(1,\"(),{}\",,,,)"})x"},
    {R"x({"(1,NULL,,,,)"})x", R"x({"(1,NULL,,,,)"})x"},
    {R"x({"(1,\"x,,,,)"})x", nullptr},
    {R"x({"(1,,-0.005,yes,abc,\"2017-11-08 10:00:00.5\")"})x",
     R"x({"(1,,-0.01,t,\"\\\\x616263\",\"2017-11-08 10:00:00.5\")"})x"},
    {R"x({"()"})x", nullptr},
    {R"x({""})x", nullptr},
    {R"x({"(1,ä,,,,)","(2,b,,,,)"})x", R"x({"(1,ä,,,,)","(2,b,,,,)"})x"},
    // clang-format on
};

Value item(const char* text, std::string& scratch) {
  return parseText(Type::of(kItem), text, scratch).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(composites)

BOOST_AUTO_TEST_CASE(they_are_read_and_printed_as_in_postgresql) {
  for (const Parsed& c : kParsed) {
    std::string scratch;
    const auto value = parseText(kItems, c.text, scratch);
    BOOST_TEST_CONTEXT(c.text) {
      BOOST_TEST(value.has_value() == (c.result != nullptr));
      if (value && c.result != nullptr) BOOST_TEST(toText(kItems, *value) == c.result);
    }
  }
}

BOOST_AUTO_TEST_CASE(texts_are_taken_apart_and_put_together) {
  const Texts columns = {"1", std::nullopt, "", "a \"b\"", "c\\d"};
  const std::string text = joinCompositeText(columns);
  BOOST_TEST(text == R"x((1,,"","a ""b""","c\\d"))x");
  BOOST_TEST((splitCompositeText(text) == columns));
  const Texts elements = {text, std::nullopt, "NULL"};
  BOOST_TEST((splitArrayText(joinArrayText(elements)) == elements));
  BOOST_TEST(joinArrayText({}) == "{}");
}

BOOST_AUTO_TEST_CASE(they_have_the_order_of_their_columns_with_nulls_last) {
  const char* ascending[] = {"(1,a,0.5,f,,)", "(1,a,0.5,,,)", "(1,a,,,,)",
                             "(1,b,,,,)",     "(1,,,,,)",     "(,a,,,,)"};
  std::string a, b;
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t k = 0; k < std::size(ascending); ++k) {
      const int order = compareValues(item(ascending[i], a), item(ascending[k], b));
      BOOST_TEST((order < 0) == (i < k));
      BOOST_TEST((order > 0) == (i > k));
    }
  }
}

BOOST_AUTO_TEST_CASE(columns_come_back_whatever_their_number) {
  RandomValues random(31);
  for (size_t count = 1; count < 200; ++count) {
    std::vector<Composite::Column> columns;
    std::vector<Value> values;
    while (columns.size() < count) {
      const auto kind = static_cast<Kind>(static_cast<uint64_t>(Kind::boolean) + random.below(13));
      columns.push_back({"c", random.typeOf(kind)});
      values.push_back(random.value(columns.back().type));
    }
    const Composite type("wide", columns);
    std::string bytes;
    appendComposite(type, values, bytes);
    BOOST_REQUIRE(isValidComposite(type, bytes));
    CompositeColumns read(Value::composite(bytes));
    for (const Value& value : values) BOOST_REQUIRE_EQUAL(compareNullsLast(read.next(), value), 0);
    BOOST_REQUIRE_EQUAL(read.left(), 0U);
  }
}

BOOST_AUTO_TEST_CASE(their_form_is_the_same_for_ever) {
  const Composite pair("pair", {{"n", Type::of(Kind::int64)}, {"t", Type::of(Kind::text)}});
  const Value values[] = {Value::int64(5), Value::text("ab")};
  std::string bytes;
  appendComposite(pair, values, bytes);
  const std::string head("\x02\0\x05\x09\0\0\0\0", 8);
  const std::string row(
      "\x20\0\0\0\x03\0\0\0"
      "\x05\0\0\0\0\0\0\0"
      "\x18\0\0\0\x02\0\0\0"
      "ab\0\0\0\0\0\0",
      32);
  BOOST_TEST(bytes == head + row);
}

BOOST_AUTO_TEST_CASE(what_another_type_made_is_not_valid) {
  const Composite other("item", {{"n", Type::of(Kind::int32)}, {"t", Type::of(Kind::bytes)}});
  const Composite shorter("item", {{"n", Type::of(Kind::int32)}});
  const Value values[] = {Value::integer(Kind::int32, 1), Value::bytes("x")};
  std::string bytes;
  appendComposite(other, values, bytes);
  BOOST_TEST(isValidComposite(other, bytes));
  BOOST_TEST(!isValidComposite(kItem, bytes));
  BOOST_TEST(!isValidComposite(shorter, bytes));
  // A row that lacks the last column, behind the head of all.
  std::string cut = other.head();
  RowBuilder builder;
  builder.start(shorter.layout());
  builder.set(0, values[0]);
  cut += builder.finish().bytes();
  BOOST_TEST(!isValidComposite(other, cut));
  BOOST_TEST(!isValidComposite(other, other.head()));
  BOOST_TEST(!isValidComposite(other, ""));
}

BOOST_AUTO_TEST_CASE(types_are_the_same_if_names_and_columns_are) {
  const std::vector<Composite::Column> columns = {{"n", Type::of(Kind::int32)}};
  const Composite a("a", columns);
  const Composite again("a", columns);
  const Composite b("b", columns);
  const Composite renamed("a", {{"m", Type::of(Kind::int32)}});
  BOOST_TEST((Type::of(a) == Type::of(again)));
  BOOST_TEST((Type::of(a) != Type::of(b)));
  BOOST_TEST((Type::of(a) != Type::of(renamed)));
  BOOST_TEST((Type::arrayOf(Type::of(a)) != Type::arrayOf(Type::of(Kind::int32))));
  BOOST_TEST(typeName(Type::arrayOf(Type::of(a))) == "a[]");
}

BOOST_AUTO_TEST_CASE(composites_that_lie_together_are_packed_as_an_array) {
  std::string bytes, scratch, packed;
  std::vector<size_t> ends;
  BOOST_TEST(toText(kItems, packComposites(bytes, ends, packed)) == "{}");
  for (const char* text : {"(1,a,,,,)", "(,,,,,)", "(2,\"b c\",,,,)"}) {
    bytes += item(text, scratch).asText();
    ends.push_back(bytes.size());
  }
  BOOST_TEST(toText(kItems, packComposites(bytes, ends, packed)) ==
             R"x({"(1,a,,,,)","(,,,,,)","(2,\"b c\",,,,)"})x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
