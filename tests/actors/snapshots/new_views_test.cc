// A start with another model than its snapshot's: what that has is loaded, and the rest folded from
// the log alone.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>

#include "actors/snapshots/snapshot_match.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "tests/actors/snapshots/bank_snapshots.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(new_views)

/// A log with a snapshot, and events after it; some views of other models.
struct Changed {
  Changed() {
    Bank bank(data, 2);
    bank.openAccounts();
    std::mt19937_64 random(23);
    for (int i = 0; i < 40; ++i) bank.trade(random, 50);
    move(bank, 7, kForbidden);
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
    bank.trade(random, 50);
    bank.outcomes.waitForAll();
    bank.node->stop();
  }

  using Names = std::vector<std::string>;
  /// A start with these views more has them, and only them, folded from the log; what it shows is
  /// the fold of the whole log.
  void check(const std::string& views, const Names& filled, uint32_t shards) const {
    std::map<std::string, std::string> whole;
    {
      const Bank bank(copyWith(data, {}), 1, 0, views);
      BOOST_TEST(bank.node->recovery().snapshot.value == 0u);
      whole = answers(*bank.node);
    }
    std::map<std::string, std::string> before;
    {
      Bank bank(copyWith(data, namesIn(data)), shards, 0, views);
      BOOST_TEST(bank.node->recovery().snapshot.value > 0u);
      BOOST_TEST(bank.node->recovery().filled == filled);
      BOOST_TEST(bank.told("filled from the log"));
      // Which good cut of those that are degraded is held depends on where chunks ended.
      auto shown = answers(*bank.node);
      shown.erase("residents");
      whole.erase("residents");
      BOOST_TEST((shown == whole));
      // It goes on, and the next snapshot has them all.
      std::mt19937_64 random(29);
      bank.trade(random, 50);
      bank.outcomes.waitForAll();
      BOOST_TEST(bank.node->snapshots().create().problem == "");
      for (const VerifiedRelation& relation : bank.node->upkeep().verify().relations) {
        BOOST_TEST(relation.isSound(), relation.name);
      }
      before = answers(*bank.node);
    }
    const Bank again(folder.path / "data-copy", 3, 0, views);
    BOOST_TEST(again.node->recovery().filled.empty());
    BOOST_TEST((answers(*again.node) == before));
  }

  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
};

constexpr const char* kMore =
    "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM moved;\n"
    "CREATE MATERIALIZED VIEW homes AS SELECT account, region FROM accounts;\n"
    "CREATE UNIQUE INDEX ON homes (account);\n";

BOOST_FIXTURE_TEST_CASE(views_that_the_snapshot_has_not_are_filled_from_the_log, Changed) {
  for (const uint32_t shards : {1U, 3U}) check(kMore, {"more", "homes"}, shards);
}

BOOST_FIXTURE_TEST_CASE(a_view_that_is_filled_may_be_degraded, Changed) {
  check(
      "CREATE MATERIALIZED VIEW shares AS\n"
      "  SELECT account % 3 AS part, sum(1000 / (region - 99)) AS share FROM accounts\n"
      "  GROUP BY account % 3;\n",
      {"shares"}, 2);
}

BOOST_FIXTURE_TEST_CASE(views_may_go_and_change_and_get_indexes, Changed) {
  const auto start = [&](const std::string& views) {
    return std::make_unique<Bank>(data, 2, 0, "", [&](NodeOptions& options) {
      options.model = loadModel({{"bank.capnp", kBank}, {"views.sql", views}});
    });
  };
  constexpr const char* kBalances =
      "CREATE MATERIALIZED VIEW balances AS\n"
      "  SELECT account, sum(amount) AS balance, count(*) AS moves FROM moved GROUP BY account;\n"
      "CREATE INDEX ON balances (moves);\n";
  auto bank = start(kBalances);
  BOOST_TEST(bank->node->recovery().snapshot.value > 0u);
  BOOST_TEST(bank->node->recovery().filled.empty());
  bank->node->stop();
  bank.reset();

  bank = start(std::string(kBalances) +
               "CREATE MATERIALIZED VIEW settings AS SELECT count(*) + 1 AS n FROM account_set;");
  BOOST_TEST(bank->node->recovery().filled == Names{"settings"});
  bank.reset();

  bank = start("CREATE MATERIALIZED VIEW other AS SELECT count(*) + 2 AS n FROM account_set;");
  BOOST_TEST(bank->node->recovery().snapshot.value == 0u);
  BOOST_TEST(bank->told("it is of another model, and has not the view other"));
}

BOOST_AUTO_TEST_CASE(a_manifest_without_definitions_is_of_use_for_its_own_model_alone) {
  const auto model = loadModel({{"bank.capnp", kBank}, {"views.sql", kBankViews}});
  SnapshotManifest manifest;
  manifest.tables.emplace_back().name = "accounts";
  for (const ViewType& view : model->views()) manifest.views.emplace_back().name = view.name;
  manifest.modelHash = model->hash();
  BOOST_TEST(matchSnapshot(manifest, *model).isWhole());
  ++manifest.modelHash;
  const std::string hindrance = matchSnapshot(manifest, *model).hindrance;
  BOOST_TEST(hindrance.find("an older version of facet took it") != std::string::npos, hindrance);
}

BOOST_AUTO_TEST_CASE(a_table_that_is_another_one_makes_the_snapshot_useless) {
  const auto model = loadModel({{"bank.capnp", kBank}, {"views.sql", kBankViews}});
  SnapshotManifest manifest;
  manifest.tables.emplace_back().name = "accounts";
  manifest.tables.back().definition = 1;
  const std::string hindrance = matchSnapshot(manifest, *model).hindrance;
  BOOST_TEST(hindrance.find("the table accounts is another one") != std::string::npos, hindrance);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
