// SELECTs of views: FROM and joins, grouping, aggregates, names of columns, and the clauses that
// are refused.
#include "tests/sql/bind_vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

std::string bound(std::string_view select) {
  return describe(view(select));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bind_select)

BOOST_AUTO_TEST_CASE(a_plain_view_projects_and_filters) {
  BOOST_TEST(
      bound("SELECT region, total * 2 AS twice FROM orders WHERE paid AND (total > 1 AND small "
            "IS NULL)") ==
      "from orders where orders.paid where orders.total > 1 where orders.small IS NULL select "
      "orders.region as region, orders.total * 2 as twice");
  BOOST_TEST(!view("SELECT region FROM orders").aggregated);
  BOOST_TEST(bound("SELECT name FROM customers") == "from customers select customers.name as name");
}

BOOST_AUTO_TEST_CASE(a_star_stands_for_all_columns_and_of_an_event_for_position_and_time_too) {
  const Select select = view("SELECT * FROM orders");
  BOOST_TEST(select.outputs.size() == 16U);
  BOOST_TEST(select.outputs[14].name == "_position");
  BOOST_TEST(typed(select, select.outputs[15].expr) == "_time : timestamp without time zone");
  BOOST_TEST(bound("SELECT c.*, o.quantity FROM orders o JOIN customers c USING (customer_id)") ==
             "from o join c(o.customer_id) select c.customer_id as customer_id, c.name as name, "
             "c.region as region, o.quantity as quantity");
  BOOST_TEST(bound("SELECT * FROM customers").ends_with("customers.region as region"));
  BOOST_TEST(refusedView("SELECT x.* FROM orders o") ==
             "missing FROM-clause entry for table \"x\" at 2:8");
}

