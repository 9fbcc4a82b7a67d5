// A replica's log becomes its upstream's, chunk for chunk, whatever is sent to it and whenever it
// is stopped.
#include "actors/replication/follower.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>

#include "actors/log/recovery.h"
#include "storage/memory_log.h"
#include "tests/actors/log_feed.h"
#include "tests/actors/shop.h"

namespace facet::test {

namespace {

constexpr LogId kId{7, 8};

/// A log that a shop writes.
struct Upstream {
  explicit Upstream(LogId id = kId) { recordModel(log, readHistory(log), *shopModel(), id, 5); }

  void write(unsigned chunks) {
    for (unsigned i = 0; i < chunks; ++i) {
      const std::string id = std::to_string(++written_);
      append(ChunkKind::events, shop_.registerCustomer(id, "North").block, 1);
    }
  }
  void append(ChunkKind kind, const std::vector<uint64_t>& payload, uint32_t events = 0) {
    const std::string_view piece(reinterpret_cast<const char*>(payload.data()), payload.size() * 8);
    const LogEnd end = log.end();
    log.append(
        {.kind = kind, .epoch = {1}, .events = events, .time = end.time, .pieces = {&piece, 1}},
        end);
  }

  MemoryLog log;

 private:
  Shop shop_;
  unsigned written_ = 0;
};

std::vector<std::string> contentsOf(const EventLog& log) {
  std::vector<std::string> out;
  log.read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    out.emplace_back(chunk.bytes());
    return true;
  });
  return out;
}

/// A replica's log and who writes it.
struct Replica final : ChunkSink, FollowerHost, FailureSink {
  explicit Replica(const EventLog& upstream) : feed(upstream) {
    feed.batchChunks = 2;  // birth and model
    fetchBeginning(log, feed);
    start();
  }
  ~Replica() { stop(); }

  void start() {
    stop();
    feed.resume();
    follower = std::make_unique<Follower>(log, feed, *this, *this, *this);
  }
  void stop() { follower = nullptr; }

  void check(const ChunkRef&) override {}
  void control(const ChunkRef&) override {}
  void fold(const ChunkRef& chunk) override {
    outOfOrder += chunk.header->first.value == folded + 1 ? 0 : 1;
    outOfOrder += log.end().last >= chunk.last() ? 0 : 1;
    folded = chunk.last().value;
  }
  std::string hindrance() override { return full ? "no memory is left" : ""; }
  void notes(const FeedBatch&) override {}
  void durable() override {}
  void fail(const std::string&) override { failed = true; }

  bool has(const LogEnd& end) {
    return signal.wait([&] { return log.end() == end && folded == end.last.value; });
  }

  MemoryLog log;
  LogFeed feed;
  Signal signal;
  std::atomic<uint64_t> folded{0};
  std::atomic<unsigned> outOfOrder{0};
  std::atomic<bool> failed{false};
  std::atomic<bool> full{false};
  std::unique_ptr<Follower> follower;
};

