// A primary and two replicas, one behind the other, under load: in each round both replicas are
// killed, at any moment, and sometimes the primary too; they come back, come after it, and show the
// same, digest for digest. Meanwhile a reader goes from node to node and never back in time.
//
// FACET_KILLS: how many rounds (50). FACET_SEED: of the times, the order and the shard counts (1).
#include <fmt/format.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "client/client.h"
#include "client/reads.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Commands of one round, and of each batch. Fewer: kills come when all is done.
constexpr uint64_t kRoundEntries = 1000;
constexpr uint64_t kBatch = 4;
/// Commands before the first round: the log has agreed positions enough then.
constexpr uint64_t kFirstEntries = 6000;
/// Positions at which each replica's views must have been compared, in each round.
constexpr uint64_t kComparedPositions = 20;
constexpr uint64_t kViews = 3;
/// Between two kills: within the time of a round's load.
constexpr uint64_t kLongestPauseMicroseconds = 60'000;

uint64_t environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A program that reads all the time, from any node that is there. Every entry is one event: so
/// what it reads at a position is known.
class Reader {
 public:
  explicit Reader(std::vector<std::string> addresses)
      : addresses_(std::move(addresses)), thread_([this] { run(); }) {}
  ~Reader() { stop(); }

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t reads() const { return reads_; }
  uint64_t unanswered() const { return unanswered_; }
  /// What was wrong first; empty: nothing.
  std::string wrong() const {
    const std::lock_guard lock(mutex_);
    return wrong_;
  }

 private:
  void run() {
    // Begins while all nodes are there.
    Client client({.addresses = addresses_, .retryConnect = true});
    const RelationShape shape = client.describe("total");
    RowReader row(shape.row.columns);
    while (!stopping_) {
      try {
        const auto answer = client.read([&client](wire::Session::Client session) {
          auto view = session.viewRequest();
          view.setName("total");
          auto scan = view.send().getView().scanRequest();
          client.readAfterWrite(scan.initOptions().initRead());
          return scan.send().then([](Scan::Page&& page) { return kj::mv(page); });
        });
        const auto rows = answer.getRows().template getAs<capnp::AnyList>();
        row.read(rows.template as<capnp::List<capnp::AnyStruct>>()[0]);
        check(answer.getCut(), std::stoull(row.text(0).value()));
      } catch (const ClientError& error) {
        ++unanswered_;
        // It has not come so far, or they are all gone for a moment: once more.
        using Kind = ClientError::Kind;
        if (error.kind == Kind::failed || error.kind == Kind::lost) note(error.what());
      }
    }
  }

  void check(wire::Cut::Reader cut, uint64_t entries) {
    const uint64_t position = cut.getPosition();
    if (position < position_) note(fmt::format("{} after {}", position, position_));
    if (entries != position) note(fmt::format("{} entries at {}", entries, position));
    position_ = position;
    ++reads_;
  }

  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (wrong_.empty()) wrong_ = what;
  }

  const std::vector<std::string> addresses_;
  uint64_t position_ = 0;
  std::atomic<uint64_t> reads_{0};
  std::atomic<uint64_t> unanswered_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string wrong_;
  std::thread thread_;
};

class Fleet {
 public:
  explicit Fleet(uint64_t seed) : random_(seed) {
    for (size_t i = 0; i < kNodes; ++i) start(i);
    load(1, kFirstEntries);
    reader_ = std::make_unique<Reader>(
        std::vector<std::string>{node(1).address(), node(2).address(), node(0).address()});
  }

