#include "model/compatibility.h"

#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kTable = "struct T $Facet.table(key = [\"id\"]) { id @0 :Text; n @1 :Int32; }\n";
const std::string kEvent =
    "struct E $Facet.event(writes = [(table = \"T\")]) { id @0 :Text; n @1 :Int32; }\n";
const std::string kCommand =
    "struct C $Facet.command(emits = [(event = \"E\")]) { id @0 :Text; n @1 :Int32; }\n";
const std::string kView = "CREATE MATERIALIZED VIEW v AS SELECT n FROM e;";

/// What is incompatible if the model above becomes this one.
std::string change(const std::string& declarations, const std::string& views = kView) {
  const ModelPtr older = modelOf(kTable + kEvent + kCommand, kView);
  const ModelPtr newer =
      loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(declarations)}, {"views.sql", views}},
                older.get());
  std::string out;
  for (const ModelProblem& problem : incompatibilities(*older, *newer))
    out += formatProblem(problem) + "\n";
  BOOST_TEST(out.empty() >= sameData(*older, *newer));
  return out;
}

bool same(const std::string& declarations, const std::string& views = kView) {
  const ModelPtr older = modelOf(kTable + kEvent + kCommand, kView);
  return sameData(*older, *modelOf(declarations, views));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compatibility)

BOOST_AUTO_TEST_CASE(views_may_change) {
  BOOST_TEST(same(kTable + kEvent + kCommand, "CREATE MATERIALIZED VIEW w AS SELECT id FROM e;"));
  BOOST_TEST(same("# a remark\n" + kCommand + kEvent + kTable));
}

BOOST_AUTO_TEST_CASE(commands_may_change) {
  const std::string other =
      "struct C $Facet.command(emits = [(event = \"E\", set = [(field = \"n\", to = \"1\")])]) { "
      "id @0 :Text; }\n";
  BOOST_TEST(change(kTable + kEvent + other) == "");
  BOOST_TEST(change(kTable + kEvent) == "");
  BOOST_TEST(!same(kTable + kEvent + other));
  BOOST_TEST(
      !same(kTable + kEvent +
            "struct C $Facet.command(emits = [(event = \"E\")], check = [(that = \"n > 0\")]) "
            "{ id @0 :Text; n @1 :Int32; }"));
}

BOOST_AUTO_TEST_CASE(structs_and_fields_may_be_added) {
  BOOST_TEST(change(kTable + kEvent + kCommand + "struct A $Facet.event() { x @0 :Int32; }") == "");
  BOOST_TEST(
      change("struct T $Facet.table(key = [\"id\"]) { id @0 :Text; n @1 :Int32; m @2 :Text; }\n"
             "struct E $Facet.event(writes = [(table = \"T\")]) { id @0 :Text; n @1 :Int32; m @2 "
             ":Text; }\n") == "");
  BOOST_TEST(!same(kTable + kEvent + kCommand + "struct A $Facet.event() { x @0 :Int32; }"));
}

BOOST_AUTO_TEST_CASE(new_fields_are_null_or_zero_in_older_events) {
  const std::string problem = "E.m: a new field has a default that older rows do not have\n";
  const auto withField = [](const std::string& field) {
    return change(kTable +
                  "enum X { a @0; b @1; }\nstruct E $Facet.event(writes = [(table = \"T\")]) { id "
                  "@0 :Text; n @1 :Int32; m @2 " +
                  field + "; }");
  };
  BOOST_TEST(withField(":Int32 = 1") ==
             problem + "  leave the default away, so that it is zero or NULL there\n");
  BOOST_TEST(withField(":Text = \"x\"") ==
             problem + "  leave the default away, so that it is zero or NULL there\n");
  BOOST_TEST(withField(":X") ==
             problem + "  make its first enumerant mean NULL: $Facet.nullValue(\"…\")\n");
  BOOST_TEST(withField(":X $Facet.nullValue(\"a\")") == "");
  BOOST_TEST(withField(":Int32 $Facet.nullValue(\"-1\")") == "");
}

