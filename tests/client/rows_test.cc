// Structs without their schema: written from text, read back as text.
#include "client/rows.h"

#include <capnp/message.h>

#include <boost/test/unit_test.hpp>
#include <utility>

#include "client/batch.h"
#include "rpc/column_form.h"

namespace facet {
namespace {

ColumnShape column(const char* type, Wire wire, uint32_t slot = 0) {
  ColumnShape out;
  out.name = out.field = "x";
  out.type = typeFromName(type);
  out.wire = wire;
  out.slot = slot;
  return out;
}

struct Struct {
  capnp::MallocMessageBuilder message;
  capnp::AnyStruct::Builder builder = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(4, 4);
};

/// What is read after the text was written; "error: …" if it could not be.
std::string through(const ColumnShape& shape, std::optional<std::string_view> text) {
  Struct s;
  const std::string problem = writeField(shape, text, s.builder);
  if (!problem.empty()) return "error: " + problem;
  const std::vector<ColumnShape> columns = {shape};
  RowReader reader(columns);
  reader.read(s.builder.asReader());
  return reader.text(0).value_or("NULL");
}

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(values_of_every_wire_type_come_back) {
  BOOST_TEST(through(column("boolean", Wire::boolean, 5), "t") == "t");
  BOOST_TEST(through(column("smallint", Wire::int8, 3), "-128") == "-128");
  BOOST_TEST(through(column("smallint", Wire::uint8, 3), "255") == "255");
  BOOST_TEST(through(column("integer", Wire::int32, 1), "-5") == "-5");
  BOOST_TEST(through(column("bigint", Wire::uint32, 1), "4294967295") == "4294967295");
  BOOST_TEST(through(column("bigint", Wire::int64, 2), "-9223372036854775808") ==
             "-9223372036854775808");
  BOOST_TEST(through(column("numeric(20,0)", Wire::uint64, 2), "18446744073709551615") ==
             "18446744073709551615");
  BOOST_TEST(through(column("numeric(18,4)", Wire::int64), "-1.5") == "-1.5000");
  for (const char* number :
       {"0.0000", "-0.0001", "1844674407370955.1616", "-922337203685477.5809",
        "66461399789245793645190353014017.2287", "-66461399789245793645190353014017.2287"}) {
    BOOST_TEST(through(column("numeric(38,4)", Wire::wide, 1), number) == number);
  }
  BOOST_TEST(through(column("real", Wire::float32), "0.1") == "0.1");
  BOOST_TEST(through(column("double precision", Wire::float64), "1e300") == "1e+300");
  BOOST_TEST(through(column("date", Wire::int32), "11/8/2017") == "2017-11-08");
  BOOST_TEST(through(column("timestamp without time zone", Wire::int64), "2017-11-08 10:00") ==
             "2017-11-08 10:00:00");
  BOOST_TEST(through(column("text", Wire::text, 2), "it's") == "it's");
  BOOST_TEST(through(column("bytea", Wire::data), "\\x01ff") == "\\x01ff");
  BOOST_TEST(through(column("numeric", Wire::numericText), "12.340") == "12.340");
  BOOST_TEST(through(column("interval", Wire::valueText), "1 day") == "1 day");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_says_why) {
  BOOST_TEST(through(column("smallint", Wire::uint8), "256") ==
             "error: is out of the field's range");
  BOOST_TEST(through(column("smallint", Wire::int8), "-129") ==
             "error: is out of the field's range");
  BOOST_TEST(through(column("bigint", Wire::int64), "x") == "error: is not of type bigint");
  BOOST_TEST(through(column("bigint", Wire::int64), std::nullopt).find("can't be NULL") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(nulls_are_absent_pointers_bits_or_values) {
  BOOST_TEST(through(column("text", Wire::text), std::nullopt) == "NULL");
  BOOST_TEST(through(column("text", Wire::text), "") == "");
  ColumnShape bit = column("bigint", Wire::int64);
  bit.nullable = true;
  bit.nullSlot = 200;
  BOOST_TEST(through(bit, std::nullopt) == "NULL");
  BOOST_TEST(through(bit, "0") == "0");
  ColumnShape wide = column("numeric(38,2)", Wire::wide);
  wide.nullable = true;
  wide.nullSlot = 200;
  BOOST_TEST(through(wide, std::nullopt) == "NULL");
  BOOST_TEST(through(wide, "0") == "0.00");
  ColumnShape value = column("bigint", Wire::int64);
  value.hasNullValue = true;
  value.nullBits = static_cast<uint64_t>(-1);
  BOOST_TEST(through(value, std::nullopt) == "NULL");
  Struct s;
  BOOST_TEST(writeField(value, std::nullopt, s.builder) == "");
  BOOST_TEST(s.builder.getDataSection()[7] == 0xff);
}

/// The number that says which member counts, after the text was written into the union.
uint16_t memberAfter(const ColumnShape& shape, std::optional<std::string_view> text) {
  Struct s;
  s.builder.getDataSection()[6] = 9;
  BOOST_TEST(writeField(shape, text, s.builder) == "");
  return s.builder.getDataSection()[6];
}

BOOST_AUTO_TEST_CASE(a_null_is_the_void_of_its_union) {
  for (ColumnShape shape : {column("bigint", Wire::int64, 2), column("text", Wire::text),
                            column("text", Wire::enumerant, 5)}) {
    shape.enumerants = {"0", "1"};
    shape.nullable = true;
    shape.nullUnion = NullUnion{3, 1, 0};
    BOOST_TEST(memberAfter(shape, std::nullopt) == 1);
    BOOST_TEST(memberAfter(shape, "0") == 0);
    BOOST_TEST(!defaultText(shape).has_value());
    shape.nullUnion = NullUnion{3, 0, 1};
    BOOST_TEST(memberAfter(shape, std::nullopt) == 0);
    BOOST_TEST(memberAfter(shape, "0") == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_union_in_a_struct_is_written_there) {
  ColumnShape shape = column("bigint", Wire::int64);
  shape.nullUnion = NullUnion{4, 1, 0};
  shape.path = {{2, 2, 0}};
  Struct s;
  BOOST_TEST(writeField(shape, std::nullopt, s.builder) == "");
  auto inner = s.builder.getPointerSection()[2].getAs<capnp::AnyStruct>();
  BOOST_TEST(inner.getDataSection()[8] == 1);
  BOOST_TEST(writeField(shape, "7", s.builder) == "");
  BOOST_TEST(inner.getDataSection()[8] == 0);
  BOOST_TEST(inner.getDataSection()[0] == 7);
  shape.nullUnion->slot = 8;
  BOOST_CHECK_THROW(writeField(shape, std::nullopt, s.builder), kj::Exception);
}

BOOST_AUTO_TEST_CASE(enums_and_defaults_are_obeyed) {
  ColumnShape color = column("text", Wire::enumerant, 3);
  color.enumerants = {"red", "green"};
  BOOST_TEST(through(color, "green") == "green");
  BOOST_TEST(through(color, "blue") == "error: is none of the enum's values");
  ColumnShape withDefault = column("integer", Wire::int32);
  withDefault.defaultMask = 7;
  BOOST_TEST(through(withDefault, "5") == "5");
  Struct s;
  const std::vector<ColumnShape> columns = {withDefault};
  BOOST_TEST(RowReader(columns).read(s.builder.asReader())[0].asInt() == 7);
}

BOOST_AUTO_TEST_CASE(lists_and_fields_of_groups_within_are_written) {
  Struct s;
  ColumnShape list = column("integer[]", Wire::list, 1);
  list.element = Wire::int32;
  list.path = {{0, 1, 2}};
  BOOST_TEST(writeField(list, "{1,-2,3}", s.builder) == "");
  auto inner = s.builder.getPointerSection()[0].getAs<capnp::AnyStruct>();
  auto numbers = inner.getPointerSection()[1].getAs<capnp::List<int32_t>>();
  BOOST_REQUIRE(numbers.size() == 3U);
  BOOST_TEST(numbers[1] == -2);
}

ColumnShape listOf(const char* type, Wire element) {
  ColumnShape out = column(type, Wire::list, 1);
  out.element = element;
  return out;
}

BOOST_AUTO_TEST_CASE(lists_of_scalars_come_back) {
  const std::pair<ColumnShape, const char*> lists[] = {
      {listOf("boolean[]", Wire::boolean), "{t,f}"},
      {listOf("smallint[]", Wire::int8), "{-128,127}"},
      {listOf("smallint[]", Wire::uint8), "{255}"},
      {listOf("smallint[]", Wire::int16), "{-32768}"},
      {listOf("integer[]", Wire::uint16), "{65535}"},
      {listOf("integer[]", Wire::int32), "{1,-2}"},
      {listOf("bigint[]", Wire::uint32), "{4294967295}"},
      {listOf("bigint[]", Wire::int64), "{-9223372036854775808}"},
      {listOf("numeric(18,0)[]", Wire::uint64), "{18446744073709551615}"},
      {listOf("real[]", Wire::float32), "{0.1,-0,NaN}"},
      {listOf("double precision[]", Wire::float64), "{1e+300}"},
      {listOf("text[]", Wire::text), R"({a,NULL,"","b c"})"},
      {listOf("bytea[]", Wire::data), R"({"\\x00ff",NULL})"}};
  for (const auto& [shape, text] : lists) {
    BOOST_TEST(through(shape, text) == text);
    BOOST_TEST(through(shape, "{}") == "{}");
    BOOST_TEST(through(shape, std::nullopt) == "NULL");
  }
  ColumnShape colors = listOf("text[]", Wire::enumerant);
  colors.enumerants = {"red", "green"};
  BOOST_TEST(through(colors, "{green,red}") == "{green,red}");
}

BOOST_AUTO_TEST_CASE(a_list_of_another_type_is_refused) {
  const auto refused = [](const ColumnShape& shape, auto&& fill) {
    const std::vector<ColumnShape> columns = {shape};
    RowReader reader(columns);
    Struct s;
    fill(s.builder.getPointerSection()[1]);
    BOOST_CHECK_THROW(reader.read(s.builder.asReader()), kj::Exception);
  };
  const auto bits = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<bool>>(2); };
  const auto words = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<uint64_t>>(2); };
  const auto many = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<bool>>(32'001); };
  const auto structs = [](capnp::AnyPointer::Builder p) { p.initAsAnyStruct(1, 1); };
  refused(listOf("integer[]", Wire::int32), bits);
  refused(listOf("text[]", Wire::text), words);
  refused(listOf("boolean[]", Wire::boolean), many);
  refused(listOf("text[]", Wire::text), structs);
  refused(listOf("integer[]", Wire::float64), words);
}

/// lines: a list of a struct with sku Text, n Int32 (nullValue -1), price decimal(2).
ColumnShape lines() {
  capnp::MallocMessageBuilder message;
  auto list = message.initRoot<wire::Relation>().initColumns(1);
  auto described = list[0];
  described.setName("lines");
  described.setField("lines");
  described.setType("line_struct[]");
  described.setWire(describedForm(Wire::list));
  described.setElement(describedForm(Wire::structure));
  described.setNullable(true);
  described.setSlot(1);
  described.setElementDataWords(2);
  described.setElementPointers(1);
  auto fields = described.initElements(3);
  const auto describe = [&](unsigned i, const char* name, const char* type, Wire wire,
                            uint32_t slot) {
    fields[i].setName(name);
    fields[i].setField(name);
    fields[i].setType(type);
    fields[i].setWire(describedForm(wire));
    fields[i].setSlot(slot);
  };
  describe(0, "sku", "text", Wire::text, 0);
  describe(1, "n", "integer", Wire::int32, 0);
  describe(2, "price", "numeric(18,2)", Wire::int64, 1);
  fields[0].setNullable(true);
  fields[1].setNullable(true);
  fields[1].setNullSlot(32);
  return columnShapes(list.asReader()).at(0);
}

BOOST_AUTO_TEST_CASE(lists_of_structs_come_back) {
  const ColumnShape shape = lines();
  BOOST_TEST(typeName(shape.type) == "line_struct[]");
  const char* two = R"x({"(\"a \"\"b\"\"\",7,12.50)","(,,-0.01)"})x";
  BOOST_TEST(through(shape, two) == two);
  BOOST_TEST(through(shape, "{}") == "{}");
  BOOST_TEST(through(shape, std::nullopt) == "NULL");
  BOOST_TEST(through(shape, "{NULL}") == "error: an element can't be NULL");
  BOOST_TEST(
      through(shape, R"x({"(a,1,2)","(b,2,)"})x") ==
      "error: has an element, number 2, whose \"price\" can't be NULL: the model gives it no "
      "nullValue");
  BOOST_TEST(through(shape, R"x({"(a,x,2)"})x") == "error: is not of type line_struct[]");
}

BOOST_AUTO_TEST_CASE(a_list_of_bits_is_no_list_of_structs) {
  const std::vector<ColumnShape> columns = {lines()};
  RowReader reader(columns);
  Struct s;
  s.builder.getPointerSection()[1].initAs<capnp::List<bool>>(2);
  BOOST_CHECK_THROW(reader.read(s.builder.asReader()), kj::Exception);
  s.builder.getPointerSection()[1].initAsListOfAnyStruct(0, 0, 1);
  reader.read(s.builder.asReader());
  BOOST_TEST(reader.text(0).value() == R"x({"(,0,0.00)"})x");
}

BOOST_AUTO_TEST_CASE(what_is_not_sent_has_its_default) {
  ColumnShape number = column("integer", Wire::int32);
  number.defaultMask = 7;
  BOOST_TEST(defaultText(number).value() == "7");
  number.hasNullValue = true;
  number.nullBits = 7;
  BOOST_TEST(!defaultText(number).has_value());
  ColumnShape color = column("text", Wire::enumerant);
  color.enumerants = {"red", "green"};
  BOOST_TEST(defaultText(color).value() == "red");
  BOOST_TEST(!defaultText(column("text", Wire::text)).has_value());
}

BOOST_AUTO_TEST_CASE(structs_that_are_too_short_give_defaults) {
  capnp::MallocMessageBuilder message;
  auto empty = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 0);
  const std::vector<ColumnShape> columns = {column("bigint", Wire::int64, 9),
                                            column("text", Wire::text, 9)};
  RowReader reader(columns);
  reader.read(empty.asReader());
  BOOST_TEST(reader.text(0).value() == "0");
  BOOST_TEST(!reader.text(1).has_value());
}

BOOST_AUTO_TEST_CASE(uuids_are_read_and_printed) {
  const std::string text = "123e4567-e89b-12d3-a456-426614174000";
  BOOST_TEST(uuidText(*uuidFromText(text)) == text);
  BOOST_TEST(!uuidFromText("123e4567e89b12d3a456426614174000").has_value());
  BOOST_TEST(!uuidFromText("g23e4567-e89b-12d3-a456-426614174000").has_value());
  BOOST_TEST((randomUuid() != randomUuid()));
  BOOST_TEST(uuidFromText(uuidText(randomUuid())).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