BOOST_AUTO_TEST_CASE(a_join_is_found_whatever_its_form) {
  const std::string joined = "from o join c(o.customer_id) select c.name as name";
  for (const char* from : {
           "orders o JOIN customers c USING (customer_id)",
           "orders o JOIN customers c ON o.customer_id = c.customer_id",
           "orders o INNER JOIN customers c ON c.customer_id = o.customer_id",
           "customers c JOIN orders o ON o.customer_id = c.customer_id",
           "orders o, customers c WHERE o.customer_id = c.customer_id",
           "customers c CROSS JOIN orders o WHERE o.customer_id = c.customer_id",
       }) {
    BOOST_TEST_CONTEXT(from) {
      BOOST_TEST(bound(fmt::format("SELECT name FROM {}", from)) == joined);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_whole_key_may_come_from_several_places) {
  BOOST_TEST(
      bound("SELECT rate FROM orders o JOIN customers c USING (customer_id) JOIN rates r ON "
            "r.currency = c.region AND o.placed_on = r.day AND o.quantity > 1") ==
      "from o join c(o.customer_id) join r(o.placed_on, c.region) where o.quantity > 1 select "
      "r.rate as rate");
  BOOST_TEST(
      bound("SELECT rate FROM orders o, rates r WHERE r.day = o.placed_on + 1 AND r.currency = "
            "'EUR'") == "from o join r(o.placed_on + 1, 'EUR') select r.rate as rate");
  BOOST_TEST(
      bound("SELECT rate FROM orders o JOIN (customers c JOIN rates r ON r.currency = c.region) "
            "ON c.customer_id = o.customer_id AND r.day = o.placed_on") ==
      "from o join c(o.customer_id) join r(o.placed_on, c.region) select r.rate as rate");
}

BOOST_AUTO_TEST_CASE(tables_are_joined_from_the_one_that_knows_the_others_keys) {
  BOOST_TEST(
      bound("SELECT name, rate FROM customers c JOIN rates r ON c.customer_id = r.currency") ==
      "from r join c(r.currency) select c.name as name, r.rate as rate");
}

BOOST_AUTO_TEST_CASE(a_key_is_cast_to_the_tables_type_where_nothing_is_lost) {
  BOOST_TEST(bound("SELECT price FROM orders JOIN sizes ON size = small") ==
             "from orders join sizes(orders.small::integer) select sizes.price as price");
  BOOST_TEST(
      refusedView("SELECT price FROM orders JOIN sizes ON size = big") ==
      "cannot join \"sizes\" by its key: sizes.size is integer, the other side bigint at 2:45; "
      "cast the other side to integer");
  BOOST_TEST(
      refusedView("SELECT rate FROM orders JOIN rates ON day = sent_at AND currency = 'x'") ==
      "cannot join \"rates\" by its key: rates.day is date, the other side timestamp without "
      "time zone at 2:43; cast the other side to date");
}

BOOST_AUTO_TEST_CASE(using_puts_its_columns_first) {
  const Select select = view("SELECT * FROM stock JOIN sizes USING (size)");
  BOOST_TEST(describe(select) ==
             "from stock join sizes(stock.size) select stock.size as size, stock.item as item, "
             "sizes.price as price");
}

BOOST_AUTO_TEST_CASE(a_table_may_be_there_twice) {
  BOOST_TEST(bound("SELECT a.name AS giver, b.name AS taker FROM orders o"
                   " JOIN customers a ON a.customer_id = o.customer_id"
                   " JOIN customers b ON b.customer_id = o.region") ==
             "from o join a(o.customer_id) join b(o.region) select a.name as giver, b.name as "
             "taker");
  // To itself: the one whose columns name the other's key is the source.
  const std::string chief = "from c join b(c.region) select c.name as name, b.name as chief";
  for (const char* from : {"customers c JOIN customers b ON b.customer_id = c.region",
                           "customers b JOIN customers c ON b.customer_id = c.region",
                           "customers b, customers c WHERE c.region = b.customer_id"}) {
    BOOST_TEST_CONTEXT(from) {
      BOOST_TEST(bound(fmt::format("SELECT c.name, b.name AS chief FROM {}", from)) == chief);
    }
  }
  BOOST_TEST(bound("SELECT customers.name, c.region FROM customers JOIN customers c "
                   "USING (customer_id) WHERE c.name < customers.name") ==
             "from customers join c(customers.customer_id) where c.name < customers.name select "
             "customers.name as name, c.region as region");
  BOOST_TEST(bound("SELECT a.*, b.region AS other FROM customers a JOIN customers b ON "
                   "b.customer_id = a.name") ==
             "from a join b(a.name) select a.customer_id as customer_id, a.name as name, a.region "
             "as region, b.region as other");
}

BOOST_AUTO_TEST_CASE(a_table_that_is_there_twice_needs_two_names) {
  BOOST_TEST(refusedView("SELECT 1 AS x FROM customers JOIN customers USING (customer_id)") ==
             "table name \"customers\" specified more than once at 2:35; give each its alias");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM orders JOIN customers c USING (customer_id), "
                         "customers c") ==
             "table name \"c\" specified more than once at 2:65; give each its alias");
  BOOST_TEST(refusedView("SELECT name FROM customers a JOIN customers b USING (customer_id)") ==
             "column reference \"name\" is ambiguous at 2:8; write a.name or b.name");
  BOOST_TEST(
      refusedView("SELECT customers.name FROM customers a JOIN customers b USING (customer_id)") ==
      "invalid reference to FROM-clause entry for table \"customers\" at 2:8; its name is \"a\" or "
      "\"b\" here");
  BOOST_TEST(refusedView("SELECT a.name FROM customers a JOIN customers b ON b.name = a.region") ==
             "\"b\" is not joined by its whole primary key at 2:37; set b.customer_id equal to "
             "columns of the relations before it; other joins are not yet supported");
}

