// Snapshots of a whole node: taken beside writers and readers, and what a restart makes of them.
#include "actors/snapshots/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "actors/snapshots/limits.h"
#include "tests/actors/snapshots/bank_snapshots.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(snapshots)

/// Flips a bit of a file.
void damage(const fs::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get() ^ 4);
  stream.seekp(at);
  stream.put(byte);
}

// The views, one of them degraded now and then, under load, with snapshots one after another; then
// each of those that are left is started from, with other numbers of shards, and compared with the
// fold of the whole log.
BOOST_AUTO_TEST_CASE(a_restart_from_a_snapshot_is_the_fold_of_the_log) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::mt19937_64 random(17);
  for (int round = 0; round < 4; ++round) {
    Bank bank(data, 1 + round);
    if (round == 0) bank.openAccounts();
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> wrong{0};
    std::atomic<int> taken{0};
    std::thread reader([&] {
      while (!stop) {
        wrong += isExactCut(*bank.node) ? 0 : 1;
        wrong += hasAllResidents(*bank.node) ? 0 : 1;
      }
    });
    std::thread operating([&] {
      while (!stop) taken += bank.node->snapshots().create().name.empty() ? 0 : 1;
    });
    for (int i = 0; i < 400 || taken < 5; ++i) {
      bank.trade(random, 1 + random() % 60);
      if (i % 40 == 0) move(bank, static_cast<int>(random() % kAccounts), kForbidden);
      if (i % 150 == 100) {
        for (int account = 0; account < kAccounts; ++account) move(bank, account, 1);
      }
    }
    bank.outcomes.waitForAll();
    stop = true;
    reader.join();
    operating.join();
    BOOST_TEST(wrong == 0u);
    bank.node->stop();
  }
  const std::vector<std::string> names = namesIn(data);
  BOOST_TEST_REQUIRE(names.size() == kSnapshotsKept);
  std::map<std::string, std::string> whole;
  {
    Bank bank(copyWith(data, {}), 1);
    BOOST_TEST(bank.node->recovery().snapshot.value == 0u);
    whole = answers(*bank.node);
  }
  for (const std::string& name : names) {
    for (const uint32_t shards : {1U, 3U, 4U}) {
      Bank bank(copyWith(data, {name}), shards);
      BOOST_TEST(bank.node->recovery().snapshot.value > 0u);
      auto restored = answers(*bank.node);
      BOOST_TEST(hasAllResidents(*bank.node));
      // Which good cut is held depends on how far the views were apart; that it is one was tested.
      restored.erase("residents");
      auto expected = whole;
      expected.erase("residents");
      BOOST_TEST((restored == expected));
      BOOST_TEST(isExactCut(*bank.node));
      // Everybody moves away: it recovers, and is what it would have been.
      Bank fresh(folder.path / fmt::format("fresh-{}-{}", name, shards), 1);
      for (int account = 0; account < kAccounts; ++account) {
        move(bank, account, account % 5);
        move(fresh, account, account % 5);
      }
      bank.outcomes.waitForAll();
      fresh.outcomes.waitForAll();
      bank.node->stop();
      fresh.node->stop();
      BOOST_TEST(!bank.node->find("residents")->degraded());
      BOOST_TEST(answers(*bank.node)["residents"] == answers(*fresh.node)["residents"]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_degraded_view_answers_from_its_good_cut_after_a_restart_from_a_snapshot) {
  TemporaryFolder folder;
  std::string before;
  {
    Bank bank(folder.path / "data");
    bank.openAccounts();
    bank.outcomes.waitForAll();
    move(bank, 3, 2);
    move(bank, 4, kForbidden);
    move(bank, 5, 6);
    bank.outcomes.waitForAll();
    const SnapshotInfo info = bank.node->snapshots().create();
    BOOST_TEST(info.manifest.views[4].held.has_value());
    before = answers(*bank.node)["residents"];
    BOOST_TEST(before.ends_with("degraded"));
  }
  {
    Bank bank(folder.path / "data", 5);
    BOOST_TEST(bank.node->recovery().events == 0u);
    BOOST_TEST(answers(*bank.node)["residents"] == before);
    // It still is one of a snapshot's after another one.
    move(bank, 6, 1);
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
  }
  Bank bank(folder.path / "data", 2);
  BOOST_TEST(answers(*bank.node)["residents"] == before);
  move(bank, 4, 1);
  move(bank, 7, 1);
  bank.outcomes.waitForAll();
  bank.node->stop();
  BOOST_TEST(!bank.node->find("residents")->degraded());
}

BOOST_AUTO_TEST_CASE(after_a_restart_a_view_names_an_error_that_it_still_has) {
  TemporaryFolder folder;
  const std::string view =
      "CREATE MATERIALIZED VIEW fragile AS SELECT account, sum(1000 / (region - 98)) AS a, "
      "sum(1000 / (region - 99)) AS b FROM accounts GROUP BY account;";
  constexpr int kEach = 20;
  {
    Bank bank(folder.path / "data", 4, 0, view);
    for (int account = 0; account < 2 * kEach; ++account) move(bank, account, 98 + account % 2);
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
    bank.node->stop();
  }
  for (const int mended : {0, 1}) {
    Bank bank(copyWith(folder.path / "data", namesIn(folder.path / "data")), 4, 0, view);
    for (int account = mended; account < 2 * kEach; account += 2) move(bank, account, 1);
    bank.outcomes.waitForAll();
    bank.node->stop();
    for (const RelationStatus& status : bank.node->status().views) {
      if (status.name != "fragile") continue;
      const char* left = mended == 0 ? "region - 99" : "region - 98";
      BOOST_TEST(status.error.find(left) != std::string::npos, status.error);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_done_for_whom_is_in_a_snapshot) {
  TemporaryFolder folder;
  const auto send = [](Bank& bank) {
    CommandBatch batch;
    batch.client = {7, 9};
    batch.firstSequence = 1;
    for (int i = 0; i < 200; ++i) bank.add(batch, "Transfer", {i, i + 1, 5});
    bank.outcomes.submit(*bank.node, std::move(batch));
    bank.outcomes.waitForAll();
    return bank.outcomes.accepted();
  };
  {
    Bank bank(folder.path / "data");
    BOOST_TEST(send(bank) == 200u);
    bank.node->snapshots().create();
  }
  Bank bank(folder.path / "data");
  BOOST_TEST(bank.node->recovery().events == 0u);
  BOOST_TEST(send(bank) == 0u);
  BOOST_TEST(bank.outcomes.rejected() == 0u);
  BOOST_TEST(bank.node->head().value == 400u);
}

BOOST_AUTO_TEST_CASE(a_damaged_snapshot_is_set_aside_and_the_one_before_is_used) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::map<std::string, std::string> before;
  {
    Bank bank(data);
    bank.openAccounts();
    std::mt19937_64 random(3);
    for (int i = 0; i < 3; ++i) {
      bank.trade(random, 50);
      bank.outcomes.waitForAll();
      bank.node->snapshots().create();
    }
    bank.node->stop();
    before = answers(*bank.node);
  }
  const std::vector<std::string> names = namesIn(data);
  BOOST_TEST_REQUIRE(names.size() == 2u);
  const char* const kData = "data/00000000000000000000/data.mdb";
  damage(data / "snapshots" / names[1] / kData, 3 * 4096 + 600);
  {
    Bank bank(data);
    BOOST_TEST_REQUIRE(bank.notices.size() == 1u);
    BOOST_TEST_MESSAGE(bank.notices[0]);
    BOOST_TEST(bank.notices[0].find(names[1]) != std::string::npos);
    BOOST_TEST(bank.node->recovery().snapshot.value ==
               std::stoull(names[0].substr(0, names[0].find('-'))));
    BOOST_TEST((answers(*bank.node) == before));
  }
  BOOST_TEST(fs::exists(data / "snapshots" / (names[1] + ".damaged")));
  damage(data / "snapshots" / names[0] / "manifest", 100);
  Bank bank(data);
  BOOST_TEST(bank.notices.size() == 1u);
  BOOST_TEST(bank.node->recovery().snapshot.value == 0u);
  BOOST_TEST((answers(*bank.node) == before));
}

BOOST_AUTO_TEST_CASE(a_start_that_folds_twice_says_once_what_became_of_snapshots) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::string before;
  {
    Bank bank(data);
    bank.openAccounts();
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
    move(bank, 3, 2);
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
    // The view is held since here, in the log behind the snapshots.
    move(bank, 4, kForbidden);
    bank.outcomes.waitForAll();
    move(bank, 5, 6);
    bank.outcomes.waitForAll();
    before = answers(*bank.node)["residents"];
    BOOST_TEST(before.ends_with("degraded"));
  }
  const std::vector<std::string> names = namesIn(data);
  BOOST_TEST_REQUIRE(names.size() == 2u);
  damage(data / "snapshots" / names[1] / "data/00000000000000000000/data.mdb", 3 * 4096 + 600);
  Bank bank(data);
  const std::lock_guard lock(bank.noticesMutex);
  const auto ofSnapshots = std::count_if(
      bank.notices.begin(), bank.notices.end(),
      [](const std::string& line) { return line.find("snapshot") != std::string::npos; });
  BOOST_TEST(ofSnapshots == 1, bank.notices.back());
  BOOST_TEST(answers(*bank.node)["residents"] == before);
}

BOOST_AUTO_TEST_CASE(recovery_takes_as_long_as_the_opening_too) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  { const Bank bank(data); }
  // A snapshot whose manifest is long in coming: it is looked at before the log is opened.
  const fs::path snapshot = data / "snapshots" / snapshotName({1}, {1});
  fs::create_directory(snapshot);
  const fs::path manifest = snapshot / "manifest";
  BOOST_REQUIRE(::mkfifo(manifest.c_str(), 0600) == 0);
  constexpr std::chrono::milliseconds kLong{200};
  std::thread slow([&] {
    std::promise<void> never;
    never.get_future().wait_for(kLong);
    const int fd = ::open(manifest.c_str(), O_WRONLY);  // whoever reads it has waited for this
    fs::remove(manifest);
    ::close(fd);
  });
  const Bank bank(data);
  slow.join();
  BOOST_TEST(bank.node->recovery().seconds > std::chrono::duration<double>(kLong).count() / 2);
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_another_log_is_not_used) {
  TemporaryFolder folder;
  for (const char* name : {"one", "other"}) {
    Bank bank(folder.path / name);
    bank.openAccounts();
    move(bank, 1, name[0] == 'o' && name[1] == 'n' ? 1 : 2);
    bank.outcomes.waitForAll();
    bank.node->snapshots().create();
  }
  const std::vector<std::string> names = namesIn(folder.path / "one");
  fs::remove_all(folder.path / "other" / "snapshots");
  fs::copy(folder.path / "one" / "snapshots", folder.path / "other" / "snapshots",
           fs::copy_options::recursive);
  {
    Bank bank(folder.path / "other");
    BOOST_TEST_REQUIRE(bank.notices.size() == 1u);
    BOOST_TEST(bank.notices[0].find("another log") != std::string::npos, bank.notices[0]);
    BOOST_TEST(bank.node->recovery().snapshot.value == 0u);
  }
}

BOOST_AUTO_TEST_CASE(one_of_another_version_is_replaced_by_one_of_the_same_cut) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::string name;
  {
    Bank bank(data);
    bank.openAccounts();
    bank.outcomes.waitForAll();
    name = bank.node->snapshots().create().name;
  }
  {
    SnapshotStore store(data / "snapshots");
    SnapshotManifest manifest = decodeManifest(store.readManifest(name), name);
    manifest.stateFormat = kStateFormat + 1;
    store.remove(name);
    store.begin(name)->finish(encodeManifest(manifest));
  }
  {
    Bank bank(data);
    BOOST_TEST(bank.told("another version of facet"));
    BOOST_TEST(bank.node->snapshots().create().name == name);
  }
  Bank bank(data);
  BOOST_TEST(bank.notices.empty());
  BOOST_TEST(bank.node->recovery().events == 0u);
}

BOOST_AUTO_TEST_CASE(snapshots_are_taken_by_themselves_and_pruned) {
  TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  Bank bank(data, 2, 1000);
  bank.openAccounts();
  std::mt19937_64 random(5);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  size_t most = 0;
  std::string newest;
  int changes = 0;
  while (changes < 4 && std::chrono::steady_clock::now() < end) {
    bank.trade(random, 200);
    bank.outcomes.waitForAll();
    std::vector<std::string> whole;
    for (const SnapshotInfo& info : bank.node->snapshots().list()) whole.push_back(info.name);
    most = std::max(most, whole.size());
    if (!whole.empty() && whole.back() != newest) {
      newest = whole.back();
      ++changes;
    }
  }
  BOOST_TEST(changes == 4);
  // One more for a moment: until the newest has been read back.
  BOOST_TEST(most >= kSnapshotsKept);
  BOOST_TEST(most <= kSnapshotsKept + 1);
  BOOST_TEST(bank.node->snapshots().prune(1).size() == 1u);
  for (const SnapshotInfo& info : bank.node->snapshots().verify()) {
    BOOST_TEST(info.problem.empty(), info.problem);
  }
  bank.node->stop();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
