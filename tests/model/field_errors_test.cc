// Fields that cannot be columns, word for word.
#include "tests/model/vocabulary.h"

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

}  // namespace

BOOST_AUTO_TEST_SUITE(field_errors)

BOOST_AUTO_TEST_CASE(every_supported_type_has_its_type_in_sql) {
  const ModelPtr model = modelOf(R"(
    enum Color { red @0; green @1; }
    struct E $Facet.event() {
      aa @0 :Bool; bb @1 :Int8; cc @2 :Int16; dd @3 :Int32; ee @4 :Int64; 
      ff @5 :UInt8; gg @6 :UInt16; hh @7 :UInt32;
      ii @8 :UInt64; jj @9 :Float32; kk @10 :Float64; ll @11 :Text; mm @12 :Data; nn @13 :Color;
      oo @14 :List(Int32); pp @15 :List(Text); 
      qq @16 :Int32 $Facet.date; rr @17 :Int64 $Facet.timestamp;
      ss @18 :Int64 $Facet.decimal(2); tt @19 :List(UInt64); uu @20 :List(Color);
    })");
  std::string types;
  for (const Field& field : model->events().at(0).fields) types += typeName(field.type) + ", ";
  BOOST_TEST(
      types ==
      "boolean, smallint, smallint, integer, bigint, smallint, integer, bigint, numeric(18,0), "
      "real, "
      "double precision, text, bytea, text, integer[], text[], date, timestamp without time zone, "
      "numeric(18,2), numeric(18,0)[], text[], ");
  const std::vector<std::string> colors = {"red", "green"};
  BOOST_TEST(fieldOf(model->events().at(0).fields, "nn").enumerants == colors,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(types_without_values_in_sql_are_refused) {
  BOOST_TEST(fieldProblem("x @0 :Void;") ==
             "x: a Void field has no value\n  leave it away, or use Bool");
  BOOST_TEST(
      fieldProblem("x @0 :AnyPointer;") ==
      "x: fields of type AnyPointer are not supported\n  use Data, or a field for each type");
  BOOST_TEST(fieldProblem("x @0 :I;", "interface I {}") ==
             "x: a capability cannot be stored\n  store a name of what it stands for");
  BOOST_TEST(fieldProblem("x @0 :List(List(Text));") ==
             "x: lists of this type are not supported\n  use a list of numbers, booleans, enums, "
             "Text, Data or structs");
}

BOOST_AUTO_TEST_CASE(what_a_list_of_structs_cannot_have_is_named_with_its_place) {
  const std::string inner =
      ": a list within the struct of a list is not supported yet\n"
      "  make the elements an event or a table of their own, or the inner list a Text";
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S { a @0 :Text; t @1 :List(Text); }") ==
             "x.t" + inner);
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S { g :group { t @0 :List(S); } }") ==
             "x.g.t" + inner);
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S {}") ==
             "x: the struct of its elements has no fields\n  give it one");
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S { a @0 :Void; b @1 :Text; }") ==
             "x.a: a Void field has no value\n  leave it away, or use Bool");
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S { a @0 :Int64 $Facet.date; }") ==
             "x.a: $date is for Int32 fields\n  declare it as Int32: days since 1970-01-01");
  BOOST_TEST(
      fieldProblem("x @0 :List(S);", "struct S { union { a @0 :Text; b @1 :Text; } }") ==
      "x: unions are not supported\n  a value that can be NULL is a union with a name, of a Void "
      "and one field that is no struct; else use plain fields, one for each member, and one that "
      "says which of them counts");
  BOOST_TEST(fieldProblem("x @0 :List(S) $Facet.date;", "struct S { a @0 :Text; }") ==
             "x: facet's annotations are not for structs\n  annotate the fields inside");
  BOOST_TEST(fieldProblem("x @0 :List(S);", "struct S { aB @0 :Text; a :group { b @1 :Text; } }") ==
             "x.a.b: it has the same name in SQL as aB: a_b\n  rename one of them");
  BOOST_TEST(fieldProblem("x @0 :List(S);",
                          "struct S { a @0 :Int8 $Facet.nullValue(\"0\"); "
                          "aIsNull @1 :Bool; }") ==
             "x: two fields of its elements' struct have the same name in the schema for clients, "
             "because of \"a_is_null\"\n  rename one of them");
}