BOOST_AUTO_TEST_CASE(other_joins_are_refused) {
  BOOST_TEST(
      refusedView("SELECT name FROM orders o JOIN customers c ON c.region = o.region") ==
      "\"c\" is not joined by its whole primary key at 2:32; set c.customer_id equal to columns "
      "of the relations before it; other joins are not yet supported");
  BOOST_TEST(
      refusedView("SELECT rate FROM orders o JOIN rates r ON r.day = o.placed_on") ==
      "\"r\" is not joined by its whole primary key at 2:32; set r.day and r.currency equal to "
      "columns of the relations before it; other joins are not yet supported");
  for (const char* kind : {"LEFT", "RIGHT", "FULL"}) {
    const std::string error = refusedView(
        fmt::format("SELECT name FROM orders {} JOIN customers USING (customer_id)", kind));
    BOOST_TEST(error.starts_with(std::string(kind) + " JOIN is not yet supported at 2:"));
    BOOST_TEST(error.ends_with("; use an inner JOIN, on the table's key"));
  }
  BOOST_TEST(refusedView("SELECT name FROM orders NATURAL JOIN customers") ==
             "NATURAL JOIN is not supported at 2:38; name the columns: USING (...)");
  BOOST_TEST(
      refusedView("SELECT a.region FROM orders a JOIN orders b USING (order_id)") ==
      "joining the event \"orders\" to the event \"orders\" is not yet supported at 2:36; let "
      "one of them write a table, and join that by its key");
  BOOST_TEST(
      refusedView("SELECT o.region FROM orders o JOIN returns r USING (order_id)") ==
      "joining the event \"returns\" to the event \"orders\" is not yet supported at 2:36; let "
      "one of them write a table, and join that by its key");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM orders c JOIN customers c USING (customer_id)") ==
             "table name \"c\" specified more than once at 2:34; give each its alias");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM orders JOIN customers USING (total)") ==
             "column \"total\" specified in USING clause does not exist in right table at 2:32");
}

BOOST_AUTO_TEST_CASE(ambiguous_names_are_refused_but_not_those_of_using) {
  BOOST_TEST(refusedView("SELECT region FROM orders o JOIN customers c USING (customer_id)") ==
             "column reference \"region\" is ambiguous at 2:8; write o.region or c.region");
  BOOST_TEST(
      bound("SELECT customer_id, c.customer_id AS same FROM orders o JOIN customers c USING "
            "(customer_id)") ==
      "from o join c(o.customer_id) select o.customer_id as customer_id, c.customer_id as same");
}

BOOST_AUTO_TEST_CASE(what_FROM_may_not_read) {
  BOOST_TEST(refusedView("SELECT 1 AS x FROM order") ==
             "syntax error at or near \"order\" at 2:20");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM ordrs") ==
             "relation \"ordrs\" does not exist at 2:20; did you mean \"orders\"?");
  BOOST_TEST(
      refusedView("SELECT 1 AS x FROM by_region") ==
      "\"by_region\" is a view; views of views are not yet supported at 2:20; read the event or "
      "table that it reads");
  BOOST_TEST(
      refusedView("SELECT 1 AS x FROM place_order") ==
      "\"place_order\" is a command; only its events are kept at 2:20; read the event that it "
      "emits");
  BOOST_TEST(
      refusedView("SELECT 1 AS x FROM public.orders") ==
      "relation \"public.orders\" does not exist at 2:20; facet has no schemas: leave the part "
      "before the point out");
  BOOST_TEST(
      refusedView("SELECT x FROM (SELECT region AS x FROM orders) s") ==
      "sub-selects in FROM are not yet supported at 2:23; read the event or table itself, and "
      "join tables by their key");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM generate_series(1, 3)") ==
             "functions in FROM are not yet supported at 2:20");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM ONLY orders") ==
             "FROM ONLY is not supported at 2:25; leave ONLY out");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM orders TABLESAMPLE SYSTEM (10)") ==
             "TABLESAMPLE is not supported at 2:20");
  BOOST_TEST(refusedView("SELECT 1 AS x FROM orders o (a, b)") ==
             "an alias with column names is not supported at 2:20; use AS in the SELECT");
  BOOST_TEST(refusedView("SELECT 1 AS x") ==
             "a view without FROM is not supported at 2:1; name what it reads: FROM ...");
}

