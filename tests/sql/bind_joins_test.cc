// What queries join: relations and sub-selects, as PostgreSQL reads FROM and WITH.
#include <boost/test/unit_test.hpp>

#include "sql/limits.h"
#include "tests/sql/bind_vocabulary.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(bind_joins)

BOOST_AUTO_TEST_CASE(inner_joins_leave_their_conditions_to_where) {
  const std::string joined =
      "from c, r where c.region = r.region where r.orders > 1 select c.name as name";
  BOOST_TEST(query("SELECT name FROM customers c JOIN by_region r ON c.region = r.region AND "
                   "r.orders > 1") == joined);
  BOOST_TEST(query("SELECT name FROM customers c, by_region r WHERE c.region = r.region AND "
                   "r.orders > 1") == joined);
  BOOST_TEST(query("SELECT name FROM customers c CROSS JOIN by_region r WHERE c.region = r.region "
                   "AND r.orders > 1") == joined);
  BOOST_TEST(query("SELECT region FROM customers c JOIN by_region r USING (region)") ==
             "from c, r where c.region = r.region select c.region as region");
}

BOOST_AUTO_TEST_CASE(left_joins_keep_theirs) {
  BOOST_TEST(query("SELECT c.name, r.orders FROM customers c LEFT JOIN by_region r ON r.region = "
                   "c.region WHERE r.orders IS NULL") ==
             "from c, left r on r.region = c.region where r.orders IS NULL select c.name as name, "
             "r.orders as orders");
  // What stands on the other side is one input, and keeps its names.
  BOOST_TEST(
      query("SELECT b.name, s.price FROM rates a LEFT JOIN (customers b JOIN sizes s ON "
            "length(b.name) = s.size) ON a.currency = b.region WHERE s.price IS NULL") ==
      "from a, left (from b, s where length(b.name) = s.size select b.customer_id as "
      "customer_id, b.name as name, b.region as region, s.size as size, s.price as price) "
      "joined on a.currency = joined.region where joined.price IS NULL select joined.name as "
      "name, joined.price as price");
}

BOOST_AUTO_TEST_CASE(right_joins_are_left_joins_the_other_way) {
  BOOST_TEST(query("SELECT * FROM sizes s RIGHT JOIN by_region r ON s.size = r.orders") ==
             "from r, left s on s.size = r.orders select s.size as size, s.price as price, "
             "r.region as region, r.orders as orders, r.revenue as revenue");
  BOOST_TEST(query("SELECT region FROM customers c RIGHT JOIN by_region r USING (region)") ==
             "from r, left c on c.region = r.region select r.region as region");
  BOOST_TEST(
      query("SELECT a.name FROM customers a JOIN customers b ON a.name = b.region RIGHT JOIN "
            "by_region r ON r.region = b.name") ==
      "from r, left (from a, b where a.name = b.region select a.customer_id as customer_id, "
      "a.name as name, a.region as region, b.customer_id as customer_id, b.name as name, "
      "b.region as region) joined on r.region = joined.name select joined.name as name");
}

BOOST_AUTO_TEST_CASE(full_joins_are_blocks_of_their_own) {
  BOOST_TEST(
      query("SELECT c.name FROM customers c FULL JOIN by_region r ON r.region = c.region, "
            "sizes s WHERE r.orders IS NULL") ==
      "from (from c, full r on r.region = c.region select c.customer_id as customer_id, "
      "c.name as name, c.region as region, r.region as region, r.orders as orders, r.revenue "
      "as revenue) joined, s where joined.orders IS NULL select joined.name as name");
  BOOST_TEST(query("SELECT 1 FROM customers c FULL JOIN by_region r USING (region)") ==
             "FULL JOIN with USING is not yet supported at 1:37; use ON, and coalesce(a.x, b.x)");
}

