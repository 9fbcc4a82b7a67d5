// The server is killed under load, anywhere, over and over, on one growing data folder, also while
// it takes snapshots. What was acknowledged is there, exactly once, however often it is sent again;
// so is the newest snapshot, and the next server, with other shards, starts from it.
//
// FACET_KILLS: how many kills (100). FACET_SEED: of their times and of the shard counts (1).
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Commands of one round. More: a round takes longer; less: most kills come when all is done, and
/// before the server looks whether a snapshot is due.
constexpr uint64_t kRoundEntries = 3000;
/// Between the acknowledgement that a kill follows and the kill: a few commits.
constexpr uint64_t kLongestDelayMicroseconds = 3'000;
/// The first acknowledgement comes after this; kills come before it too.
constexpr uint64_t kConnectMicroseconds = 10'000;
/// Events between snapshots that the server takes by itself: it does each time that it looks.
constexpr uint64_t kSnapshotEvery = 100;
/// What takes longer is done in every so many rounds.
constexpr uint64_t kThoroughRounds = 5;

/// Seconds in which a client that gives up looks for the server: none will be there.
const std::string kGiveUpAfter = "0.5";

uint64_t environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What one round sends; the rounds before it are in the log in full.
struct Load {
  EntryRange entries;
  std::string client;
  std::string lines;

  explicit Load(uint64_t round)
      : entries{round * kRoundEntries + 1, kRoundEntries},
        client(fmt::format("00000000-0000-4000-8000-{:012}", round)),
        lines(entryLines(entries)) {}
};

/// Has a server take snapshots, one after the other, until it is gone.
class SnapshotLoop {
 public:
  explicit SnapshotLoop(const Server& server) : thread_([this, &server] { run(server); }) {}
  ~SnapshotLoop() { end(); }

  struct Taken {
    uint64_t count = 0;
    uint64_t newest = 0;  // position
    std::string wrong;    // empty: nothing
  };
  /// After the server's end.
  Taken finish() {
    thread_.join();
    return taken_;
  }

 private:
  void run(const Server& server) {
    try {
      while (!stopping_ && takeOne(server)) continue;
    } catch (const std::exception& e) {
      taken_.wrong = e.what();
    }
  }

  bool takeOne(const Server& server) {
    const Ended ended = server.run({"snapshot", "create", "--json"});
    if (ended.code == 0) {
      const uint64_t position = Json::parse(ended.out).at("position");
      if (position < taken_.newest) taken_.wrong = "an older one: " + ended.out;
      taken_.newest = position;
      ++taken_.count;
    } else if (ended.code != 4) {
      taken_.wrong = ended.errors;
    }
    return ended.code == 0;
  }

  void end() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Taken taken_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// One data folder, that servers come and go on.
class Victim {
 public:
  explicit Victim(uint64_t seed) : random_(seed) { start(); }

  void round(uint64_t number) {
    try {
      run(Load(number), number);
    } catch (const std::exception& e) {
      BOOST_FAIL(e.what() << "; the server " << fate());
    }
  }

  /// The last server ends as asked, and leaves nothing behind.
  void finish() {
    BOOST_TEST(server_->stop() == 0);
    BOOST_TEST(server_->process().errors() == "");
    BOOST_TEST(countSnapshots("") <= kSnapshotsKept);
    BOOST_TEST(countSnapshots(".new") == 0u);
  }

  uint64_t cutShort() const { return cutShort_; }
  uint64_t fromSnapshot() const { return fromSnapshot_; }
  uint64_t unfinished() const { return unfinished_; }
  std::string summary() const {
    return fmt::format(
        "{} of them during a load, {} while a snapshot was taken; {} snapshots were asked for; {} "
        "servers started from one",
        cutShort_, unfinished_, taken_, fromSnapshot_);
  }

 private:
  static constexpr uint64_t kSnapshotsKept = 2;

  void run(const Load& load, uint64_t number) {
    if (random_() % 3 == 0) askForSnapshot();
    if (random_() % 2 == 0) {
      clientGivesUp(load);
    } else {
      clientComesBack(load);
    }
    sendAgain(load);
    checkShown(*server_, load.entries.first + load.entries.count - 1);
    const bool thorough = number % kThoroughRounds == 0;
    if (thorough) {
      checkKnown(Load(random_() % (number + 1)));
      checkAgainstFreshFold();
    }
    checkSnapshots(thorough ? "verify" : "list");
  }

