// A union of a Void and one field: one column that can be NULL.
#include <fmt/format.h>

#include <random>

#include "model/compatibility.h"
#include "model/schema_text.h"
#include "tests/model/sample_command.h"

using namespace facet;
using namespace facet::test;

namespace {

/// The problems of an event with these fields (and structs beside it), without the place that is
/// always the same.
std::string fieldProblem(const std::string& fields, const std::string& structs = "") {
  const std::string problem = problemsOf("struct E $Facet.event() { " + fields + " }\n" + structs);
  const std::string place = "a.capnp: E.";
  return problem.starts_with(place) ? problem.substr(place.size()) : problem;
}

/// What is incompatible if an event's fields become others, beside an `id`.
std::string change(const std::string& older, const std::string& newer,
                   const std::string& structs = "") {
  const auto model = [&](const std::string& fields, const Model* previous) {
    const std::string event = "struct E $Facet.event() { id @0 :Text; " + fields + " }\n";
    return loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(event + structs)}}, previous);
  };
  const ModelPtr before = model(older, nullptr);
  const ModelPtr after = model(newer, before.get());
  std::string out;
  for (const ModelProblem& problem : incompatibilities(*before, *after))
    out += formatProblem(problem) + "\n";
  BOOST_TEST(out.empty() >= sameData(*before, *after));
  return out;
}

/// The value of the member `value` of a union.
capnp::DynamicStruct::Builder unionOf(capnp::DynamicStruct::Builder in, const char* name) {
  return in.get(name).as<capnp::DynamicStruct>();
}

const std::string kEvery = "enum Color { red @0; green @1; }\n" +
                           command(
                               "a :union { none @0 :Void; value @1 :Bool; }\n"
                               "b :union { none @2 :Void; value @3 :Int8 = 5; }\n"
                               "c :union { value @4 :Int64 $Facet.decimal(2); none @5 :Void; }\n"
                               "d :union { none @6 :Void; value @7 :UInt64; }\n"
                               "e :union { none @8 :Void; value @9 :Float32; }\n"
                               "f :union { none @10 :Void; value @11 :Color; }\n"
                               "g :union { none @12 :Void; value @13 :Text = \"x\"; }\n"
                               "h :union { none @14 :Void; value @15 :Data; }\n"
                               "i :union { none @16 :Void; value @17 :Int32 $Facet.date; }\n"
                               "j :union { none @18 :Void; value @19 :Int64 $Facet.timestamp; }\n"
                               "k :union { none @20 :Void; value @21 :List(Int16); }\n"
                               "l :union { value @22 :Color; none @23 :Void; }\n"
                               "m @24 :Int32;");

}  // namespace

BOOST_AUTO_TEST_SUITE(unions)

BOOST_AUTO_TEST_CASE(a_union_of_a_void_and_a_field_is_one_nullable_column) {
  const ModelPtr model = modelOf(
      "struct S { deep :union { none @0 :Void; value @1 :Int64; } }\n"
      "struct E $Facet.event() { id @0 :Text;\n"
      "  amount :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); }\n"
      "  totalCount :union { known @3 :UInt64; unknown @4 :Void; }\n"
      "  g :group { inner :union { none @5 :Void; it @6 :Text; } }  s @7 :S; last @8 :Int32; }");
  std::string columns;
  for (const Field& field : model->events().at(0).fields) {
    columns += field.field + " " + field.name + " " + typeName(field.type) +
               (field.nullable ? "\n" : " not null\n");
  }
  BOOST_TEST(columns ==
             "id id text\namount amount numeric(18,2)\ntotalCount total_count numeric(18,0)\n"
             "g.inner g_inner text\ns.deep s_deep bigint\nlast last integer not null\n");
}