void flipBit(FeedBatch& batch) {
  batch.words[batch.words.size() / 2] ^= 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(follower)

BOOST_AUTO_TEST_CASE(an_empty_log_gets_its_beginning_first) {
  Upstream upstream;
  upstream.write(2);
  MemoryLog log;
  LogFeed feed(upstream.log);
  feed.batchChunks = 1;
  feed.tamper(flipBit);
  BOOST_TEST(!hasModel(log));
  fetchBeginning(log, feed);
  BOOST_TEST(hasModel(log));
  BOOST_TEST(feed.refused("chunk 0"));
  BOOST_TEST(log.end().next.value == 2u);
  BOOST_TEST((readHistory(log).id == kId));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_beginning_can_be_ended) {
  MemoryLog nothing;
  MemoryLog log;
  LogFeed feed(nothing);
  feed.interrupt();
  BOOST_CHECK_THROW(fetchBeginning(log, feed), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(chunks_are_appended_as_they_are_and_then_folded) {
  Upstream upstream;
  Replica replica(upstream.log);
  upstream.write(40);
  BOOST_TEST(replica.has(upstream.log.end()));
  BOOST_TEST(contentsOf(replica.log) == contentsOf(upstream.log));
  BOOST_TEST(replica.outOfOrder == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_or_left_out_is_got_again) {
  Upstream upstream;
  upstream.write(20);
  Replica replica(upstream.log);
  replica.feed.tamper(flipBit);
  upstream.write(1);
  BOOST_TEST(replica.feed.refused("is damaged"));
  BOOST_TEST(replica.has(upstream.log.end()));
  BOOST_TEST(contentsOf(replica.log) == contentsOf(upstream.log));
}

BOOST_AUTO_TEST_CASE(another_logs_chunks_are_not_taken) {
  Upstream upstream;
  upstream.write(5);
  Replica replica(upstream.log);
  BOOST_TEST(replica.has(upstream.log.end()));
  Upstream other(LogId{9, 9});
  other.write(9);
  LogFeed wrong(other.log);
  const LogEnd before = replica.log.end();
  const std::optional<FeedBatch> batch = wrong.next(before);
  BOOST_REQUIRE(batch);
  replica.feed.tamper([&](FeedBatch& out) { out = *batch; });
  upstream.write(2);
  BOOST_TEST(replica.feed.refused("another hash"));
  BOOST_TEST(replica.has(upstream.log.end()));
}

// A restore goes on with the log under a new id: whoever follows it has agreed to that.
BOOST_AUTO_TEST_CASE(a_later_birth_is_taken_and_is_history) {
  Upstream upstream;
  Replica replica(upstream.log);
  upstream.write(3);
  BOOST_TEST(replica.has(upstream.log.end()));
  upstream.append(ChunkKind::control, birthRecord(LogId{5, 6}));
  upstream.write(2);
  BOOST_TEST(replica.has(upstream.log.end()));
}

BOOST_AUTO_TEST_CASE(a_new_model_is_taken_and_ends_the_follower) {
  Upstream upstream;
  Replica replica(upstream.log);
  upstream.write(3);
  BOOST_TEST(replica.has(upstream.log.end()));
  upstream.append(ChunkKind::control, modelRecord(*shopModel()));
  BOOST_TEST(replica.feed.changedModel());
  BOOST_TEST((replica.log.end() == upstream.log.end()));
  upstream.write(2);
  replica.start();
  BOOST_TEST(replica.has(upstream.log.end()));
}

BOOST_AUTO_TEST_CASE(a_full_log_and_a_lack_of_memory_are_waited_out) {
  Upstream upstream;
  upstream.write(3);
  Replica replica(upstream.log);
  BOOST_TEST(replica.has(upstream.log.end()));
  replica.log.failNext(MemoryLog::Failure::full);
  upstream.write(1);
  BOOST_TEST(replica.feed.wasStalled("full"));
  BOOST_TEST(replica.has(upstream.log.end()));
  replica.full = true;
  upstream.write(5);
  BOOST_TEST(replica.feed.wasStalled("no memory"));
  replica.full = false;
  BOOST_TEST(replica.has(upstream.log.end()));
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_own_log_ends_the_node) {
  Upstream upstream;
  Replica replica(upstream.log);
  replica.stop();
  replica.log.failNext(MemoryLog::Failure::failed);
  upstream.write(1);
  replica.start();
  BOOST_TEST(replica.signal.wait([&] { return replica.failed.load(); }));
}

BOOST_AUTO_TEST_CASE(interruptions_at_any_moment_leave_the_same_log) {
  Upstream upstream;
  std::mt19937 random(11);
  Replica replica(upstream.log);
  for (int round = 0; round < 200; ++round) {
    replica.stop();
    replica.feed.batchChunks = 1 + random() % 5;
    if (random() % 3 == 0) replica.feed.tamper(flipBit);
    upstream.write(1 + random() % 4);
    replica.start();
    if (random() % 2 == 0) BOOST_TEST_REQUIRE(replica.has(upstream.log.end()));
  }
  BOOST_TEST(replica.has(upstream.log.end()));
  BOOST_TEST(contentsOf(replica.log) == contentsOf(upstream.log));
  BOOST_TEST(replica.outOfOrder == 0u);
  BOOST_TEST(!replica.failed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
