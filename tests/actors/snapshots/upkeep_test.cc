// Verifying and rebuilding views of a node that goes on being written and read.
#include "actors/snapshots/upkeep.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "actors/snapshots/snapshots.h"
#include "tests/actors/bank.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(upkeep)

const char* const kNames[] = {"balances", "regions", "settings", "ratios", "residents"};

void move(Bank& bank, int account, int region) {
  CommandBatch batch;
  bank.add(batch, "SetAccount", {account, region});
  bank.outcomes.submit(*bank.node, std::move(batch));
}

void requireSound(const Verification& verification, size_t relations) {
  BOOST_TEST(verification.relations.size() == relations);
  for (const VerifiedRelation& relation : verification.relations) {
    BOOST_TEST(relation.isSound(), relation.name << " at " << relation.position.value);
    BOOST_TEST((relation.kept != 0 || relation.position.value == 0), relation.name);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_node_is_sound) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  const Verification verification = bank.node->upkeep().verify();
  BOOST_TEST(verification.events == 0u);
  for (const VerifiedRelation& relation : verification.relations) BOOST_TEST(relation.isSound());
}

// Readers and a writer at full speed, one view degraded now and then, while all views are verified
// and rebuilt over and over.
BOOST_AUTO_TEST_CASE(views_are_verified_and_rebuilt_beside_readers_and_writers) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data", 3);
  bank.openAccounts();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        wrong += isExactCut(*bank.node) ? 0 : 1;
        wrong += hasAllResidents(*bank.node) ? 0 : 1;
      }
    });
  }
  std::atomic<int> rebuilt{0};
  std::thread operating([&] {
    while (!stop) {
      for (const char* name : kNames) {
        try {
          const Rebuilt result = bank.node->upkeep().rebuild(name);
          wrong += result.before == result.after || std::string(name) == "residents" ? 0 : 1;
          ++rebuilt;
        } catch (const std::runtime_error&) {
          // Degraded since its last rebuild.
          wrong += std::string(name) == "residents" ? 0 : 1;
        }
      }
      for (const VerifiedRelation& relation : bank.node->upkeep().verify().relations) {
        wrong += relation.isSound() ? 0 : 1;
      }
      bank.node->snapshots().create();
    }
  });
  std::mt19937_64 random(11);
  for (int i = 0; i < 500 || rebuilt < 15; ++i) {
    bank.trade(random, 1 + random() % 40);
    if (i % 50 == 0) move(bank, static_cast<int>(random() % kAccounts), kForbidden);
    if (i % 170 == 100) {
      for (int account = 0; account < kAccounts; ++account) move(bank, account, 1);
    }
  }
  bank.outcomes.waitForAll();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  operating.join();
  BOOST_TEST(wrong == 0u);
  for (int account = 0; account < kAccounts; ++account) move(bank, account, 2);
  bank.outcomes.waitForAll();
  move(bank, 0, 3);
  bank.outcomes.waitForAll();
  BOOST_TEST(!bank.node->find("residents")->degraded());
  for (const char* name : kNames) bank.node->upkeep().rebuild(name);
  requireSound(bank.node->upkeep().verify(), 6);
  BOOST_TEST(!bank.node->find("residents")->degraded());
  bank.node->stop();
}

BOOST_AUTO_TEST_CASE(a_rebuild_tells_that_it_repaired_rows) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  bank.outcomes.waitForAll();
  BOOST_TEST(bank.node->upkeep().rebuild("settings").sameRows());
  {
    // A bit of the view's one row flips in memory: its digest stays.
    const Cuts::Pin pin = bank.node->cuts().pin();
    RowSource::Cursor cursor;
    bank.node->find("settings")
        ->source(pin.position())
        .scan(pin.position(), cursor, [](const Version& row) {
          const_cast<Version&>(row).weight ^= 8;
          return true;
        });
  }
  const Rebuilt repaired = bank.node->upkeep().rebuild("settings");
  BOOST_TEST((repaired.before == repaired.after));
  BOOST_TEST((repaired.kept != repaired.rows));
  BOOST_TEST(!repaired.sameRows());
  const Rebuilt again = bank.node->upkeep().rebuild("settings");
  BOOST_TEST(again.sameRows());
  for (const VerifiedRelation& relation : bank.node->upkeep().verify().relations) {
    BOOST_TEST(relation.isSound(), relation.name);
  }
}

BOOST_AUTO_TEST_CASE(a_degraded_view_is_rebuilt_and_keeps_its_good_cut) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  bank.outcomes.waitForAll();
  move(bank, 4, kForbidden);
  bank.outcomes.waitForAll();
  bank.node->upkeep().rebuild("residents");
  BOOST_TEST(bank.node->find("residents")->degraded());
  BOOST_TEST(hasAllResidents(*bank.node));
  // Its older rows are still read.
  BOOST_CHECK_THROW(bank.node->upkeep().rebuild("residents"), std::runtime_error);
  move(bank, 4, 1);
  move(bank, 5, 1);
  bank.outcomes.waitForAll();
  move(bank, 6, 1);
  bank.outcomes.waitForAll();
  bank.node->stop();
  BOOST_TEST(!bank.node->find("residents")->degraded());
  BOOST_TEST(hasAllResidents(*bank.node));
}

BOOST_AUTO_TEST_CASE(a_view_that_is_not_there_is_refused) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  BOOST_CHECK_THROW(bank.node->upkeep().rebuild("nothing"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
