// The network side of a replica: it brings the whole log to whoever asks, over lost connections and
// refused batches, and holds no more than it should.
#include "server/feed_client.h"

#include <atomic>
#include <thread>

#include "server/limits.h"
#include "storage/checked_chunks.h"
#include "storage/memory_log.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

/// A thread that copies what a source has into a log of its own.
class Copier {
 public:
  Copier(FeedSource& source, MemoryLog& log)
      : source_(source), thread_([this, &log] { copy(log); }) {}
  ~Copier() {
    source_.interrupt();
    thread_.join();
  }

  std::atomic<size_t> largest{0};   // bytes of a batch
  std::atomic<bool> refuse{false};  // the next one
  std::atomic<unsigned> notes{0};

 private:
  void copy(MemoryLog& log) {
    while (const auto batch = source_.next(log.end())) {
      largest = std::max(largest.load(), batch->words.size() * 8);
      notes += static_cast<unsigned>(batch->notes.size());
      if (refuse.exchange(false)) {
        source_.refuse("the test does not like it");
        continue;
      }
      log.appendCopies(CheckedChunks(batch->chunks(), log.end()));
    }
  }

  FeedSource& source_;
  std::thread thread_;
};

struct Replicas : ServerFixture {
  void append(unsigned chunks, size_t payload) {
    for (unsigned i = 0; i < chunks; ++i) {
      const std::vector<uint64_t> words(payload / 8, ++written_);
      const std::string_view piece(reinterpret_cast<const char*>(words.data()), payload);
      node.chunks.append({.epoch = {1}, .events = 1, .time = 0, .pieces = {&piece, 1}},
                         node.chunks.end());
    }
    node.makeDurable(node.chunks.end().last.value);
    completions.onDurable();
  }
  FeedClientOptions options(const std::string& to) {
    return {to, "replica:1", [this](const std::string& why) { foreign = why; }};
  }
  void reopen() {
    door = nullptr;
    door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
    Listener listener(address, Exposure::loopback);
    door->open(std::move(listener));
  }
  bool same(const MemoryLog& log) {
    return eventually([&] { return log.end() == node.chunks.end(); });
  }

  MemoryLog copy;
  std::string foreign;

