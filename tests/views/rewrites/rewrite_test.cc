// The rewrites of a query, each by what it makes of a SELECT; and the order of joins.
#include "views/rewrites/rewrite.h"

#include <boost/test/unit_test.hpp>

#include "tests/sql/bind_vocabulary.h"
#include "views/rewrites/join_order.h"

namespace facet::test {
namespace {

Select bound(const std::string& text) {
  return bindQuery(text, shop(), {});
}

std::string rewritten(const std::string& text) {
  return describe(rewriteSelect(bound(text)));
}

/// "s; r by key; c by hash": inputs in their order, of this many rows each.
std::string ordered(const std::string& text, const std::vector<uint64_t>& rows) {
  const Select select = rewriteSelect(bound(text));
  std::string out;
  for (const JoinStep& step : orderJoins(select, [&](uint32_t input) { return rows.at(input); })) {
    static constexpr const char* kFinds[] = {"key", "hash", "all"};
    out += out.empty() ? "" : "; ";
    out += select.from[step.input].alias;
    if (out != select.from[step.input].alias) {
      out += fmt::format(" by {}", kFinds[static_cast<size_t>(step.find)]);
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rewrites)

BOOST_AUTO_TEST_CASE(a_simple_sub_select_merges) {
  BOOST_TEST(rewritten("SELECT a || 'x' AS b FROM (SELECT name AS a, region FROM customers WHERE "
                       "name > 'a') s WHERE region = 'n' ORDER BY a") ==
             "from customers where customers.name > 'a' where customers.region = 'n' select "
             "customers.name || 'x' as b order customers.name");
  // Not one that groups, sorts or cuts.
  BOOST_TEST(rewritten("SELECT a FROM (SELECT name AS a FROM customers LIMIT 3) s WHERE a > 'a'") ==
             "from (from customers select customers.name as a limit 3) s where s.a > 'a' select "
             "s.a as a");
}

BOOST_AUTO_TEST_CASE(conditions_go_to_the_input_that_they_are_about) {
  BOOST_TEST(rewritten("SELECT c.name FROM customers c JOIN by_region r ON c.region = r.region "
                       "WHERE r.orders > 1 AND c.name = 'x'") ==
             "from (from c where c.name = 'x' select c.name as name, c.region as region) c, "
             "(from r where r.orders > 1 select r.region as region) r where c.region = r.region "
             "select c.name as name");
  // About a row that may be missing it is asked above; in ON, below.
  BOOST_TEST(rewritten("SELECT c.name FROM customers c LEFT JOIN by_region r ON c.region = "
                       "r.region AND r.orders > 1 WHERE r.region IS NULL") ==
             "from (from c select c.name as name, c.region as region) c, left (from r where "
             "r.orders > 1 select r.region as region) r on c.region = r.region where r.region IS "
             "NULL select c.name as name");
}

BOOST_AUTO_TEST_CASE(conditions_about_groups_go_beneath_them) {
  BOOST_TEST(rewritten("SELECT n FROM (SELECT region AS r, count(*) AS n FROM customers GROUP BY "
                       "region) s WHERE r = 'n' AND n > 1") ==
             "from (from customers where customers.region = 'n' group customers.region count(*) "
             "select a0 as n) s where s.n > 1 select s.n as n");
  // A global group is there without rows too.
  BOOST_TEST(rewritten("SELECT n FROM (SELECT count(*) AS n FROM customers) s WHERE n = 0") ==
             "from (from customers count(*) select a0 as n) s where s.n = 0 select s.n as n");
}

BOOST_AUTO_TEST_CASE(what_nobody_reads_is_not_made) {
  BOOST_TEST(rewritten("SELECT n FROM (SELECT sum(size) AS t, count(*) AS n, max(price) AS m FROM "
                       "sizes) s") ==
             "from (from sizes count(*) select a0 as n) s select s.n as n");
  BOOST_TEST(rewritten("SELECT count(*) AS n FROM customers a, customers b") ==
             "from (from a select) a, (from b select) b count(*) select a0 as n");
}

BOOST_AUTO_TEST_CASE(expressions_do_not_grow_without_bound) {
  std::string text = "SELECT size AS x FROM sizes";
  for (int i = 0; i < 60; ++i) text = fmt::format("SELECT x + x AS x FROM ({}) s", text);
  const Select select = rewriteSelect(bound(text));
  size_t nodes = 0;
  forEachNode(*select.outputs[0].expr, [&](const Expr&) { ++nodes; });
  BOOST_TEST(nodes < 50'000U);
}

BOOST_AUTO_TEST_CASE(joins_hold_as_little_as_they_can) {
  // by_region has the key region, customers customer_id.
  const std::string keyed =
      "SELECT c.name FROM by_region r JOIN customers c ON c.region = r.region";
  BOOST_TEST(ordered(keyed, {10, 1'000}) == "c; r by key");
  BOOST_TEST(ordered(keyed, {100'000, 1'000}) == "c; r by key");
  const std::string hashed = "SELECT 1 FROM customers a JOIN customers b ON a.name = b.region";
  BOOST_TEST(ordered(hashed, {10, 1'000}) == "b; a by hash");
  BOOST_TEST(ordered(hashed, {1'000, 10}) == "a; b by hash");
  BOOST_TEST(ordered("SELECT 1 FROM customers a, sizes s", {10, 1'000}) == "s; a by all");
  BOOST_TEST(ordered("SELECT 1 FROM customers a LEFT JOIN customers b ON a.name = b.customer_id, "
                     "sizes s WHERE s.size = length(b.name)",
                     {10, 10, 10}) == "a; b by key; s by key");
  // No whole key.
  BOOST_TEST(ordered("SELECT 1 FROM customers c JOIN rates r ON r.currency = c.region", {9, 5}) ==
             "c; r by hash");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
