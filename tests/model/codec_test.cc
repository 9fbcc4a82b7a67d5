// Rows and keys on the wire: what encodeField writes is what the stock compiler's layout of the
// emitted schema reads.
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdio>
#include <fstream>

#include "model/row_structs.h"
#include "model/schema_files.h"
#include "model/schema_text.h"
#include "schema/embedded.h"
#include "tests/model/vocabulary.h"
#include "values/array.h"
#include "values/text.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kWide = R"(
  enum Color { red @0; green @1; }
  struct Things $Facet.table(key = ["k2", "k1"]) {
    k1 @0 :Int32; k2 @1 :Text; b @2 :Bool $Facet.nullValue("true"); i8 @3 :Int8;
    u8 @4 :UInt8; u16 @5 :UInt16;
    u32 @6 :UInt32; u64 @7 :UInt64; f32 @8 :Float32 $Facet.nullValue("NaN"); f64 @9 :Float64;
    d @10 :Data; c @11 :Color;
    day @12 :Int32 $Facet.date; at @13 :Int64 $Facet.timestamp $Facet.nullValue("2000-01-01");
    price @14 :Int64 $Facet.decimal(3); i16 @15 :Int16;
  })";

std::string run(const std::string& commandLine) {
  std::string out;
  FILE* pipe = popen((commandLine + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, n);
  BOOST_TEST(pclose(pipe) == 0, out);
  return out;
}

/// The stock tool's reading of a struct that was written by encodeField.
std::string readByTool(const Model& model, const std::string& structName,
                       capnp::MallocMessageBuilder& message) {
  const TemporaryFolder folder;
  folder.write("facet/model.capnp", std::string(kModelCapnp));
  folder.write("views.capnp", capnpSchema(model));
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  folder.write("row", std::string(reinterpret_cast<const char*>(bytes.begin()), bytes.size()));
  const std::string path = folder.path().string();
  return run("capnp decode --short -I " + path + " " + path + "/views.capnp " + structName + " < " +
             path + "/row");
}

capnp::AnyStruct::Builder start(capnp::MallocMessageBuilder& message, const WireLayout& layout) {
  return message.initRoot<capnp::AnyPointer>().initAsAnyStruct(layout.dataWords, layout.pointers);
}

void write(const WireLayout& layout, const std::vector<std::string>& texts,
           capnp::AnyStruct::Builder out) {
  BOOST_REQUIRE(layout.columns.size() == texts.size());
  std::string scratch;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto value =
        texts[i] == "NULL" ? Value::null() : parseText(layout.columns[i].type, texts[i], scratch);
    BOOST_REQUIRE_MESSAGE(value, texts[i]);
    BOOST_TEST(encodeField(layout.columns[i], *value, out).empty(), layout.columns[i].name);
  }
}

std::vector<std::string> read(const WireLayout& layout, capnp::AnyStruct::Reader in) {
  std::vector<std::string> texts;
  std::string scratch;
  for (const WireColumn& column : layout.columns) {
    const auto value = decodeField(column, in, scratch);
    BOOST_REQUIRE_MESSAGE(value, column.name);
    texts.push_back(value->isNull() ? "NULL" : toText(column.type, *value));
  }
  return texts;
}

const std::vector<std::string> kFull = {"-7",         "key",
                                        "f",          "-8",
                                        "200",        "60000",
                                        "4000000000", "18446744073709551615",
                                        "1.5",        "-2.25",
                                        "\\x00ff",    "green",
                                        "2017-11-08", "2017-11-08 10:00:00.5",
                                        "-12.345",    "-9"};