BOOST_AUTO_TEST_CASE(groups_by_column_expression_place_and_alias) {
  BOOST_TEST(
      bound("SELECT c.region, count(*) AS orders, sum(o.total) AS revenue FROM orders o JOIN "
            "customers c USING (customer_id) GROUP BY c.region") ==
      "from o join c(o.customer_id) group c.region count(*) sum(o.total) select g0 as region, a0 "
      "as orders, a1 as revenue");
  BOOST_TEST(
      bound("SELECT date_trunc('month', sent_at) AS month, quantity + 1 + 1 AS q FROM orders "
            "GROUP BY 1, quantity + 1") ==
      "from orders group date_trunc('month', orders.sent_at) group orders.quantity + 1 select "
      "g0 as month, g1 + 1 as q");
  BOOST_TEST(bound("SELECT upper(region) AS u FROM orders GROUP BY u") ==
             "from orders group upper(orders.region) select g0 as u");
  BOOST_TEST(bound("SELECT upper(region) AS region FROM orders GROUP BY region") ==
             "from orders group orders.region select upper(g0) as region");
  BOOST_TEST(bound("SELECT count(*) FROM orders GROUP BY region, region") ==
             "from orders group orders.region count(*) select a0 as count");
}

BOOST_AUTO_TEST_CASE(what_having_says_of_the_group_alone_is_said_of_its_rows) {
  BOOST_TEST(bound("SELECT sum(quantity) AS s FROM orders GROUP BY region "
                   "HAVING region <> 'x' AND count(*) > 1") ==
             "from orders where orders.region <> 'x' group orders.region sum(orders.quantity) "
             "count(*) having a1 > 1 select a0 as s");
  BOOST_TEST(bound("SELECT region FROM orders GROUP BY region HAVING region <> 'x'") ==
             "from orders where orders.region <> 'x' group orders.region select g0 as region");
  BOOST_TEST(bound("SELECT count(*) AS n FROM orders HAVING 1 > 2") ==
             "from orders count(*) having 1 > 2 select a0 as n");
}

BOOST_AUTO_TEST_CASE(wrong_grouping_is_explained) {
  BOOST_TEST(
      refusedView("SELECT region, total FROM orders o GROUP BY region") ==
      "column \"o.total\" must appear in the GROUP BY clause or be used in an aggregate function "
      "at 2:16; add o.total to GROUP BY");
  BOOST_TEST(
      refusedView("SELECT count(*) FROM orders GROUP BY region HAVING quantity > 1") ==
      "column \"orders.quantity\" must appear in the GROUP BY clause or be used in an aggregate "
      "function at 2:52; add orders.quantity to GROUP BY");
  BOOST_TEST(
      refusedView("SELECT name, count(*) FROM customers GROUP BY customer_id") ==
      "column \"customers.name\" must appear in the GROUP BY clause or be used in an aggregate "
      "function at 2:8; add customers.name to GROUP BY");
  BOOST_TEST(refusedView("SELECT region FROM orders GROUP BY 2") ==
             "GROUP BY position 2 is not in select list at 2:36");
  BOOST_TEST(refusedView("SELECT region FROM orders GROUP BY -1") ==
             "GROUP BY position -1 is not in select list at 2:36");
  BOOST_TEST(refusedView("SELECT region FROM orders GROUP BY 'region'") ==
             "non-integer constant in GROUP BY at 2:36");
  BOOST_TEST(refusedView("SELECT count(*) FROM orders GROUP BY 1") ==
             "aggregate functions are not allowed in GROUP BY at 2:38");
  BOOST_TEST(refusedView("SELECT region FROM orders GROUP BY ROLLUP (region)") ==
             "GROUPING SETS, ROLLUP and CUBE are not yet supported at 2:36; make a view for each "
             "grouping");
}

