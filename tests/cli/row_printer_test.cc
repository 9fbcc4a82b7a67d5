#include "cli/row_printer.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>

#include "values/array.h"
#include "values/composite.h"
#include "values/text.h"

using namespace facet;

namespace {

const std::vector<PrintColumn> kColumns = {{"name", Type::of(Kind::text)},
                                           {"n", Type::of(Kind::int32)},
                                           {"big", Type::of(Kind::int64)},
                                           {"price", Type::decimal(2)},
                                           {"ok", Type::of(Kind::boolean)}};

const std::vector<std::vector<Value>> kRows = {
    {Value::text("a"), Value::integer(Kind::int32, 1), Value::int64(9007199254740993),
     Value::numeric(1250, 2), Value::boolean(true)},
    {Value::text(""), Value::null(), Value::null(), Value::null(), Value::boolean(false)},
    {Value::null(), Value::integer(Kind::int32, -20), Value::int64(0), Value::numeric(-5, 2),
     Value::null()},
};

std::string printed(RowFormat format, const std::vector<PrintColumn>& columns,
                    const std::vector<std::vector<Value>>& rows) {
  std::FILE* file = std::tmpfile();
  Output out(file);
  const auto printer = makeRowPrinter(format, columns, out);
  for (const auto& row : rows) printer->print(row);
  printer->finish();
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  BOOST_TEST(std::fread(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  return text;
}

std::string oneText(RowFormat format, std::string_view text) {
  return printed(format, {{"t", Type::of(Kind::text)}}, {{Value::text(text)}});
}

std::string oneJson(const Type& type, const Value& value) {
  return printed(RowFormat::json, {{"v", type}}, {{value}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_printer)

BOOST_AUTO_TEST_CASE(columns_of_one_name_stay_apart) {
  const Type text = Type::of(Kind::text);
  const std::vector<PrintColumn> columns = {
      {"count", text}, {"count", text}, {"count_2", text}, {"count", text}};
  const std::vector<std::vector<Value>> rows = {
      {Value::text("a"), Value::text("b"), Value::text("c"), Value::text("d")}};
  BOOST_TEST(printed(RowFormat::csv, columns, rows) == "count,count,count_2,count\na,b,c,d\n");
  BOOST_TEST(printed(RowFormat::json, columns, rows) ==
             R"({"count":"a","count_3":"b","count_2":"c","count_4":"d"})"
             "\n");
}

// What psql 15 prints for COPY (SELECT ...) TO STDOUT (FORMAT csv, HEADER).
BOOST_AUTO_TEST_CASE(csv_is_what_postgresql_copies_out) {
  BOOST_TEST(printed(RowFormat::csv, kColumns, kRows) ==
             "name,n,big,price,ok\n"
             "a,1,9007199254740993,12.50,t\n"
             "\"\",,,,f\n"
             ",-20,0,-0.05,\n");
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_postgresql_quotes) {
  BOOST_TEST(oneText(RowFormat::csv, "a,b") == "t\n\"a,b\"\n");
  BOOST_TEST(oneText(RowFormat::csv, "say \"x\"") == "t\n\"say \"\"x\"\"\"\n");
  BOOST_TEST(oneText(RowFormat::csv, "x\ny\r") == "t\n\"x\ny\r\"\n");
  BOOST_TEST(oneText(RowFormat::csv, "\\.") == "t\n\"\\.\"\n");
  BOOST_TEST(oneText(RowFormat::csv, " a'b;\t") == "t\n a'b;\t\n");
  BOOST_TEST(printed(RowFormat::csv, {{"a,b", Type::of(Kind::text)}}, {}) == "\"a,b\"\n");
}

BOOST_AUTO_TEST_CASE(json_has_an_object_a_line_with_exact_numbers_as_strings) {
  BOOST_TEST(printed(RowFormat::json, kColumns, kRows) ==
             R"({"name":"a","n":1,"big":"9007199254740993","price":"12.50","ok":true})"
             "\n"
             R"({"name":"","n":null,"big":null,"price":null,"ok":false})"
             "\n"
             R"({"name":null,"n":-20,"big":"0","price":"-0.05","ok":null})"
             "\n");
}

BOOST_AUTO_TEST_CASE(json_escapes_quotes_backslashes_and_control_characters) {
  BOOST_TEST(oneText(RowFormat::json, "\"\\\n\r\t\x01\x1f\xc3\xa9") ==
             "{\"t\":\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\xc3\xa9\"}\n");
}

BOOST_AUTO_TEST_CASE(json_floats_are_numbers_while_they_are_finite) {
  BOOST_TEST(oneJson(Type::of(Kind::float64), Value::float64(0.1)) == "{\"v\":0.1}\n");
  BOOST_TEST(oneJson(Type::of(Kind::float64), Value::float64(1e300)) == "{\"v\":1e+300}\n");
  BOOST_TEST(oneJson(Type::of(Kind::float64), Value::float64(NAN)) == "{\"v\":\"NaN\"}\n");
  BOOST_TEST(oneJson(Type::of(Kind::float64), Value::float64(-INFINITY)) ==
             "{\"v\":\"-Infinity\"}\n");
}

BOOST_AUTO_TEST_CASE(json_dates_bytes_and_lists) {
  BOOST_TEST(oneJson(Type::of(Kind::date), Value::integer(Kind::date, 17478)) ==
             "{\"v\":\"2017-11-08\"}\n");
  BOOST_TEST(oneJson(Type::of(Kind::bytes), Value::bytes("\x01\xff")) == "{\"v\":\"\\\\x01ff\"}\n");
  std::string packed;
  const Value elements[] = {Value::int64(1), Value::null()};
  const Value array = packArray(Kind::int64, elements, packed);
  BOOST_TEST(oneJson({Kind::array, kAnyScale, Kind::int64, kAnyScale}, array) ==
             "{\"v\":[\"1\",null]}\n");
}

BOOST_AUTO_TEST_CASE(json_structs_of_lists_are_objects) {
  const Composite line(
      "line",
      {{"sku", Type::of(Kind::text)}, {"price", Type::decimal(2)}, {"n", Type::of(Kind::int32)}});
  const Type lines = Type::arrayOf(Type::of(line));
  std::string scratch;
  const auto value = parseText(lines, R"x({"(\"a \"\"b\",1.5,-2)",NULL,"(,,0)"})x", scratch);
  BOOST_REQUIRE(value);
  BOOST_TEST(
      oneJson(lines, *value) ==
      R"x({"v":[{"sku":"a \"b","price":"1.50","n":-2},null,{"sku":null,"price":null,"n":0}]})x"
      "\n");
}

BOOST_AUTO_TEST_CASE(a_table_aligns_numbers_to_the_right) {
  BOOST_TEST(printed(RowFormat::table, kColumns, kRows) ==
             " name |  n  |       big        | price | ok\n"
             "------+-----+------------------+-------+----\n"
             " a    |   1 | 9007199254740993 | 12.50 | t\n"
             "      |     |                  |       | f\n"
             "      | -20 |                0 | -0.05 | \n");
}

BOOST_AUTO_TEST_CASE(a_table_counts_characters_and_shows_control_characters) {
  const std::string text =
      printed(RowFormat::table, {{"a", Type::of(Kind::text)}, {"b", Type::of(Kind::text)}},
              {{Value::text("\xc3\xa9\xc3\xa9"), Value::text("x\x1b[2J\n")},
               {Value::text("abc"), Value::text("y")}});
  BOOST_TEST(text ==
             "  a  |     b\n"
             "-----+------------\n"
             " \xc3\xa9\xc3\xa9  | x\\x1b[2J\\n\n"
             " abc | y\n");
}

BOOST_AUTO_TEST_SUITE_END()