const std::vector<std::string> kNulls = {"0",          "",     "NULL",  "0", "0",    "0",
                                         "0",          "0",    "NULL",  "0", "NULL", "",
                                         "1970-01-01", "NULL", "0.000", "0"};

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  const ModelPtr model = modelOf(kWide);
  const WireLayout& layout = model->codecs().tableRow(0);
  for (const auto& texts : {kFull, kNulls}) {
    capnp::MallocMessageBuilder message;
    const auto out = start(message, layout);
    write(layout, texts, out);
    const auto again = read(layout, out.asReader());
    BOOST_TEST(again == texts, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_stock_tool_reads_rows_and_keys_as_written) {
  const ModelPtr model = modelOf(kWide);
  capnp::MallocMessageBuilder row;
  write(model->codecs().tableRow(0), kFull, start(row, model->codecs().tableRow(0)));
  BOOST_TEST(readByTool(*model, "ThingsRow", row) ==
             "(k1 = -7, k2 = \"key\", b = false, bIsNull = false, i8 = -8, u8 = 200, u16 = 60000, "
             "u32 = 4000000000, "
             "u64 = 18446744073709551615, f32 = 1.5, f32IsNull = false, f64 = -2.25, d = "
             "\"\\000\\377\", c = \"green\", "
             "day = 17478, at = 1510135200500000, atIsNull = false, price = -12345, i16 = "
             "-9)\n");
  capnp::MallocMessageBuilder key;
  write(model->codecs().tableKey(0), {"it", "12"}, start(key, model->codecs().tableKey(0)));
  BOOST_TEST(readByTool(*model, "ThingsKey", key) == "(k2 = \"it\", k1 = 12)\n");
}

BOOST_AUTO_TEST_CASE(nulls_have_a_field_of_their_own) {
  const ModelPtr model = modelOf(kWide);
  capnp::MallocMessageBuilder row;
  write(model->codecs().tableRow(0), kNulls, start(row, model->codecs().tableRow(0)));
  const std::string text = readByTool(*model, "ThingsRow", row);
  BOOST_TEST(text.find("b = false, bIsNull = true,") != std::string::npos);
  BOOST_TEST(text.find("atIsNull = true,") != std::string::npos);
  BOOST_TEST(text.find("d = ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_contracts_view_is_laid_out_by_the_compiler) {
  const ModelPtr model = shop();
  const WireLayout& layout = model->codecs().viewRow(0);
  BOOST_TEST(layout.typeId == model->views()[0].rowTypeId);
  BOOST_TEST(model->codecs().viewKey(0).typeId == model->views()[0].keyTypeId);
  capnp::MallocMessageBuilder row;
  write(layout, {"South", "3", "10.5000"}, start(row, layout));
  BOOST_TEST(readByTool(*model, "OrdersByRegion", row) ==
             "(region = \"South\", orders = 3, revenue = (low = 105000, high = 0))\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_do_not_fit_are_not_written) {
  const ModelPtr model = modelOf(kWide);
  const WireColumn& price = model->codecs().tableRow(0).columns[14];
  capnp::MallocMessageBuilder row;
  const auto out = start(row, model->codecs().tableRow(0));
  BOOST_TEST(encodeField(price, Value::numeric(INT64_MAX, 3), out).empty());
  BOOST_TEST(
      !encodeField(price, Value::numeric(static_cast<int128>(INT64_MAX) + 1, 3), out).empty());
  BOOST_TEST(!encodeField(price, Value::numeric(INT64_MAX, 0), out).empty());
  BOOST_TEST(encodeField(price, Value::numeric(-2, 0), out).empty());
  std::string scratch;
  BOOST_TEST((decodeField(price, out.asReader(), scratch)->unscaled() == -2000));
  BOOST_TEST(!encodeField(price, Value::null(), out).empty());
  BOOST_TEST(!encodeField(price, Value::error(ErrorCode::divisionByZero), out).empty());
}

const std::string kSales =
    "struct Sale $Facet.event() { id @0 :Int64; price @1 :Int64 $Facet.decimal(2); n @2 :UInt64; }";
const std::string kTotals =
    "CREATE MATERIALIZED VIEW totals AS SELECT price * id AS amount, sum(n) AS totals, "
    "sum(price) FILTER (WHERE id > 0) AS some, count(*) AS n FROM sale GROUP BY price * id;";
const std::string kLargest = "6646139978924579364519035301401722.87";  // 2^119 - 1 hundredths

BOOST_AUTO_TEST_CASE(numerics_of_128_bits_are_the_two_words_of_a_group) {
  const ModelPtr model = modelOf(kSales, kTotals);
  const WireLayout& layout = model->codecs().viewRow(0);
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{"184467440737095516.16", "18446744073709551615", "-0.01", "5"},
       "(amount = (low = 0, high = 1), totals128 = (low = 18446744073709551615, high = 0), "
       "some = (low = 18446744073709551615, high = -1), someIsNull = false, n = 5)\n"},
      {{"-" + kLargest, "0", "NULL", "0"},
       "(amount = (low = 1, high = -36028797018963968), totals128 = (low = 0, high = 0), "
       "some = (low = 0, high = 0), someIsNull = true, n = 0)\n"}};
  for (const auto& [texts, byTool] : rows) {
    capnp::MallocMessageBuilder message;
    const auto out = start(message, layout);
    write(layout, texts, out);
    BOOST_TEST(read(layout, out.asReader()) == texts, boost::test_tools::per_element());
    BOOST_TEST(readByTool(*model, "Totals", message) == byTool);
  }
}

BOOST_AUTO_TEST_CASE(a_key_of_128_bits_is_checked) {
  const ModelPtr model = modelOf(kSales, kTotals);
  const WireLayout& layout = model->codecs().viewKey(0);
  const WireColumn& amount = layout.columns.at(0);
  capnp::MallocMessageBuilder key;
  auto out = start(key, layout);
  std::string scratch;
  const auto decoded = [&](uint64_t low, uint64_t high) {
    const uint64_t words[] = {low, high};
    std::memcpy(out.getDataSection().begin(), words, sizeof(words));
    const auto value = decodeField(amount, out.asReader(), scratch);
    return value ? toText(amount.type, *value) : "none";
  };
  constexpr uint64_t kBound = uint64_t{1} << 55;  // 2^119
  BOOST_TEST(decoded(~uint64_t{0}, kBound - 1) == kLargest);
  BOOST_TEST(decoded(0, kBound) == "none");
  BOOST_TEST(decoded(1, ~kBound + 1) == "-" + kLargest);
  BOOST_TEST(decoded(0, ~kBound + 1) == "none");
  // What an older client did not send is zero.
  BOOST_TEST((decodeField(amount, capnp::AnyStruct::Reader(), scratch)->unscaled() == 0));
}

BOOST_AUTO_TEST_CASE(texts_of_keys_are_checked) {
  const ModelPtr model = shop();
  const WireLayout& layout = model->codecs().viewKey(0);
  capnp::MallocMessageBuilder key;
  const auto out = start(key, layout);
  std::string scratch;
  out.asReader();
  auto pointers = start(key, layout).getPointerSection();
  pointers[0].setAs<capnp::Text>("\xff");
  BOOST_TEST(!decodeField(layout.columns[0], key.getRoot<capnp::AnyStruct>().asReader(), scratch));
}

BOOST_AUTO_TEST_CASE(query_results_need_no_schema) {
  const std::vector<RelationColumn> columns = {
      {"avg", Type::of(Kind::numeric), true},     {"n", Type::of(Kind::int64), true},
      {"ok", Type::of(Kind::boolean), true},      {"small", Type::of(Kind::int16), false},
      {"span", Type::of(Kind::interval), true},   {"name", Type::of(Kind::text), true},
      {"at", Type::of(Kind::timestamptz), false}, {"wide", Type::decimal(30), false},
      {"real", Type::of(Kind::float32), true},    {"date", Type::of(Kind::date), true}};
  const WireLayout layout = layoutForColumns(columns);
  BOOST_TEST(layout.typeId == 0U);
  const std::vector<std::vector<std::string>> rows = {
      {"3.1415926535897932", "5", "t", "-3", "1 mon 02:03:04", "x", "2020-01-01 00:00:00+00",
       "1.000000000000000000000000000000", "0.1", "2020-02-29"},
      {"NULL", "NULL", "NULL", "0", "NULL", "NULL", "1970-01-01 00:00:00+00",
       "0.000000000000000000000000000000", "NULL", "NULL"}};
  const RelationColumn sum{"sum", Type::decimal(4), true, false, true};
  BOOST_TEST((layoutForColumns({sum}).columns[0].wire == Wire::numericText));
  for (const auto& texts : rows) {
    capnp::MallocMessageBuilder message;
    const auto out = start(message, layout);
    write(layout, texts, out);
    BOOST_TEST(read(layout, out.asReader()) == texts, boost::test_tools::per_element());
  }
}

const std::string kLines = R"(
  enum Color { red @0; green @1; }
  struct Line { sku @0 :Text; n @1 :Int8 $Facet.nullValue("-1"); price @2 :Int64 $Facet.decimal(2);
    day @3 :Int32 $Facet.date; color @4 :Color; raw @5 :Data; size :group { w @6 :Float64; } }
  struct Orders $Facet.table(key = ["id"]) { id @0 :Text; lines @1 :List(Line); note @2 :Text; })";
const std::string kTwoLines =
    R"x({"(\"a b\",7,12.50,2017-11-08,green,\"\\\\x00ff\",0.5)","(,,0.00,1970-01-01,red,,0)"})x";