 private:
  uint64_t written_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(feed_client, Replicas)

BOOST_AUTO_TEST_CASE(it_brings_the_whole_log_and_what_is_added) {
  append(300, 40'000);
  FeedClient feed(io, options(address));
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  append(1, 80);
  BOOST_TEST(same(copy));
  BOOST_TEST(copier.largest <= kMaxFeedBytes + 300 * sizeof(ChunkHeader));
  BOOST_TEST(eventually([&] { return feed.state().lagEvents == 0; }));
  BOOST_TEST(feed.state().connected);
  BOOST_TEST(feed.state().state == "following");
  BOOST_TEST(feed.head().value == 301u);
}

BOOST_AUTO_TEST_CASE(a_large_chunk_is_put_together) {
  append(2, 80);
  append(2, 3 * kMaxFeedBytes + 80);
  append(2, 80);
  FeedClient feed(io, options(address));
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
}

BOOST_AUTO_TEST_CASE(a_refused_batch_is_got_again_from_a_new_connection) {
  append(20, 80);
  FeedClient feed(io, options(address));
  Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  copier.refuse = true;
  append(3, 80);
  BOOST_TEST(same(copy));
  BOOST_TEST(!copier.refuse);
}

BOOST_AUTO_TEST_CASE(while_it_is_stalled_both_ends_know_why_and_how_far_it_is_behind) {
  append(2, 80);
  FeedClient feed(io, options(address));
  const auto replica = [&] {
    const auto all = thread->feeds().followers(node.head());
    return all.empty() ? FollowerStatus() : all.front();
  };
  feed.stalled("out of memory: start it with more", {});
  BOOST_TEST(eventually([&] { return feed.state().lagEvents == 2; }));
  BOOST_TEST(feed.state().state == "stalled: out of memory: start it with more");
  BOOST_TEST(eventually([&] { return replica().lagEvents == 2; }));
  BOOST_TEST(replica().state == "stalled: out of memory: start it with more");
  // They go on telling each other.
  append(5, 80);
  BOOST_TEST(eventually([&] { return feed.state().lagEvents == 7; }));
  BOOST_TEST(replica().lagEvents == 7U);
  BOOST_TEST(replica().seenMs < 2 * kFollowWaitMs);
  feed.stalled({}, {});
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  BOOST_TEST(eventually([&] { return replica().state == "following"; }));
}

BOOST_AUTO_TEST_CASE(an_upstream_with_a_log_of_another_id_is_not_followed) {
  append(2, 80);
  FeedClient feed(io, options(address));
  BOOST_TEST(feed.agree(LogId{1, 3}).has_value());  // the node has {1, 2}
  const Copier copier(feed, copy);
  BOOST_TEST(eventually([&] { return !foreign.empty(); }));
  BOOST_TEST(foreign.find("another log: the node at ") == 0U, foreign);
  BOOST_TEST(contains(foreign, "empty folder"));
  BOOST_TEST(copy.end().next.value == 0U);
}

BOOST_AUTO_TEST_CASE(who_has_no_log_yet_follows_the_upstreams) {
  append(2, 80);
  FeedClient feed(io, options(address));
  std::optional<LogId> agreed;
  std::thread asking([&] { agreed = feed.agree(std::nullopt); });
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  asking.join();
  BOOST_TEST((agreed == LogId{1, 2}));
  BOOST_TEST(foreign.empty());
}

BOOST_AUTO_TEST_CASE(it_connects_again_when_the_connection_breaks) {
  append(20, 80);
  FeedClient feed(io, options(address));
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  client = nullptr;
  door = nullptr;
  BOOST_TEST(eventually([&] { return !feed.state().connected; }));
  BOOST_TEST(contains(feed.state().state, "connecting: "));
  reopen();
  append(3, 80);
  BOOST_TEST(same(copy));
}

BOOST_AUTO_TEST_CASE(it_waits_for_an_upstream_that_is_not_there_yet) {
  client = nullptr;
  door = nullptr;
  FeedClient feed(io, options(address));
  const Copier copier(feed, copy);
  append(5, 80);
  pass(50);
  BOOST_TEST(copy.end().next.value == 0u);
  BOOST_TEST(feed.state().primary == address);
  reopen();
  BOOST_TEST(same(copy));
}

BOOST_AUTO_TEST_CASE(digests_arrive_without_chunks_too) {
  append(5, 80);
  FeedClient feed(io, options(address));
  const Copier copier(feed, copy);
  BOOST_TEST(same(copy));
  node.notes.add({"orders_by_region", {5}, 7});
  BOOST_TEST(eventually([&] { return copier.notes == 1; }));
}

BOOST_AUTO_TEST_CASE(an_upstream_with_another_log_is_told_once) {
  append(5, 80);
  MemoryLog other;
  const uint64_t word = 99;
  const std::string_view piece(reinterpret_cast<const char*>(&word), sizeof(word));
  other.append({.epoch = {1}, .events = 1, .time = 0, .pieces = {&piece, 1}}, {});
  FeedClient feed(io, options(address));
  const Copier copier(feed, other);
  BOOST_TEST(eventually([&] { return contains(foreign, "another log: chunk 0"); }));
}

BOOST_AUTO_TEST_CASE(it_can_be_interrupted_while_it_waits) {
  FeedClient feed(io, options(address));
  { const Copier copier(feed, copy); }
  BOOST_TEST(!feed.next({}).has_value());
}

BOOST_AUTO_TEST_CASE(a_new_model_is_told_to_the_loop) {
  FeedClient feed(io, options(address));
  std::thread([&] { feed.modelChanged(); }).join();
  wait(feed.whenModelChanged());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
