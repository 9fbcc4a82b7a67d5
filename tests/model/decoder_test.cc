// Structs of clients → packed rows.
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <fmt/format.h>

#include <cmath>
#include <random>

#include "tests/model/sample_command.h"
#include "values/text.h"

using namespace facet;
using namespace facet::test;

BOOST_AUTO_TEST_SUITE(decoder)

BOOST_AUTO_TEST_CASE(numbers_are_taken_over_with_their_sign) {
  Sample sample(command(
      "a @0 :Bool; b @1 :Int8; c @2 :Int16; d @3 :Int32; e @4 :Int64; f @5 :UInt8; g @6 :UInt16;"
      "h @7 :UInt32; i @8 :UInt64; j @9 :Float32; k @10 :Float64;"));
  BOOST_TEST(sample.decode() == "f|0|0|0|0|0|0|0|0|0|0");
  auto in = sample.in();
  in.set("a", true);
  in.set("b", -128);
  in.set("c", -32768);
  in.set("d", INT32_MIN);
  in.set("e", INT64_MIN);
  in.set("f", 255);
  in.set("g", 65535);
  in.set("h", UINT32_MAX);
  in.set("i", UINT64_MAX);
  in.set("j", -1.5);
  in.set("k", 1e300);
  BOOST_TEST(sample.decode() ==
             "t|-128|-32768|-2147483648|-9223372036854775808|255|65535|4294967295|"
             "18446744073709551615|-1.5|1e+300");
}

BOOST_AUTO_TEST_CASE(texts_are_taken_over_and_absent_ones_are_null) {
  Sample sample(
      command("a @0 :Text; b @1 :Data; c @2 :Text; d @3 :Text = \"d\"; e @4 :Data = 0x\"00 ff\"; f "
              "@5 :Text = \"\";"));
  BOOST_TEST(sample.decode() == "NULL|NULL|NULL|d|\\x00ff|");
  auto in = sample.in();
  in.set("a", "");
  in.set("c", "schön, and longer than a word");
  in.set("d", "");
  in.init("b", 0);
  BOOST_TEST(sample.decode() == "|\\x|schön, and longer than a word||\\x00ff|");
  BOOST_TEST(!sample.command().fields[3].nullable);
}

BOOST_AUTO_TEST_CASE(defaults_and_null_values_are_understood) {
  Sample sample(
      "enum Color { red @0; green @1; }\n" +
      command("a @0 :Int32 = 5; b @1 :Int32 = 5 $Facet.nullValue(\"5\"); c @2 :Int32 "
              "$Facet.nullValue(\"-1\");"
              "d @3 :Bool = true; e @4 :Float64 = 1.5 $Facet.nullValue(\"NaN\"); f @5 :Color "
              "$Facet.nullValue(\"red\");"
              "g @6 :Text $Facet.nullValue(\"-\"); h @7 :Int64 $Facet.decimal(2) "
              "$Facet.nullValue(\"-0.01\");"
              "i @8 :Color = green; j @9 :UInt64 $Facet.nullValue(\"18446744073709551615\");"));
  BOOST_TEST(sample.decode() == "5|NULL|0|t|1.5|NULL|NULL|0.00|green|0");
  auto in = sample.in();
  in.set("a", 0);
  in.set("b", 0);
  in.set("c", -1);
  in.set("d", false);
  in.set("e", std::nan("1"));
  in.set("f", "green");
  in.set("g", "-");
  in.set("h", -1);
  in.set("i", "red");
  in.set("j", UINT64_MAX);
  BOOST_TEST(sample.decode() == "0|0|NULL|f|NULL|green|NULL|NULL|red|NULL");
}