BOOST_AUTO_TEST_CASE(what_is_in_the_log_stays) {
  BOOST_TEST(change(kTable, "") ==
             "E: the event was removed\n  leave it in the model: the log has it\n");
  BOOST_TEST(
      change("struct E $Facet.event() { id @0 :Text; n @1 :Int32; }") ==
      "T: the table was removed\n  leave it in the model; a table that nothing writes costs "
      "nothing\n"
      "E.writes: the event does something else to tables: those in the log were done as they were\n"
      "  declare a new event, and let the commands emit that one\n");
  BOOST_TEST(
      change("struct T $Facet.table(key = [\"id\"]) { id @0 :Text; }\n" + kEvent) ==
      "T.n: the field was removed\n  leave it in the struct\n"
      "E.writes: the event does something else to tables: those in the log were done as they were\n"
      "  declare a new event, and let the commands emit that one\n");
  BOOST_TEST(
      change("struct T $Facet.table(key = [\"id\"]) { id @0 :Text; n @1 :Int64; }\n"
             "struct E $Facet.event(writes = [(table = \"T\")]) { id @0 :Text; n @1 :Int64; }") ==
      "T.n: the field's type changed from integer to bigint\n  add a new field at the end\n"
      "E.n: the field's type changed from integer to bigint\n  add a new field at the end\n");
  BOOST_TEST(change("struct T $Facet.table(key = [\"n\"]) { id @0 :Text; n @1 :Int32; }\n" + kEvent)
                 .starts_with("T: the key of the table changed\n  declare a new table, and an "
                              "event that fills it\n"));
}

/// The places of what is incompatible if these declarations become those.
std::string moved(const std::string& older, const std::string& newer) {
  const ModelPtr before = loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(older)}}, nullptr);
  const ModelPtr after =
      loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(newer)}}, before.get());
  std::string out;
  for (const ModelProblem& problem : incompatibilities(*before, *after)) {
    out += (out.empty() ? "" : "\n") + problem.place + ": " + problem.message;
  }
  return out;
}

BOOST_AUTO_TEST_CASE(a_field_may_get_a_name_that_none_had) {
  BOOST_TEST(moved("struct E $Facet.event() { a @0 :Int32; b @1 :Int32; }",
                   "struct E $Facet.event() { a @0 :Int32; c @1 :Int32; }") == "");
  BOOST_TEST(moved("struct E $Facet.event() { g :group { a @0 :Int32; b @1 :Int32; } }",
                   "struct E $Facet.event() { h :group { a @0 :Int32; b @1 :Int32; } }") == "");
}

BOOST_AUTO_TEST_CASE(fields_of_one_type_do_not_change_places) {
  const std::string swapped =
      "b: it stands where the field a was: values of a would be taken for those of b\n";
  const auto places = [](const std::string& head, const std::string& first,
                         const std::string& second) {
    return moved(head + " { " + first + " @0 :Int32; " + second + " @1 :Int32; }",
                 head + " { " + second + " @0 :Int32; " + first + " @1 :Int32; }");
  };
  BOOST_TEST(places("struct E $Facet.event()", "a", "b") ==
             "E." + swapped +
                 "E.a: it stands where the field b was: values of b would be taken for those of a");
}

BOOST_AUTO_TEST_CASE(fields_of_groups_tables_lists_and_commands_do_not_either) {
  const auto swapped = [](const std::string& before, const std::string& after) {
    const std::string problem = moved(before, after);
    BOOST_TEST(problem.find("would be taken for those of") != std::string::npos, problem);
    return problem.substr(0, problem.find(':'));
  };
  BOOST_TEST(swapped("struct E $Facet.event() { g :group { a @0 :Text; b @1 :Text; } }",
                     "struct E $Facet.event() { g :group { b @0 :Text; a @1 :Text; } }") ==
             "E.g.b");
  BOOST_TEST(
      swapped("struct T $Facet.table(key = [\"k\"]) { k @0 :Text; a @1 :Bool; b @2 :Bool; }",
              "struct T $Facet.table(key = [\"k\"]) { k @0 :Text; b @1 :Bool; a @2 :Bool; }") ==
      "T.b");
  const std::string list = "struct E $Facet.event() { l @0 :List(L); }\n";
  BOOST_TEST(swapped(list + "struct L { a @0 :Int64; b @1 :Int64; }",
                     list + "struct L { b @0 :Int64; a @1 :Int64; }") == "E.l.b");
  const std::string command =
      "struct E $Facet.event() { a @0 :Int64; b @1 :Int64; }\nstruct C "
      "$Facet.command(emits = [(event = \"E\")]) ";
  BOOST_TEST(swapped(command + "{ a @0 :Int64; b @1 :Int64; }",
                     command + "{ b @0 :Int64; a @1 :Int64; }") == "C.b");
}

/// What is incompatible if a command's fields change.
std::string changeOfCommand(const std::string& before, const std::string& after) {
  const std::string rest =
      "struct E $Facet.event() { id @0 :Text; }\nstruct C $Facet.command(emits = [(event = "
      "\"E\")]) ";
  const std::string problem =
      moved("enum X { red @0; green @1; } " + rest + before,
            after.find("enum ") == 0
                ? after.substr(0, after.find('}') + 2) + rest + after.substr(after.find('}') + 2)
                : "enum X { red @0; green @1; } " + rest + after);
  return problem.substr(0, problem.find('\n'));
}

