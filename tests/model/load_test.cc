// What a model is, once loaded.
#include <algorithm>

#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

uint32_t columnOf(const std::vector<Field>& fields, const std::string& name) {
  return static_cast<uint32_t>(&fieldOf(fields, name) - fields.data());
}

const EventType& eventOf(const Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.events(), name, &EventType::name);
  BOOST_REQUIRE(found != model.events().end());
  return *found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(the_contracts_model_loads) {
  const ModelPtr model = shop();
  BOOST_TEST(model->events().size() == 2U);
  BOOST_TEST(model->tables().size() == 2U);
  BOOST_TEST(model->commands().size() == 2U);
  BOOST_TEST(model->views().size() == 1U);
  BOOST_TEST(model->findTable("customers")->name == "Customers");
  BOOST_TEST(model->findRelation("order_placed")->columns[2].name == "placed_on");
  BOOST_TEST((model->findCommand("PlaceOrder") != nullptr));
  BOOST_TEST((model->findCommand("Nothing") == nullptr));
  BOOST_TEST((model->findView("orders") == nullptr));
  BOOST_TEST(model->relationNames().size() == 5U);
}

BOOST_AUTO_TEST_CASE(fields_have_the_types_of_their_annotations) {
  const ModelPtr model = shop();
  const EventType& event = eventOf(*model, "OrderPlaced");
  BOOST_TEST(typeName(fieldOf(event.fields, "placed_on").type) == "date");
  BOOST_TEST((fieldOf(event.fields, "total").type == Type::decimal(4)));
  BOOST_TEST(fieldOf(event.fields, "region").nullable);
  BOOST_TEST(!fieldOf(event.fields, "total").nullable);
}

BOOST_AUTO_TEST_CASE(a_command_passes_fields_by_name_and_sets_others) {
  const ModelPtr model = shop();
  const CommandType& command = *model->findCommand("PlaceOrder");
  BOOST_REQUIRE(command.lookups.size() == 1);
  BOOST_TEST(command.lookups[0].required);
  BOOST_TEST(command.lookups[0].field == "customerId");
  BOOST_TEST(command.lookups[0].keyFields[0] == 1U);
  BOOST_REQUIRE(command.rules.size() == 1);
  BOOST_TEST(!command.rules[0].needsTables);
  const EventType& event = eventOf(*model, "OrderPlaced");
  const CommandEmit& emit = command.emits.at(0);
  BOOST_TEST(emit.event == event.relation.index);
  BOOST_TEST(emit.needsTables);
  BOOST_TEST(!emit.same);
  BOOST_TEST(emit.fields[columnOf(event.fields, "total")].column ==
             columnOf(command.fields, "total"));
  const FieldSource& region = emit.fields[columnOf(event.fields, "region")];
  BOOST_TEST(region.needsTables);
  BOOST_TEST(region.expr->relation == 1U);
}

BOOST_AUTO_TEST_CASE(a_rule_over_a_table_needs_its_row) {
  const ModelPtr model = shop();
  const CommandType& command = *model->findCommand("CancelOrder");
  BOOST_TEST(command.rules.at(0).needsTables);
  BOOST_TEST(command.rules.at(0).otherwise == "only a placed order can be cancelled");
  BOOST_TEST(command.emits.at(0).same);
}

BOOST_AUTO_TEST_CASE(an_event_writes_tables_as_it_says) {
  const ModelPtr model = shop();
  const TableType& orders = *model->findTable("orders");
  const TableWrite& insert = eventOf(*model, "OrderPlaced").writes.at(0);
  BOOST_TEST((insert.how == TableWrite::How::insert));
  BOOST_TEST(insert.table == orders.relation.index);
  BOOST_TEST((insert.columns[columnOf(orders.fields, "status")].expr != nullptr));
  BOOST_TEST(insert.columns[columnOf(orders.fields, "total")].column == 3U);
  const TableWrite& update = eventOf(*model, "OrderCancelled").writes.at(0);
  BOOST_TEST((update.how == TableWrite::How::update));
  BOOST_TEST(update.columns[columnOf(orders.fields, "total")].column == FieldSource::kNone);
}

BOOST_AUTO_TEST_CASE(a_tables_row_is_a_key_and_the_rest) {
  const ModelPtr model = modelOf(
      "struct T $Facet.table(key = [\"b\", \"a\"]) { a @0 :Text; x @1 :Int32; b @2 :Int64; y @3 "
      ":Bool; }");
  const TableType& table = model->tables().at(0);
  BOOST_TEST(table.keyLayout.size() == 2U);
  BOOST_TEST((table.keyLayout.type(0).kind == Kind::int64));
  BOOST_TEST(table.restLayout.size() == 2U);
  BOOST_TEST(table.places[0].inKey);
  BOOST_TEST(table.places[0].index == 1U);
  BOOST_TEST(!table.places[3].inKey);
  BOOST_TEST(table.places[3].index == 1U);
  BOOST_TEST(!table.fields[0].nullable);
}

BOOST_AUTO_TEST_CASE(a_struct_can_be_a_command_and_its_own_event) {
  const ModelPtr model = modelOf(
      "struct Bid $Facet.event() $Facet.command(emits = [(event = \"Bid\")]) { item @0 :Text; "
      "price @1 :Int64; }");
  BOOST_TEST(model->commands().at(0).emits.at(0).same);
}

