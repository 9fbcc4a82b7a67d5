// Queries with their parameters, and the expressions of commands, events and scans.
#include "tests/sql/bind_vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

/// A scope as commands have it: the command's own fields by bare name, then rows that it refers to.
ExprScope commandScope() {
  return {{shop().findRelation("orders"), shop().findRelation("customers")}};
}

std::string leafOfScope(const void*, const Expr& leaf) {
  if (leaf.op == Op::eventPosition) return "_position";
  if (leaf.op == Op::eventTime) return "_time";
  const Relation& relation = *commandScope().relations.at(leaf.relation);
  return fmt::format("{}.{}", relation.name, relation.columns.at(leaf.column).name);
}

template <typename Bind>
std::string outcome(Bind&& bind) {
  try {
    const ExprPtr expr = bind();
    return fmt::format("{} : {}{}", toSql(*expr, leafOfScope, nullptr), typeName(expr->type),
                       expr->nullable ? "?" : "");
  } catch (const SqlError& error) {
    return errorText(error);
  }
}

std::string condition(std::string_view text) {
  return outcome([&] { return bindCondition(text, commandScope()); });
}

std::string assigned(std::string_view text, Type target) {
  return outcome([&] { return bindValue(text, commandScope(), target); });
}

std::string order(std::string_view text) {
  try {
    std::string out;
    for (const OrderItem& item : bindOrder(text, commandScope())) {
      out += fmt::format("{}{}{};", toSql(*item.expr, leafOfScope, nullptr),
                         item.descending ? " desc" : "", item.nullsFirst ? " nulls first" : "");
    }
    return out;
  } catch (const SqlError& error) {
    return errorText(error);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bind_query)

BOOST_AUTO_TEST_CASE(a_query_reads_a_view_or_a_table) {
  BOOST_TEST(query("SELECT region, revenue FROM by_region WHERE orders > 10;") ==
             "from by_region where by_region.orders > 10 select by_region.region as region, "
             "by_region.revenue as revenue");
  BOOST_TEST(query("SELECT 1 FROM customers") == "from customers select 1 as ?column?");
  BOOST_TEST(query("SELECT sum(revenue) / 2 FROM by_region") ==
             "from by_region sum(by_region.revenue) select a0 / 2 as ?column?");
}

BOOST_AUTO_TEST_CASE(order_by_names_places_and_expressions) {
  BOOST_TEST(
      query("SELECT region AS r, revenue FROM by_region ORDER BY revenue DESC, r, 2 NULLS FIRST, "
            "orders + 1 DESC NULLS LAST") ==
      "from by_region select by_region.region as r, by_region.revenue as revenue order "
      "by_region.revenue desc nulls first order by_region.region order by_region.revenue nulls "
      "first order by_region.orders + 1 desc");
  BOOST_TEST(
      query("SELECT region, count(*) FROM customers GROUP BY region ORDER BY count(*) DESC, "
            "max(name), lower(region)") ==
      "from customers group customers.region count(*) max(customers.name) select g0 as region, "
      "a0 as count order a0 desc nulls first order a1 order lower(g0)");
  BOOST_TEST(query("SELECT orders AS revenue FROM by_region ORDER BY revenue") ==
             "from by_region select by_region.orders as revenue order by_region.orders");
  BOOST_TEST(
      query("SELECT count(*) FROM customers ORDER BY name") ==
      "column \"customers.name\" must appear in the GROUP BY clause or be used in an aggregate "
      "function at 1:41; add customers.name to GROUP BY");
  BOOST_TEST(query("SELECT name FROM customers ORDER BY 2") ==
             "ORDER BY position 2 is not in select list at 1:37");
  BOOST_TEST(query("SELECT name FROM customers ORDER BY 'x'") ==
             "non-integer constant in ORDER BY at 1:37");
  BOOST_TEST(query("SELECT name FROM customers ORDER BY name USING <") ==
             "ORDER BY ... USING is not supported at 1:37; write ASC or DESC");
}

BOOST_AUTO_TEST_CASE(limit_and_offset_are_numbers_or_parameters) {
  BOOST_TEST(query("SELECT name FROM customers LIMIT 10 OFFSET 20") ==
             "from customers select customers.name as name limit 10 offset 20");
  BOOST_TEST(query("SELECT name FROM customers LIMIT ALL") ==
             "from customers select customers.name as name");
  BOOST_TEST(query("SELECT name FROM customers FETCH FIRST 3 ROWS ONLY") ==
             "from customers select customers.name as name limit 3");
  BOOST_TEST(query("SELECT name FROM customers LIMIT $1 OFFSET $2",
                   {untyped("7"), typedParameter(Kind::int32, 2)}) ==
             "from customers select customers.name as name limit 7 offset 2");
  BOOST_TEST(query("SELECT name FROM customers LIMIT -1") == "LIMIT must not be negative at 1:34");
  BOOST_TEST(query("SELECT name FROM customers LIMIT 'x'") ==
             "invalid input syntax for type bigint: \"x\" at 1:34");
  BOOST_TEST(query("SELECT name FROM customers LIMIT 1.5") ==
             "argument of LIMIT must be type bigint, not type numeric at 1:34");
  BOOST_TEST(query("SELECT name FROM customers LIMIT 1 + 1") ==
             "LIMIT must be a number or a parameter at 1:34");
  BOOST_TEST(query("SELECT name FROM customers OFFSET name") ==
             "column \"name\" does not exist at 1:35");
  BOOST_TEST(query("SELECT name FROM customers ORDER BY 1 FETCH FIRST 3 ROWS WITH TIES") ==
             "FETCH ... WITH TIES is not yet supported at 1:39; use LIMIT");
}

BOOST_AUTO_TEST_CASE(parameters_take_the_type_that_their_place_asks_for) {
  BOOST_TEST(query("SELECT name FROM customers WHERE customer_id = $1", {untyped("c-1")}) ==
             "from customers where customers.customer_id = 'c-1' select customers.name as name");
  BOOST_TEST(query("SELECT region FROM by_region WHERE revenue > $1 AND orders < $2",
                   {untyped("1.5"), typedParameter(Kind::int64, 9)}) ==
             "from by_region where by_region.revenue > 1.5 where by_region.orders < 9 select "
             "by_region.region as region");
  BOOST_TEST(query("SELECT region FROM by_region WHERE orders = $1", {{{}, Value::null(), true}}) ==
             "from by_region where by_region.orders = NULL select by_region.region as region");
  BOOST_TEST(query("SELECT region FROM by_region WHERE orders = $1", {untyped("many")}) ==
             "invalid input syntax for type bigint: \"many\" at 1:45");
  BOOST_TEST(
      query("SELECT region FROM by_region WHERE region = $1", {typedParameter(Kind::int32, 1)}) ==
      "operator does not exist: text = integer at 1:43; no operator matches these types; a cast "
      "may help: CAST(x AS type)");
  BOOST_TEST(query("SELECT region FROM by_region WHERE orders = $2", {untyped("1")}) ==
             "there is no parameter $2 at 1:45; 1 given");
}

BOOST_AUTO_TEST_CASE(what_a_query_may_not_do) {
  BOOST_TEST(
      query("SELECT paid FROM orders") ==
      "\"orders\" is an event; queries read views and tables at 1:18; make a view of it with "
      "CREATE MATERIALIZED VIEW");
  const std::string joins = "; make a view with CREATE MATERIALIZED VIEW, and query it";
  BOOST_TEST(query("SELECT name FROM by_region JOIN customers USING (region)") ==
             "a query reads one view or table; joins are for views at 1:33" + joins);
  BOOST_TEST(query("SELECT name FROM by_region, customers") ==
             "a query reads one view or table; joins are for views at 1:29" + joins);
  BOOST_TEST(query("SELECT DISTINCT name FROM customers") ==
             "SELECT DISTINCT is not yet supported at 1:8; GROUP BY the columns instead");
  BOOST_TEST(query("SELECT name AS a, region AS a FROM customers") ==
             "column \"a\" specified more than once at 1:19; write ... AS another_name");
  BOOST_TEST(query("DELETE FROM customers") ==
             "only SELECT can be queried at 1:1; views belong to the model (facet apply), rows are "
             "written by commands");
  BOOST_TEST(query("SELECT 1 FROM customers; SELECT 2 FROM customers") ==
             "a query is one statement at 1:26");
  BOOST_TEST(query(" -- nothing") == "the query is empty at 1:1; write SELECT ... FROM ...");
  BOOST_TEST(query("SELECT nam\nFROM customers") ==
             "column \"nam\" does not exist at 1:8; did you mean \"name\"?");
}

BOOST_AUTO_TEST_CASE(conditions_of_commands) {
  BOOST_TEST(condition("total > 0") == "orders.total > 0 : boolean?");
  BOOST_TEST(condition("customers.name = 'x' and orders.paid") ==
             "customers.name = 'x' AND orders.paid : boolean?");
  BOOST_TEST(condition("customers.customer_id is not null") ==
             "customers.customer_id IS NOT NULL : boolean");
  BOOST_TEST(condition("customers.customer_id = order_id") ==
             "customers.customer_id = orders.order_id : boolean?");
  BOOST_TEST(condition("_position > 5") == "_position > 5 : boolean");
  BOOST_TEST(condition("name = 'x'") ==
             "column \"name\" does not exist at 1:1; write customers.name");
  BOOST_TEST(condition("total >\n totl") ==
             "column \"totl\" does not exist at 2:2; did you mean \"total\"?");
  BOOST_TEST(condition("quantity + 1") ==
             "argument of the condition must be type boolean, not type integer at 1:1");
  BOOST_TEST(condition("sum(total) > 1") ==
             "aggregate functions are not allowed in the condition at 1:1");
}

BOOST_AUTO_TEST_CASE(a_condition_is_one_expression_and_nothing_else) {
  BOOST_TEST(condition("") == "the expression is empty at 1:1");
  BOOST_TEST(condition("paid, paid") == "one expression is expected, and nothing else at 1:7");
  BOOST_TEST(condition("paid AS x") == "one expression is expected, and nothing else at 1:1");
  for (const char* more : {"paid FROM orders", "paid; SELECT 1", "DISTINCT paid", "paid LIMIT 1",
                           "paid UNION SELECT true", "paid WHERE paid", "paid ORDER BY 1"}) {
    BOOST_TEST(condition(more) == "an expression is expected, and nothing else at 1:1");
  }
  BOOST_TEST(condition("total >") == "syntax error at end of input at 1:8");
  BOOST_TEST(condition("paid paid paid") == "syntax error at or near \"paid\" at 1:11");
  BOOST_TEST(condition("$1") ==
             "parameter $1 cannot be used here at 1:1; parameters are for queries");
}

BOOST_AUTO_TEST_CASE(values_are_cast_by_assignment) {
  BOOST_TEST(assigned("customers.region", Type::of(Kind::text)) == "customers.region : text?");
  BOOST_TEST(assigned("'placed'", Type::of(Kind::text)) == "'placed' : text");
  BOOST_TEST(assigned("'5'", Type::of(Kind::int64)) == "5 : bigint");
  BOOST_TEST(assigned("quantity", Type::of(Kind::text)) == "orders.quantity::text : text");
  BOOST_TEST(assigned("big", Type::of(Kind::int16)) == "orders.big::smallint : smallint?");
  BOOST_TEST(assigned("total * 1.1", Type::decimal(4)) ==
             "(orders.total * 1.1)::numeric : numeric(18,4)?");
  BOOST_TEST(assigned("total", Type::decimal(4)) == "orders.total : numeric(18,4)?");
  BOOST_TEST(assigned("null", Type::of(Kind::date)) == "NULL : date?");
  BOOST_TEST(assigned("tags", commandScope().relations[0]->columns[13].type) ==
             "orders.tags : text[]?");
  BOOST_TEST(assigned("region", Type::of(Kind::int32)) ==
             "the expression is of type text, but integer is needed at 1:1; cast it: CAST(... AS "
             "integer)");
  BOOST_TEST(
      assigned("paid", Type::of(Kind::int32)) ==
      "the expression is of type boolean, but integer is needed at 1:1; cast it: CAST(... AS "
      "integer)");
  BOOST_TEST(assigned("'x'", Type::of(Kind::int32)) ==
             "invalid input syntax for type integer: \"x\" at 1:1");
}

BOOST_AUTO_TEST_CASE(orders_of_scans) {
  BOOST_TEST(order("total DESC, region") == "orders.total desc nulls first;orders.region;");
  BOOST_TEST(order("lower(region) NULLS FIRST") == "lower(orders.region) nulls first;");
  BOOST_TEST(order("1") == "a constant has no order at 1:1; name a column");
  BOOST_TEST(order("tags") == "ORDER BY of an array is not supported at 1:1");
  BOOST_TEST(order("totl") == "column \"totl\" does not exist at 1:1; did you mean \"total\"?");
  BOOST_TEST(order("total LIMIT 1") ==
             "a list as ORDER BY takes it is expected, and nothing else at 1:1");
}

BOOST_AUTO_TEST_SUITE_END()
