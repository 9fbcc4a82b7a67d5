// The server is killed under load, anywhere, over and over, on one growing data folder. What was
// acknowledged is there, exactly once, however often it is sent again.
//
// FACET_KILLS: how many kills (100). FACET_SEED: of their times and of the shard counts (1).
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Commands of one round. More: a round takes longer; less: most kills come when all is done.
constexpr uint64_t kRoundEntries = 1000;
/// Between the acknowledgement that a kill follows and the kill: a few commits.
constexpr uint64_t kLongestDelayMicroseconds = 3'000;
/// The first acknowledgement comes after this; kills come before it too.
constexpr uint64_t kConnectMicroseconds = 10'000;

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

/// One data folder, that servers come and go on.
class Victim {
 public:
  explicit Victim(uint64_t seed) : random_(seed) { start(); }

  void round(uint64_t number) {
    const Load load(number);
    if (random_() % 2 == 0) {
      clientGivesUp(load);
    } else {
      clientComesBack(load);
    }
    sendAgain(load);
    checkShown(*server_, load.entries.first + load.entries.count - 1);
    checkAgainstFreshFold();
  }

  uint64_t cutShort() const { return cutShort_; }

 private:
  void start() {
    shards_ = 1 + static_cast<unsigned>(random_() % 4);
    server_.emplace(counter(folder_ / "data", shards_));
  }

  uint64_t someBatches() { return 10 + random_() % 190; }

  uint64_t head() const { return server_->status().at("position"); }

  /// Kills the server a moment after one of the acknowledgements, or before the first. Returns how
  /// many commands were acknowledged until then.
  uint64_t killDuring(Process& submit, uint64_t batches) {
    const uint64_t after = random_() % batches;
    uint64_t acknowledged = 0;
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
    return acknowledged;
  }

  /// What was acknowledged is in the log when the next server is ready, and nothing twice.
  void clientGivesUp(const Load& load) {
    const uint64_t batches = someBatches();
    Process submit =
        server_->begin(submitEntries(load.client, kRoundEntries / batches), load.lines);
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

  /// Another server, with other shards, folds a copy of the log from its beginning.
  void checkAgainstFreshFold() const {
    const TemporaryFolder copy;
    fs::copy(folder_ / "data", copy / "data", fs::copy_options::recursive);
    const Server fresh(counter(copy / "data", shards_ == 1 ? 3 : 1));
    BOOST_TEST((fresh.digests() == server_->digests()));
  }

  const TemporaryFolder folder_;
  std::mt19937_64 random_;
  unsigned shards_ = 1;
  std::optional<Server> server_;
  uint64_t cutShort_ = 0;
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
  const std::chrono::duration<double> took = Clock::now() - began;
  std::cout << fmt::format("{} kills in {:.1f} s, {} of them during a load\n", kills, took.count(),
                           victim.cutShort());
  BOOST_TEST(victim.cutShort() * 4 > kills, "the kills come too late to be of use");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
