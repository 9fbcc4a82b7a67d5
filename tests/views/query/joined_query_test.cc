// Queries over several relations within their limits: what a join holds, when it stops. What they
// answer is compared to PostgreSQL in tests/differential.
#include <boost/test/unit_test.hpp>

#include "sql/bind.h"
#include "tests/views/engine_vocabulary.h"
#include "views/query/query.h"

namespace facet::test {
namespace {

constexpr const char* kViews =
    "CREATE MATERIALIZED VIEW sold AS SELECT customer_id, count(*) AS n FROM sale GROUP BY "
    "customer_id;\n"
    "CREATE MATERIALIZED VIEW sales AS SELECT customer_id AS customer, amount FROM sale;";

class Sources final : public QuerySources {
 public:
  explicit Sources(const Engine& engine) {
    for (const char* view : {"sold", "sales"}) views_.push_back(&engine.source(view));
    for (uint32_t t = 0; t < engine.model().tables().size(); ++t) {
      views_.push_back(tables_.emplace_back(tableSource(engine.tables(), t)).get());
    }
  }
  const RowSource& rowsOf(const Relation& relation) const override {
    for (const RowSource* source : views_) {
      if (source->relation().name == relation.name) return *source;
    }
    throw std::runtime_error(relation.name);
  }

 private:
  std::vector<std::unique_ptr<RowSource>> tables_;
  std::vector<const RowSource*> views_;
};

struct Filled {
  Filled() : engine(engineModel(kSales, kViews)) {
    for (int c = 0; c < 50; ++c) {
      engine.add("customer_set c" + std::to_string(c) + " n r1 1");
      for (int s = 0; s < 3; ++s)
        engine.add("sale c" + std::to_string(c) + " p1 1.50 - - 0 t 2026-01-01");
    }
    engine.commit();
  }

  /// The number of rows, or the error.
  std::string ask(const std::string& sql, QueryLimits limits = {1'000, uint64_t{1} << 24}) {
    const Sources sources(engine);
    try {
      Query query(sources, bindQuery(sql, engine.model(), {}), engine.last(), limits);
      size_t rows = 0;
      for (bool more = true; more;) {
        more = query.step(7);
        ++steps;
        while (query.next() != nullptr) ++rows;
        held = std::max(held, query.bytes());
      }
      return std::to_string(rows);
    } catch (const QueryError& error) {
      return error.what();
    }
  }

  Engine engine;
  uint64_t held = 0;
  size_t steps = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(joined_queries)

BOOST_FIXTURE_TEST_CASE(a_join_by_a_key_holds_no_rows, Filled) {
  BOOST_TEST(ask("SELECT s.amount, c.region_id FROM sales s JOIN customers c ON c.customer_id = "
                 "s.customer JOIN sold d ON d.customer_id = s.customer",
                 {0, uint64_t{1} << 24}) == "150");
}

BOOST_FIXTURE_TEST_CASE(another_one_holds_one_side, Filled) {
  const std::string sql = "SELECT 1 FROM sales a JOIN sales b ON a.customer = b.customer";
  BOOST_TEST(ask(sql) == "450");
  BOOST_TEST(ask(sql, {49, uint64_t{1} << 24}) ==
             "the query sorts, groups or joins more than 49 rows; narrow it with WHERE, or make a "
             "view of it");
  BOOST_TEST(ask(sql, {1'000, 10'000}) ==
             "the query needs more than 0 MiB of memory; narrow it with WHERE, or make a view of "
             "it");
}

BOOST_FIXTURE_TEST_CASE(rows_that_nobody_needs_are_not_looked_at, Filled) {
  BOOST_TEST(ask("SELECT 1 FROM sales a, sales b, sales c", {1'000, uint64_t{1} << 24}).size() >
             0U);
  steps = 0;
  BOOST_TEST(ask("SELECT 1 FROM sales a, sales b, sales c LIMIT 5") == "5");
  BOOST_TEST(steps < 60U);
}

BOOST_FIXTURE_TEST_CASE(it_stops_between_any_two_rows, Filled) {
  std::atomic<bool> stop{true};
  BOOST_TEST(ask("SELECT count(*) FROM sales a, sales b, sales c",
                 {.maxRows = 1'000, .maxBytes = uint64_t{1} << 24, .stop = &stop}) ==
             std::string(errorText(ErrorCode::interrupted)));
}

/// Keys that take more work than a slice has.
BOOST_FIXTURE_TEST_CASE(keys_may_be_dear, Filled) {
  const std::string key = "md5(repeat(amount::text || customer, 120000))";
  BOOST_TEST(ask("SELECT count(*) FROM sales a JOIN (SELECT " + key +
                 " AS k FROM sales LIMIT 20) b "
                 "ON b.k = a.customer") == "1");
  BOOST_TEST(
      ask("SELECT count(*) FROM sales a FULL JOIN sales b ON md5(repeat(a.customer, 120000)) "
          "= md5(repeat(b.customer, 120000))") == "1");
  BOOST_TEST(steps > 20U);
}

BOOST_FIXTURE_TEST_CASE(the_work_of_all_blocks_is_bounded_together, Filled) {
  const std::string sql =
      "SELECT count(*) FROM (SELECT repeat('x', 10000) || amount AS t FROM sales LIMIT 1000) a, "
      "(SELECT repeat('y', 10000) || amount AS t FROM sales LIMIT 1000) b WHERE a.t = b.t";
  BOOST_TEST(ask(sql) == "1");
  BOOST_TEST(ask(sql, {.maxRows = 1'000, .maxBytes = uint64_t{1} << 24, .maxWork = 1 << 20})
                 .starts_with("the query takes more than 1 MiB of work"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
