// What is wrong with tables, events and their writes, word for word.
#include "tests/model/vocabulary.h"

using namespace facet::test;

namespace {

const std::string kTable =
    "struct T $Facet.table(key = [\"id\"]) { id @0 :Text; total @1 :Int64; note @2 :Text; }\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(struct_errors)

BOOST_AUTO_TEST_CASE(a_table_needs_a_key) {
  BOOST_TEST(problemsOf("struct T $Facet.table() { id @0 :Text; }") ==
             "a.capnp: T: the table has no key\n  name the fields of its key: $Facet.table(key = "
             "[\"…\"])");
  BOOST_TEST(problemsOf("struct T $Facet.table(key = [\"ident\"]) { idend @0 :Text; }") ==
             "a.capnp: T.key[0]: there is no field \"ident\"\n  did you mean \"idend\"?");
  BOOST_TEST(problemsOf("struct T $Facet.table(key = [\"a\", \"a\"]) { a @0 :Text; }") ==
             "a.capnp: T.key[1]: field \"a\" is in the key already");
  BOOST_TEST(problemsOf("struct T $Facet.table(key = [\"a\"]) { a @0 :List(Text); }") ==
             "a.capnp: T.key[0]: a list cannot be in a key\n  use a Text or a number");
}

BOOST_AUTO_TEST_CASE(a_table_is_nothing_else) {
  BOOST_TEST(problemsOf("struct T $Facet.table(key = [\"a\"]) $Facet.event() { a @0 :Text; }")
                 .starts_with("a.capnp: T: a table cannot be an event or a command too\n  declare "
                              "another struct with the same fields"));
  BOOST_TEST(problemsOf("struct G(X) $Facet.event() { a @0 :Text; }") ==
             "a.capnp: G: generic structs are not supported\n  declare it without type parameters");
}

BOOST_AUTO_TEST_CASE(names_that_sql_reserves_are_refused) {
  BOOST_TEST(problemsOf("struct Order $Facet.event() { a @0 :Text; }") ==
             "a.capnp: Order: its name in SQL, order, is a reserved word in SQL\n"
             "  rename the struct, or give it another name in SQL: name = \"…\"");
  BOOST_TEST(problemsOf("struct Order $Facet.event(name = \"orders\") { a @0 :Text; }") == "");
  BOOST_TEST(problemsOf("struct Order $Facet.event(name = \"Bad Name\") { a @0 :Text; }") ==
             "a.capnp: Order: its name in SQL, Bad Name, does not begin with a small letter\n"
             "  rename the struct, or give it another name in SQL: name = \"…\"");
  BOOST_TEST(
      problemsOf("struct Grant $Facet.command() { a @0 :Text; }") ==
      "a.capnp: Grant: its name in SQL, grant, is a reserved word in SQL\n  rename the struct");
}

BOOST_AUTO_TEST_CASE(names_that_collide_are_refused) {
  BOOST_TEST(problemsOf("struct AB $Facet.event(name = \"x\") { a @0 :Text; }\n"
                        "struct X $Facet.table(key = [\"a\"]) { a @0 :Text; }") ==
             "a.capnp: X: it has the same name in SQL as AB of a.capnp: x\n"
             "  rename one of them, or give it another name in SQL: name = \"…\"");
  BOOST_TEST(problemsOf({{"a.capnp", capnpFile("struct C $Facet.command() { a @0 :Text; }")},
                         {"b.capnp",
                          "@0xd2a49c31e07b6f16; using Facet = import \"/facet/model.capnp\";"
                          "struct C $Facet.command() { a @0 :Text; }"}}) ==
             "b.capnp: C: a.capnp has a command of the same name\n  rename one of them");
}

BOOST_AUTO_TEST_CASE(an_event_writes_tables_that_are_there) {
  BOOST_TEST(
      problemsOf(kTable + "struct E $Facet.event(writes = [(table = \"TT\")]) { id @0 :Text; }") ==
      "a.capnp: E.writes[0]: there is no table \"TT\"\n  did you mean \"T\"?");
}

BOOST_AUTO_TEST_CASE(a_write_fills_the_key_and_what_cannot_be_null) {
  BOOST_TEST(
      problemsOf(kTable + "struct E $Facet.event(writes = [(table = \"T\")]) { x @0 :Text; }") ==
      "a.capnp: E.writes[0]: nothing fills field \"id\" of T, which is in its key\n"
      "  add the field to E, or set = [(field = \"id\", to = \"…\")]\n"
      "a.capnp: E.writes[0]: nothing fills field \"total\" of T, which cannot be NULL\n"
      "  add the field to E, or set = [(field = \"total\", to = \"…\")]");
  BOOST_TEST(
      problemsOf(
          kTable +
          "struct E $Facet.event(writes = [(table = \"T\", how = update)]) { id @0 :Text; }") ==
      "");
  BOOST_TEST(
      problemsOf(
          kTable +
          "struct E $Facet.event(writes = [(table = \"T\", how = delete)]) { id @0 :Text; }") ==
      "");
  BOOST_TEST(
      problemsOf(
          kTable +
          "struct E $Facet.event(writes = [(table = \"T\", how = delete)]) { x @0 :Text; }") ==
      "a.capnp: E.writes[0]: nothing fills field \"id\" of T, which is in its key\n"
      "  add the field to E, or set = [(field = \"id\", to = \"…\")]");
}

BOOST_AUTO_TEST_CASE(a_write_passes_values_of_the_same_type) {
  BOOST_TEST(
      problemsOf(
          kTable +
          "struct E $Facet.event(writes = [(table = \"T\")]) { id @0 :Text; total @1 :Int32; }") ==
      "a.capnp: E.writes[0]: field \"total\" is integer in E, and bigint in T\n"
      "  convert it: set = [(field = \"total\", to = \"total\")]");
  BOOST_TEST(
      problemsOf(kTable +
                 "struct E $Facet.event(writes = [(table = \"T\", set = [(field = \"total\", to = "
                 "\"total\")])]) { id @0 :Text; total @1 :Int32; }") == "");
  BOOST_TEST(
      problemsOf(kTable + "struct E $Facet.event(writes = [(table = \"T\")]) {"
                          " id @0 :Text; total @1 :Int64 $Facet.nullValue(\"-1\"); }") ==
      "a.capnp: E.writes[0]: field \"total\" can be NULL in E, and cannot in T\n"
      "  say what stands for NULL: set = [(field = \"total\", to = \"coalesce(total, …)\")]");
}

BOOST_AUTO_TEST_CASE(set_names_fields_once) {
  const std::string event = "struct E $Facet.event(writes = [(table = \"T\", how = ";
  const std::string fields = ")]) { id @0 :Text; total @1 :Int64; }";
  BOOST_TEST(
      problemsOf(kTable + event + "upsert, set = [(field = \"nota\", to = \"'x'\")]" + fields) ==
      "a.capnp: E.writes[0].set[0]: T has no field \"nota\"\n  did you mean \"note\"?");
  BOOST_TEST(
      problemsOf(
          kTable + event +
          "upsert, set = [(field = \"note\", to = \"'x'\"), (field = \"note\", to = \"'y'\")]" +
          fields) == "a.capnp: E.writes[0].set[1]: field \"note\" is set already");
  BOOST_TEST(problemsOf(kTable + event + "upsert, set = [(field = \"note\")]" + fields) ==
             "a.capnp: E.writes[0].set[0]: it has no expression\n  to = \"…\"");
  BOOST_TEST(
      problemsOf(kTable + event + "delete, set = [(field = \"note\", to = \"'x'\")]" + fields) ==
      "a.capnp: E.writes[0].set[0]: field \"note\" is not written by a delete\n  set only fields "
      "of the key");
}

BOOST_AUTO_TEST_CASE(a_write_sees_the_event_and_the_tables_row) {
  const std::string event =
      "struct E $Facet.event(writes = [(table = \"T\", how = upsert, set = [(field = \"total\", to "
      "= \"";
  const std::string fields = "\")])]) { id @0 :Text; amount @1 :Int64; }";
  BOOST_TEST(problemsOf(kTable + event + "coalesce(t.total, 0) + amount" + fields) == "");
  BOOST_TEST(
      problemsOf(kTable + event + "_position" + fields) ==
      "a.capnp: E.writes[0].set[0]: _position and _time are not known when a table is written\n"
      "  give the event a field of its own for it");
  BOOST_TEST(
      problemsOf(kTable + event + "amout" + fields) ==
      "a.capnp: E.writes[0].set[0]: column \"amout\" does not exist\n  did you mean \"amount\"?");
}

BOOST_AUTO_TEST_CASE(what_names_a_struct_in_error_says_no_more_about_it) {
  BOOST_TEST(problemsOf("struct T $Facet.table(key = [\"id\"]) { id @0 :Text; x @1 :Void; }\n"
                        "struct E $Facet.event(writes = [(table = \"T\")]) { y @0 :Text; }",
                        "CREATE MATERIALIZED VIEW v AS SELECT x FROM t;") ==
             "a.capnp: T.x: a Void field has no value\n  leave it away, or use Bool");
}

BOOST_AUTO_TEST_CASE(all_problems_are_reported_at_once_in_order) {
  BOOST_TEST(problemsOf({{"b.capnp", capnpFile("struct Order $Facet.event() { a @0 :Text; }")},
                         {"a.capnp",
                          "@0xd2a49c31e07b6f16; using Facet = import \"/facet/model.capnp\";"
                          "struct T $Facet.table() { a @0 :Void; b @1 :AnyPointer; }"}}) ==
             "a.capnp: T: the table has no key\n  name the fields of its key: $Facet.table(key = "
             "[\"…\"])\n"
             "a.capnp: T.a: a Void field has no value\n  leave it away, or use Bool\n"
             "a.capnp: T.b: fields of type AnyPointer are not supported\n  use Data, or a field "
             "for each type\n"
             "b.capnp: Order: its name in SQL, order, is a reserved word in SQL\n"
             "  rename the struct, or give it another name in SQL: name = \"…\"");
}

BOOST_AUTO_TEST_CASE(lists_of_different_structs_are_of_different_types) {
  const std::string tables = R"(
    struct A { x @0 :Text; }
    struct B { x @0 :Text; }
    struct Carts $Facet.table(key = ["id"]) { id @0 :Text; lines @1 :List(A); }
    struct Filled $Facet.event(writes = [(table = "Carts", how = upsert)]) {
      id @0 :Text; lines @1 :List(A);
    }
    )";
  const auto fill = [&](const std::string& fields, const std::string& set) {
    return problemsOf(tables + "struct Fill $Facet.command(emits = [(event = \"Filled\"" + set +
                      ")]) { id @0 :Text; " + fields + " }");
  };
  BOOST_TEST(fill("lines @1 :List(A);", "") == "");
  BOOST_TEST(fill("", ", set = [(field = \"lines\", to = \"carts.lines\")]") == "");
  BOOST_TEST(fill("other @1 :List(A);",
                  ", set = [(field = \"lines\", to = \"coalesce(other, carts.lines)\")]") == "");
  BOOST_TEST(fill("lines @1 :List(B);", "") ==
             "a.capnp: Fill.emits[0]: field \"lines\" is b_struct[] in Fill, and a_struct[] in "
             "Filled\n  convert it: set = [(field = \"lines\", to = \"lines\")]");
  BOOST_TEST(fill("other @1 :List(B);",
                  ", set = [(field = \"lines\", to = \"coalesce(other, carts.lines)\")]") ==
             "a.capnp: Fill.emits[0].set[0]: COALESCE types b_struct[] and a_struct[] cannot be "
             "matched");
  BOOST_TEST(
      problemsOf(tables + "struct T $Facet.table(key = [\"lines\"]) { lines @0 :List(A); }") ==
      "a.capnp: T.key[0]: a list cannot be in a key\n  use a Text or a number");
}

BOOST_AUTO_TEST_SUITE_END()
