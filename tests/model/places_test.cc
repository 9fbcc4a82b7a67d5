// Every problem says its line and column, also those that only Cap'n Proto's parser has placed.
#include "model/schema_places.h"
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

/// "7:12 PlaceOrder.check[0]", a line for each problem of one file.
std::string placesOf(const std::string& content) {
  std::string out;
  try {
    loadModel(std::vector<ModelFile>{{"a.capnp", content}});
  } catch (const ModelError& error) {
    for (const ModelProblem& problem : error.problems()) {
      out += (out.empty() ? "" : "\n") + std::to_string(problem.line) + ":" +
             std::to_string(problem.column) + " " + problem.place;
    }
  }
  return out;
}

const std::string kShop = R"(@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";  # struct Orders { total @0 :Text; }
enum Kind { orders @0; total @1; }
struct Orders $Facet.table(key = ["orderId"]) {
  orderId @0 :Text;
  home :group { city @1 :Text; union @2 :Text; }
  kind @3 :Kind;
  total @4 :Int64 $Facet.decimal(2);
}
struct Placed $Facet.event(
    writes = [(table = "Orders", how = insert, set = [
        (field = "total", to = "1.5"),   # "kind"
        (field = "home.union", to = "'a'")])]) {
  orderId @0 :Text; kind @1 :Kind;
}
struct Place $Facet.command(
    emits = [(event = "Placed")],
    check = [(that = "order_id <> ''", otherwise = "an id is needed, \"any\" id"),
             (that = "kind <> 'é' and length(order_id) > 3")]) { orderId @0 :Text; kind @1 :Kind; }
)";

std::string shopWith(const std::string& from, const std::string& to) {
  std::string text = kShop;
  const size_t at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(structs_and_fields) {
  BOOST_TEST(placesOf(shopWith("struct Orders $", "struct  Order $"))
                 .starts_with("4:9 Order\n"));  // a reserved word
  BOOST_TEST(placesOf(shopWith("total @4 :Int64", "total @4 :Int32")) == "8:3 Orders.total");
  BOOST_TEST(placesOf(shopWith("union @2 :Text", "list @2 :AnyPointer"))
                 .starts_with("6:32 Orders.home.list"));
  BOOST_TEST(
      placesOf(shopWith("\"orderId\"]", "\"kind\", \"id\"]")).starts_with("4:43 Orders.key[1]"));
}

BOOST_AUTO_TEST_CASE(parts_of_annotations) {
  BOOST_TEST(placesOf(shopWith("\"home.union\"", "\"home.onion\"")) ==
             "13:9 Placed.writes[0].set[1]");
  BOOST_TEST(placesOf(shopWith("event = \"Placed\"", "event = \"Plaiced\"")) ==
             "17:14 Place.emits[0]");
}

BOOST_AUTO_TEST_CASE(columns_of_expressions) {
  BOOST_TEST(placesOf(shopWith("to = \"'a'\"", "to = \"'a' || x\"")) ==
             "13:45 Placed.writes[0].set[1]");
  BOOST_TEST(placesOf(shopWith("order_id <> ''", "ident <> ''")) == "18:23 Place.check[0]");
  BOOST_TEST(placesOf(kShop) == "");
  BOOST_TEST(placesOf(shopWith("length(order_id)", "length(ident)")) ==
             "19:46 Place.check[1]");  // in characters, not bytes
  // With escapes in the text, the place is where the text begins.
  BOOST_TEST(placesOf(shopWith("kind <> 'é' and length(order", "kind <> '\\\"' and length(ordr")) ==
             "19:22 Place.check[1]");
}

BOOST_AUTO_TEST_CASE(what_a_broken_table_entails_is_not_said_again) {
  const std::string model = shopWith("length(order_id)", "length(orders.order_id)");
  BOOST_TEST(placesOf(model) == "");
  std::string broken = model;
  broken.replace(broken.find("decimal(2)"), 10, "decimal(99)");
  BOOST_TEST(placesOf(broken) == "8:3 Orders.total");
}

BOOST_AUTO_TEST_CASE(any_text_is_gone_through) {
  for (const char* text : {"", "\"", "struct", "struct X $", "struct X $A.b(", "struct X {", "}}}",
                           "struct X $A.b(c = [(d = \"", "struct X { a @", "[ } (", "#",
                           "struct X $A.b(c = [,;)]} {", "struct X { y :group {"}) {
    BOOST_TEST(SchemaPlaces(text).find("Y").first == 0);
    BOOST_TEST(SchemaPlaces(text).findInExpression("Y", 1, 5).first == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(advice_about_schemas)

BOOST_AUTO_TEST_CASE(an_annotation_without_its_parentheses) {
  BOOST_TEST(problemsOf("struct E $Facet.event { a @0 :Text; }") ==
             "a.capnp:3:11: 'Facet.event' requires a value.\n"
             "  write it with parentheses: $Facet.event()");
}

BOOST_AUTO_TEST_CASE(names_that_are_not_there) {
  BOOST_TEST(problemsOf("struct E $Facet.event() { a @0 :Int64 $Facet.decimel(2); }") ==
             "a.capnp:3:46: 'Facet' has no member named 'decimel'\n  did you mean \"decimal\"?");
  BOOST_TEST(problemsOf("struct E $Facet.event() { a @0 :String; b @1 :String; }") ==
             "a.capnp:3:33: Not defined: String\n  text is Text");
  BOOST_TEST(problemsOf("struct E $Facet.event(writes = [(table = \"T\", how = remove)]) { a @0 "
                        ":Text; }")
                 .find("Not defined: remove\n  if it says how a row is written: how = delete") !=
             std::string::npos);
  BOOST_TEST(problemsOf("struct E $Facet.event() { a @0 :Text }") ==
             "a.capnp:3:38: Parse error.\n"
             "  look before this place: is a semicolon, a bracket or a quote missing?");
}

BOOST_AUTO_TEST_SUITE_END()
