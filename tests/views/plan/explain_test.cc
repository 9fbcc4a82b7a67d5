// What `facet explain` tells of a view.
#include "tests/views/engine_vocabulary.h"

namespace facet::test {

namespace {

std::string explain(const std::string& select, const std::string& more = "") {
  const std::string view = "CREATE MATERIALIZED VIEW v AS " + select + ";\n" + more;
  return ViewPlan::compile(engineModel(kSales, view), 0)->explain();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(explain_view)

BOOST_AUTO_TEST_CASE(explain_names_operators_keys_and_memory) {
  const std::string text = explain(
      "SELECT c.region_id, count(*) AS n, sum(s.amount) FROM sale s"
      " JOIN customers c USING (customer_id) WHERE s.paid GROUP BY c.region_id",
      "CREATE INDEX ON v (n DESC);");
  for (const char* part :
       {"source   event sale s", "where s.paid", "collect  by s.customer_id",
        "join     table customers c", "region_id moves", "group    by c.region_id",
        "sum(s.amount): 16 bytes", "bytes", "index     (n DESC)"}) {
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, part << " is not in\n" << text);
  }
}

// What can be taken back keeps values: each once, for the smallest and the largest of them.
BOOST_AUTO_TEST_CASE(min_and_max_of_the_same_share_their_values) {
  const std::string query =
      "SELECT level, min(name) AS a, max(name) AS b, max(name) FILTER (WHERE level <> 7) AS c,"
      " count(DISTINCT name) AS d FROM customers GROUP BY level";
  const std::string text = explain(query);
  BOOST_TEST(text.find("max(customers.name): what min(customers.name) keeps") != std::string::npos,
             text);
  BOOST_TEST(text.find("7): what") == std::string::npos, text);
  BOOST_TEST(text.find("count(DISTINCT customers.name): what") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(explain_tells_a_table_that_is_there_twice_apart) {
  const std::string text = explain(
      "SELECT b.level, count(*) AS n FROM customers a JOIN customers b"
      " ON b.customer_id = a.name WHERE a.region_id = 'n' GROUP BY b.level");
  for (const char* part : {"source   table customers a: ", "join     table customers b on a.name",
                           "goes, or changes in level moves", "group    by b.level"}) {
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, part << " is not in\n" << text);
  }
}

// Each operator of a plan has its figures, in the plan's order.
BOOST_AUTO_TEST_CASE(a_step_of_the_plan_is_an_operator_of_a_shard) {
  for (const char* select :
       {"SELECT customer_id, amount FROM sale",
        "SELECT level, count(*) FROM customers GROUP BY level",
        "SELECT c.level, sum(s.amount) FROM sale s JOIN customers c USING (customer_id)"
        " GROUP BY c.level"}) {
    const auto model =
        engineModel(kSales, "CREATE MATERIALIZED VIEW v AS " + std::string(select) + ";");
    const auto plan = ViewPlan::compile(model, 0);
    const Tables tables(model);
    const ViewShard shard(plan, ShardId{0}, 1, tables);
    BOOST_TEST(shard.figures().size() == plan->steps().size(), select);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