BOOST_AUTO_TEST_CASE(what_clients_of_a_command_know_stays) {
  const auto fields = [](const std::string& field) { return "{ id @0 :Text; " + field + " }"; };
  const auto change = [&](const std::string& older, const std::string& newer) {
    return changeOfCommand(fields(older), fields(newer));
  };
  BOOST_TEST(change("n @1 :Int32;", "n @1 :Int32; m @2 :Text;") == "");
  BOOST_TEST(change("n @1 :Int32;", "") == "");
  BOOST_TEST(change("n @1 :Int32;", "count @1 :Int32;") == "");
  BOOST_TEST(change("n @1 :Int32;", "n @1 :Int64;") ==
             "C.n: the field's type changed from integer to bigint");
  BOOST_TEST(change("n @1 :Int64 $Facet.decimal(2);", "n @1 :Int64 $Facet.decimal(4);") ==
             "C.n: the field's type changed from numeric(18,2) to numeric(18,4)");
  BOOST_TEST(change("n @1 :Int16;", "n @1 :UInt8;") ==
             "C.n: the field has another type in Cap'n Proto");
  BOOST_TEST(change("n @1 :List(Int16);", "n @1 :List(UInt8);") ==
             "C.n: the field has another type in Cap'n Proto");
  BOOST_TEST(change("n @1 :Int32 = 5;", "n @1 :Int32 = 6;") == "C.n: the field's default changed");
  BOOST_TEST(change("n @1 :Int32;", "n @1 :Int32 = 6;") == "C.n: the field's default changed");
  BOOST_TEST(change("n @1 :Bool;", "n @1 :Bool = true;") == "C.n: the field's default changed");
  BOOST_TEST(change("n @1 :Text = \"a\";", "n @1 :Text = \"b\";") ==
             "C.n: the field's default changed");
  BOOST_TEST(change("n @1 :Text;", "n @1 :Text = \"b\";") == "C.n: the field's default changed");
  BOOST_TEST(
      change("n @1 :Int32 $Facet.nullValue(\"-1\");", "n @1 :Int32 $Facet.nullValue(\"0\");") ==
      "C.n: the value that means NULL changed");
  BOOST_TEST(change("n @1 :Int32 $Facet.nullValue(\"-1\");", "n @1 :Int32;") ==
             "C.n: the value that means NULL changed");
  BOOST_TEST(change("n @1 :Int32;", "n @1 :Int32 $Facet.nullValue(\"-1\");") == "");
  BOOST_TEST(change("g :group { n @1 :Int32 = 5; }", "g :group { n @1 :Int32 = 6; }") ==
             "C.g.n: the field's default changed");
}

BOOST_AUTO_TEST_CASE(enumerants_of_commands_do_not_change_places) {
  const std::string field = "{ id @0 :Text; x @1 :X; }";
  const auto change = [&](const std::string& enumerants) {
    return changeOfCommand(field, "enum X { " + enumerants + " } " + field);
  };
  BOOST_TEST(change("red @0; green @1; blue @2;") == "");
  BOOST_TEST(change("red @0; lime @1;") == "");
  BOOST_TEST(change("red @0;") == "");
  BOOST_TEST(change("green @0; red @1;") == "C.x: its enumerant @0 was red, and is green");
  BOOST_TEST(change("green @0;") == "C.x: its enumerant @0 was red, and is green");
  BOOST_TEST(change("blue @0; green @1; red @2;") == "C.x: its enumerant @0 was red, and is blue");
}

BOOST_AUTO_TEST_CASE(structs_of_a_commands_lists_keep_their_fields) {
  const auto change = [&](const std::string& older, const std::string& newer) {
    return changeOfCommand("{ id @0 :Text; l @1 :List(L); } struct L { " + older + " }",
                           "{ id @0 :Text; l @1 :List(L); } struct L { " + newer + " }");
  };
  BOOST_TEST(change("a @0 :Int32;", "a @0 :Int32; b @1 :Text;") == "");
  BOOST_TEST(change("a @0 :Int32;", "a @0 :Int32 = 1;") == "C.l.a: the field's default changed");
  BOOST_TEST(change("a @0 :Int32;", "a @0 :Float32;") ==
             "C.l.a: the field's type changed from integer to real");
  BOOST_TEST(change("a @0 :Int32; b @1 :Int32;", "b @0 :Int32; a @1 :Int32;") ==
             "C.l.b: it stands where the field a was: values of a would be taken for those of b");
}

