// A log that begins later, with a snapshot: what can be restored from it, and that it is never
// without a snapshot, nor served then.
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

#include "actors/snapshots/restore.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "storage/checked_chunks.h"
#include "storage/data_folder.h"
#include "storage/durable_file.h"
#include "storage/lmdb_log.h"
#include "storage/snapshot_store.h"
#include "tests/actors/bank.h"
#include "tests/actors/log_feed.h"

namespace facet::test {
namespace {

namespace fs = std::filesystem;

const char* const kFrames = "data/00000000000000000000/data.mdb";

void flipBit(const fs::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get() ^ 4);
  stream.seekp(at);
  stream.put(byte);
}

std::unique_ptr<EventLog> openLog(const fs::path& data) {
  return openLmdbLog({.path = data / "log", .verified = std::nullopt, .progress = {}});
}

/// Copies the chunks of a log that follow another one's end.
void copyRest(const EventLog& from, EventLog& to) {
  from.read(to.end().next, SIZE_MAX, [&](const ChunkRef& chunk) {
    std::vector<uint64_t> words(chunk.bytes().size() / sizeof(uint64_t));
    std::memcpy(words.data(), chunk.bytes().data(), chunk.bytes().size());
    const std::string_view bytes(reinterpret_cast<const char*>(words.data()), chunk.bytes().size());
    to.appendCopies(CheckedChunks(bytes, to.end()));
    return true;
  });
}

/// Two folders of one log: `whole`, and `later`, which begins with the first of its snapshots.
struct Later {
  const TemporaryFolder folder;
  const fs::path whole = folder.path / "whole";
  const fs::path later = folder.path / "later";
  std::vector<SnapshotInfo> snapshots;
  std::mt19937_64 random{11};

  Later() {
    Bank bank(whole);
    bank.openAccounts();
    for (int i = 0; i < 2; ++i) {
      trade(bank);
      snapshots.push_back(bank.node->snapshots().create());
    }
    trade(bank);
    bank.node->stop();
    bank.node = nullptr;
    makeLater();
  }

  void trade(Bank& bank) {
    for (int i = 0; i < 10; ++i) bank.trade(random, 1 + random() % 20);
    bank.outcomes.waitForAll();
  }

  void makeLater() {
    UnfinishedDataFolder made(later);
    const auto log = openLog(later);
    log->beginAfter(snapshots[0].manifest.commit.end);
    copyRest(*openLog(whole), *log);
    fs::copy(whole / "snapshots", made.snapshotPath(), fs::copy_options::recursive);
    made.finish();
  }

  fs::path snapshot(size_t number) const { return later / "snapshots" / snapshots[number].name; }
  Position earliest() const { return snapshots[0].manifest.position(); }

  /// The digests of what is restored.
  std::map<std::string, uint128> restored(const fs::path& from, std::optional<Position> position,
                                          std::optional<int64_t> time = {}) {
    RestoreOptions options;
    options.from = from;
    options.data = folder.path / "restored";
    options.position = position;
    options.time = time;
    fs::remove_all(options.data);
    result = restore(options);
    Bank bank(options.data, 1 + random() % 3);
    BOOST_TEST(bank.notices.empty());
    return bank.digests();
  }

  template <typename Failure>
  void checkRefused(const std::string& said, std::optional<Position> position = {},
                    std::optional<int64_t> time = {}) {
    BOOST_CHECK_EXCEPTION(restored(later, position, time), Failure, [&](const Failure& failure) {
      BOOST_TEST_MESSAGE(failure.what());
      return std::string(failure.what()).find(said) != std::string::npos;
    });
    BOOST_TEST(!fs::exists(folder.path / "restored" / "restoring"));
  }

