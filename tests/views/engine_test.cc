// Each feature of a view, at the ends of chunks: what PostgreSQL would answer.
#include "tests/views/engine_vocabulary.h"

namespace facet::test {

namespace {

std::string view(const std::string& select, const std::string& more = "") {
  return "CREATE MATERIALIZED VIEW v AS " + select + ";\n" + more;
}

/// An engine of kSales with one view, v.
Engine engineOf(const std::string& select, const std::string& more = "", uint32_t shards = 1) {
  return Engine(engineModel(kSales, view(select, more)), shards);
}

// The fields: customer, product, amount, parts, note, weight, paid, day.
const std::string kDay = " 2024-05-06";

}  // namespace

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(counts_and_sums_by_group) {
  Engine engine = engineOf(
      "SELECT customer_id, count(*) AS n, sum(amount) AS amount, sum(parts) AS parts,"
      " avg(amount) AS mean FROM sale GROUP BY customer_id");
  CHECK_LINES(engine.rows("v"), {});
  engine.chunk({"sale a p 1.50 2 - 0 t" + kDay, "sale b p 2.00 - - 0 t" + kDay});
  CHECK_LINES(engine.rows("v"),
              {"a|1|1.50|2|1.50000000000000000000", "b|1|2.00|NULL|2.0000000000000000"});
  engine.chunk({"sale a p 0.75 3 - 0 t" + kDay});
  CHECK_LINES(engine.rows("v"),
              {"a|2|2.25|5|1.12500000000000000000", "b|1|2.00|NULL|2.0000000000000000"});
  BOOST_CHECK_EQUAL(engine.get("v", {"a"}), "a|2|2.25|5|1.12500000000000000000");
  BOOST_CHECK_EQUAL(engine.get("v", {"c"}), "none");
  BOOST_CHECK_EQUAL(engine.rowCount("v"), 2);
}

BOOST_AUTO_TEST_CASE(nulls_are_one_group) {
  Engine engine =
      engineOf("SELECT product_id, count(*), count(note) AS notes FROM sale GROUP BY product_id");
  engine.chunk(
      {"sale a - 1 1 x 0 t" + kDay, "sale a - 1 1 - 0 t" + kDay, "sale a p 1 1 - 0 t" + kDay});
  CHECK_LINES(engine.rows("v"), {"NULL|2|1", "p|1|0"});
  BOOST_CHECK_EQUAL(engine.get("v", {"NULL"}), "NULL|2|1");
}

BOOST_AUTO_TEST_CASE(a_global_aggregate_always_has_its_row) {
  for (const uint32_t shards : {1, 3}) {
    Engine engine =
        engineOf("SELECT count(*), sum(amount), max(note), min(parts) FROM sale", "", shards);
    CHECK_LINES(engine.rows("v"), {"0|NULL|NULL|NULL"});
    BOOST_CHECK_EQUAL(engine.get("v", {}), "0|NULL|NULL|NULL");
    CHECK_LINES(engine.copy(shards)->rows("v"), {"0|NULL|NULL|NULL"});
    engine.chunk({"sale a p 1.50 2 hm 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {"1|1.50|hm|2"});
    BOOST_CHECK_EQUAL(engine.get("v", {}), "1|1.50|hm|2");
    BOOST_CHECK_EQUAL(engine.rowCount("v"), 1);
  }
}

BOOST_AUTO_TEST_CASE(a_global_aggregate_over_a_table_goes_back_to_nothing) {
  Engine engine = engineOf("SELECT count(*), sum(total), avg(weight), max(note) FROM orders");
  engine.chunk({"order_set o a 5.00 1 x 0.5"});
  CHECK_LINES(engine.rows("v"), {"1|5.00|0.5|x"});
  engine.chunk({"order_erased o"});
  CHECK_LINES(engine.rows("v"), {"0|NULL|NULL|NULL"});
}

BOOST_AUTO_TEST_CASE(where_and_filter_take_what_is_true) {
  Engine engine = engineOf(
      "SELECT customer_id, count(*) FILTER (WHERE paid) AS paid, sum(amount) FILTER (WHERE parts > "
      "1)"
      " FROM sale WHERE note <> 'no' GROUP BY customer_id");
  engine.chunk({"sale a p 1 1 yes 0 t" + kDay, "sale a p 2 2 yes 0 f" + kDay,
                "sale a p 4 3 no 0 t" + kDay, "sale b p 8 9 - 0 t" + kDay});
  CHECK_LINES(engine.rows("v"), {"a|1|2.00"});
}

BOOST_AUTO_TEST_CASE(extremes_of_events_are_kept_in_place) {
  Engine engine = engineOf(
      "SELECT customer_id, min(amount) AS a, max(amount) AS b, min(note) AS c, max(note) AS d,"
      " max(sold_on) AS e, min(weight) AS f, bool_and(paid), bool_or(paid), min(parts) AS g FROM "
      "sale GROUP BY customer_id");
  engine.chunk({"sale a p 2.50 7 m 1.5 t 2024-05-06"});
  engine.chunk(
      {"sale a p 1.25 - zebra 2.5 f 2024-05-05", "sale a p 9 3 a-very-long-note -1 t 2024-05-07"});
  engine.chunk({"sale a p 3 4 - 0 t 2020-01-01"});
  CHECK_LINES(engine.rows("v"), {"a|1.25|9.00|a-very-long-note|zebra|2024-05-07|-1|f|t|3"});
}

BOOST_AUTO_TEST_CASE(extremes_of_tables_can_be_taken_back) {
  Engine engine = engineOf(
      "SELECT customer_id, min(total), max(total), max(note) AS note, bool_and(parts > 1) FROM "
      "orders GROUP BY customer_id");
  engine.chunk({"order_set o1 a 5 1 x 0", "order_set o2 a 3 2 y 0", "order_set o3 a 9 3 - 0"});
  CHECK_LINES(engine.rows("v"), {"a|3.00|9.00|y|f"});
  engine.chunk({"order_erased o3", "order_set o1 a 5 4 x 0"});
  CHECK_LINES(engine.rows("v"), {"a|3.00|5.00|y|t"});
  engine.chunk({"order_set o2 b 3 2 y 0"});
  CHECK_LINES(engine.rows("v"), {"a|5.00|5.00|x|t", "b|3.00|3.00|y|t"});
  engine.chunk({"order_erased o1", "order_erased o2"});
  CHECK_LINES(engine.rows("v"), {});
  BOOST_CHECK_EQUAL(engine.rowCount("v"), 0);
}

BOOST_AUTO_TEST_CASE(a_maximum_is_shown_with_its_own_scale) {
  Engine engine = engineOf(
      "SELECT customer_id, max(round(total, parts)), sum(round(total, parts))"
      " FROM orders GROUP BY customer_id");
  engine.chunk({"order_set o1 a 5 1 x 0", "order_set o2 a 3.25 0 y 0"});
  CHECK_LINES(engine.rows("v"), {"a|5.0|8.0"});
  engine.chunk({"order_erased o1"});
  CHECK_LINES(engine.rows("v"), {"a|3|3"});
}

BOOST_AUTO_TEST_CASE(distinct_values_count_once) {
  Engine engine = engineOf(
      "SELECT customer_id, count(DISTINCT note) AS a, count(DISTINCT total) FILTER (WHERE parts > "
      "0) AS b"
      " FROM orders GROUP BY customer_id");
  engine.chunk({"order_set o1 a 5 1 x 0", "order_set o2 a 5 2 x 0", "order_set o3 a 7 0 y 0",
                "order_set o4 a 5 1 - 0"});
  CHECK_LINES(engine.rows("v"), {"a|2|1"});
  engine.chunk({"order_erased o1"});
  CHECK_LINES(engine.rows("v"), {"a|2|1"});
  engine.chunk({"order_erased o2", "order_set o3 a 7 1 y 0"});
  CHECK_LINES(engine.rows("v"), {"a|1|2"});
}

BOOST_AUTO_TEST_CASE(sums_of_floats_do_not_depend_on_order_and_go_back_exactly) {
  Engine engine =
      engineOf("SELECT customer_id, sum(weight), avg(weight) FROM orders GROUP BY customer_id");
  engine.chunk(
      {"order_set o1 a 0 0 - 1e300", "order_set o2 a 0 0 - 1.5", "order_set o3 a 0 0 - -1e300"});
  CHECK_LINES(engine.rows("v"), {"a|1.5|0.5"});
  engine.chunk({"order_erased o1", "order_erased o3"});
  CHECK_LINES(engine.rows("v"), {"a|1.5|1.5"});
}

BOOST_AUTO_TEST_CASE(having_hides_and_shows_groups) {
  Engine engine = engineOf(
      "SELECT customer_id, sum(total) FROM orders GROUP BY customer_id HAVING count(*) > 1",
      "CREATE INDEX ON v (sum DESC);");
  engine.chunk({"order_set o1 a 5 1 x 0"});
  CHECK_LINES(engine.rows("v"), {});
  BOOST_CHECK_EQUAL(engine.get("v", {"a"}), "none");
  BOOST_CHECK_EQUAL(engine.rowCount("v"), 0);
  engine.chunk({"order_set o2 a 2 1 x 0"});
  CHECK_LINES(engine.rows("v"), {"a|7.00"});
  CHECK_LINES(engine.ordered("v", 0), {"a|7.00"});
  engine.chunk({"order_erased o1"});
  CHECK_LINES(engine.rows("v"), {});
  CHECK_LINES(engine.ordered("v", 0), {});
}

BOOST_AUTO_TEST_CASE(a_join_takes_the_row_that_is_there_now) {
  for (const uint32_t shards : {1, 4}) {
    Engine engine = engineOf(
        "SELECT c.region_id, count(*), sum(s.amount) FROM sale s JOIN customers c USING "
        "(customer_id)"
        " GROUP BY c.region_id",
        "", shards);
    engine.chunk(
        {"sale a p 1 1 - 0 t" + kDay, "sale b p 2 1 - 0 t" + kDay, "sale a p 4 1 - 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {});  // nobody knows the customers
    engine.chunk({"customer_set a Ann north 1"});
    CHECK_LINES(engine.rows("v"), {"north|2|5.00"});
    engine.chunk({"customer_set b Bob north 1", "sale b p 8 1 - 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {"north|4|15.00"});
    engine.chunk({"customer_set a Ann south 1", "sale a p 16 1 - 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {"north|2|10.00", "south|3|21.00"});
    engine.chunk({"customer_erased b"});
    CHECK_LINES(engine.rows("v"), {"south|3|21.00"});
    engine.chunk({"customer_set b Bob - 1"});
    CHECK_LINES(engine.rows("v"), {"NULL|2|10.00", "south|3|21.00"});
    BOOST_CHECK(engine.digest("v") == engine.digestOfRows("v"));
  }
}

BOOST_AUTO_TEST_CASE(a_row_that_comes_and_goes_within_a_chunk_leaves_nothing) {
  Engine engine = engineOf(
      "SELECT c.region_id, count(*) FROM sale s JOIN customers c USING (customer_id) GROUP BY "
      "c.region_id");
  engine.chunk({"sale a p 1 1 - 0 t" + kDay, "customer_set a Ann north 1", "customer_erased a"});
  CHECK_LINES(engine.rows("v"), {});
  engine.add("customer_set a Ann north 1");
  engine.endBatch();
  engine.add("customer_set a Ann south 1");
  engine.endBatch();
  engine.add("customer_set a Ann west 1");
  engine.commit();
  CHECK_LINES(engine.rows("v"), {"west|1"});
}

BOOST_AUTO_TEST_CASE(joins_follow_each_other) {
  const std::string select =
      "SELECT r.title, count(*), sum(s.amount * r.factor) FROM sale s"
      " JOIN customers c ON c.customer_id = s.customer_id JOIN regions r ON r.region_id = "
      "c.region_id"
      " GROUP BY r.title";
  for (const uint32_t shards : {1, 3}) {
    Engine engine = engineOf(select, "", shards);
    engine.chunk({"sale a p 1 1 - 0 t" + kDay, "sale b p 2 1 - 0 t" + kDay,
                  "customer_set a Ann n 1", "customer_set b Bob n 1"});
    CHECK_LINES(engine.rows("v"), {});
    engine.chunk({"region_set n North 10"});
    CHECK_LINES(engine.rows("v"), {"North|2|30.00"});
    engine.chunk({"region_set s South 100"});
    engine.chunk({"customer_set b Bob s 1"});
    CHECK_LINES(engine.rows("v"), {"North|1|10.00", "South|1|200.00"});
    // Of both tables at once.
    engine.chunk({"region_set s Sud 7", "customer_set a Ann s 1", "sale a p 3 1 - 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {"Sud|3|42.00"});
    engine.chunk({"region_erased n"});
    CHECK_LINES(engine.rows("v"), {"Sud|3|42.00"});
    engine.chunk({"region_erased s"});
    CHECK_LINES(engine.rows("v"), {});
  }
}

BOOST_AUTO_TEST_CASE(a_table_joins_a_table) {
  Engine engine = engineOf(
      "SELECT o.order_id, o.total, c.name FROM orders o JOIN customers c USING (customer_id)",
      "CREATE UNIQUE INDEX ON v (order_id); CREATE INDEX ON v (name, total DESC);", 2);
  engine.chunk({"order_set o1 a 5 1 x 0", "customer_set a Ann n 1", "order_set o2 a 7 1 x 0",
                "order_set o3 b 1 1 x 0"});
  CHECK_LINES(engine.rows("v"), {"o1|5.00|Ann", "o2|7.00|Ann"});
  CHECK_LINES(engine.ordered("v", 0), {"o2|7.00|Ann", "o1|5.00|Ann"});
  engine.chunk({"order_set o1 b 6 1 x 0", "customer_set b Bob n 1"});
  CHECK_LINES(engine.ordered("v", 0), {"o2|7.00|Ann", "o1|6.00|Bob", "o3|1.00|Bob"});
  CHECK_LINES(engine.ordered("v", 0, true, "", 1), {"o3|1.00|Bob", "o1|6.00|Bob", "o2|7.00|Ann"});
  engine.chunk({"customer_set a Zoe n 1", "order_erased o3"});
  CHECK_LINES(engine.ordered("v", 0), {"o1|6.00|Bob", "o2|7.00|Zoe"});
  BOOST_CHECK_EQUAL(engine.get("v", {"o2"}), "o2|7.00|Zoe");
}

BOOST_AUTO_TEST_CASE(a_table_is_joined_twice) {
  const std::string select =
      "SELECT a.region_id AS giver, b.region_id AS taker, count(*), sum(s.amount) FROM sale s"
      " JOIN customers a ON a.customer_id = s.customer_id"
      " JOIN customers b ON b.customer_id = s.product_id GROUP BY a.region_id, b.region_id";
  for (const uint32_t shards : {1, 2, 5}) {
    Engine engine = engineOf(select, "", shards);
    engine.chunk({"sale a b 1 1 - 0 t" + kDay, "sale b a 2 1 - 0 t" + kDay,
                  "sale a a 4 1 - 0 t" + kDay, "customer_set a Ann n 1"});
    CHECK_LINES(engine.rows("v"), {"n|n|1|4.00"});
    engine.chunk({"customer_set b Bob s 1"});
    CHECK_LINES(engine.rows("v"), {"n|n|1|4.00", "n|s|1|1.00", "s|n|1|2.00"});
    // Both change, and a sale comes, in one chunk; what has one of them on both sides moves once.
    engine.chunk({"customer_set a Ann e 1", "customer_set b Bob w 1", "sale b a 8 1 - 0 t" + kDay});
    CHECK_LINES(engine.rows("v"), {"e|e|1|4.00", "e|w|1|1.00", "w|e|2|10.00"});
    // They change places.
    engine.chunk({"customer_set a Ann w 1", "customer_set b Bob e 1"});
    CHECK_LINES(engine.rows("v"), {"e|w|2|10.00", "w|e|1|1.00", "w|w|1|4.00"});
    engine.chunk({"customer_erased a"});
    CHECK_LINES(engine.rows("v"), {});
    engine.chunk({"customer_set a Ann - 1", "customer_erased b"});
    CHECK_LINES(engine.rows("v"), {"NULL|NULL|1|4.00"});
    BOOST_CHECK(engine.digest("v") == engine.digestOfRows("v"));
  }
}

BOOST_AUTO_TEST_CASE(a_table_is_joined_to_itself) {
  // A customer's name is the key of the one who brought it.
  const std::string select =
      "SELECT c.customer_id, b.region_id, b.level - c.level AS above, g.level AS far"
      " FROM customers c JOIN customers b ON b.customer_id = c.name"
      " JOIN customers g ON g.customer_id = b.name";
  for (const uint32_t shards : {1, 3}) {
    Engine engine = engineOf(select, "CREATE UNIQUE INDEX ON v (customer_id);", shards);
    engine.chunk({"customer_set a b n 1", "customer_set b c s 2", "customer_set c - w 4"});
    CHECK_LINES(engine.rows("v"), {"a|s|1|4"});
    engine.chunk({"customer_set c c w 8"});  // its own now
    CHECK_LINES(engine.rows("v"), {"a|s|1|8", "b|w|6|8", "c|w|0|8"});
    // The source's row and what it joins change together.
    engine.chunk({"customer_set a c n 1", "customer_set c b e 16"});
    CHECK_LINES(engine.rows("v"), {"a|e|15|2", "b|e|14|2", "c|s|-14|16"});
    engine.chunk({"customer_erased b"});
    CHECK_LINES(engine.rows("v"), {});
    engine.chunk({"customer_set b a s 32"});
    CHECK_LINES(engine.rows("v"), {"a|e|15|32", "b|n|-31|16", "c|s|16|1"});
    BOOST_CHECK_EQUAL(engine.get("v", {"b"}), "b|n|-31|16");
    engine.chunk({"customer_erased a", "customer_erased b", "customer_erased c"});
    CHECK_LINES(engine.rows("v"), {});
    BOOST_CHECK_EQUAL(engine.rowCount("v"), 0);
  }
}

BOOST_AUTO_TEST_CASE(rows_without_a_key_are_a_bag) {
  Engine engine = engineOf("SELECT customer_id, note FROM orders", "CREATE INDEX ON v (note);");
  engine.chunk({"order_set o1 a 5 1 x 0", "order_set o2 a 7 1 x 0", "order_set o3 a 7 1 - 0"});
  CHECK_LINES(engine.rows("v"), {"a|NULL", "a|x", "a|x"});
  CHECK_LINES(engine.ordered("v", 0), {"a|x", "a|x", "a|NULL"});
  BOOST_CHECK_EQUAL(engine.rowCount("v"), 3);
  engine.chunk({"order_erased o1"});
  CHECK_LINES(engine.rows("v"), {"a|NULL", "a|x"});
  BOOST_CHECK(engine.source("v").keyLayout() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_second_row_for_a_key_degrades_until_one_goes) {
  Engine engine =
      engineOf("SELECT coalesce(customer_id, '') AS customer_id, order_id, note FROM orders",
               "CREATE UNIQUE INDEX ON v (customer_id);");
  engine.chunk({"order_set o1 a 5 1 x 0", "order_set o2 b 7 1 longer-than-the-other 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);
  engine.chunk({"order_set o3 a 5 1 y 0", "order_set o4 a 5 1 y 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 2);
  BOOST_CHECK_EQUAL(engine.errorText("v"),
                    "duplicate key value violates unique constraint in the view's key, key (a)");
  engine.chunk({"order_erased o1", "order_erased o3"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);
  CHECK_LINES(engine.rows("v"), {"a|o4|y", "b|o2|longer-than-the-other"});
  // Rows that change places within a chunk are no error.
  engine.chunk({"order_set o4 b 5 1 y 0", "order_set o2 a 7 1 longer-than-the-other 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);
  CHECK_LINES(engine.rows("v"), {"a|o2|longer-than-the-other", "b|o4|y"});
}

BOOST_AUTO_TEST_CASE(a_unique_index_may_be_over_some_groups_or_over_results) {
  for (const uint32_t shards : {1, 4}) {
    Engine some =
        engineOf("SELECT customer_id, note, count(*) FROM orders GROUP BY customer_id, note",
                 "CREATE UNIQUE INDEX ON v (note);", shards);
    some.chunk({"order_set o1 a 5 1 x 0", "order_set o2 b 7 1 y 0", "order_set o3 c 1 1 - 0",
                "order_set o4 d 1 1 - 0"});
    BOOST_CHECK_EQUAL(some.errors("v"), 0);  // NULLs are not equal
    BOOST_CHECK_EQUAL(some.get("v", {"y"}), "b|y|1");
    some.chunk({"order_set o5 b 7 1 x 0"});
    BOOST_CHECK_EQUAL(some.errors("v"), 1);
    some.chunk({"order_erased o1"});
    BOOST_CHECK_EQUAL(some.errors("v"), 0);
    BOOST_CHECK_EQUAL(some.get("v", {"x"}), "b|x|1");

    Engine results =
        engineOf("SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id",
                 "CREATE UNIQUE INDEX ON v (total);", shards);
    results.chunk({"order_set o1 a 5 1 x 0", "order_set o2 b 7 1 y 0", "order_set o3 c 9 1 y 0"});
    BOOST_CHECK_EQUAL(results.get("v", {"7.00"}), "b|7.00");
    results.chunk({"order_set o4 a 4 1 x 0"});
    BOOST_CHECK_EQUAL(results.errors("v"), 1);
    results.chunk({"order_set o3 c 2 1 y 0"});
    BOOST_CHECK_EQUAL(results.errors("v"), 0);
    BOOST_CHECK_EQUAL(results.get("v", {"9.00"}), "a|9.00");
  }
}

BOOST_AUTO_TEST_CASE(errors_come_and_go_with_their_rows) {
  Engine engine = engineOf(
      "SELECT customer_id, sum(total / parts) AS each FROM orders WHERE total > 0 GROUP BY "
      "customer_id",
      "", 2);
  engine.chunk({"order_set o1 a 5 2 x 0", "order_set o2 a 7 0 x 0", "order_set o3 b 0 0 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 1);  // WHERE first
  BOOST_CHECK(engine.errorText("v").starts_with("division by zero in "));
  engine.chunk({"order_set o2 a 7 2 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);
  CHECK_LINES(engine.rows("v"), {"a|6.0000000000000000"});
}

BOOST_AUTO_TEST_CASE(errors_of_events_name_the_event) {
  Engine engine =
      engineOf("SELECT customer_id, sum(amount / parts) AS each FROM sale GROUP BY customer_id");
  engine.chunk({"sale a p 1 1 - 0 t" + kDay, "sale a p 1 0 - 0 t" + kDay});
  BOOST_CHECK(engine.errorText("v").ends_with(", event 2, key (a)"));
}

BOOST_AUTO_TEST_CASE(errors_of_results_belong_to_their_group) {
  Engine engine = engineOf(
      "SELECT customer_id, sum(total) / sum(parts) AS each FROM orders GROUP BY customer_id"
      " HAVING count(*) > 1");
  engine.chunk({"order_set o1 a 5 0 x 0", "order_set o2 b 6 3 x 0", "order_set o3 b 6 3 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);  // HAVING first
  engine.chunk({"order_set o4 a 5 0 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 1);
  CHECK_LINES(engine.rows("v"), {"b|2.0000000000000000"});
  engine.chunk({"order_set o4 a 5 5 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);
  CHECK_LINES(engine.rows("v"), {"a|2.0000000000000000", "b|2.0000000000000000"});
}

BOOST_AUTO_TEST_CASE(sums_that_do_not_fit_are_errors) {
  Engine engine = engineOf(
      "SELECT customer_id, sum(parts * 1000000000::bigint * 1000000000) AS s FROM orders"
      " GROUP BY customer_id");
  engine.chunk({"order_set o1 a 5 9 x 0", "order_set o2 a 6 9 x 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);  // of bigint: numeric
  CHECK_LINES(engine.rows("v"), {"a|18000000000000000000"});
}

BOOST_AUTO_TEST_CASE(what_no_row_looks_at_does_not_fail) {
  // Below the join the quotient is made before anyone knows whether it is needed.
  Engine engine = engineOf(
      "SELECT c.region_id, sum(CASE WHEN c.level > 0 THEN s.amount / s.parts ELSE 0 END) AS each,"
      " sum(s.amount) FILTER (WHERE 10 / s.parts > 1) AS some"
      " FROM sale s JOIN customers c USING (customer_id) WHERE c.level >= 0 GROUP BY c.region_id",
      "", 2);
  engine.chunk({"sale a p 6 0 - 0 t" + kDay, "sale a p 6 2 - 0 t" + kDay});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);  // not joined
  engine.chunk({"customer_set a Ann n -1"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);  // WHERE does not let it pass
  engine.chunk({"customer_set a Ann n 0"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 1);  // FILTER fails
  engine.chunk({"customer_set a Ann n 1"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 1);
  engine.chunk({"customer_erased a"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 0);

  Engine lazy = engineOf(
      "SELECT c.region_id, sum(CASE WHEN c.level > 0 THEN s.amount / s.parts ELSE 0 END) AS each"
      " FROM sale s JOIN customers c USING (customer_id) GROUP BY c.region_id");
  lazy.chunk({"sale a p 6 0 - 0 t" + kDay, "sale a p 6 2 - 0 t" + kDay, "customer_set a Ann n 0"});
  BOOST_CHECK_EQUAL(lazy.errors("v"), 0);
  CHECK_LINES(lazy.rows("v"), {"n|0"});
  lazy.chunk({"customer_set a Ann n 1"});
  BOOST_CHECK_EQUAL(lazy.errors("v"), 1);
}

BOOST_AUTO_TEST_CASE(expressions_over_groups_and_the_event_itself) {
  Engine engine = engineOf(
      "SELECT upper(customer_id) || '!' AS who, extract(year FROM sold_on) AS year, max(_position) "
      "AS last,"
      " count(*) * 2 AS twice FROM sale GROUP BY customer_id, extract(year FROM sold_on)");
  engine.chunk({"sale a p 1 1 - 0 t 2023-01-01", "sale a p 1 1 - 0 t 2024-01-01",
                "sale a p 1 1 - 0 t 2024-02-01"});
  CHECK_LINES(engine.rows("v"), {"A!|2023|1|2", "A!|2024|3|4"});
}

BOOST_AUTO_TEST_CASE(old_positions_can_be_read_until_the_horizon_passes) {
  Engine engine = engineOf("SELECT customer_id, count(*) FROM orders GROUP BY customer_id", "", 2);
  engine.chunk({"order_set o1 a 5 2 x 0"});
  const Position first = engine.last();
  const uint128 digest = engine.digest("v");
  engine.holdHorizon(first);
  engine.chunk({"order_set o2 a 5 2 x 0", "order_set o3 b 5 2 x 0"});
  engine.chunk({"order_erased o1", "order_erased o2"});
  CHECK_LINES(engine.rows("v", first), {"a|1"});
  CHECK_LINES(engine.rows("v"), {"b|1"});
  BOOST_CHECK(engine.digest("v", first) == digest);
  BOOST_CHECK(engine.digest("v") != digest);
}

BOOST_AUTO_TEST_CASE(memory_follows_what_is_there) {
  Engine engine = engineOf(
      "SELECT o.note, count(*), max(o.total) FROM orders o JOIN customers c USING (customer_id)"
      " GROUP BY o.note",
      "CREATE INDEX ON v (max);");
  engine.chunk({"customer_set a Ann n 1"});
  uint64_t after = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 200; ++i) {
      engine.add("order_set o" + std::to_string(i) + " a 1.25 1 n" + std::to_string(round * 7 + i) +
                 " 0");
    }
    engine.commit();
    if (round == 20) after = engine.bytes("v");
  }
  BOOST_CHECK_EQUAL(engine.rowCount("v"), 200);
  BOOST_CHECK_LE(engine.bytes("v"), after);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
