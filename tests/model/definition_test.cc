// The definition of a table or a view changes when what it keeps may be another, and only then.
#include "model/definition.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "model/load.h"

namespace facet::test {

namespace {

constexpr const char kShop[] = R"(
@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";
struct Customers $Facet.table(key = ["customerId"]) { customerId @0 :Text; region @1 :Text; }
struct CustomerMoved $Facet.event(writes = [(table = "Customers", how = upsert)]) {
  customerId @0 :Text; region @1 :Text;
}
struct OrderPlaced $Facet.event() {
  orderId @0 :Text; customerId @1 :Text; total @2 :Int64 $Facet.decimal(4); parts @3 :Int32;
}
)";

constexpr const char kView[] =
    "CREATE MATERIALIZED VIEW v AS SELECT c.region, sum(o.total) AS revenue, max(o.parts) AS most "
    "FROM order_placed o JOIN customers c USING (customer_id) WHERE o.parts > 1 GROUP BY c.region;";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string viewDefinition(const std::string& views, const std::string& schema = kShop) {
  const auto model =
      loadModel(std::vector<ModelFile>{{"shop.capnp", schema}, {"views.sql", views}});
  return definitionOf(*model->findView("v"));
}

std::string tableDefinition(const std::string& schema) {
  const auto model = loadModel(std::vector<ModelFile>{{"shop.capnp", schema}});
  return definitionOf(*model->findTable("customers"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(definitions)

BOOST_AUTO_TEST_CASE(text_that_means_the_same_is_the_same_definition) {
  const std::string definition = viewDefinition(kView);
  const auto isSame = [&](const std::string& what, const std::string& by) {
    BOOST_TEST(viewDefinition(replaced(kView, what, by)) == definition, by);
  };
  isSame("SELECT", "-- of the shop\n  select");
  isSame("o.parts > 1", "(parts > 1)");
  isSame("order_placed o JOIN customers c USING (customer_id)",
         "order_placed AS o INNER JOIN customers c ON c.customer_id = o.customer_id");
  isSame("CREATE", "CREATE MATERIALIZED VIEW a AS SELECT count(*) AS n FROM order_placed;\nCREATE");
  BOOST_TEST(viewDefinition(std::string(kView) + "CREATE INDEX ON v (revenue);") == definition);
}

BOOST_AUTO_TEST_CASE(another_select_key_type_or_name_is_another_definition) {
  const std::string definition = viewDefinition(kView);
  const auto isOther = [&](const std::string& what, const std::string& by) {
    BOOST_TEST(viewDefinition(replaced(kView, what, by)) != definition, by);
  };
  isOther("AS revenue", "AS turnover");
  isOther("sum(o.total)", "avg(o.total)");
  isOther("sum(o.total)", "count(DISTINCT o.total)");
  isOther("sum(o.total)", "sum(o.total) FILTER (WHERE o.parts > 2)");
  isOther("sum(o.total)", "sum(o.total::float8)");
  isOther("o.parts > 1", "o.parts > 2");
  isOther("o.parts > 1", "o.parts >= 1");
  isOther(" WHERE o.parts > 1", "");
  isOther("GROUP BY c.region", "GROUP BY c.region HAVING count(*) > 1");
  BOOST_TEST(viewDefinition(replaced(kView, "c.region, sum", "coalesce(c.region, '') AS r, sum")) !=
             definition);
  const std::string rows =
      "CREATE MATERIALIZED VIEW v AS SELECT customer_id, region FROM customers;";
  BOOST_TEST(viewDefinition(rows) !=
             viewDefinition(rows + "CREATE UNIQUE INDEX ON v (customer_id);"));
}

BOOST_AUTO_TEST_CASE(what_a_view_does_not_look_at_is_not_in_its_definition) {
  const std::string definition = viewDefinition(kView);
  const auto with = [&](const std::string& what, const std::string& by) {
    return viewDefinition(kView, replaced(kShop, what, by));
  };
  BOOST_TEST(with("parts @3 :Int32;", "parts @3 :Int32; note @4 :Text;") == definition);
  BOOST_TEST(with("region @1 :Text; }\nstruct CustomerMoved",
                  "region @1 :Text; name @2 :Text; }\nstruct CustomerMoved") == definition);
  BOOST_TEST(with("orderId @0 :Text;", "orderNumber @0 :Text;") == definition);
  // What it does look at, is.
  BOOST_TEST(with("total @2 :Int64 $Facet.decimal(4)", "total @2 :Int64 $Facet.decimal(2)") !=
             definition);
  BOOST_TEST(with("parts @3 :Int32;", "parts @3 :Int64;") != definition);
  BOOST_TEST(with("parts @3 :Int32;", "parts @3 :Int32 $Facet.nullValue(\"-1\");") != definition);
}

BOOST_AUTO_TEST_CASE(a_table_is_its_columns_and_its_key) {
  const std::string definition = tableDefinition(kShop);
  const auto with = [&](const std::string& what, const std::string& by) {
    return tableDefinition(replaced(kShop, what, by));
  };
  BOOST_TEST(with("struct OrderPlaced",
                  "struct Closed $Facet.event(writes = [(table = \"Customers\", how = delete)]) {\n"
                  "  customerId @0 :Text; }\nstruct OrderPlaced") == definition);
  BOOST_TEST(with("region @1 :Text; }\nstruct CustomerMoved",
                  "region @1 :Text; name @2 :Text; }\nstruct CustomerMoved") != definition);
  BOOST_TEST(with("key = [\"customerId\"]", "key = [\"customerId\", \"region\"]") != definition);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