BOOST_AUTO_TEST_CASE(a_table_is_found_by_its_key_among_the_commands_fields) {
  const ModelPtr model = modelOf(R"(
    struct Accounts $Facet.table(key = ["account"]) { account @0 :Text; balance @1 :Int64; }
    struct Paid $Facet.event() { account @0 :Text; amount @1 :Int64; }
    struct Pay $Facet.command(emits = [(event = "Paid", when = "accounts.balance > 0")]) {
      account @0 :Text; amount @1 :Int64; })");
  const CommandType& pay = model->commands().at(0);
  BOOST_REQUIRE(pay.lookups.size() == 1);
  BOOST_TEST(!pay.lookups[0].required);
  BOOST_TEST(pay.emits.at(0).needsTables);
}

BOOST_AUTO_TEST_CASE(a_table_that_no_expression_looks_at_is_not_looked_up) {
  const ModelPtr model = modelOf(R"(
    struct Accounts $Facet.table(key = ["account"]) { account @0 :Text; }
    struct Paid $Facet.event() { account @0 :Text; note @1 :Text; }
    struct Pay $Facet.command(
        emits = [(event = "Paid", set = [(field = "note", to = "'accounts'")])]) {
      account @0 :Text; })");
  BOOST_TEST(model->commands().at(0).lookups.empty());
}

BOOST_AUTO_TEST_CASE(references_to_composite_keys_name_several_fields) {
  const ModelPtr model = modelOf(R"(
    struct Lines $Facet.table(key = ["sale", "line"]) { line @0 :Int32; sale @1 :Text; }
    struct Drop $Facet.command(references = [(field = "of, number", table = "Lines")]) {
      number @0 :Int32; of @1 :Text; })");
  const std::vector<uint32_t> fields = {1, 0};
  BOOST_TEST(model->commands().at(0).lookups.at(0).keyFields == fields,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(groups_and_structs_are_flattened_in_order_of_ordinals) {
  const ModelPtr model = modelOf(R"(
    struct Address { city @0 :Text; zip @1 :Int32 = 7; }
    struct E $Facet.event() {
      place :group { x @0 :Int32; y @3 :Int32; }
      home @1 :Address;
      last @2 :Text;
    })");
  const auto& fields = model->events().at(0).fields;
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  const std::vector<std::string> expected = {"place_x", "home_city", "home_zip", "last", "place_y"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  BOOST_TEST(fields[1].field == "home.city");
}

BOOST_AUTO_TEST_CASE(indexes_of_a_previous_model_are_kept) {
  const ModelPtr before =
      modelOf("struct B $Facet.event() { x @0 :Int32; } struct C $Facet.event() { x @0 :Int32; }");
  std::string more;
  for (char c = 'A'; c <= 'Z'; ++c)
    more += std::string("struct ") + c + " $Facet.event() { x @0 :Int32; }\n";
  const std::vector<ModelFile> files = {{"a.capnp", capnpFile(more)}};
  const ModelPtr after = loadModel(files, before.get());
  BOOST_TEST(after->events().size() == 26U);
  for (size_t i = 0; i < before->events().size(); ++i) {
    BOOST_TEST(after->events()[i].name == before->events()[i].name);
    BOOST_TEST(after->events()[i].relation.index == i);
  }
  BOOST_TEST(std::is_sorted(after->events().begin() + 2, after->events().end(),
                            [](const auto& a, const auto& b) { return a.typeId < b.typeId; }));
}

BOOST_AUTO_TEST_CASE(the_hash_is_that_of_names_and_contents) {
  std::vector<ModelFile> files = shopFiles();
  const ModelPtr a = loadModel(files);
  std::ranges::reverse(files);
  BOOST_TEST((loadModel(files)->hash() == a->hash()));
  files[0].content += "\n";
  BOOST_TEST((loadModel(files)->hash() != a->hash()));
}

BOOST_AUTO_TEST_CASE(a_views_key_is_its_unique_index) {
  const ModelPtr model = shop();
  const ViewType& view = model->views().at(0);
  BOOST_TEST(view.structName == "OrdersByRegion");
  BOOST_TEST(view.hasKey);
  BOOST_TEST(view.uniqueIndex);
  BOOST_TEST(view.key == std::vector<uint32_t>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_an_index_the_key_is_what_the_view_is_grouped_by) {
  const ModelPtr model = modelOf(shopAnd(""), R"(
    CREATE MATERIALIZED VIEW grouped AS
      SELECT count(*) AS n, placed_on, region FROM order_placed GROUP BY region, placed_on;
    CREATE MATERIALIZED VIEW hidden AS SELECT count(*) AS n FROM order_placed GROUP BY region;
    CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n FROM order_placed;
    CREATE MATERIALIZED VIEW plain AS SELECT order_id, total FROM order_placed WHERE total > 10;
    CREATE INDEX ON plain (total DESC, order_id);)");
  const ViewType& grouped = *model->findView("grouped");
  BOOST_TEST(grouped.hasKey);
  BOOST_TEST(!grouped.uniqueIndex);
  const std::vector<uint32_t> key = {2, 1};
  BOOST_TEST(grouped.key == key, boost::test_tools::per_element());
  BOOST_TEST(!model->findView("hidden")->hasKey);
  BOOST_TEST(model->findView("total")->hasKey);
  BOOST_TEST(model->findView("total")->key.empty());
  BOOST_TEST(!model->findView("plain")->hasKey);
  const ViewIndex& index = model->findView("plain")->indexes.at(0);
  BOOST_TEST(index.columns[0] == 1U);
  BOOST_TEST(index.descending[0]);
  BOOST_TEST(!index.descending[1]);
}

BOOST_AUTO_TEST_SUITE_END()