BOOST_AUTO_TEST_CASE(dates_and_decimals_out_of_postgres_range_are_refused) {
  Sample sample(command(
      "a @0 :Int32 $Facet.date; b @1 :Int64 $Facet.timestamp; c @2 :Int64 $Facet.decimal(4);"));
  auto in = sample.in();
  in.set("a", 17478);
  in.set("b", 1510135200500000);
  in.set("c", -123456);
  BOOST_TEST(sample.decode() == "2017-11-08|2017-11-08 10:00:00.5|-12.3456");
  in.set("a", -2440589);
  BOOST_TEST(sample.decode() == "a is not a date that PostgreSQL knows");
  in.set("a", 2145042906);
  BOOST_TEST(sample.decode() == "a is not a date that PostgreSQL knows");
  in.set("a", 2145042905);
  in.set("b", INT64_MAX);
  BOOST_TEST(sample.decode() == "b is not a timestamp that PostgreSQL knows");
  in.set("b", 0);
  in.set("c", 1'000'000'000'000'000'000);
  BOOST_TEST(sample.decode() == "c has more than 18 digits");
  in.set("c", 999'999'999'999'999'999);
  BOOST_TEST(sample.decode() == "5874897-12-31|1970-01-01 00:00:00|99999999999999.9999");
}

BOOST_AUTO_TEST_CASE(texts_that_postgres_cannot_store_are_refused) {
  Sample sample(command("a @0 :Int32; b @1 :Text; l @2 :List(Text);"));
  const std::string reason = "b is not valid UTF-8 text without NUL";
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff"),
                                 std::string("\xed\xa0\x80"), std::string("\xc0\x80")}) {
    sample.in().set("b", capnp::Text::Reader(bad.data(), bad.size()));
    BOOST_TEST(sample.decode() == reason);
  }
  sample.in().set("b", "good");
  sample.in().init("l", 1).as<capnp::DynamicList>().set(0, "\xff");
  BOOST_TEST(sample.decode() == "l has an element that is not valid UTF-8 text without NUL");
}

BOOST_AUTO_TEST_CASE(an_enumerant_of_a_newer_client_is_refused) {
  Sample sample("enum Color { red @0; green @1; }\n" + command("a @0 :Color; b @1 :List(Color);"));
  sample.in().set(
      "a", capnp::DynamicEnum(sample.in().getSchema().getFieldByName("a").getType().asEnum(), 2));
  BOOST_TEST(sample.decode() == "a is not an enumerant of the model");
}

