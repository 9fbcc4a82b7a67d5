// Random events and table changes over views of every kind: at common positions the rows are those
// of a plain recomputation, and rows, digests and errors are the same for every shard count and
// every cut into chunks and batches.
//
// FACET_SEED: the first seed; FACET_SEEDS: how many.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/views/engine_vocabulary.h"
#include "tests/views/naive_view.h"
#include "values/text.h"

namespace facet::test {

namespace {

const char* const kViews = R"(
CREATE MATERIALIZED VIEW by_customer AS
  SELECT customer_id, count(*) AS n, count(parts) AS parts, sum(amount) AS amount,
    avg(amount) AS mean,
    sum(parts) FILTER (WHERE paid) AS paid, count(DISTINCT product_id) AS products
  FROM sale GROUP BY customer_id;
CREATE INDEX ON by_customer (n DESC, customer_id);
CREATE MATERIALIZED VIEW extremes AS
  SELECT product_id, paid, min(note) AS a, max(note) AS b, min(amount) AS c, max(sold_on) AS d,
    max(weight) AS e, sum(weight) AS f, avg(weight) AS g, bool_or(paid) AS h, max(_position) AS i,
    min(customer_id) AS j, max(amount / (parts + 1)) AS k
  FROM sale GROUP BY product_id, paid;
CREATE MATERIALIZED VIEW everything AS
  SELECT count(*) AS n, sum(total) AS total, max(note) AS note,
    count(DISTINCT customer_id) AS customers
  FROM orders;
CREATE MATERIALIZED VIEW by_region AS
  SELECT c.region_id, count(*) AS n, sum(s.amount) AS amount, avg(s.parts) AS parts,
    sum(s.weight) AS weight, bool_and(s.paid) AS paid, count(*) FILTER (WHERE s.paid) AS some
  FROM sale s JOIN customers c USING (customer_id) GROUP BY c.region_id;
CREATE MATERIALIZED VIEW above AS
  SELECT c.level, max(s.amount) AS a, min(c.name) AS b, count(DISTINCT s.note) AS c,
    sum(s.amount * c.level) AS d, sum(s.parts) FILTER (WHERE c.level > 1) AS e,
    max(s.note || c.name) AS f
  FROM sale s JOIN customers c USING (customer_id)
  WHERE s.amount > 1 AND c.level <> 3 GROUP BY c.level;
CREATE MATERIALIZED VIEW by_title AS
  SELECT r.title, s.paid, count(*) AS n, sum(s.amount * r.factor) AS amount, min(c.name) AS name
  FROM sale s JOIN customers c USING (customer_id) JOIN regions r USING (region_id)
  GROUP BY r.title, s.paid HAVING count(*) > 2;
CREATE MATERIALIZED VIEW two_tables AS
  SELECT c.name, r.title, count(*) AS n, max(s.sold_on) AS last
  FROM sale s JOIN customers c USING (customer_id) JOIN regions r ON r.region_id = s.product_id
  GROUP BY c.name, r.title;
CREATE MATERIALIZED VIEW lazy AS
  SELECT c.region_id, sum(CASE WHEN c.level > 1 THEN o.total / o.parts ELSE o.total END) AS each,
    count(*) FILTER (WHERE 6 / o.parts > 2) AS some
  FROM orders o JOIN customers c USING (customer_id) WHERE c.level < 4 GROUP BY c.region_id;
CREATE MATERIALIZED VIEW by_note AS
  SELECT note, min(total) AS a, max(customer_id) AS b, count(DISTINCT total) AS c, avg(total) AS d,
    sum(round(total, parts)) AS e, sum(weight) AS f, max(weight) AS g, bool_or(parts > 1) AS h,
    avg(round(total, parts)) AS i, sum(total * parts) AS j
  FROM orders GROUP BY note;
CREATE INDEX ON by_note (a DESC, b);
CREATE MATERIALIZED VIEW quotient AS
  SELECT customer_id, sum(total) / sum(parts) AS each, count(*) AS n
  FROM orders GROUP BY customer_id HAVING sum(total) > 5;
CREATE MATERIALIZED VIEW failing AS
  SELECT parts, sum(total / parts) AS each FROM orders WHERE total > 2 GROUP BY parts;
CREATE MATERIALIZED VIEW halves AS
  SELECT total / 2 AS half, count(*) AS n FROM orders GROUP BY total / 2;
CREATE MATERIALIZED VIEW joined_orders AS
  SELECT o.order_id, o.total, c.name, o.note FROM orders o JOIN customers c USING (customer_id);
CREATE UNIQUE INDEX ON joined_orders (order_id);
CREATE INDEX ON joined_orders (name NULLS FIRST, total DESC);
CREATE MATERIALIZED VIEW bag AS
  SELECT c.name, s.note, s.amount / 2 AS half FROM sale s JOIN customers c USING (customer_id)
  WHERE s.paid;
CREATE INDEX ON bag (note, name);
CREATE MATERIALIZED VIEW plain_bag AS SELECT customer_id, parts FROM orders WHERE note IS NOT NULL;
CREATE MATERIALIZED VIEW one_each AS
  SELECT coalesce(customer_id, '?') AS customer, order_id, note FROM orders WHERE parts = 3;
CREATE UNIQUE INDEX ON one_each (customer);
CREATE MATERIALIZED VIEW some_groups AS
  SELECT customer_id, note, sum(total) AS total FROM orders WHERE parts = 2
  GROUP BY customer_id, note;
CREATE UNIQUE INDEX ON some_groups (note);
CREATE MATERIALIZED VIEW results AS
  SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
CREATE UNIQUE INDEX ON results (total);
CREATE MATERIALIZED VIEW residents AS
  SELECT r.title, count(*) AS n, sum(c.level) AS level, max(c.name) AS name
  FROM customers c JOIN regions r USING (region_id) GROUP BY r.title;
CREATE MATERIALIZED VIEW computed_key AS
  SELECT r.title, count(*) AS n
  FROM orders o JOIN customers c USING (customer_id)
    JOIN regions r ON r.region_id = 'r' || (6 / c.level)::text
  GROUP BY r.title;
CREATE MATERIALIZED VIEW raw_key AS
  SELECT c.name, sum(o.total) AS total
  FROM orders o JOIN customers c ON c.customer_id = 'c' || (6 / o.parts)::text GROUP BY c.name;
CREATE MATERIALIZED VIEW two_regions AS
  SELECT a.title AS here, b.title AS there, count(*) AS n,
    sum(s.amount * (a.factor - b.factor)) AS difference
  FROM sale s JOIN regions a ON a.region_id = s.product_id
    JOIN regions b ON b.region_id = 'r' || s.parts::text
  GROUP BY a.title, b.title;
CREATE MATERIALIZED VIEW brought_by AS
  SELECT c.customer_id, b.region_id, c.level / (b.level - 1) AS each
  FROM customers c JOIN customers b ON b.customer_id = c.name;
CREATE UNIQUE INDEX ON brought_by (customer_id);
CREATE MATERIALIZED VIEW far_above AS
  SELECT g.region_id, count(*) AS n, sum(c.level) AS level, max(b.level * g.level) AS most
  FROM customers c JOIN customers b ON b.customer_id = c.name
    JOIN customers g ON g.customer_id = b.name
  GROUP BY g.region_id;
CREATE MATERIALIZED VIEW four_tables AS
  SELECT r.title AS here, q.title AS there, sum(s.amount) AS amount, min(s.note) AS note
  FROM sale s JOIN customers c USING (customer_id) JOIN customers b ON b.customer_id = c.name
    JOIN regions r ON r.region_id = c.region_id JOIN regions q ON q.region_id = b.region_id
  GROUP BY r.title, q.title;
)";

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : seed_(seed), random_(seed), model_(model()) {
    const uint32_t shards[] = {1, 2 + below(7), 1 + below(8)};
    for (const uint32_t count : shards) engines_.push_back(std::make_unique<Engine>(model_, count));
  }

