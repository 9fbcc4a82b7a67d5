// A view takes back events that its SELECT fails at: then it is what the SELECT gives without them,
// for every shard count and over copies of its state. And which failing row is told of.
#include <fmt/format.h>

#include <random>
#include <set>

#include "tests/views/engine_vocabulary.h"
#include "views/state/limits.h"

namespace facet::test {

namespace {

const char* const kViews = R"(
CREATE MATERIALIZED VIEW plain AS SELECT customer_id, amount / parts AS each FROM sale;
CREATE MATERIALIZED VIEW sums AS
  SELECT customer_id, count(*) AS n, sum(amount / parts) AS each, max(amount) AS largest,
         min(note) AS note, avg(weight) AS weight
  FROM sale GROUP BY customer_id;
CREATE MATERIALIZED VIEW joined AS
  SELECT c.region_id, count(*) AS n, sum(s.amount / s.parts) AS each, max(s.amount) AS largest,
         count(DISTINCT s.product_id) AS products
  FROM sale s JOIN customers c USING (customer_id) GROUP BY c.region_id;
CREATE MATERIALIZED VIEW levels AS
  SELECT c.region_id, sum(s.amount / (s.parts - c.level)) AS each
  FROM sale s JOIN customers c USING (customer_id) GROUP BY c.region_id;
CREATE MATERIALIZED VIEW orders_each AS SELECT order_id, total / parts AS each FROM orders;
)";
const char* const kFailing[] = {"plain", "sums", "joined"};

std::string sale(unsigned customer, unsigned amount, unsigned parts) {
  return fmt::format("sale c{} p{} {}.50 {} n{} 0.25 t 2024-05-06", customer, amount % 5, amount,
                     parts, amount % 7);
}

/// The events of a history, some of which every view with a quotient fails at.
struct History {
  explicit History(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 200; ++i) {
      if (random() % 8 == 0) {
        add(fmt::format("customer_set c{} x r{} {}", random() % 6, random() % 3, random() % 4));
        continue;
      }
      const bool fails = random() % 20 == 0;
      if (fails) bad.insert(events.size() + 1);
      add(sale(random() % 6, random() % 100, fails ? 0 : 1 + random() % 3));
    }
  }
  void add(std::string event) { events.push_back(std::move(event)); }

  Lines events;
  std::set<uint64_t> bad;  // positions
};

}  // namespace

BOOST_AUTO_TEST_SUITE(skipped_events)

BOOST_AUTO_TEST_CASE(views_are_as_if_they_had_not_been_there) {
  const ModelPtr model = engineModel(kSales, kViews);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const History history(seed);
    std::mt19937_64 random(seed);
    Engine without(model, 2);
    for (size_t i = 0; i < history.events.size(); ++i) {
      if (!history.bad.contains(i + 1)) without.chunk({history.events[i]});
    }
    for (const uint32_t shards : {1, 3}) {
      auto engine = std::make_unique<Engine>(model, shards);
      std::set<uint64_t> left;
      uint64_t position = 0;  // of events, if none had been skipped
      std::map<uint64_t, uint64_t> places;
      for (const std::string& event : history.events) {
        ++position;
        places[position] = engine->last().value + 1;
        engine->chunk({event});
        if (history.bad.contains(position)) left.insert(position);
        // Some are skipped at once, some with others behind them.
        while (!left.empty() && random() % 3 == 0) {
          const uint64_t bad = *left.begin();
          left.erase(left.begin());
          for (const char* view : kFailing) {
            engine->skip(view, history.events[bad - 1], {places[bad]});
          }
        }
        if (random() % 40 == 0) engine = engine->copy(1 + static_cast<uint32_t>(random() % 3));
      }
      for (const uint64_t bad : left) {
        for (const char* view : kFailing) {
          // Without a partner it has not failed yet.
          BOOST_CHECK(engine->errorText(view) != "" || view == std::string("joined"));
          engine->skip(view, history.events[bad - 1], {places[bad]});
        }
      }
      for (const char* view : kFailing) {
        BOOST_CHECK_EQUAL(engine->errors(view), 0u);
        BOOST_CHECK_EQUAL(text(engine->rows(view)), text(without.rows(view)));
        BOOST_CHECK(engine->digest(view) == without.digest(view));
      }
    }
  }
}