BOOST_AUTO_TEST_CASE(lists_become_arrays) {
  Sample sample("enum Color { red @0; green @1; }\n" +
                command("a @0 :List(Int32); b @1 :List(Text); c @2 :List(Bool); d @3 "
                        ":List(UInt64); e @4 :List(Color);"
                        "f @5 :List(Float64); g @6 :List(Data); h @7 :List(Int8);"));
  BOOST_TEST(sample.decode() == "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
  auto in = sample.in();
  auto a = in.init("a", 20).as<capnp::DynamicList>();
  for (int i = 0; i < 20; ++i) a.set(static_cast<uint32_t>(i), -i);
  auto b = in.init("b", 3).as<capnp::DynamicList>();
  b.set(0, "x,y");
  b.set(1, "");  // the third is absent
  in.init("c", 2).as<capnp::DynamicList>().set(1, true);
  in.init("d", 1).as<capnp::DynamicList>().set(0, UINT64_MAX);
  in.init("e", 2).as<capnp::DynamicList>().set(1, "green");
  in.init("f", 1).as<capnp::DynamicList>().set(0, 0.5);
  in.init("g", 0);
  in.init("h", 1).as<capnp::DynamicList>().set(0, -1);
  BOOST_TEST(sample.decode() ==
             "{0,-1,-2,-3,-4,-5,-6,-7,-8,-9,-10,-11,-12,-13,-14,-15,-16,-17,-18,-19}|{\"x,y\",\"\","
             "NULL}|{f,t}|"
             "{18446744073709551615}|{red,green}|{0.5}|{}|{-1}");
  in.init("a", 4097);
  BOOST_TEST(sample.decode() == "a has more than 4096 elements");
}

const std::string kLines =
    "enum Color { red @0; green @1; }\n"
    "struct Size { w @0 :Int32; unit @1 :Text = \"mm\"; }\n"
    "struct Line { sku @0 :Text; n @1 :Int32 = 1; price @2 :Int64 $Facet.decimal(2);\n"
    "  day @3 :Int32 $Facet.date $Facet.nullValue(\"1970-01-01\"); color @4 :Color; size @5 "
    ":Size;\n"
    "  g :group { raw @6 :Data; x @7 :Float64; } }\n";

BOOST_AUTO_TEST_CASE(lists_of_structs_become_arrays_of_composites) {
  Sample sample(kLines + command("a @0 :Int32; lines @1 :List(Line); b @2 :Text;"));
  BOOST_TEST(typeName(sample.command().fields[1].type) == "line_struct[]");
  BOOST_TEST(sample.decode() == "0|NULL|NULL");
  auto in = sample.in();
  in.set("b", "behind");
  auto lines = in.init("lines", 2).as<capnp::DynamicList>();
  auto second = lines[1].as<capnp::DynamicStruct>();
  second.set("sku", "x \"y\"");
  second.set("n", -3);
  second.set("price", 1250);
  second.set("day", 17478);
  second.set("color", "green");
  second.init("size").as<capnp::DynamicStruct>().set("w", 7);
  second.get("g").as<capnp::DynamicStruct>().set("x", 0.5);
  BOOST_TEST(sample.decode() ==
             R"x(0|{"(,1,0.00,,red,0,mm,,0)",)x"
             R"x("(\"x \"\"y\"\"\",-3,12.50,2017-11-08,green,7,mm,,0.5)"}|behind)x");
  in.init("lines", 0);
  BOOST_TEST(sample.decode() == "0|{}|behind");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_list_of_structs_is_named) {
  Sample sample(kLines + command("lines @0 :List(Line);"));
  auto lines = sample.in().init("lines", 3).as<capnp::DynamicList>();
  lines[2].as<capnp::DynamicStruct>().set("price", INT64_MAX);
  BOOST_TEST(sample.decode() ==
             "lines has an element, number 3, whose \"price\" has more than 18 digits");
  lines[2].as<capnp::DynamicStruct>().set("price", 0);
  lines[1].as<capnp::DynamicStruct>().set("sku", "\xff");
  BOOST_TEST(sample.decode() ==
             "lines has an element, number 2, whose \"sku\" is not valid UTF-8 text without NUL");
  sample.in().init("lines", 4097);
  BOOST_TEST(sample.decode() == "lines has more than 4096 elements");
}

BOOST_AUTO_TEST_CASE(a_list_of_something_else_gives_defaults_or_a_reason) {
  Sample sample(kLines + command("lines @0 :List(Line);"));
  capnp::MallocMessageBuilder message;
  auto other = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 1);
  auto pointer = other.getPointerSection()[0];
  pointer.initAs<capnp::List<capnp::Text>>(1).set(0, "sku");
  BOOST_TEST(sample.decode(other.asReader()) == "{\"(sku,1,0.00,,red,0,mm,,0)\"}");
  pointer.initAs<capnp::List<bool>>(3);
  BOOST_TEST(sample.decode(other.asReader()) == "lines is no list of structs");
  pointer.initAs<capnp::List<capnp::Void>>(3);
  BOOST_TEST(sample.decode(other.asReader()) == "lines is no list of structs");
  pointer.initAsAnyStruct(1, 1);
  BOOST_TEST(sample.decode(other.asReader()).starts_with("lines cannot be read: "));
  pointer.initAsListOfAnyStruct(0, 0, 2);
  BOOST_TEST(sample.decode(other.asReader()) ==
             "{\"(,1,0.00,,red,0,mm,,0)\",\"(,1,0.00,,red,0,mm,,0)\"}");
}