BOOST_AUTO_TEST_CASE(aggregates_have_postgresqls_types) {
  const auto aggregate = [](std::string_view call) {
    const Select select = view(fmt::format("SELECT {} AS x FROM orders GROUP BY region", call));
    const ExprPtr& expr = select.outputs.at(0).expr;
    return typeName(expr->type) + (expr->nullable ? "?" : "");
  };
  BOOST_TEST(aggregate("count(*)") == "bigint");
  BOOST_TEST(aggregate("count(total)") == "bigint");
  BOOST_TEST(aggregate("sum(small)") == "bigint?");
  BOOST_TEST(aggregate("sum(quantity)") == "bigint");
  BOOST_TEST(aggregate("sum(big)") == "numeric(18,0)?");
  BOOST_TEST(aggregate("sum(total)") == "numeric(18,4)?");
  BOOST_TEST(aggregate("sum(total / 3)") == "numeric?");
  BOOST_TEST(aggregate("sum(ratio)") == "real?");
  BOOST_TEST(aggregate("sum(weight)") == "double precision?");
  BOOST_TEST(aggregate("avg(quantity)") == "numeric");
  BOOST_TEST(aggregate("avg(ratio)") == "double precision?");
  BOOST_TEST(aggregate("min(region)") == "text?");
  BOOST_TEST(aggregate("max(placed_on)") == "date?");
  BOOST_TEST(aggregate("max(total)") == "numeric(18,4)?");
  BOOST_TEST(aggregate("bool_and(paid)") == "boolean");
  BOOST_TEST(aggregate("every(paid)") == "boolean");
  BOOST_TEST(aggregate("bool_or(total > 1)") == "boolean?");
  BOOST_TEST(aggregate("sum(quantity) FILTER (WHERE paid)") == "bigint?");
  BOOST_TEST(aggregate("coalesce(sum(total), 0)") == "numeric");
  BOOST_TEST(view("SELECT sum(quantity) FROM orders").outputs[0].expr->nullable);
  BOOST_TEST(!view("SELECT count(*) FROM orders").outputs[0].expr->nullable);
}

BOOST_AUTO_TEST_CASE(numerics_that_18_digits_may_not_hold_are_wide) {
  const auto column = [](const std::string& select) {
    const Select bound = view(select);
    return columnTypeName(columnOf(bound, bound.outputs.at(0)));
  };
  const std::pair<const char*, const char*> kRows[] = {
      {"total", "numeric(18,4)"},
      {"-total", "numeric(18,4)"},
      {"abs(total)", "numeric(18,4)"},
      {"nullif(total, 1.0000)", "numeric(18,4)"},
      {"coalesce(total, 0.0000)", "numeric(18,4)"},
      {"CASE WHEN paid THEN total ELSE NULL END", "numeric(18,4)"},
      {"greatest(total, 99999999999999.9999)", "numeric(18,4)"},
      {"greatest(total, 999999999999999.9999)", "numeric(38,4)"},
      {"total + 1", "numeric(38,4)"},
      {"total * quantity", "numeric(38,4)"},
      {"total * total * total * total * total", "numeric(38,20)"},
      {"quantity * 1.19", "numeric(18,2)"},
      {"quantity + 0.5", "numeric(18,1)"},
      {"big + 0.5", "numeric(38,1)"},
      {"big::numeric", "numeric(38,0)"},
      {"quantity::numeric", "numeric(18,0)"},
      {"total % 3", "numeric(18,4)"},
      {"round(total, 2)", "numeric(18,2)"},
      {"round(total, -2)", "numeric(18,0)"},
      {"round(total, 6)", "numeric(38,6)"},
      {"round(total / 3, 2)", "numeric(38,2)"},
      {"ceil(total)", "numeric(18,0)"},
      {"(total * quantity)::numeric(18,2)", "numeric(18,2)"},
      {"(total * quantity)::numeric(19,2)", "numeric(38,2)"},
      {"total::numeric(5,20)", "numeric(38,20)"},
      {"weight::numeric", "numeric"},
      {"weight::numeric(18,3)", "numeric(18,3)"},
      {"total / 3", "numeric"},
      {"99999999999999999999", "numeric(38,0)"},
      {"0.0000000001", "numeric(18,10)"},
      {"extract(year from placed_on)", "numeric(18,0)"},
      {"extract(epoch from sent_at)", "numeric(18,6)"},
      {"extract(epoch from sent_at - sent_at)", "numeric(38,6)"},
  };
  for (const auto& [expression, type] : kRows) {
    BOOST_TEST(column(fmt::format("SELECT {} AS x FROM orders", expression)) == type, expression);
  }
  const std::pair<const char*, const char*> kGroups[] = {
      {"min(total)", "numeric(18,4)"},
      {"max(total * quantity)", "numeric(38,4)"},
      {"sum(total)", "numeric(38,4)"},
      {"sum(big)", "numeric(38,0)"},
      {"round(sum(total), 2)", "numeric(38,2)"},
      {"avg(total)", "numeric"},
      {"sum(quantity)", "bigint"},
      {"sum(total) / count(*)", "numeric"},
      {"round(total, 2)", "numeric(18,2)"},
      {"count(*) * 0.5", "numeric(38,1)"},
  };
  for (const auto& [expression, type] : kGroups) {
    BOOST_TEST(column(fmt::format("SELECT {} AS x FROM orders GROUP BY round(total, 2)",
                                  expression)) == type,
               expression);
  }
}