  /// What became of the server, for who has to find out why.
  std::string fate() {
    if (!server_) return "did not start";
    Process& process = server_->process();
    const auto soon = Clock::now() + std::chrono::seconds(1);
    while (process.readLine(soon)) continue;
    return process.ended() ? fmt::format("ended with {}: {}", process.wait(), process.errors())
                           : "is there: " + process.errors();
  }

  void start() {
    shards_ = 1 + static_cast<unsigned>(random_() % 4);
    ServerOptions options = counter(folder_ / "data", shards_);
    options.more = {"--snapshot-every", std::to_string(kSnapshotEvery)};
    server_.emplace(options);
    BOOST_TEST(server_->readySnapshot() >= newestSnapshot_);
    if (server_->readySnapshot() > 0) ++fromSnapshot_;
  }

  /// Folders of snapshots whose names end so.
  uint64_t countSnapshots(const std::string& end) const {
    const fs::directory_iterator entries(folder_ / "data" / "snapshots");
    return static_cast<uint64_t>(std::count_if(
        begin(entries), fs::directory_iterator(),
        [&](const fs::directory_entry& entry) { return entry.path().string().ends_with(end); }));
  }

  /// From some that are done at once, to so many that the load goes on for long.
  uint64_t someBatches() { return kRoundEntries >> random_() % 8; }

  uint64_t head() const { return server_->status().at("position"); }

  /// Kills the server a moment after one of the acknowledgements, or before the first. Returns how
  /// many commands were acknowledged until then.
  uint64_t killDuring(Process& submit, uint64_t batches) {
    const uint64_t after = random_() % batches;
    uint64_t acknowledged = 0;
    std::optional<SnapshotLoop> snapshots;
    if (random_() % 2 == 0) snapshots.emplace(*server_);
    for (uint64_t i = 0; i < after; ++i) {
      const auto line = submit.readLine();
      if (!line) break;
      acknowledged = Json::parse(*line).at("accepted");
    }
    const uint64_t longest = after == 0 ? kConnectMicroseconds : kLongestDelayMicroseconds;
    const auto time = Clock::now() + std::chrono::microseconds(random_() % longest);
    while (const auto line = submit.readLine(time)) {
      acknowledged = Json::parse(*line).at("accepted");
    }
    server_->kill();
    unfinished_ += countSnapshots(".new");
    BOOST_TEST(server_->process().errors() == "");
    if (snapshots) note(snapshots->finish());
    return acknowledged;
  }

  void askForSnapshot() {
    ++taken_;
    newestSnapshot_ = server_->row({"snapshot", "create"}).at("position");
    BOOST_TEST(newestSnapshot_ == head());
  }

  void note(const SnapshotLoop::Taken& taken) {
    BOOST_TEST(taken.wrong == "");
    taken_ += taken.count;
    newestSnapshot_ = std::max(newestSnapshot_, taken.newest);
  }

  /// Once there was a snapshot, there is one; all are sound, and nothing was set aside.
  void checkSnapshots(const std::string& how) {
    const auto snapshots = server_->rows({"snapshot", how});
    if (newestSnapshot_ > 0) BOOST_REQUIRE(!snapshots.empty());
    for (const Json& snapshot : snapshots) {
      BOOST_TEST(!snapshot.contains("problem"), snapshot.dump());
      newestSnapshot_ = std::max<uint64_t>(newestSnapshot_, snapshot.at("position"));
    }
    BOOST_TEST(countSnapshots(".damaged") == 0u);
    BOOST_TEST(server_->process().errors() == "");
  }