BOOST_AUTO_TEST_CASE(the_types_of_lists_have_names_of_their_own) {
  const std::string list = "x @0 :List(S); ";
  const std::string s = "struct S { a @0 :Text; }\n";
  BOOST_TEST(fieldProblem(list, s) == "");
  BOOST_TEST(fieldProblem(list, s + "struct SStruct $Facet.event() { b @0 :Text; }") ==
             "x: the struct of its elements has the same name in SQL as SStruct: s_struct\n"
             "  declare a struct of its own for the elements of the list");
  BOOST_TEST(
      fieldProblem("x @0 :List(ABc); y @1 :List(A.Bc);",
                   "struct ABc { a @0 :Text; }\nstruct A { struct Bc { b @0 :Text; } }") ==
      "y: the structs of two lists have the same name in SQL: a_bc_struct\n  rename one of them");
  BOOST_TEST(fieldProblem("x @0 :List(Any);", "struct Any { a @0 :Text; }") ==
             "x: the struct of its elements would hide Cap'n Proto's type AnyStruct\n"
             "  rename the struct");
  const std::string event = "struct E $Facet.event() { x @0 :List(S); }\n" + s;
  BOOST_TEST(
      problemsOf(event, "CREATE MATERIALIZED VIEW s_struct AS SELECT x FROM e;")
          .starts_with("views.sql:1:1: view \"s_struct\" has the name of a type: that of the "
                       "elements of a list\n  give it another name"));
}

BOOST_AUTO_TEST_CASE(the_structs_of_lists_have_as_many_fields_together_as_a_table) {
  std::string wide = "struct S {";
  for (int i = 0; i < 801; ++i)
    wide += " f" + std::to_string(i) + " @" + std::to_string(i) + " :Bool;";
  wide += " }";
  BOOST_TEST(fieldProblem("x @0 :List(S);", wide) == "");
  BOOST_TEST(fieldProblem("x @0 :List(S); y @1 :List(S); z @2 :List(S);", wide) ==
             "y: the structs of lists have more than 1600 fields");
}

BOOST_AUTO_TEST_CASE(unions_and_recursion_are_refused) {
  const std::string advice =
      "\n  a value that can be NULL is a union with a name, of a Void and one field that is no "
      "struct; else use plain fields, one for each member, and one that says which of them counts";
  BOOST_TEST(fieldProblem("u :union { a @0 :Text; b @1 :Text; }") ==
             "u: unions are not supported" + advice);
  BOOST_TEST(fieldProblem("union { a @0 :Text; b @1 :Text; }") ==
             "a.capnp: E: unions are not supported" + advice);
  BOOST_TEST(fieldProblem("s @0 :S;", "struct S { union { a @0 :Text; b @1 :Text; } }") ==
             "s: unions are not supported" + advice);
  const std::string itself =
      ": the struct contains itself\n  make the inner one a table of its own, named by its key";
  BOOST_TEST(fieldProblem("e @0 :E;") == "e" + itself);
  BOOST_TEST(fieldProblem("s @0 :S;", "struct S { t @0 :T; } struct T { s @0 :S; }") ==
             "s.t.s" + itself);
}

