// Queries with their parameters, and the expressions of commands, events and scans.
#include "sql/bind_query.h"

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

BOOST_AUTO_TEST_CASE(a_query_needs_no_relation) {
  BOOST_TEST(query("SELECT 1") == "from  select 1 as ?column?");
  BOOST_TEST(query("SELECT 1 + 1 AS x, 'a' WHERE 2 > 1 LIMIT 1") ==
             "from  where 2 > 1 select 1 + 1 as x, 'a' as ?column? limit 1");
  BOOST_TEST(query("SELECT count(*)") == "from  count(*) select a0 as count");
  BOOST_TEST(query("SELECT *") ==
             "SELECT * with no tables specified is not valid at 1:8; name what it reads: FROM ...");
  BOOST_TEST(query("SELECT x") == "column \"x\" does not exist at 1:8");
}

BOOST_AUTO_TEST_CASE(columns_of_a_query_may_have_one_name) {
  BOOST_TEST(query("SELECT name AS a, region AS a FROM customers") ==
             "from customers select customers.name as a, customers.region as a");
  BOOST_TEST(query("SELECT count(*), count(name) FROM customers") ==
             "from customers count(*) count(customers.name) select a0 as count, a1 as count");
  BOOST_TEST(query("SELECT count(*), count(name) FROM customers ORDER BY count") ==
             "ORDER BY \"count\" is ambiguous at 1:54");
}

BOOST_AUTO_TEST_CASE(a_parameter_that_nothing_uses_is_refused) {
  const std::string hint = " at 1:1; give one for each of $1, $2, ...";
  BOOST_TEST(query("SELECT name FROM customers WHERE customer_id = $1",
                   {untyped("a"), untyped("b"), untyped("c")}) ==
             "the query has no $2, but 3 parameters were given" + hint);
  BOOST_TEST(query("SELECT name FROM customers", {untyped("a")}) ==
             "the query has no $1, but a parameter was given" + hint);
  BOOST_TEST(
      query("SELECT name FROM customers WHERE customer_id = $2", {untyped("a"), untyped("b")}) ==
      "the query has no $1, but 2 parameters were given" + hint);
  BOOST_TEST(query("SELECT name FROM customers LIMIT $1", {untyped("3")}) ==
             "from customers select customers.name as name limit 3");
}

BOOST_AUTO_TEST_CASE(the_time_is_a_querys_alone) {
  const int64_t now = 1'700'000'000'123'456;
  const auto at = [&](std::string_view text) {
    try {
      return describe(bindQuery(text, shop(), {}, now));
    } catch (const SqlError& error) {
      return errorText(error);
    }
  };
  BOOST_TEST(at("SELECT now(), current_date, localtimestamp(1), current_timestamp") ==
             "from  select timestamp with time zone '2023-11-14 22:13:20.123456+00' as now, date "
             "'2023-11-14' as current_date, timestamp without time zone '2023-11-14 22:13:20.1' as "
             "localtimestamp, timestamp with time zone '2023-11-14 22:13:20.123456+00' as "
             "current_timestamp");
  BOOST_TEST(at("SELECT clock_timestamp()") ==
             "clock_timestamp() is not supported at 1:8; a query has one time: now()");
  BOOST_TEST(at("SELECT current_time") ==
             "current_time is not supported at 1:8; facet has no time without a date: use "
             "current_timestamp, in a query");
  BOOST_TEST(at("SELECT current_user") ==
             "the current user cannot be used: what facet computes is a function of the log at "
             "1:8; let the command carry the value");
  const std::string why =
      " cannot be used here: what facet computes is a function of the log, not of the clock at "
      "1:1; use _time, the commit time of the event, or a field that the command carries; in a "
      "query (facet sql) it can be used";
  BOOST_TEST(condition("now() > sent_at") == "now()" + why);
  BOOST_TEST(condition("current_date > placed_on") == "current_date" + why);
  BOOST_TEST(condition("clock_timestamp() > sent_at") == "clock_timestamp()" + why);
}

BOOST_AUTO_TEST_CASE(a_zone_is_utc_or_an_offset) {
  BOOST_TEST(condition("sent_at AT TIME ZONE 'UTC' > '2020-01-01'") ==
             "orders.sent_at::timestamp with time zone > timestamp with time zone '2020-01-01 "
             "00:00:00+00' : boolean?");
  const std::string hint =
      "; rules of places differ between machines, and all nodes must agree: use 'UTC', an offset "
      "(INTERVAL '2 hours' is ahead of UTC; '-02', by POSIX, too), or let the command carry the "
      "local time";
  BOOST_TEST(condition("sent_at AT TIME ZONE 'Europe/Berlin' IS NULL") ==
             "time zone \"Europe/Berlin\" is not supported at 1:22" + hint);
  BOOST_TEST(condition("sent_at AT TIME ZONE region IS NULL") ==
             "a time zone must be a constant at 1:22; write AT TIME ZONE 'UTC', for example");
}

BOOST_AUTO_TEST_CASE(what_may_have_been_meant_is_said) {
  BOOST_TEST(condition("quantity == 5") == "operator == is not supported at 1:10; write =");
  BOOST_TEST(condition("paid && paid") == "operator && is not supported at 1:6; write AND");
  BOOST_TEST(condition("region ~ 'x'") ==
             "regular expressions are not yet supported at 1:8; use LIKE");
  const std::string cast = "; no operator matches these types; a cast may help: CAST(x AS type)";
  BOOST_TEST(condition("quantity ~ quantity") ==
             "operator does not exist: integer ~ integer at 1:10" + cast);
  BOOST_TEST(condition("~quantity = 5") ==
             "operator ~ is not supported at 1:1; facet has no operators of bits");
  BOOST_TEST(condition("region = \"West\"") ==
             "column \"West\" does not exist at 1:10; double quotes are for names; a text is "
             "written 'West'");
  BOOST_TEST(condition("region = west") ==
             "column \"west\" does not exist at 1:10; if a text is meant, write 'west'");
  BOOST_TEST(
      condition("\"totl\" > 0") ==
      "column \"totl\" does not exist at 1:1; double quotes are for names; a text is written "
      "'totl'; did you mean \"total\"?");
  BOOST_TEST(condition("weight > '1e400'") ==
             "value \"1e400\" is out of range for type double precision at 1:10");
  BOOST_TEST(condition("quantity > '3000000000'") ==
             "value \"3000000000\" is out of range for type integer at 1:12");
  BOOST_TEST(condition("total > '1e60'") ==
             "value \"1e60\" is out of range for type numeric at 1:9; facet's numerics have 35 "
             "digits");
  BOOST_TEST(condition("weight > '1e4x'") ==
             "invalid input syntax for type double precision: \"1e4x\" at 1:10");
  BOOST_TEST(query("SELECT name FROM customers SELECT region FROM customers") ==
             "syntax error at or near \"SELECT\" at 1:28; is a ; missing before SELECT?");
  BOOST_TEST(query("SELECT name FROM customers WHERE \xef\xbb\xbf name = 'x'") ==
             "syntax error at or near \"name\" at 1:36; a byte order mark (U+FEFF, which is not "
             "shown) stands here or before: take it out");
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
  BOOST_TEST(query("SELECT DISTINCT name FROM customers") ==
             "SELECT DISTINCT is not yet supported at 1:8; GROUP BY the columns instead");
  BOOST_TEST(
      query("DELETE FROM customers") ==
      "only SELECT can be queried at 1:1; views belong to the model's files, rows are written by "
      "commands (facet submit)");
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