BOOST_AUTO_TEST_CASE(the_schema_for_clients_has_a_bit_that_says_null) {
  const ModelPtr model = modelOf(
      "struct T $Facet.table(key = [\"id\"]) { id @0 :Text;\n"
      "  amount :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); } }");
  const std::string text = capnpSchema(*model);
  BOOST_TEST(text.find("  amount @1 :Int64 $Facet.decimal(2);\n  amountIsNull @2 :Bool;\n") !=
             std::string::npos);
  BOOST_TEST(postgresSchema(*model).find("  amount numeric(18,2)\n") == std::string::npos);
  BOOST_TEST(postgresSchema(*model).find("  amount numeric(18,2),\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_unions_are_refused_with_this_one_as_advice) {
  const std::string refused =
      ": unions are not supported\n  a value that can be NULL is a union with a name, of a Void "
      "and one field that is no struct; else use plain fields, one for each member, and one that "
      "says which of them counts";
  for (const char* const members :
       {"a @0 :Text; b @1 :Text;", "a @0 :Void; b @1 :Void;", "a @0 :Void; b @1 :Text; c @2 :Text;",
        "a @0 :Void; b @1 :S;", "a @0 :Void; b :group { c @1 :Text; }"}) {
    BOOST_TEST(fieldProblem(fmt::format("u :union {{ {} }}", members),
                            "struct S { a @0 :Text; }") == "u" + refused);
  }
  BOOST_TEST(fieldProblem("g :group { x @0 :Text; union { a @1 :Void; b @2 :Text; } }") ==
             "g" + refused);
  BOOST_TEST(fieldProblem("union { a @0 :Void; b @1 :Text; }") == "a.capnp: E" + refused);
  BOOST_TEST(fieldProblem("s @0 :S;", "struct S { union { a @0 :Void; b @1 :Text; } }") ==
             "s" + refused);
}

BOOST_AUTO_TEST_CASE(what_stands_inside_is_checked_as_elsewhere) {
  const auto inside = [](const std::string& value) {
    return fieldProblem("u :union { none @0 :Void; value @1 " + value + "; }");
  };
  BOOST_TEST(inside(":Int64 $Facet.date") ==
             "u: $date is for Int32 fields\n  declare it as Int32: days since 1970-01-01");
  BOOST_TEST(inside(":Int64 $Facet.nullValue(\"0\")") ==
             "u.value: $nullValue is not for a field beside a Void, which means NULL already\n"
             "  leave the nullValue away");
  BOOST_TEST(
      inside(":AnyPointer") ==
      "u: fields of type AnyPointer are not supported\n  use Data, or a field for each type");
  BOOST_TEST(inside(":List(Int32) = [1]") ==
             "u: default values of lists are not supported\n  leave the default away");
  BOOST_TEST(fieldProblem("u :union { none @0 :Void $Facet.date; value @1 :Int32; }") ==
             "u.none: facet's annotations are not for a Void\n  annotate the field beside it");
  BOOST_TEST(fieldProblem("user :union { none @0 :Void; value @1 :Int32; }") ==
             "user: its name in SQL, user, is a reserved word in SQL\n  rename the field");
  BOOST_TEST(
      fieldProblem("aB @0 :Text; a :group { b :union { none @1 :Void; value @2 :Int32; } }") ==
      "a.b: it has the same name in SQL as aB: a_b\n  rename one of them");
}

BOOST_AUTO_TEST_CASE(problems_have_the_place_of_the_member) {
  const std::string text =
      "@0xd2a49c31e07b6f15;\nusing Facet = import \"/facet/model.capnp\";\n"
      "struct E $Facet.event() {\n"
      "  id @0 :Text;\n"
      "  u :union {\n"
      "    none @1 :Void;\n"
      "    value @2 :Int64 $Facet.nullValue(\"0\");\n"
      "  }\n"
      "  v :union { a @3 :Text; b @4 :Text; }\n"
      "}\n";
  try {
    loadModel(std::vector<ModelFile>{{"a.capnp", text}});
    BOOST_FAIL("it is refused");
  } catch (const ModelError& error) {
    BOOST_REQUIRE(error.problems().size() == 2U);
    BOOST_TEST(error.problems()[0].line == 7);
    BOOST_TEST(error.problems()[0].column == 5);
    BOOST_TEST(error.problems()[1].line == 9);
    BOOST_TEST(error.problems()[1].column == 3);
  }
}

BOOST_AUTO_TEST_CASE(the_void_is_null_and_the_field_is_its_value) {
  Sample sample(kEvery);
  BOOST_TEST(sample.decode() == "NULL|NULL|0.00|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|red|0");
  auto in = sample.in();
  unionOf(in, "a").set("value", false);
  unionOf(in, "b").set("value", 0);
  unionOf(in, "c").set("value", -125);
  unionOf(in, "d").set("value", UINT64_MAX);
  unionOf(in, "e").set("value", 1.5);
  unionOf(in, "f").set("value", "red");
  unionOf(in, "g").set("value", "");
  unionOf(in, "h").init("value", 0);
  unionOf(in, "i").set("value", 0);
  unionOf(in, "j").set("value", 0);
  unionOf(in, "k").init("value", 1).as<capnp::DynamicList>().set(0, -1);
  unionOf(in, "l").set("none", capnp::VOID);
  in.set("m", 7);
  BOOST_TEST(sample.decode() ==
             "f|0|-1.25|18446744073709551615|1.5|red||\\x|1970-01-01|1970-01-01 00:00:00|{-1}|NULL|"
             "7");
  unionOf(in, "b").clear("value");  // and with it its default
  unionOf(in, "c").set("none", capnp::VOID);
  BOOST_TEST(sample.decode().starts_with("f|5|NULL|"));
}

BOOST_AUTO_TEST_CASE(an_absent_pointer_of_a_value_is_null_or_its_default) {
  Sample sample(
      command("a :union { none @0 :Void; value @1 :Text; }\n"
              "b :union { value @2 :Text; none @3 :Void; }\n"
              "c :union { none @4 :Void; value @5 :Text = \"x\"; }\n"
              "d :union { none @6 :Void; value @7 :List(Text); }"));
  for (const char* const name : {"a", "b", "c", "d"}) unionOf(sample.in(), name).clear("value");
  BOOST_TEST(sample.decode() == "NULL|NULL|x|NULL");
}

BOOST_AUTO_TEST_CASE(a_value_is_checked_only_while_it_counts) {
  Sample sample(
      command("day :union { none @0 :Void; value @1 :Int32 $Facet.date; }\n"
              "note :union { none @2 :Void; value @3 :Text; }"));
  auto in = sample.in();
  unionOf(in, "day").set("value", INT32_MIN);
  BOOST_TEST(sample.decode() == "day is not a date that PostgreSQL knows");
  unionOf(in, "day").set("none", capnp::VOID);
  unionOf(in, "note").set("value", "\xff");
  BOOST_TEST(sample.decode() == "note is not valid UTF-8 text without NUL");
  unionOf(in, "note").set("none", capnp::VOID);
  BOOST_TEST(sample.decode() == "NULL|NULL");
  // What a newer client sends, whose union has a third member.
  auto data = sample.message().getRoot<capnp::AnyStruct>().getDataSection();
  const NullUnion day = *sample.command().fields[0].nullUnion;
  const NullUnion note = *sample.command().fields[1].nullUnion;
  data[day.slot * 2] = 2;
  BOOST_TEST(sample.decode() == "day has a member of its union that the model does not have");
  data[day.slot * 2] = 0;
  data[note.slot * 2] = 2;
  BOOST_TEST(sample.decode() == "note has a member of its union that the model does not have");
}

BOOST_AUTO_TEST_CASE(unions_within_groups_structs_and_lists_are_found) {
  Sample sample(
      "struct S { x @0 :Int16; u :union { none @1 :Void; value @2 :Int64; } }\n"
      "struct Line { sku @0 :Text; price :union { none @1 :Void; value @2 :Int64 "
      "$Facet.decimal(2); }\n"
      "  g :group { day :union { value @3 :Int32 $Facet.date; none @4 :Void; } } }\n" +
      command("s @0 :S; g :group { u :union { none @1 :Void; value @2 :Int8; } }\n"
              "lines @3 :List(Line); t @4 :S;"));
  BOOST_TEST(sample.decode() == "0|NULL|NULL|NULL|0|NULL");
  auto in = sample.in();
  unionOf(in.init("t").as<capnp::DynamicStruct>(), "u").set("value", 9);
  unionOf(unionOf(in, "g"), "u").set("value", 0);
  auto lines = in.init("lines", 2).as<capnp::DynamicList>();
  unionOf(lines[1].as<capnp::DynamicStruct>(), "price").set("value", 0);
  unionOf(unionOf(lines[1].as<capnp::DynamicStruct>(), "g"), "day").set("none", capnp::VOID);
  BOOST_TEST(sample.decode() == "0|NULL|0|{\"(,,1970-01-01)\",\"(,0.00,)\"}|0|9");
}

BOOST_AUTO_TEST_CASE(random_choices_are_read_as_they_were_made) {
  Sample sample(kEvery);
  const WireLayout& wire = sample.decoder().wire();
  std::mt19937_64 random(11);
  const std::vector<std::vector<std::string>> values = {
      {"t", "f"},     {"-128", "5"},      {"0.00", "-1.25"},       {"0", "18446744073709551615"},
      {"0", "-2.5"},  {"red", "green"},   {"", "x", "two\nlines"}, {"\\x", "\\x00ff"},
      {"1970-01-01"}, {"1999-12-31 1:2"}, {"{}", "{1,-2}"},        {"red", "green"},
      {"0", "-7"}};
  BOOST_REQUIRE(wire.columns.size() == values.size());
  for (int round = 0; round < 2'000; ++round) {
    capnp::MallocMessageBuilder message;
    auto out = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(wire.dataWords, wire.pointers);
    std::string expected;
    for (size_t i = 0; i < values.size(); ++i) {
      const WireColumn& column = wire.columns[i];
      const bool null = i + 1 < values.size() && random() % 2 == 0;
      std::string scratch;
      std::string back;
      const Value value =
          null ? Value::null()
               : *parseText(column.type, values[i][random() % values[i].size()], scratch);
      BOOST_TEST(encodeField(column, value, out).empty());
      const std::string text = null ? "NULL" : toText(column.type, value);
      if (column.wire != Wire::list) {
        const auto read = decodeField(column, out.asReader(), back);
        BOOST_REQUIRE(read);
        BOOST_TEST((read->isNull() ? "NULL" : toText(column.type, *read)) == text);
      }
      expected += (i == 0 ? "" : "|") + text;
    }
    BOOST_TEST(sample.decode(out.asReader()) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_union_stays_what_it_is_while_there_is_a_log) {
  const std::string u = "u :union { none @1 :Void; value @2 :Int64; }";
  const std::string advice = "\n  leave it as it was, or add a new field at the end\n";
  BOOST_TEST(change(u, u) == "");
  BOOST_TEST(change(u, "u :union { nothing @1 :Void; some @2 :Int64; } v @3 :Text;") == "");
  BOOST_TEST(change(u, "u :union { value @1 :Int64; none @2 :Void; }") ==
             "E.u: the Void of its union and the field changed places" + advice);
  BOOST_TEST(change("u @1 :Int64;", "u :union { value @1 :Int64; none @2 :Void; }") ==
             "E.u: the field became a union" + advice);
  BOOST_TEST(change("u :union { value @1 :Int64; none @2 :Void; }", "u @1 :Int64;") ==
             "E.u: the field was in a union with a Void, and is not any more" + advice);
  BOOST_TEST(change("u :union { value @1 :Int64; none @2 :Void; }",
                    "u @1! :union { value @2 :Int64; none @3 :Void; }") ==
             "E.u: its union says in another place which member counts" + advice);
  BOOST_TEST(change(u, "u :union { none @1 :Void; value @2 :Int32; }") ==
             "E.u: the field's type changed from bigint to integer\n"
             "  add a new field at the end\n");
}

BOOST_AUTO_TEST_CASE(a_union_of_a_command_stays_what_it_is_for_the_clients_that_know_it) {
  const auto model = [](const std::string& fields, const Model* previous) {
    return loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(command(fields))}}, previous);
  };
  const ModelPtr before = model("u :union { none @0 :Void; value @1 :Int64; }", nullptr);
  const auto change = [&](const std::string& fields) {
    const auto problems = incompatibilities(*before, *model(fields, before.get()));
    return problems.empty() ? "" : problems.at(0).place + ": " + problems.at(0).message;
  };
  BOOST_TEST(change("u :union { none @0 :Void; value @1 :Int64; } v @2 :Text;") == "");
  BOOST_TEST(change("u :union { value @0 :Int64; none @1 :Void; }") ==
             "C.u: the Void of its union and the field changed places");
  BOOST_TEST(change("u @0 :Int64;") ==
             "C.u: the field was in a union with a Void, and is not any more");
}

BOOST_AUTO_TEST_CASE(a_union_in_the_structs_of_a_list_stays_what_it_is) {
  const std::string lines = "lines @1 :List(Line);";
  const auto change = [&](const std::string& older, const std::string& newer) {
    const auto model = [&](const std::string& fields, const Model* previous) {
      const std::string text = "struct E $Facet.event() { id @0 :Text; " + lines + " }\n" +
                               "struct Line { " + fields + " }\n";
      return loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(text)}}, previous);
    };
    const ModelPtr before = model(older, nullptr);
    const auto problems = incompatibilities(*before, *model(newer, before.get()));
    return problems.empty() ? "" : problems.at(0).place + ": " + problems.at(0).message;
  };
  BOOST_TEST(change("u :union { none @0 :Void; value @1 :Int64; }",
                    "u :union { none @0 :Void; value @1 :Int64; }") == "");
  BOOST_TEST(change("u :union { none @0 :Void; value @1 :Int64; }",
                    "u :union { value @0 :Int64; none @1 :Void; }") ==
             "E.lines.u: the Void of its union and the field changed places");
  BOOST_TEST(change("u @0 :Int64;", "u :union { value @0 :Int64; none @1 :Void; }") ==
             "E.lines.u: the field became a union");
}