BOOST_AUTO_TEST_CASE(lists_of_structs_are_lists_of_the_struct_that_the_schema_has) {
  const ModelPtr model = modelOf(kLines, "CREATE MATERIALIZED VIEW v AS SELECT lines FROM orders;");
  const WireLayout& table = model->codecs().tableRow(0);
  capnp::MallocMessageBuilder row;
  write(table, {"A", kTwoLines, "behind"}, start(row, table));
  const std::string lines =
      "lines = [(sku = \"a b\", n = 7, nIsNull = false, price = 1250, day = 17478, color = "
      "\"green\", raw = \"\\000\\377\", sizeW = 0.5), (n = 0, nIsNull = true, price = 0, day = 0, "
      "color = \"red\", sizeW = 0)]";
  BOOST_TEST(readByTool(*model, "OrdersRow", row) ==
             "(id = \"A\", " + lines + ", note = \"behind\")\n");
  capnp::MallocMessageBuilder view;
  write(model->codecs().viewRow(0), {kTwoLines}, start(view, model->codecs().viewRow(0)));
  BOOST_TEST(readByTool(*model, "V", view) == "(" + lines + ")\n");
}

BOOST_AUTO_TEST_CASE(a_list_of_structs_that_does_not_fit_is_refused) {
  const ModelPtr model = modelOf(kLines);
  const WireColumn& column = model->codecs().tableRow(0).columns[1];
  for (const char* text : {"{NULL}", R"x({"(a,1,,2017-11-08,red,,0)"})x"}) {
    capnp::MallocMessageBuilder message;
    std::string scratch;
    const auto value = parseText(column.type, text, scratch);
    BOOST_REQUIRE(value);
    BOOST_TEST(!encodeField(column, *value, start(message, model->codecs().tableRow(0))).empty());
  }
}

