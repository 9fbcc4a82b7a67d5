// Random views × random events, against PostgreSQL. FACET_SEED and FACET_ROUNDS choose others;
// every failure prints the line that replays it.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <map>

#include "tests/differential/random_sql.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(random_views)

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr uint32_t kViews = 12;  // of a round
constexpr int kCheckpoints = 4;
constexpr int64_t kTime = 1'700'000'000'000'000;

std::shared_ptr<const Model> marketModel(const std::vector<std::string>& selects) {
  std::string views;
  for (size_t i = 0; i < selects.size(); ++i) {
    views += fmt::format("CREATE MATERIALIZED VIEW v{} AS {};\n", i, selects[i]);
  }
  std::vector<ModelFile> files{{"market.capnp", kMarketModel}};
  if (!views.empty()) files.push_back({"views.sql", views});
  return loadModel(std::move(files));
}

std::vector<Type> typesOf(const Relation& relation) {
  std::vector<Type> types;
  for (const RelationColumn& column : relation.columns) types.push_back(column.type);
  return types;
}

/// What was seen over all rounds.
struct Coverage {
  std::map<std::string, int> clauses;
  int pairs = 0;
  int nonEmpty = 0;
};

void checkRound(Postgres& postgres, uint64_t seed, Coverage& coverage) {
  RandomSql sql(seed);
  std::vector<std::string> selects;
  while (selects.size() < kViews) {
    std::set<std::string> clauses;
    selects.push_back(sql.select(clauses));
    for (const std::string& clause : clauses) ++coverage.clauses[clause];
  }
  const std::shared_ptr<const Model> model = marketModel(selects);
  Oracle oracle(postgres);
  oracle.begin(*model);

  std::mt19937_64 random(seed);
  RandomEvents events(*model, seed);
  Engine one(model, 1);
  Engine many(model, static_cast<uint32_t>(2 + random() % 7));
  for (int checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    const std::vector<EventText> chunk = events.chunk(60 + random() % 150);
    if (chunk.empty()) continue;
    const Position first = one.apply(chunk, kTime);
    // The other engine gets the same events in other chunks.
    for (size_t at = 0; at < chunk.size();) {
      const size_t end = std::min(chunk.size(), at + 1 + random() % 40);
      many.apply({chunk.begin() + static_cast<std::ptrdiff_t>(at),
                  chunk.begin() + static_cast<std::ptrdiff_t>(end)},
                 kTime);
      at = end;
    }
    oracle.apply(*model, chunk, first, kTime);
    for (uint32_t t = 0; t < model->tables().size(); ++t) {
      oracle.setTable(model->tables()[t], one.tableRows(t));
    }
    for (uint32_t v = 0; v < selects.size(); ++v) {
      BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " FACET_ROUNDS=1, view: " << selects[v]) {
        TextRows expected;
        std::string error;
        BOOST_REQUIRE_MESSAGE(oracle.select(selects[v], expected, error), error);
        const TextRows rows = one.rows(v);
        BOOST_REQUIRE_MESSAGE(sameRows(rows, expected, typesOf(model->views()[v].relation)),
                              describeDifference(rows, expected));
        BOOST_REQUIRE(one.errors(v) == 0);
        BOOST_REQUIRE_MESSAGE(many.rows(v) == rows, describeDifference(many.rows(v), rows));
        BOOST_REQUIRE(many.digest(v) == one.digest(v));
        for (const auto& row : rows) BOOST_REQUIRE(many.finds(v, row));
        ++coverage.pairs;
        coverage.nonEmpty += expected.empty() ? 0 : 1;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(views_equal_postgres) {
  Postgres postgres;
  Coverage coverage;
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  const uint64_t rounds = fromEnvironment("FACET_ROUNDS", 150);
  for (uint64_t round = 0; round < rounds; ++round) checkRound(postgres, seed + round, coverage);
  std::string summary;
  for (const auto& [clause, count] : coverage.clauses)
    summary += fmt::format(" {} {},", clause, count);
  BOOST_TEST_MESSAGE(fmt::format("{} comparisons, {} not empty; clauses:{}", coverage.pairs,
                                 coverage.nonEmpty, summary));
  BOOST_TEST(coverage.nonEmpty * 10 >= coverage.pairs * 9);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