  /// What was acknowledged is in the log when the next server is ready, and nothing twice.
  void clientGivesUp(const Load& load) {
    const uint64_t batches = someBatches();
    Words words = submitEntries(load.client, kRoundEntries / batches);
    words.insert(words.end(), {"--wait", kGiveUpAfter});
    Process submit = server_->begin(words, load.lines);
    uint64_t acknowledged = killDuring(submit, batches);
    for (const Json& line : jsonLines(submit.readAll())) acknowledged = line.at("accepted");
    const int code = submit.wait();
    start();
    const uint64_t there = server_->readyPosition() - (load.entries.first - 1);
    BOOST_TEST(acknowledged <= there);
    BOOST_TEST(there <= load.entries.count);
    if (code == 0) {
      BOOST_TEST(acknowledged == load.entries.count);
    } else {
      BOOST_TEST((code == 4 || code == 6), submit.errors());
      ++cutShort_;
    }
    checkLogged(*server_, load.entries.first, {load.entries.first, there});
  }

  /// The client waits for the next server, and sends again what was not answered.
  void clientComesBack(const Load& load) {
    const uint64_t batches = someBatches();
    Words words = submitEntries(load.client, kRoundEntries / batches);
    words.insert(words.end(), {"--wait", "60"});
    Process submit = server_->begin(words, load.lines);
    if (killDuring(submit, batches) < load.entries.count) ++cutShort_;
    start();
    const std::string rest = submit.readAll();
    BOOST_TEST(submit.wait() == 0, submit.errors());
    if (rest.empty()) return;  // it was done, and its end was read, before the kill
    const Json summary = jsonLines(rest).back();
    const uint64_t accepted = summary.at("accepted");
    const uint64_t duplicates = summary.at("duplicates");
    BOOST_TEST(accepted + duplicates == load.entries.count, summary.dump());
  }

  /// The same client, the same numbers: what is there is known, what is not is done.
  void sendAgain(const Load& load) {
    const uint64_t there = head() - (load.entries.first - 1);
    const Ended again = server_->run(submitEntries(load.client), load.lines);
    BOOST_TEST(again.code == 0, again.errors);
    const Json summary = jsonLines(again.out).back();
    BOOST_TEST(summary.at("duplicates") == there);
    BOOST_TEST(summary.at("accepted") == load.entries.count - there);
    checkLogged(*server_, load.entries.first, load.entries);
  }

  /// A client of another round sends again: all of it is known.
  void checkKnown(const Load& load) const {
    const Ended again = server_->run(submitEntries(load.client), load.lines);
    BOOST_TEST(again.code == 0, again.errors);
    BOOST_TEST(jsonLines(again.out).back().at("duplicates") == load.entries.count);
  }

  /// Another server, with other shards, folds a copy of the log from its beginning.
  void checkAgainstFreshFold() const {
    const TemporaryFolder copy;
    fs::create_directory(copy / "data");
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "data")) {
      const std::string name = entry.path().filename();
      if (name == "snapshots") continue;
      fs::copy(entry, copy / "data" / name, fs::copy_options::recursive);
    }
    const Server fresh(counter(copy / "data", shards_ == 1 ? 3 : 1));
    BOOST_TEST((fresh.digests() == server_->digests()));
  }

  const TemporaryFolder folder_;
  std::mt19937_64 random_;
  unsigned shards_ = 1;
  std::optional<Server> server_;
  uint64_t cutShort_ = 0;
  uint64_t unfinished_ = 0;      // snapshots, at a kill
  uint64_t taken_ = 0;           // snapshots that were asked for
  uint64_t newestSnapshot_ = 0;  // position that a server has told
  uint64_t fromSnapshot_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_every_kill_exactly_once) {
  const uint64_t kills = environment("FACET_KILLS", 100);
  const uint64_t seed = environment("FACET_SEED", 1);
  const auto began = Clock::now();
  Victim victim(seed);
  for (uint64_t round = 0; round < kills; ++round) {
    BOOST_TEST_CONTEXT("round " << round << "; replay: FACET_SEED=" << seed
                                << " FACET_KILLS=" << round + 1 << " test_crash") {
      victim.round(round);
    }
  }
  victim.finish();
  const std::chrono::duration<double> took = Clock::now() - began;
  std::cout << fmt::format("{} kills in {:.1f} s, {}\n", kills, took.count(), victim.summary());
  BOOST_TEST(victim.cutShort() * 4 > kills, "the kills come too late to be of use");
  BOOST_TEST(victim.unfinished() * 10 > kills, "few snapshots are under way at a kill");
  BOOST_TEST(victim.fromSnapshot() * 4 > kills * 3, "few servers start from a snapshot");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