BOOST_AUTO_TEST_CASE(lists_of_structs_are_bounded_in_memory) {
  std::string wide = "struct S {";
  for (int i = 0; i < 1500; ++i) wide += fmt::format(" f{0} @{0} :UInt64;", i);
  Sample sample(wide + " }\n" + command("a @0 :List(S);"));
  capnp::MallocMessageBuilder message;
  auto in = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 1);
  in.getPointerSection()[0].initAsListOfAnyStruct(0, 0, 100);
  BOOST_TEST(sample.decode(in.asReader()).starts_with("{\"(0,0,0,"));
  in.getPointerSection()[0].initAsListOfAnyStruct(0, 0, 4096);
  BOOST_TEST(sample.decode(in.asReader()) == "a takes more than 64 MiB, with the lists before it");
}

BOOST_AUTO_TEST_CASE(structs_within_are_read_or_have_their_defaults) {
  Sample sample("struct S { a @0 :Int32 = 3; t @1 :T; } struct T { b @0 :Text; c @1 :Bool; }\n" +
                command("x @0 :S; y @1 :T; z :group { w @2 :Int8; v @3 :S; }"));
  BOOST_TEST(sample.decode() == "3|NULL|f|NULL|f|0|3|NULL|f");
  auto in = sample.in();
  in.init("x").as<capnp::DynamicStruct>().init("t").as<capnp::DynamicStruct>().set("b", "deep");
  in.init("y").as<capnp::DynamicStruct>().set("c", true);
  in.get("z").as<capnp::DynamicStruct>().set("w", 7);
  in.get("z").as<capnp::DynamicStruct>().init("v").as<capnp::DynamicStruct>().set("a", 4);
  BOOST_TEST(sample.decode() == "3|deep|f|NULL|t|7|4|NULL|f");
}

BOOST_AUTO_TEST_CASE(older_clients_send_less_and_newer_ones_more) {
  Sample sample(
      command("a @0 :Int32; b @1 :Text; c @2 :Int64 = 9; d @3 :Text; e @4 :Bool = true;"));
  capnp::MallocMessageBuilder message;
  auto older = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(1, 1);
  older.getDataSection()[0] = 42;
  older.getPointerSection()[0].setAs<capnp::Text>("old");
  BOOST_TEST(sample.decode(older.asReader()) == "42|old|9|NULL|t");
  capnp::MallocMessageBuilder more;
  auto newer = more.initRoot<capnp::AnyPointer>().initAsAnyStruct(7, 5);
  newer.getDataSection()[0] = 43;
  BOOST_TEST(sample.decode(newer.asReader()) == "43|NULL|9|NULL|t");
  BOOST_TEST(sample.decode(capnp::AnyStruct::Reader()) == "0|NULL|9|NULL|t");
}

BOOST_AUTO_TEST_CASE(pointers_of_another_type_are_refused) {
  Sample sample("struct S { a @0 :Text; }" +
                command("a @0 :Int32; b @1 :Text; c @2 :S; d @3 :List(Text);"));
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(1, 3);
  root.getPointerSection()[0].initAsAnyStruct(1, 1);
  BOOST_TEST(sample.decode(root.asReader()).starts_with("b cannot be read: "));
  root.getPointerSection()[0].clear();
  root.getPointerSection()[1].setAs<capnp::Text>("text");
  BOOST_TEST(sample.decode(root.asReader()).find("cannot be read: ") != std::string::npos);
  root.getPointerSection()[1].clear();
  root.getPointerSection()[2].setAs<capnp::Text>("text");
  BOOST_TEST(sample.decode(root.asReader()).starts_with("d cannot be read: "));
}

