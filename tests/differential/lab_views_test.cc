// Random views over the lab × random events, against PostgreSQL: every function, operator, type and
// clause that docs/sql.md has, also expressions that fail: the view is in error exactly when
// PostgreSQL's SELECT fails, and recovers when the rows are gone. FACET_SEED and FACET_ROUNDS
// choose others; every failure prints the line that replays it.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/differential/compare.h"
#include "tests/differential/lab_round.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(lab_views)

constexpr uint32_t kViews = 12;   // of a round
constexpr uint32_t kFailing = 4;  // of these, with expressions that may fail
constexpr int kCheckpoints = 5;
/// Views of which all were never in error, and of which some were, are counted apart.
struct Seen {
  Coverage coverage;
  int pairs = 0;
  int nonEmpty = 0;
  int failed = 0;
  int recovered = 0;
  int beyondLimits = 0;
};

/// What PostgreSQL has to say of a view: rows, or an error, which a double key is too.
bool answers(Postgres& postgres, const LabSelect& select, TextRows& rows, std::string& error) {
  if (!postgres.tryQuery(select.sqlWithMagnitudes(), rows, error)) return false;
  if (select.uniqueKey != "x0" || select.outputs[0].sql != "t.spot") return true;
  const TextRows twice = postgres.query(
      fmt::format("SELECT x0 FROM ({}) q GROUP BY x0 HAVING count(*) > 1", select.sql()));
  error = "duplicate key";
  return twice.empty();
}

void checkView(const LabRound& round, uint32_t v, std::vector<bool>& failing, Seen& seen) {
  const LabSelect& select = round.selects[v];
  TextRows expected;
  std::string error;
  const bool answered = answers(round.postgres, select, expected, error);
  const bool fails = round.one.errors(v) > 0;
  BOOST_CHECK((round.many.errors(v) > 0) == fails);
  ++seen.pairs;
  if (fails && answered && isBeyondLimits(round.one.errorText(v))) {
    ++seen.beyondLimits;
    failing[v] = true;
    return;
  }
  BOOST_CHECK_MESSAGE(answered != fails,
                      "facet: " << round.one.errorText(v) << "\nPostgreSQL: " << error);
  if (fails) {
    ++seen.failed;
    failing[v] = true;
  }
  if (fails || !answered) return;
  if (failing[v]) ++seen.recovered;
  failing[v] = false;
  seen.nonEmpty += expected.empty() ? 0 : 1;
  TextRows rows = round.one.rows(v);
  const TextRows others = round.many.rows(v);
  BOOST_CHECK_MESSAGE(others == rows, "of many shards:\n" << describeDifference(others, rows));
  BOOST_CHECK(round.many.digest(v) == round.one.digest(v));
  for (const auto& row : others) BOOST_CHECK(round.many.finds(v, row));
  const bool same = sameBag(rows, expected, select.outputs);
  BOOST_CHECK_MESSAGE(same, describeDifference(rows, expected));
}

void checkRound(Postgres& postgres, uint64_t seed, Seen& seen) {
  LabRound round(postgres, seed, kViews, kFailing, seen.coverage);
  std::vector<bool> failing(kViews);
  for (int checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    round.advance();
    for (uint32_t v = 0; v < kViews; ++v) {
      BOOST_TEST_CONTEXT("FACET_SEED=" << seed
                                       << " FACET_ROUNDS=1, view: " << round.selects[v].sql()) {
        checkView(round, v, failing, seen);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(views_equal_postgres) {
  Postgres postgres;
  Seen seen;
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  const uint64_t rounds = fromEnvironment("FACET_ROUNDS", 400);
  for (uint64_t round = 0; round < rounds; ++round) checkRound(postgres, seed + round, seen);
  BOOST_TEST_MESSAGE(fmt::format(
      "{} comparisons, {} not empty, {} in error in both, {} recovered, {} beyond facet's numbers",
      seen.pairs, seen.nonEmpty, seen.failed, seen.recovered, seen.beyondLimits));
  if (rounds < 100) return;
  BOOST_TEST(seen.beyondLimits * 50 <= seen.pairs);
  BOOST_TEST((seen.nonEmpty + seen.failed) * 10 >= seen.pairs * 8);
  BOOST_TEST(seen.recovered > 0);
  std::vector<std::string> demanded = labClauses();
  for (const Shape& shape : shapes()) demanded.push_back(coverageName(shape));
  for (const AggregateShape& shape : aggregateShapes()) demanded.push_back(shape.sql);
  demandCoverage(seen.coverage, demanded);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