BOOST_AUTO_TEST_CASE(sub_selects_are_inputs) {
  BOOST_TEST(query("SELECT n + 1 AS m FROM (SELECT count(*) AS n FROM customers) s") ==
             "from (from customers count(*) select a0 as n) s select s.n + 1 as m");
  BOOST_TEST(query("SELECT * FROM (SELECT region, name FROM customers) AS s (a)") ==
             "from (from customers select customers.region as a, customers.name as name) s select "
             "s.a as a, s.name as name");
  BOOST_TEST(query("SELECT 1 FROM (SELECT 1)") == "subquery in FROM must have an alias at 1:15");
  BOOST_TEST(query("SELECT x FROM (SELECT 1 AS x, 2 AS x) s") ==
             "column reference \"x\" is ambiguous at 1:8; \"s\" has several columns of this name: "
             "give them others with AS");
  BOOST_TEST(query("SELECT s.x FROM (SELECT 1 AS x, 2 AS x) s").starts_with("column reference"));
  BOOST_TEST(query("SELECT a FROM (SELECT 1) AS s (a, b)") ==
             "too many column names were specified at 1:23; the SELECT has 1 columns");
  BOOST_TEST(query("SELECT 1 FROM customers c, LATERAL (SELECT c.name) s") ==
             "LATERAL is not yet supported at 1:44");
  BOOST_TEST(query("SELECT 1 FROM (SELECT DISTINCT name FROM customers) s") ==
             "SELECT DISTINCT is not yet supported at 1:32; GROUP BY the columns instead");
  BOOST_TEST(
      query("SELECT 1 FROM (SELECT paid FROM orders) s").starts_with("\"orders\" is an event"));
}

BOOST_AUTO_TEST_CASE(with_gives_names) {
  BOOST_TEST(query("WITH n AS (SELECT name FROM customers), m (x) AS (SELECT name FROM n) "
                   "SELECT x FROM m AS t") ==
             "from (from (from customers select customers.name as name) n select n.name as x) t "
             "select t.x as x");
  // It hides a relation of its name, inside of its statement.
  BOOST_TEST(query("WITH sizes AS (SELECT size AS big FROM sizes) SELECT big FROM sizes") ==
             "from (from sizes select sizes.size as big) sizes select sizes.big as big");
  BOOST_TEST(query("SELECT 1 FROM (WITH a AS (SELECT 1) SELECT 1 FROM a) s, a") ==
             "relation \"a\" does not exist at 1:57");
  BOOST_TEST(query("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1 FROM a") ==
             "WITH query name \"a\" specified more than once at 1:23");
  BOOST_TEST(
      query("WITH RECURSIVE a AS (SELECT 1) SELECT 1 FROM a") ==
      "WITH RECURSIVE is not supported at 1:1; leave RECURSIVE out, if no part reads itself");
  BOOST_TEST(query("WITH a AS (DELETE FROM customers RETURNING 1) SELECT 1 FROM a") ==
             "only SELECT can stand in WITH at 1:6; rows are written by commands: facet submit");
  BOOST_TEST(query("WITH a AS (SELECT nam FROM customers) SELECT 1") ==
             "column \"nam\" does not exist at 1:19; did you mean \"name\"?");
}

BOOST_AUTO_TEST_CASE(what_is_read_is_bounded) {
  // Each doubles what is read.
  std::string doubled = "WITH w0 AS (SELECT 1 AS x)";
  for (int i = 1; i < 8; ++i) {
    doubled += fmt::format(", w{} AS (SELECT a.x FROM w{} a, w{} b)", i, i - 1, i - 1);
  }
  BOOST_TEST(query(doubled + " SELECT 1 FROM w7").starts_with("more than 64 joins"));
  std::string chain = "WITH w0 AS (SELECT 1 AS x)";
  for (int i = 1; i <= kMaxSubselectDepth; ++i) {
    chain += fmt::format(", w{} AS (SELECT x FROM w{})", i, i - 1);
  }
  BOOST_TEST(query(chain + " SELECT 1").starts_with("more than 64 sub-selects in one another"));
  std::string nested = "SELECT 1 AS x";
  for (int i = 0; i < 200; ++i) nested = fmt::format("SELECT x FROM ({}) s", nested);
  BOOST_TEST(query(nested).starts_with("more than 64 sub-selects in one another"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