BOOST_AUTO_TEST_CASE(hostile_messages_are_refused_or_read) {
  Sample sample(
      "struct S { a @0 :Text; b @1 :List(Int32); }\n"
      "struct T { a @0 :Text; n @1 :Int32 $Facet.date; x @2 :Float64; u :group { d @3 :Data; } "
      "}\n" +
      command("a @0 :Int32; b @1 :Text; c @2 :S; d @3 :List(Text); e @4 :Data; f @5 :Int64;"
              "g @6 :List(T);"));
  std::mt19937_64 random(7);
  std::string row;
  size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<capnp::word> words(12 + random() % 6);
    for (auto& word : words) {
      uint64_t bits = random();
      // Pointers that are near to right: small offsets and sizes.
      if ((random() & 3) != 0)
        bits = (bits & 0x0000'0007'0000'0003) | (random() % 12) << 2 | (random() % 6) << 32;
      std::memcpy(static_cast<void*>(&word), &bits, sizeof(bits));
    }
    const kj::ArrayPtr<const capnp::word> segment(words.data(), words.size());
    const kj::ArrayPtr<const capnp::word> segments[] = {segment};
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(segments, 1));
    row.clear();
    try {
      const auto problem = sample.decoder().decode(message.getRoot<capnp::AnyStruct>(), row);
      if (problem) {
        ++refused;
        BOOST_TEST(row.empty());
      } else {
        BOOST_TEST(isValidRow(sample.command().layout, row));
      }
    } catch (const kj::Exception&) {
      ++refused;  // the root is no struct
    }
  }
  BOOST_TEST(refused > 100U);
  BOOST_TEST(refused < 19'900U);
}

BOOST_AUTO_TEST_CASE(wide_structs_have_their_nulls_in_place) {
  std::string fields;
  for (int i = 0; i < 200; ++i)
    fields += "f" + std::to_string(i) + " @" + std::to_string(i) + " :Text;";
  Sample sample(command(fields));
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "f" + std::to_string(i);
    if (i % 3 == 0) sample.in().set(name.c_str(), name.c_str());
    expected += (i == 0 ? "" : "|") + (i % 3 == 0 ? name : "NULL");
  }
  BOOST_TEST(sample.decode() == expected);
}

BOOST_AUTO_TEST_CASE(clients_without_a_schema_can_fill_a_command) {
  Sample sample(
      "enum Color { red @0; green @1; } struct S { t @0 :Text; n @1 :Int16 = 4; }\n"
      "struct T { s @0 :S; c @1 :Color; m @2 :Int64 $Facet.nullValue(\"0\"); }\n" +
      command("a @0 :Int32 = 5; b @1 :Text; c @2 :Color; d @3 :List(Int16); e @4 :S;"
              "f @5 :Int64 $Facet.nullValue(\"7\"); g @6 :Int64 $Facet.decimal(2); h @7 "
              ":List(Color); i @8 :List(Text); j @9 :List(T);"));
  const WireLayout& wire = sample.decoder().wire();
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(wire.dataWords, wire.pointers);
  const std::string structs = R"x({"(deep,9,green,)","(,4,red,5)"})x";
  const std::vector<std::string> texts = {"8",    "text", "green",       "{1,-2}", "inner", "-3",
                                          "NULL", "1.25", "{green,red}", "{x,y}",  structs};
  std::string scratch;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto value =
        texts[i] == "NULL" ? Value::null() : *parseText(wire.columns[i].type, texts[i], scratch);
    BOOST_TEST(encodeField(wire.columns[i], value, out).empty());
  }
  BOOST_TEST(sample.decode(out.asReader()) ==
             "8|text|green|{1,-2}|inner|-3|NULL|1.25|{green,red}|{x,y}|" + structs);
  BOOST_TEST(!encodeField(wire.columns[2], Value::text("blue"), out).empty());
  BOOST_TEST(!encodeField(wire.columns[0], Value::null(), out).empty());
  BOOST_TEST(decodeField(wire.columns[5], out.asReader(), scratch)->asInt() == -3);
  BOOST_TEST(decodeField(wire.columns[2], out.asReader(), scratch)->asText() == "green");
}

BOOST_AUTO_TEST_SUITE_END()