BOOST_AUTO_TEST_CASE(a_union_that_is_added_is_null_in_older_events) {
  const std::string added = "u :union { none @1 :Void; value @2 :Int64; }";
  BOOST_TEST(change("", added) == "");
  BOOST_TEST(change("", "u :union { value @1 :Text; none @2 :Void; }") == "");
  for (const char* const type : {"Int64", "Float32", "Color", "Text = \"x\""}) {
    BOOST_TEST(change("", fmt::format("u :union {{ value @1 :{}; none @2 :Void; }}", type),
                      "enum Color { red @0; }") ==
               "E.u: a new field has a default that older rows do not have\n"
               "  give the Void of its union the smaller ordinal: it is NULL there\n");
  }
  const auto eventOf = [](const std::string& fields) {
    return modelOf("struct E $Facet.event() { id @0 :Text; " + fields + " }\n" +
                   "struct T $Facet.table(key = [\"id\"]) { id @0 :Text; " + fields + " }");
  };
  const ModelPtr before = eventOf("");
  const ModelPtr after = eventOf(added);
  RowBuilder builder;
  builder.start(before->events().at(0).layout);
  builder.set(0, Value::text("a"));
  BOOST_TEST(builder.finish().get(after->events().at(0).layout, 1).isNull());
  builder.start(before->tables().at(0).restLayout);
  BOOST_TEST(builder.finish().get(after->tables().at(0).restLayout, 0).isNull());
  BOOST_TEST(!builder.finish().get(eventOf("u @1 :Int64;")->events().at(0).layout, 1).isNull());
}

BOOST_AUTO_TEST_SUITE_END()