BOOST_AUTO_TEST_CASE(a_known_name_does_not_go_to_a_new_field) {
  BOOST_TEST(moved("struct E $Facet.event() { a @0 :Int32; b @1 :Int32; }",
                   "struct E $Facet.event() { old @0 :Int32; b @1 :Int32; a @2 :Int32; }") ==
             "E.old: it stands where the field a was, and a is another field now");
  BOOST_TEST(moved("struct E $Facet.event() { a @0 :Int32; b @1 :Int32; }",
                   "struct E $Facet.event() { b @0 :Int32; }") ==
             "E.b: it stands where the field a was: values of a would be taken for those of b");
}

BOOST_AUTO_TEST_CASE(events_and_tables_do_not_change_names) {
  const auto events = [](const std::string& first, const std::string& second) {
    return "struct A @0xa000000000000001 $Facet.event(name = \"" + first +
           "\") { n @0 :Int32; }\nstruct B @0xa000000000000002 $Facet.event(name = \"" + second +
           "\") { n @0 :Int32; }";
  };
  BOOST_TEST(moved(events("one", "two"), events("one", "three")) == "");
  BOOST_TEST(moved(events("one", "two"), events("two", "one")) ==
             "one: the name belonged to another event or table\n"
             "two: the name belonged to another event or table");
}

BOOST_AUTO_TEST_CASE(an_event_goes_on_doing_what_it_did) {
  const std::string problem =
      "E.writes: the event does something else to tables: those in the log were done as they were\n"
      "  declare a new event, and let the commands emit that one\n";
  const std::string fields = ") { id @0 :Text; n @1 :Int32; }";
  BOOST_TEST(change(kTable + "struct E $Facet.event(writes = [(table = \"T\", how = upsert)]" +
                    fields) == problem);
  BOOST_TEST(change(kTable +
                    "struct E $Facet.event(writes = [(table = \"T\", set = [(field = \"n\", to = "
                    "\"n + 1\")])]" +
                    fields) == problem);
  BOOST_TEST(change(kTable + "struct E $Facet.event(" + fields) == problem);
}

BOOST_AUTO_TEST_CASE(enumerants_keep_their_names) {
  const auto withEnum = [](const std::string& enumerants) {
    return modelOf("enum X { " + enumerants + " } struct E $Facet.event() { x @0 :X; }");
  };
  const ModelPtr older = withEnum("a @0; b @1;");
  BOOST_TEST(incompatibilities(*older, *withEnum("a @0; b @1; c @2;")).empty());
  BOOST_TEST(incompatibilities(*older, *withEnum("a @0; c @1;")).at(0).message ==
             "enumerants were renamed or removed: the log has their names");
}

/// What is incompatible if the struct of an event's list changes.
std::string changeOfElements(const std::string& older, const std::string& newer) {
  const auto model = [](const std::string& elements, const Model* previous) {
    const std::string event = "struct E $Facet.event() { lines @0 :List(Line); }\n";
    const std::string colors = "enum Color { red @0; green @1; }\nenum One { red @0; }\n";
    return loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(colors + event + elements)}},
                     previous);
  };
  const ModelPtr before = model("struct Line { " + older + " }", nullptr);
  const ModelPtr after = model(newer, before.get());
  std::string out;
  for (const ModelProblem& problem : incompatibilities(*before, *after))
    out += formatProblem(problem) + "\n";
  BOOST_TEST(out.empty() >= sameData(*before, *after));
  return out;
}

BOOST_AUTO_TEST_CASE(the_structs_of_lists_stay_as_they_are) {
  const auto change = [](const std::string& older, const std::string& newer) {
    return changeOfElements(older, "struct Line { " + newer + " }");
  };
  const std::string line = "a @0 :Text; n @1 :Int32;";
  BOOST_TEST(change(line, line) == "");
  BOOST_TEST(change(line, "b @0 :Text; n @1 :Int32;") == "");
  BOOST_TEST(change(line, line + " m @2 :Int32;") ==
             "E.lines: the struct of its elements had 2 fields, and has 3\n"
             "  add a new list at the end, with a struct of its own\n");
  BOOST_TEST(change(line, "a @0 :Text; n @1 :Int64;") ==
             "E.lines.n: the field's type changed from integer to bigint\n"
             "  add a new field at the end\n");
  BOOST_TEST(change("a @0 :Int32 $Facet.nullValue(\"0\");", "a @0 :Int32;") ==
             "E.lines.a: the field can be NULL in the log, and cannot any more\n"
             "  give it back its nullValue\n");
  BOOST_TEST(change("a @0 :Color;", "a @0 :One;") ==
             "E.lines.a: enumerants were renamed or removed: the log has their names\n"
             "  add new ones at the end\n");
  BOOST_TEST(change("a @0 :One;", "a @0 :Color;") == "");
}

BOOST_AUTO_TEST_SUITE_END()