  RestoreResult result;
};

std::string refusalToServe(const fs::path& data, const std::string& moreViews = "") {
  try {
    Bank bank(data, 2, 0, moreViews);
  } catch (const std::exception& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.what();
  }
  return {};
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(begins_later, Later)

BOOST_AUTO_TEST_CASE(restored_to_any_position_it_is_what_the_whole_log_is_there) {
  const uint64_t last = openLog(later)->end().last.value;
  const uint64_t first = earliest().value;
  std::vector<uint64_t> positions{first, first + 1, snapshots[1].manifest.position().value, last};
  for (int i = 0; i < 2; ++i) positions.push_back(first + random() % (last - first));
  for (const uint64_t position : positions) {
    BOOST_TEST_CONTEXT("position " << position) {
      const auto digests = restored(later, Position{position});
      BOOST_TEST((result.begin == snapshots[0].manifest.commit.end));
      BOOST_TEST(result.end.last.value == position);
      const bool second = position >= snapshots[1].manifest.position().value;
      BOOST_TEST(result.snapshot == snapshots[second ? 1 : 0].name);
      BOOST_TEST((digests == restored(whole, Position{position})));
    }
  }
  BOOST_TEST((restored(later, {}) == restored(whole, {})));
}

BOOST_AUTO_TEST_CASE(restored_to_any_time_it_is_what_the_whole_log_was_then) {
  const LogEnd base = snapshots[0].manifest.commit.end;
  const int64_t end = openLog(later)->end().time;
  for (const int64_t time : {base.time, (base.time + end) / 2, end + 1}) {
    BOOST_TEST((restored(later, {}, time) == restored(whole, {}, time)));
  }
}

BOOST_AUTO_TEST_CASE(what_was_before_is_refused_and_the_earliest_named) {
  const std::string from = fmt::format("can be restored from position {} ", earliest());
  checkRefused<std::invalid_argument>(from, Position{earliest().value - 1});
  checkRefused<std::invalid_argument>(from, Position{1});
  checkRefused<std::invalid_argument>(from, {}, snapshots[0].manifest.commit.end.time - 1);
  checkRefused<std::invalid_argument>("a backup of the primary", Position{1});
  checkRefused<std::invalid_argument>("there is no position", Position{1'000'000});
  fs::remove_all(snapshot(0));
  checkRefused<std::invalid_argument>(
      fmt::format("from position {} ", snapshots[1].manifest.position()), earliest());
}

BOOST_AUTO_TEST_CASE(what_is_restored_can_be_written_and_restored_again) {
  const auto digests = restored(later, {});
  const fs::path again = folder.path / "again";
  fs::rename(folder.path / "restored", again);
  BOOST_TEST((restored(again, {}) == digests));
  std::map<std::string, uint128> after;
  {
    Bank bank(again);
    trade(bank);
    bank.node->snapshots().create();
    trade(bank);
    for (const VerifiedRelation& relation : bank.node->upkeep().verify().relations) {
      BOOST_TEST(relation.isSound(), relation.name);
    }
    bank.node->stop();
    after = bank.digests();
  }
  const LogId id = Bank(again).node->logId();
  BOOST_TEST((restored(again, {}) == after));
  BOOST_TEST((result.from == id));
  BOOST_TEST((result.log != id));
}

BOOST_AUTO_TEST_CASE(a_log_with_nothing_but_its_snapshot_is_restored) {
  fs::remove_all(later);
  {
    UnfinishedDataFolder made(later);
    openLog(later)->beginAfter(snapshots[0].manifest.commit.end);
    fs::copy(whole / "snapshots", made.snapshotPath(), fs::copy_options::recursive);
    made.finish();
  }
  BOOST_TEST((restored(later, {}) == restored(whole, earliest())));
  BOOST_TEST((restored(later, earliest()) == restored(whole, earliest())));
  checkRefused<std::invalid_argument>("there is no position", earliest() + 1);
}

BOOST_AUTO_TEST_CASE(damage_is_named_by_a_restore) {
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  checkRefused<LogFailed>(snapshots[0].name);
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  flipBit(snapshot(1) / "manifest", 100);
  checkRefused<LogFailed>(snapshots[1].name);
  flipBit(snapshot(1) / "manifest", 100);
  flipBit(later / "log" / "begins", 30);
  checkRefused<LogFailed>("log/begins: it is damaged");
  BOOST_TEST(says(refusalToServe(later), "log/begins: it is damaged"));
  flipBit(later / "log" / "begins", 30);
  const auto digests = restored(later, {});
  // With one of them, whichever, it is the same.
  fs::rename(snapshot(1), folder.path / "second");
  BOOST_TEST((restored(later, {}) == digests));
  fs::rename(folder.path / "second", snapshot(1));
  fs::remove_all(snapshot(0));
  BOOST_TEST((restored(later, {}) == digests));
  fs::remove_all(snapshot(1));
  checkRefused<LogFailed>("nothing can be restored from it");
}

BOOST_AUTO_TEST_CASE(it_starts_from_its_newest_sound_snapshot_or_not_at_all) {
  const auto digests = restored(whole, {});
  flipBit(snapshot(1) / kFrames, 3 * 4096 + 600);
  {
    Bank bank(later);
    BOOST_TEST((bank.node->recovery().snapshot == earliest()));
    BOOST_TEST((bank.digests() == digests));
  }
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  const std::string refusal = refusalToServe(later);
  BOOST_TEST(says(refusal, fmt::format("begins after position {}", earliest())));
  BOOST_TEST(says(refusal, "there is no sound one"));
  BOOST_TEST(refusalToServe(later) == refusal);
  BOOST_TEST(fs::exists(snapshot(0).string() + ".damaged"));
}

/// The snapshot can't be read as long as this is held, and is sound.
FileDescriptor heldByAnother(const fs::path& snapshot) {
  FileDescriptor fd = openFile(snapshot / "data" / "high-water", O_RDWR);
  BOOST_REQUIRE(::flock(fd.get(), LOCK_EX | LOCK_NB) == 0);
  return fd;
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_cannot_be_read_now_stays_and_is_used_later) {
  {
    const FileDescriptor first = heldByAnother(snapshot(0));
    const FileDescriptor second = heldByAnother(snapshot(1));
    BOOST_TEST(says(refusalToServe(later), "start again when it can be read"));
  }
  BOOST_TEST(fs::exists(snapshot(0)));
  BOOST_TEST(fs::exists(snapshot(1)));
  Bank bank(later);
  BOOST_TEST(bank.notices.empty());
  BOOST_TEST((bank.node->recovery().snapshot == snapshots[1].manifest.position()));
}

BOOST_AUTO_TEST_CASE(what_is_read_and_pruned_meanwhile_sets_nothing_aside) {
  fs::path aside = snapshot(0);
  aside += ".damaged";
  fs::rename(snapshot(0), aside);
  Bank bank(later);
  const FileDescriptor held = heldByAnother(snapshot(1));
  BOOST_CHECK_THROW(bank.node->snapshots().open({}), LogUnreadable);
  const std::vector<SnapshotInfo> verified = bank.node->snapshots().verify();
  BOOST_REQUIRE(verified.size() == 1u);
  BOOST_TEST(verified[0].isUnread);
  BOOST_TEST(says(verified[0].problem, "stays as it is"));
  // The one that was set aside may be what a start needs.
  BOOST_TEST(bank.node->snapshots().prune(1).empty());
  BOOST_TEST(fs::exists(aside));
  BOOST_TEST(fs::exists(snapshot(1)));
}

BOOST_AUTO_TEST_CASE(what_was_set_aside_is_looked_at_again_before_a_start_fails) {
  const auto setAside = [&](size_t number) {
    fs::path aside = snapshot(number);
    aside += ".damaged";
    fs::rename(snapshot(number), aside);
    return aside;
  };
  flipBit(setAside(1) / kFrames, 40'000);
  setAside(0);
  {
    Bank bank(later);
    BOOST_TEST(bank.told("has its name again"));
    BOOST_TEST((bank.node->recovery().snapshot == earliest()));
  }
  BOOST_TEST(fs::exists(snapshot(0)));
  BOOST_TEST(!fs::exists(snapshot(1)));
  flipBit(setAside(0) / kFrames, 40'000);
  BOOST_TEST(says(refusalToServe(later), "there is no sound one"));
}

BOOST_AUTO_TEST_CASE(a_replicas_folder_that_was_not_filled_is_not_taken_for_a_new_one) {
  const fs::path replica = folder.path / "replica";
  DataFolder(replica).setFollowed({1, 2});
  BOOST_TEST(says(refusalToServe(replica), "a replica's folder, and was not filled yet"));
  BOOST_TEST(fs::exists(replica / "follows"));
}

BOOST_AUTO_TEST_CASE(other_views_are_refused_and_the_logs_model_goes_on) {
  const std::string refusal =
      refusalToServe(later, "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM moved;");
  BOOST_TEST(says(refusal, "this model is not the log's"));
  BOOST_TEST(says(refusal, "need a node that has the whole log"));
  BOOST_TEST(refusalToServe(later).empty());
}

BOOST_AUTO_TEST_CASE(the_last_sound_snapshot_is_not_pruned) {
  Bank bank(later);
  flipBit(snapshot(1) / kFrames, 3 * 4096 + 600);
  const auto gone = bank.node->snapshots().prune(1);
  BOOST_REQUIRE(gone.size() == 1u);
  BOOST_TEST(!gone[0].problem.empty());
  const auto left = bank.node->snapshots().list();
  BOOST_REQUIRE(left.size() == 1u);
  BOOST_TEST(left[0].name == snapshots[0].name);
  trade(bank);
  bank.node->snapshots().create();
  BOOST_TEST(bank.node->snapshots().prune(1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(when_none_is_left_one_is_taken) {
  std::map<std::string, uint128> digests;
  {
    Bank bank(later);
    digests = bank.digests();
    flipBit(snapshot(0) / "manifest", 100);
    flipBit(snapshot(1) / kFrames, 3 * 4096 + 600);
    for (const SnapshotInfo& info : bank.node->snapshots().verify()) {
      BOOST_TEST(!info.problem.empty());
    }
    BOOST_TEST(Signal().wait([&] {
      const auto listed = bank.node->snapshots().list();
      return std::any_of(listed.begin(), listed.end(),
                         [](const SnapshotInfo& info) { return info.problem.empty(); });
    }));
    BOOST_REQUIRE(!bank.notices.empty());
    BOOST_TEST(says(bank.notices.back(), "one is taken now"), bank.notices.back());
    bank.node->stop();
  }
  Bank bank(later);
  BOOST_TEST((bank.digests() == digests));
}

BOOST_AUTO_TEST_CASE(views_are_verified_and_rebuilt_from_the_oldest_snapshot_that_is_sound) {
  Bank bank(later);
  const uint64_t last = bank.node->head().value;
  const auto check = [&](const SnapshotInfo& from) {
    const Verification verification = bank.node->upkeep().verify();
    BOOST_TEST((verification.from == from.manifest.position()));
    BOOST_TEST(verification.events == last - from.manifest.position().value);
    for (const VerifiedRelation& relation : verification.relations) {
      BOOST_TEST(relation.isSound(), relation.name);
    }
    const Rebuilt rebuilt = bank.node->upkeep().rebuild("regions");
    BOOST_TEST((rebuilt.from == from.manifest.position()));
    BOOST_TEST((rebuilt.before == rebuilt.after));
  };
  check(snapshots[0]);
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  check(snapshots[1]);
  BOOST_TEST(fs::exists(snapshot(0).string() + ".damaged"));
  // One at the log's end too: then it is compared with that alone.
  const SnapshotInfo newest = bank.node->snapshots().create();
  fs::remove_all(snapshot(1));
  check(newest);
  fs::remove_all(later / "snapshots" / newest.name);
  BOOST_CHECK_THROW(bank.node->upkeep().verify(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_reads_no_snapshot_to_its_end) {
  Bank bank(later);
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  bank.node->upkeep().stop();
  BOOST_CHECK_THROW(bank.node->upkeep().verify(), std::runtime_error);
  BOOST_TEST(fs::exists(snapshot(0)));  // the damage was not met
  flipBit(snapshot(0) / kFrames, 3 * 4096 + 600);
  bank.node->snapshots().stop();
  BOOST_CHECK_THROW(bank.node->snapshots().verify(), std::runtime_error);
  BOOST_TEST(fs::exists(snapshot(0)));
}

BOOST_AUTO_TEST_CASE(a_new_model_after_its_snapshots_is_not_restored) {
  const Position last = openLog(later)->end().last;
  {
    Bank bank(whole, 2, 0, "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM moved;");
    trade(bank);
    bank.node->stop();
  }
  copyRest(*openLog(whole), *openLog(later));
  checkRefused<std::invalid_argument>("a new model was recorded after position");
  checkRefused<std::invalid_argument>(fmt::format("position {} or before", last.value - 1), last);
  BOOST_TEST(
      (restored(later, Position{last.value - 1}) == restored(whole, Position{last.value - 1})));
  NodeOptions options;
  options.data = later;
  Outcomes outcomes;
  BOOST_CHECK_EXCEPTION(Node::start(options, outcomes), LogFailed, [](const LogFailed& failure) {
    return says(failure.what(), "of another model than the log's last");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