BOOST_AUTO_TEST_CASE(equal_aggregates_are_kept_once) {
  BOOST_TEST(
      bound("SELECT sum(total) / count(*) AS mean, count(*) AS n, count(DISTINCT region) AS r, "
            "max(DISTINCT total) AS top FROM orders HAVING count(*) > 1 AND sum(total) > 2") ==
      "from orders sum(orders.total) count(*) distinct count(orders.region) max(orders.total) "
      "having a1 > 1 AND a0 > 2 select a0 / a1 as mean, a1 as n, a2 as r, a3 as top");
  BOOST_TEST(bound("SELECT count(*) FILTER (WHERE paid) AS a, count(*) AS b FROM orders") ==
             "from orders count(*) filter orders.paid count(*) select a0 as a, a1 as b");
}

BOOST_AUTO_TEST_CASE(aggregates_in_the_wrong_place_are_refused) {
  BOOST_TEST(refusedView("SELECT count(*) FROM orders WHERE count(*) > 1") ==
             "aggregate functions are not allowed in WHERE at 2:35");
  BOOST_TEST(refusedView("SELECT count(*) FROM orders o JOIN customers c ON sum(1) = 1") ==
             "aggregate functions are not allowed in JOIN/ON at 2:51");
  BOOST_TEST(refusedView("SELECT sum(count(*)) FROM orders") ==
             "aggregate function calls cannot be nested at 2:12");
  BOOST_TEST(refusedView("SELECT sum(big) FILTER (WHERE max(big) > 1) FROM orders") ==
             "aggregate functions are not allowed in FILTER at 2:31");
  BOOST_TEST(refusedView("SELECT sum(region) FROM orders") ==
             "function sum(text) does not exist at 2:8; no aggregate matches this type; a cast may "
             "help: CAST(x AS type)");
  BOOST_TEST(
      refusedView("SELECT min(paid) FROM orders") ==
      "function min(boolean) does not exist at 2:8; no aggregate matches this type; a cast may "
      "help: CAST(x AS type)");
  BOOST_TEST(refusedView("SELECT sum(*) FROM orders") ==
             "function sum() does not exist at 2:8; only count has a star");
  BOOST_TEST(refusedView("SELECT sum(big, big) FROM orders") ==
             "function sum(bigint, bigint) does not exist at 2:8; sum takes one argument");
  BOOST_TEST(
      refusedView("SELECT sum(DISTINCT big) FROM orders") ==
      "sum(DISTINCT ...) is not yet supported at 2:8; count(DISTINCT ...) is; or group by the "
      "value in another view");
  BOOST_TEST(
      refusedView("SELECT string_agg(region, ',') FROM orders") ==
      "aggregate string_agg is not yet supported at 2:8; facet has count, sum, avg, min, max, "
      "bool_and, bool_or and every");
  BOOST_TEST(refusedView("SELECT count(big ORDER BY big) FROM orders") ==
             "ORDER BY inside an aggregate is not yet supported at 2:8; leave it out");
  BOOST_TEST(refusedView("SELECT sum(interval '1 day') FROM orders") ==
             "sum(interval) is not yet supported at 2:8");
}