  void round(uint64_t number) {
    const uint64_t first = kFirstEntries + number * kRoundEntries + 1;
    Words words = submitEntries({}, kBatch);
    words.insert(words.end(), {"--wait", "60"});
    Process submit = node(0).begin(words, entryLines({first, kRoundEntries}));
    std::vector<size_t> victims{1, 2};
    if (random_() % 4 == 0) {
      // What is lost before the first answer is the client's to repeat.
      BOOST_REQUIRE(submit.readLine());
      victims.push_back(0);
    }
    std::shuffle(victims.begin(), victims.end(), random_);
    for (const size_t victim : victims) killLater(victim, submit);
    for (size_t i = 0; i < kNodes; ++i) {
      if (!nodes_[i]) start(i);
    }
    submit.readAll();
    BOOST_TEST(submit.wait() == 0, submit.errors());
    for (size_t i = 1; i < kNodes; ++i) checkReplica(i, first + kRoundEntries - 1);
    BOOST_REQUIRE_MESSAGE(reader_->wrong().empty(), reader_->wrong());
  }

  void finish() {
    reader_->stop();
    BOOST_TEST(reader_->wrong().empty(), reader_->wrong());
    for (size_t i = 0; i < kNodes; ++i) checkShown(node(i), node(0).status().at("position"));
  }

  std::string summary() const {
    return fmt::format("{} kills, {} of them during a load; {} reads, {} unanswered; {} digests",
                       kills_, duringLoad_, reader_->reads(), reader_->unanswered(), compared_);
  }
  bool inTime() const { return duringLoad_ * 4 > kills_; }

 private:
  static constexpr size_t kNodes = 3;  // the primary, its replica, and that one's

  Server& node(size_t i) { return *nodes_[i]; }

  void start(size_t i) {
    const fs::path data = folder_ / std::to_string(i);
    const unsigned shards = 1 + static_cast<unsigned>(random_() % 3);
    ServerOptions options = counter(data, shards);
    if (i > 0) options.of = "unix:" + (folder_ / std::to_string(i - 1)).string() + ".socket";
    nodes_[i].emplace(options);
  }

  void load(uint64_t first, uint64_t count) {
    const Ended done = node(0).run(submitEntries({}, 1), entryLines({first, count}));
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  }

  /// Kills it after a while, and starts it again at once or later.
  void killLater(size_t victim, Process& submit) {
    const auto time =
        Clock::now() + std::chrono::microseconds(random_() % kLongestPauseMicroseconds);
    while (submit.readLine(time)) continue;
    ++kills_;
    duringLoad_ += submit.ended() ? 0 : 1;
    node(victim).kill();
    nodes_[victim].reset();
    if (random_() % 2 == 0) start(victim);
  }

  void checkReplica(size_t i, uint64_t head) {
    const auto deadline = Clock::now() + kPatience;
    for (;;) {
      const Json now = node(i).status();
      const Json& upstream = now.at("upstream");
      BOOST_REQUIRE_MESSAGE(upstream.at("digests_differed") == 0, now.dump());
      const uint64_t compared = upstream.at("digests_compared");
      if (now.at("visible") == head && compared >= kComparedPositions * kViews) {
        compared_ += compared;
        break;
      }
      if (Clock::now() > deadline) throw std::runtime_error("it stays behind: " + now.dump());
    }
    BOOST_TEST((node(i).digests() == node(0).digests()));
  }

  const TemporaryFolder folder_;
  std::mt19937_64 random_;
  std::optional<Server> nodes_[kNodes];
  std::unique_ptr<Reader> reader_;
  uint64_t kills_ = 0;
  uint64_t duringLoad_ = 0;
  uint64_t compared_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(replicas)

BOOST_AUTO_TEST_CASE(replicas_show_what_the_primary_shows_after_every_kill) {
  const uint64_t rounds = environment("FACET_KILLS", 50);
  const uint64_t seed = environment("FACET_SEED", 1);
  const auto began = Clock::now();
  Fleet fleet(seed);
  for (uint64_t round = 0; round < rounds; ++round) {
    BOOST_TEST_CONTEXT("round " << round << "; replay: FACET_SEED=" << seed
                                << " FACET_KILLS=" << round + 1 << " test_replicas") {
      fleet.round(round);
    }
  }
  fleet.finish();
  const std::chrono::duration<double> took = Clock::now() - began;
  std::cout << fmt::format("{} rounds in {:.1f} s: {}\n", rounds, took.count(), fleet.summary());
  BOOST_TEST(fleet.inTime(), "the kills come too late to be of use");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