BOOST_AUTO_TEST_CASE(annotations_belong_on_their_type) {
  BOOST_TEST(fieldProblem("x @0 :Text $Facet.date;") ==
             "x: $date is for Int32 fields\n  declare it as Int32: days since 1970-01-01");
  BOOST_TEST(fieldProblem("x @0 :Int32 $Facet.timestamp;") ==
             "x: $timestamp is for Int64 fields\n  declare it as Int64: microseconds since "
             "1970-01-01 00:00 UTC");
  BOOST_TEST(fieldProblem("x @0 :Float64 $Facet.decimal(2);") ==
             "x: $decimal is for Int64 fields\n  declare it as Int64, in units of 10^-2");
  BOOST_TEST(fieldProblem("x @0 :Int64 $Facet.decimal(19);") ==
             "x: $decimal(19) has too many digits for an Int64\n  use at most $decimal(18)");
  BOOST_TEST(fieldProblem("x @0 :Int64 $Facet.decimal(2) $Facet.timestamp;") ==
             "x: only one of $date, $timestamp and $decimal can be given");
  BOOST_TEST(fieldProblem("x @0 :S $Facet.date;", "struct S { a @0 :Int32; }") ==
             "x: facet's annotations are not for structs\n  annotate the fields inside");
}

BOOST_AUTO_TEST_CASE(a_null_value_is_a_value_of_the_field) {
  BOOST_TEST(fieldProblem("x @0 :Int32 $Facet.nullValue(\"none\");") ==
             "x: $nullValue(\"none\") is no value of the field, which is integer");
  BOOST_TEST(fieldProblem("x @0 :UInt8 $Facet.nullValue(\"-1\");") ==
             "x: $nullValue(\"-1\") is no value of the field, which is smallint");
  BOOST_TEST(fieldProblem("x @0 :C $Facet.nullValue(\"blue\");", "enum C { red @0; }") ==
             "x: $nullValue(\"blue\") is no value of the field, which is an enum");
  BOOST_TEST(fieldProblem("x @0 :List(Text) $Facet.nullValue(\"\");") ==
             "x: $nullValue is not for lists\n  an absent list is NULL already");
  BOOST_TEST(
      fieldProblem("a @0 :Int32 $Facet.date $Facet.nullValue(\"1970-01-01\"); b @1 :C "
                   "$Facet.nullValue(\"red\");"
                   "c @2 :Int64 $Facet.decimal(2) $Facet.nullValue(\"-0.01\"); d @3 :UInt8 "
                   "$Facet.nullValue(\"255\");"
                   "e @4 :Float64 $Facet.nullValue(\"NaN\"); f @5 :Text $Facet.nullValue(\"\");",
                   "enum C { red @0; }") == "");
}

BOOST_AUTO_TEST_CASE(defaults_of_structs_and_lists_are_refused) {
  BOOST_TEST(fieldProblem("x @0 :S = (a = 1);", "struct S { a @0 :Int32; }") ==
             "x: default values of structs are not supported\n  give its fields defaults instead");
  BOOST_TEST(fieldProblem("x @0 :List(Int32) = [1];") ==
             "x: default values of lists are not supported\n  leave the default away");
}

BOOST_AUTO_TEST_CASE(names_of_columns_are_checked) {
  BOOST_TEST(fieldProblem("user @0 :Text;") ==
             "user: its name in SQL, user, is a reserved word in SQL\n  rename the field");
  BOOST_TEST(fieldProblem("homeCity @0 :Text; home @1 :S;", "struct S { city @0 :Text; }") ==
             "home.city: it has the same name in SQL as homeCity: home_city\n  rename one of them");
  BOOST_TEST(fieldProblem("ctid @0 :Text;") ==
             "ctid: its name in SQL, ctid, is the name of one of PostgreSQL's system columns\n  "
             "rename the field");
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_refused) {
  std::string fields;
  for (int i = 0; i <= 1600; ++i)
    fields += "f" + std::to_string(i) + " @" + std::to_string(i) + " :Bool;\n";
  BOOST_TEST(problemsOf("struct E $Facet.event() {" + fields + "}") ==
             "a.capnp: E: it has 1601 fields, more than 1600");
  std::string structs;
  for (int i = 0; i <= 32; ++i)
    structs += "f" + std::to_string(i) + " @" + std::to_string(i) + " :S;\n";
  BOOST_TEST(fieldProblem(structs, "struct S { a @0 :Bool; }") ==
             "f32: more than 32 fields are structs");
}

BOOST_AUTO_TEST_SUITE_END()