// What fails with one row of a table does so no more with another: whether the event was skipped
// before or after that.
BOOST_AUTO_TEST_CASE(a_skipped_event_stays_away_when_what_it_is_joined_to_changes) {
  const ModelPtr model = engineModel(kSales, kViews);
  for (const uint32_t shards : {1, 3}) {
    Engine engine(model, shards);
    engine.chunk({"customer_set c1 x r1 1", sale(1, 10, 3)});
    engine.chunk({sale(1, 20, 1)});
    BOOST_CHECK_EQUAL(engine.errors("levels"), 1u);
    engine.chunk({"customer_set c1 x r1 0"});
    BOOST_CHECK_EQUAL(engine.errors("levels"), 0u);
    engine.chunk({"customer_set c1 x r2 1"});
    BOOST_CHECK_EQUAL(engine.errors("levels"), 1u);
    engine.skip("levels", sale(1, 20, 1), {3});
    BOOST_CHECK_EQUAL(engine.errors("levels"), 0u);
    CHECK_LINES(engine.rows("levels"), {"r2|5.2500000000000000"});
    engine.chunk({"customer_set c1 x r1 2"});
    CHECK_LINES(engine.rows("levels"), {"r1|10.5000000000000000"});
  }
}

BOOST_AUTO_TEST_CASE(the_first_row_that_fails_is_told_of_and_then_the_next) {
  const ModelPtr model = engineModel(kSales, kViews);
  Engine engine(model);
  Lines events;
  for (unsigned i = 0; i < kMaxSingleErrors + 10; ++i) events.push_back(sale(i % 6, i, 0));
  engine.chunk(events);
  BOOST_CHECK_EQUAL(engine.errors("sums"), events.size());
  for (unsigned i = 0; i < kMaxSingleErrors; ++i) {
    const std::string first = fmt::format(", event {}, key (c{})", i + 1, i % 6);
    BOOST_CHECK_MESSAGE(engine.errorText("sums").ends_with(first), engine.errorText("sums"));
    engine.skip("sums", events[i], {i + 1});
  }
  BOOST_CHECK_EQUAL(engine.errors("sums"), 10u);
  // Those beyond the limit are counted together.
  for (unsigned i = kMaxSingleErrors; i < events.size(); ++i) {
    BOOST_CHECK(
        engine.errorText("sums").starts_with("division by zero in sale.amount / sale.parts"));
    engine.skip("sums", events[i], {i + 1});
  }
  BOOST_CHECK_EQUAL(engine.errorText("sums"), "");
  BOOST_CHECK_EQUAL(engine.errors("sums"), 0u);
}

BOOST_AUTO_TEST_CASE(a_tables_row_is_named_by_its_key_as_long_as_it_fails) {
  const ModelPtr model = engineModel(kSales, kViews);
  Engine engine(model);
  engine.chunk({"order_set o1 a 5 0 x 0", "order_set o2 b 7 0 y 0", "order_set o3 b 7 1 y 0"});
  const std::string failing = "division by zero in orders.total / orders.parts, key (";
  const std::string one = engine.errorText("orders_each");
  BOOST_CHECK(one == failing + "o1)" || one == failing + "o2)");
  engine.chunk({"order_set o1 a 5 2 x 0"});
  BOOST_CHECK_EQUAL(engine.errorText("orders_each"), failing + "o2)");
  BOOST_CHECK_EQUAL(engine.copy(1)->errorText("orders_each"), failing + "o2)");
  engine.chunk({"order_erased o2"});
  BOOST_CHECK_EQUAL(engine.errorText("orders_each"), "");
}

BOOST_AUTO_TEST_CASE(a_long_key_is_cut_between_its_characters) {
  const ModelPtr model = engineModel(kSales, kViews);
  Engine engine(model);
  std::string id = "x";
  for (size_t i = 0; i < kMaxErrorKeyBytes; ++i) id += "ä";
  engine.chunk({"order_set " + id + " a 5 0 x 0"});
  const std::string told = engine.errorText("orders_each");
  BOOST_CHECK(told.ends_with("ä…)"));
  BOOST_CHECK(told.size() < kMaxErrorKeyBytes + 60);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
