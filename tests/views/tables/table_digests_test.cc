// The digests that tables keep with every batch: at every position that can still be read they are
// those of the rows, whatever was undone, rolled back, reclaimed and restored.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

#include "tests/views/engine_vocabulary.h"

namespace facet::test {

namespace {

/// Tables that take random events of the sales model, as a sequencer writes them.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  uint32_t below(uint32_t end) { return std::uniform_int_distribution(0u, end - 1)(random_); }

  /// A batch; some of its events are taken back, or all.
  void batch() {
    const Position first = last_ + 1;
    Position next = first;
    tables.beginBatch(first);
    const Tables::Mark start = tables.mark();
    for (uint32_t left = below(6); left > 0; --left) {
      const Tables::Mark before = tables.mark();
      if (!apply(next)) continue;
      if (below(4) == 0) {
        tables.undoTo(before);
      } else {
        next = next + 1;
      }
    }
    if (below(8) == 0) {
      tables.undoTo(start);
      next = first;
    }
    last_ = {next.value - 1};
    tables.endBatch(last_);
    if (last_ >= first) ends_.insert(last_.value);
  }
  /// The log refused what came after an earlier batch, that nobody has seen.
  void rollback() {
    auto to = ends_.end();
    for (uint32_t steps = 1 + below(3); steps > 0 && to != ends_.begin(); --steps) --to;
    if (to == ends_.end() || *to < seen_.value) return;
    last_ = {*to};
    ends_.erase(std::next(to), ends_.end());
    tables.rollback(last_);
  }
  void reclaim() {
    horizon_ =
        Position{horizon_.value + below(static_cast<uint32_t>(last_.value - horizon_.value + 1))};
    ReaderNeeds needs = ReaderNeeds::from(horizon_);
    ends_.erase(ends_.begin(), ends_.lower_bound(horizon_.value));
    seen_ = std::max(seen_, horizon_);
    if (below(2) == 0) closeGap(needs);
    tables.reclaim(needs, last_ + 1);
  }

  void check() const {
    for (const uint64_t end : ends_) checkAt(tables, {end});
    checkAt(tables, last_);
  }
  static void checkAt(const Tables& of, Position at) {
    for (uint32_t t = 0; t < of.model().tables().size(); ++t) {
      BOOST_REQUIRE(of.digest(t, at) == of.digestOfRows(t, at));
    }
  }
  Position last() const { return last_; }

 private:
  bool apply(Position at) {
    static const char* const kEvents[] = {"region_set {} t{} {}", "region_erased {}",
                                          "customer_set {} {} r1 {}", "customer_erased {}"};
    const std::string longer(below(40), 'x');
    const EventText event =
        parseEvent(fmt::format(fmt::runtime(kEvents[below(4)]), below(12), longer + "n", below(3)));
    const std::vector<uint64_t> row = packEvent(*model, event);
    return tables
               .apply(eventIndex(*model, event.name), Row(row.data()), at, Tables::Origin::command)
               .outcome == Tables::Outcome::ok;
  }
  /// A snapshot is read at the horizon, and others from a later cut on.
  void closeGap(ReaderNeeds& needs) {
    needs.gapAfter = horizon_;
    needs.gapEnd = {horizon_.value +
                    below(static_cast<uint32_t>(last_.value - horizon_.value + 1))};
    seen_ = std::max(seen_, needs.gapEnd);
    needs.tick = ++tick_;
    needs.quiescent = tick_;
    for (auto end = ends_.begin(); end != ends_.end();) {
      const bool inGap = *end > needs.gapAfter.value && *end < needs.gapEnd.value;
      end = inGap ? ends_.erase(end) : std::next(end);
    }
  }

  std::mt19937 random_;
  Position last_;
  Position horizon_;
  Position seen_;  // by readers: not rolled back any more
  uint64_t tick_ = 0;
  std::set<uint64_t> ends_;  // of batches, that can still be read

 public:
  const ModelPtr model =
      engineModel(kSales, "CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM sale;");
  Tables tables{model};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(table_digests)

BOOST_AUTO_TEST_CASE(they_are_those_of_the_rows_at_every_position) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Writer writer(seed);
    for (int step = 0; step < 300; ++step) {
      writer.batch();
      if (writer.below(10) == 0) writer.rollback();
      if (writer.below(10) == 0) writer.reclaim();
      writer.check();
    }
  }
}

BOOST_AUTO_TEST_CASE(they_change_with_the_rows_and_are_the_same_for_the_same_rows) {
  const ModelPtr model =
      engineModel(kSales, "CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM sale;");
  Engine engine(model);
  const uint32_t regions = model->findTable("regions")->relation.index;
  const auto digest = [&] { return engine.tables().digest(regions, engine.last()); };
  BOOST_CHECK(digest() == 0);
  engine.chunk({"region_set r1 East 1"});
  const uint128 one = digest();
  BOOST_CHECK(one != 0);
  engine.chunk({"region_set r1 West 1"});
  BOOST_CHECK(digest() != one);
  engine.chunk({"region_set r1 East 1", "region_set r2 West 1"});
  BOOST_CHECK(digest() != one);
  engine.chunk({"region_erased r2"});
  BOOST_CHECK(digest() == one);
  engine.chunk({"region_erased r1"});
  BOOST_CHECK(digest() == 0);
}

BOOST_AUTO_TEST_CASE(restored_rows_have_the_digest_that_they_had) {
  Writer writer(99);
  for (int step = 0; step < 200; ++step) writer.batch();
  Tables restored(writer.model);
  const Position at = writer.last();
  for (uint32_t t = 0; t < writer.model->tables().size(); ++t) {
    VersionedMap::Cursor cursor;
    writer.tables.map(t).scan(at, cursor, [&](const Version& row) {
      return restored.restore(t, row.key(), row.value(), at);
    });
  }
  restored.restoreAt(at);
  Writer::checkAt(restored, at);
  for (uint32_t t = 0; t < writer.model->tables().size(); ++t) {
    BOOST_CHECK(restored.digest(t, at) == writer.tables.digest(t, at));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