BOOST_AUTO_TEST_CASE(columns_get_postgresqls_names) {
  BOOST_TEST(nameOf("region") == "region");
  BOOST_TEST(nameOf("orders.region") == "region");
  BOOST_TEST(nameOf("region::bytea") == "region");
  BOOST_TEST(nameOf("5::bigint") == "int8");
  BOOST_TEST(nameOf("date '2020-01-01'") == "date");
  BOOST_TEST(nameOf("count(*)") == "count");
  BOOST_TEST(nameOf("lower(region)") == "lower");
  BOOST_TEST(nameOf("trim(region)") == "btrim");
  BOOST_TEST(nameOf("extract(year from placed_on)") == "extract");
  BOOST_TEST(nameOf("coalesce(region, '')") == "coalesce");
  BOOST_TEST(nameOf("nullif(region, '')") == "nullif");
  BOOST_TEST(nameOf("greatest(1, 2)") == "greatest");
  BOOST_TEST(nameOf("case when paid then 1 end") == "case");
  BOOST_TEST(nameOf("case when paid then 1 else quantity end") == "quantity");
  BOOST_TEST(nameOf("region collate \"C\"") == "region");
  for (const char* unnamed : {"1", "quantity + 1", "paid and paid", "region is null", "'x'"}) {
    BOOST_TEST(refusedView(fmt::format("SELECT {} FROM orders", unnamed)) ==
               "a column of a view needs a name at 2:8; write ... AS name");
  }
}

BOOST_AUTO_TEST_CASE(names_are_unique) {
  BOOST_TEST(refusedView("SELECT quantity, small AS quantity FROM orders") ==
             "column \"quantity\" specified more than once at 2:18; write ... AS another_name");
  BOOST_TEST(refusedView("SELECT * FROM orders o JOIN customers c USING (customer_id)") ==
             "column \"region\" specified more than once at 2:8; write ... AS another_name");
}

BOOST_AUTO_TEST_CASE(clauses_that_come_later_are_refused_with_advice) {
  BOOST_TEST(refusedView("SELECT DISTINCT region FROM orders") ==
             "SELECT DISTINCT is not yet supported at 2:8; GROUP BY the columns instead");
  BOOST_TEST(
      refusedView("SELECT region FROM orders ORDER BY region") ==
      "ORDER BY in a view is not yet supported at 2:27; a view's rows have no order; sort when "
      "you read them: scan --order-by, or ORDER BY in a query");
  BOOST_TEST(
      refusedView("SELECT region FROM orders LIMIT 5") ==
      "LIMIT in a view is not yet supported at 2:27; limit when you read: scan --limit, or LIMIT "
      "in a query");
  BOOST_TEST(refusedView("SELECT region FROM orders OFFSET 5") ==
             "OFFSET in a view is not yet supported at 2:27; skip rows when you read: OFFSET in a "
             "query");
  BOOST_TEST(refusedView("SELECT region FROM orders UNION ALL SELECT name FROM customers") ==
             "UNION is not yet supported at 2:27; make a view for each SELECT");
  BOOST_TEST(refusedView("WITH w AS (SELECT 1) SELECT region FROM orders") ==
             "WITH is not yet supported at 2:1; write one SELECT over the event or table");
  BOOST_TEST(refusedView("SELECT sum(big) OVER w FROM orders WINDOW w AS ()") ==
             "WINDOW is not yet supported at 2:36; use GROUP BY");
  BOOST_TEST(refusedView("VALUES (1)") == "VALUES is not supported at 2:1; write SELECT ... FROM");
  BOOST_TEST(refusedView("SELECT region FROM orders FOR UPDATE") ==
             "FOR UPDATE and FOR SHARE are not supported at 2:27; leave it out");
}

BOOST_AUTO_TEST_CASE(a_view_has_at_most_1600_columns_and_64_joins) {
  std::string columns = "1 AS c0";
  for (int i = 1; i < 1600; ++i) columns += fmt::format(", 1 AS c{}", i);
  BOOST_TEST(view("SELECT " + columns + " FROM orders").outputs.size() == 1600U);
  BOOST_TEST(refusedView("SELECT " + columns + ", 1 AS more FROM orders")
                 .starts_with("a SELECT can have at most 1600 columns at 2:"));
  std::string joins = "orders";
  for (int i = 0; i < 1000; ++i) joins += " CROSS JOIN customers";
  BOOST_TEST(refusedView("SELECT 1 AS x FROM " + joins).starts_with("more than 64 joins at "));
}

BOOST_AUTO_TEST_SUITE_END()