  void run() {
    for (int round = 0; round < 8; ++round) {
      const size_t events = 1 + below(60);
      std::vector<EventText> texts;
      while (texts.size() < events) {
        EventText event = randomEvent();
        if (engines_[0]->add(event)) {
          history_.push_back({eventIndex(*model_, event.name), packEvent(*model_, event)});
          texts.push_back(std::move(event));
          cutSomewhere(*engines_[0], 20);
        }
      }
      for (size_t e = 1; e < engines_.size(); ++e) {
        const uint32_t oneIn = 1 + below(30);
        for (const EventText& event : texts) {
          BOOST_REQUIRE(engines_[e]->add(event));
          cutSomewhere(*engines_[e], oneIn);
        }
      }
      for (const auto& engine : engines_) {
        engine->commit();
        if (below(3) == 0) {
          engine->releaseHorizon();
        } else if (below(3) == 0) {
          engine->holdHorizon(engine->last());
        }
      }
      for (size_t e = 1; e < engines_.size(); ++e) {
        if (below(4) == 0) replaceByCopy(engines_[e]);
      }
      for (const ViewType& view : model_->views()) compare(view);
    }
  }

  static ModelPtr model() {
    static const ModelPtr model = engineModel(kSales, kViews);
    return model;
  }
  /// How often a view had rows, or errors, of all comparisons.
  static inline std::map<std::string, std::array<int, 3>> seen;

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }

  void cutSomewhere(Engine& engine, uint32_t oneIn) {
    if (below(oneIn) == 0) {
      engine.commit();
    } else if (below(4) == 0) {
      engine.endBatch();
    }
  }

  std::string name(const char* prefix, uint32_t count) {
    return prefix + std::to_string(below(count));
  }
  std::string orNull(std::string text) { return below(6) == 0 ? "-" : std::move(text); }
  std::string amount() { return std::to_string(below(8)) + (below(2) == 0 ? ".25" : ".50"); }
  std::string weight() { return std::to_string(static_cast<int>(below(9)) - 4) + ".25"; }

  EventText randomEvent() {
    switch (below(16)) {
      case 0:
        return {"region_set", {name("r", 5), orNull(name("t", 3)), std::to_string(below(4))}};
      case 1:
        return {"region_erased", {name("r", 5)}};
      case 2:
      case 3:
      case 4:
        return {"customer_set",
                {name("c", 6), orNull(name("c", 6)), orNull(name("r", 5)),
                 std::to_string(1 + below(4) - below(9) / 8)}};
      case 5:
        return {"customer_erased", {name("c", 6)}};
      case 6:
      case 7:
      case 8:
      case 9:
        return {"order_set",
                {name("o", 12), orNull(name("c", 6)), amount(),
                 std::to_string(below(10) == 0 ? 0 : 1 + below(3)),
                 orNull(name(below(2) == 0 ? "n" : "a-much-longer-note-", 4)), weight()}};
      case 10:
      case 11:
        return {"order_erased", {name("o", 12)}};
      default:
        return {
            "sale",
            {orNull(name("c", 6)), orNull(name("r", 5)), amount(), orNull(std::to_string(below(4))),
             orNull(name(below(2) == 0 ? "n" : "a-much-longer-note-", 4)), weight(),
             below(2) == 0 ? "t" : "f", "2024-01-0" + std::to_string(1 + below(9))}};
    }
  }

  std::string where(const ViewType& view, const Engine& engine) const {
    size_t number = 0;
    while (engines_[number].get() != &engine) ++number;
    return "FACET_SEED=" + std::to_string(seed_) + " view " + view.name + " engine " +
           std::to_string(number) + " at " + std::to_string(engine.last().value);
  }

  /// A snapshot, and a restart from it with another number of shards.
  void replaceByCopy(std::unique_ptr<Engine>& engine) {
    const std::optional<Position> held = engine->horizon();
    auto copy = engine->copy(1 + below(8), held);
    for (const ViewType& view : model_->views()) {
      const Position at = held.value_or(engine->last());
      BOOST_REQUIRE_EQUAL(text(copy->rows(view.name, at)), text(engine->rows(view.name, at)));
      BOOST_REQUIRE(copy->digest(view.name, at) == engine->digest(view.name, at));
    }
    engine = std::move(copy);
  }

  void compare(const ViewType& view) {
    const Engine& first = *engines_[0];
    const NaiveResult expected = naiveRows(*model_, view, history_, first.tables());
    auto& counts = seen[view.name];
    ++counts[expected.failed ? 2 : expected.rows.empty() ? 1 : 0];
    for (const auto& engine : engines_) {
      BOOST_TEST_CONTEXT(where(view, *engine)) {
        BOOST_REQUIRE_EQUAL(engine->errors(view.name), first.errors(view.name));
        BOOST_REQUIRE_EQUAL(engine->errors(view.name) > 0, expected.failed);
        if (expected.failed) continue;
        const Lines rows = engine->rows(view.name);
        BOOST_REQUIRE_EQUAL(text(rows), text(expected.rows));
        BOOST_REQUIRE_EQUAL(engine->rowCount(view.name), rows.size());
        BOOST_REQUIRE(engine->digest(view.name) == first.digest(view.name));
        BOOST_REQUIRE(engine->digest(view.name) == engine->digestOfRows(view.name));
        compareReads(view, *engine, rows);
      }
    }
  }

  void compareReads(const ViewType& view, const Engine& engine, const Lines& rows) {
    for (size_t order = 0; order < view.indexes.size(); ++order) {
      Lines forward = engine.ordered(view.name, order, false, "", 1 + below(5));
      Lines backward = engine.ordered(view.name, order, true, "", 1 + below(5));
      std::reverse(backward.begin(), backward.end());
      // Equal rows of one entry come together both ways.
      BOOST_REQUIRE_EQUAL(text(forward), text(backward));
      checkSorted(view, view.indexes[order], engine, order);
      std::sort(forward.begin(), forward.end());
      BOOST_REQUIRE_EQUAL(text(forward), text(rows));
    }
    if (view.hasKey) checkGet(view, engine);
  }

  static void checkSorted(const ViewType& view, const ViewIndex& index, const Engine& engine,
                          size_t order) {
    const RowSource& source = engine.source(view.name);
    Arena arena;
    std::string last;
    RowSource::Cursor cursor;
    source.scanOrdered(engine.last(), order, false, "", "", cursor, [&](const Version& row) {
      std::string now;
      for (size_t i = 0; i < index.columns.size(); ++i) {
        appendOrderedKey(now, source.column(row, index.columns[i], arena), index.descending[i],
                         index.nullsFirst[i]);
      }
      BOOST_REQUIRE(last <= now);
      last = now;
      return true;
    });
  }

  static void checkGet(const ViewType& view, const Engine& engine) {
    const RowSource& source = engine.source(view.name);
    Arena arena;
    RowSource::Cursor cursor;
    std::vector<std::string> keys;
    source.scan(engine.last(), cursor, [&](const Version& row) {
      RowBuilder builder;
      builder.start(*source.keyLayout());
      bool hasNull = false;
      for (size_t i = 0; i < view.key.size(); ++i) {
        const Value value = source.column(row, view.key[i], arena);
        hasNull = hasNull || value.isNull();
        builder.setKey(i, value);
      }
      const auto found = source.get(engine.last(), builder.finish().bytes());
      keys.emplace_back(builder.finish().bytes());
      BOOST_REQUIRE(found);
      // Several rows can have NULL in a UNIQUE INDEX: any of them is found.
      if (!(hasNull && view.uniqueIndex)) BOOST_REQUIRE(found.version == &row);
      return true;
    });
    checkGetTogether(source, engine.last(), keys);
  }

  static void checkGetTogether(const RowSource& source, Position last,
                               const std::vector<std::string>& keys) {
    for (size_t begin = 0; begin < keys.size(); begin += kReadTogether) {
      const size_t count = std::min(kReadTogether, keys.size() - begin);
      std::vector<Row> rows;
      for (size_t i = 0; i < count; ++i) rows.emplace_back(keys[begin + i].data());
      std::vector<const Version*> found(count);
      source.getTogether(last, rows, found);
      for (size_t i = 0; i < count; ++i) {
        BOOST_REQUIRE(found[i] == source.get(last, keys[begin + i]).version);
      }
    }
  }

  uint64_t seed_;
  std::mt19937_64 random_;
  ModelPtr model_;
  std::vector<std::unique_ptr<Engine>> engines_;
  std::vector<PastEvent> history_;
};

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_simulation)

BOOST_AUTO_TEST_CASE(every_shard_count_and_cut_gives_the_rows_of_a_recomputation) {
  const uint64_t first = fromEnvironment("FACET_SEED", 1);
  const uint64_t seeds = fromEnvironment("FACET_SEEDS", 60);
  for (uint64_t seed = first; seed < first + seeds; ++seed) Simulation(seed).run();
  for (const auto& [view, counts] : Simulation::seen) {
    BOOST_TEST_MESSAGE(view << ": with rows " << counts[0] << ", empty " << counts[1] << ", failed "
                            << counts[2]);
    if (seeds >= 20) BOOST_CHECK_MESSAGE(counts[0] > 0, view << " never had rows");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
