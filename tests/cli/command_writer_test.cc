#include "cli/command_writer.h"

#include <capnp/message.h>

#include <boost/test/unit_test.hpp>

using namespace facet;

namespace {

ColumnShape column(std::string name, Type type, Wire wire, uint32_t slot) {
  ColumnShape out;
  out.name = out.field = std::move(name);
  out.type = type;
  out.wire = wire;
  out.slot = slot;
  out.nullable = wire == Wire::text;
  return out;
}

/// orderId Text, total decimal(4), quantity Int32.
StructShape order() {
  StructShape out;
  out.columns = {column("orderId", Type::of(Kind::text), Wire::text, 0),
                 column("total", Type::decimal(4), Wire::int64, 0),
                 column("quantity", Type::of(Kind::int32), Wire::int32, 2)};
  out.dataWords = 2;
  out.pointers = 1;
  return out;
}

/// What is wrong with a text for a column of the order; empty: nothing.
std::string problem(size_t index, std::optional<std::string_view> text) {
  const StructShape shape = order();
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(shape.dataWords, shape.pointers);
  return writeChecked(shape.columns[index], text, out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_writer)

BOOST_AUTO_TEST_CASE(a_decimal_with_more_digits_than_its_scale_is_refused_not_rounded) {
  BOOST_TEST(problem(1, "12.3456").empty());
  BOOST_TEST(problem(1, "-12").empty());
  BOOST_TEST(problem(1, "1.5e-3").empty());
  BOOST_TEST(problem(1, "12.34560").empty());
  BOOST_TEST(problem(1, "12.34561") ==
             "\"total\": \"12.34561\" has more than 4 digits after the point");
  BOOST_TEST(problem(1, "1e-5") == "\"total\": \"1e-5\" has more than 4 digits after the point");
}

BOOST_AUTO_TEST_CASE(lists_of_decimals_are_exact_too) {
  const Type list{Kind::array, kAnyScale, Kind::numeric, 2};
  BOOST_TEST(exactnessProblem(list, "{1.25,NULL,3}").empty());
  BOOST_TEST(exactnessProblem(list, "{1.25,0.001}") == "has more than 2 digits after the point");
}

BOOST_AUTO_TEST_CASE(decimals_in_lists_of_structs_are_exact_too) {
  const Composite line("line", {{"sku", Type::of(Kind::text)}, {"price", Type::decimal(2)}});
  const Type lines = Type::arrayOf(Type::of(line));
  BOOST_TEST(exactnessProblem(lines, R"x({"(0.001,0.25)",NULL,"(a,)"})x").empty());
  BOOST_TEST(exactnessProblem(lines, R"x({"(a,0.25)","(b,0.255)"})x") ==
             "has a \"price\" that has more than 2 digits after the point");
  BOOST_TEST(exactnessProblem(lines, "{(no").empty());
}

BOOST_AUTO_TEST_CASE(a_text_that_its_field_cannot_hold_is_named) {
  BOOST_TEST(problem(2, "x") == "\"quantity\": \"x\" is not of type integer");
  BOOST_TEST(!problem(2, "3000000000").empty());
  BOOST_TEST(!problem(2, std::nullopt).empty());
  BOOST_TEST(problem(0, std::nullopt).empty());
  BOOST_TEST(problem(0, "").empty());
  BOOST_TEST(problem(0, std::string_view("\xff\xfe")).find("is not UTF-8") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(staged_records_are_written_as_they_came) {
  const StructShape shape = order();
  StagedRecords staged;
  staged.add(1, 2, {{0, "A-1"}, {1, "2.5"}});
  staged.add(2, 3, {{0, std::nullopt}, {1, "0.00001"}, {2, "7"}});
  staged.add(3, 4, {{0, ""}, {1, "-1"}, {2, "9"}});
  capnp::MallocMessageBuilder message;
  auto list = message.initRoot<capnp::AnyPointer>().initAsListOfAnyStruct(2, 1, 3);
  BOOST_TEST(staged.write(0, shape, list[0]).empty());
  BOOST_TEST(staged.write(1, shape, list[1]).find("\"total\"") == 0U);
  BOOST_TEST(staged.write(2, shape, list[2]).empty());
  BOOST_TEST(staged.line(1) == 3U);
  BOOST_TEST(staged.number(2) == 3U);
  RowReader reader(shape.columns);
  reader.read(list[0].asReader());
  BOOST_TEST(reader.text(0).value() == "A-1");
  BOOST_TEST(reader.text(1).value() == "2.5000");
  BOOST_TEST(reader.text(2).value() == "0");
  reader.read(list[2].asReader());
  BOOST_TEST(reader.text(0).value() == "");
  BOOST_TEST(reader.text(2).value() == "9");
}

BOOST_AUTO_TEST_SUITE_END()