const std::string kManyLists = R"(
  enum Color { red @0; green @1; }
  struct Bags $Facet.table(key = ["id"]) {
    id @0 :Int32; b @1 :List(Bool); i8 @2 :List(Int8); i16 @3 :List(Int16); i32 @4 :List(Int32);
    i64 @5 :List(Int64); u8 @6 :List(UInt8); u16 @7 :List(UInt16); u32 @8 :List(UInt32);
    u64 @9 :List(UInt64); f32 @10 :List(Float32); f64 @11 :List(Float64); t @12 :List(Text);
    d @13 :List(Data); c @14 :List(Color);
  })";

BOOST_AUTO_TEST_CASE(lists_of_scalars_are_lists_of_what_holds_every_value) {
  const ModelPtr model = modelOf(kManyLists);
  const WireLayout& table = model->codecs().tableRow(0);
  capnp::MallocMessageBuilder row;
  write(table,
        {"1", "{t,f}", "{-128}", "{-32768,7}", "{-5}", "{9223372036854775807}", "{255}", "{65535}",
         "{4294967295}", "{18446744073709551615}", "{0.5,-0}", "{1e300}", R"({a,"b c",""})",
         R"({"\\x00ff"})", "{green}"},
        start(row, table));
  BOOST_TEST(readByTool(*model, "BagsRow", row) ==
             "(id = 1, b = [true, false], i8 = [-128], i16 = [-32768, 7], i32 = [-5], i64 = "
             "[9223372036854775807], u8 = [255], u16 = [65535], u32 = [4294967295], u64 = "
             "[18446744073709551615], f32 = [0.5, -0], f64 = [1e300], t = [\"a\", \"b c\", "
             "\"\"], d = [\"\\000\\377\"], c = [\"green\"])\n");
  capnp::MallocMessageBuilder empty;
  std::vector<std::string> none(table.columns.size(), "NULL");
  none[0] = "2";
  none[1] = none[12] = "{}";
  write(table, none, start(empty, table));
  BOOST_TEST(readByTool(*model, "BagsRow", empty) == "(id = 2, b = [], t = [])\n");
}

BOOST_AUTO_TEST_CASE(only_texts_and_data_can_be_null_in_a_list) {
  const ModelPtr model = modelOf(kManyLists);
  const WireLayout& table = model->codecs().tableRow(0);
  for (size_t c = 1; c < table.columns.size(); ++c) {
    capnp::MallocMessageBuilder message;
    std::string scratch;
    const auto value = parseText(table.columns[c].type, "{NULL}", scratch);
    BOOST_REQUIRE(value);
    const bool fits = encodeField(table.columns[c], *value, start(message, table)).empty();
    const Wire element = table.columns[c].element;
    BOOST_TEST(fits == (element == Wire::text || element == Wire::data), table.columns[c].name);
    if (!fits) continue;
    const auto pointers = message.getRoot<capnp::AnyStruct>().asReader().getPointerSection();
    const auto list = pointers[table.columns[c].slot].getAs<capnp::AnyList>();
    BOOST_TEST(list.as<capnp::List<capnp::AnyPointer>>()[0].isNull());
  }
  capnp::MallocMessageBuilder message;
  const Value below = Value::numeric(-1, 0);
  std::string scratch;
  BOOST_TEST(!encodeField(table.columns[9], packArray(Kind::numeric, {&below, 1}, scratch),
                          start(message, table))
                  .empty());
}

BOOST_AUTO_TEST_SUITE_END()
