// Chunks whose checksums are right and whose payloads are not: from a feed, or a backup, that a
// broken program made. They are refused before anything is appended, or harmless to fold.
#include "actors/log/foldable.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "actors/log/recovery.h"
#include "actors/log/skip.h"
#include "actors/replication/follower.h"
#include "storage/chain.h"
#include "storage/memory_log.h"
#include "tests/actors/log_feed.h"
#include "tests/actors/shop.h"
#include "tests/values/damage.h"

namespace facet::test {

namespace {

using Words = std::vector<uint64_t>;

std::string_view bytesOf(const Words& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
}

/// The chunk of a payload, with a checksum that is right.
Words chunkOf(const Words& payload, uint32_t events, const LogEnd& end,
              ChunkKind kind = ChunkKind::events) {
  const std::string_view piece = bytesOf(payload);
  const ChunkDraft draft{
      .kind = kind, .epoch = {1}, .events = events, .time = end.time, .pieces = {&piece, 1}};
  Words out(chunkBytes(draft) / sizeof(uint64_t));
  writeChunk(reinterpret_cast<char*>(out.data()), draft, end);
  return out;
}

std::string refusal(const ChunkRef& chunk, const EventLog& log,
                    const std::vector<SkipRecord>& skips = {}) {
  try {
    requireFoldable(chunk, *shopModel(), log, skips);
  } catch (const BadChunk& bad) {
    return bad.what();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A replica that looks at what it gets, and folds nothing.
struct CheckingReplica final : ChunkSink, FollowerHost, FailureSink {
  explicit CheckingReplica(const EventLog& log) : log_(log) {}
  void check(const ChunkRef& chunk) override { requireFoldable(chunk, *shopModel(), log_, {}); }
  void control(const ChunkRef&) override {}
  void fold(const ChunkRef& chunk) override { folded = chunk.last().value; }
  std::string hindrance() override { return {}; }
  void notes(const FeedBatch&) override {}
  void durable() override {}
  void fail(const std::string& why) override { BOOST_ERROR(why); }

  std::atomic<uint64_t> folded{0};

 private:
  const EventLog& log_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(foldable)

BOOST_AUTO_TEST_CASE(damaged_payloads_with_right_checksums_are_refused_or_harmless) {
  Shop shop;
  const Words good = shop.registerCustomer("Ada", "North").block;
  const MemoryLog log;
  const auto plans = std::make_shared<const std::vector<CommandPlan>>(planCommands(*shopModel()));
  std::mt19937_64 random(17);
  size_t refused = 0;
  size_t folded = 0;
  constexpr size_t kRounds = 20'000;
  for (size_t round = 0; round < kRounds; ++round) {
    Words bad = good;
    damage(bad, random);
    const Words words = chunkOf(bad, 1, {});
    const CheckedChunks checked(bytesOf(words), {});
    const ChunkRef& chunk = checked.chunks().front();
    if (const std::string why = refusal(chunk, log); !why.empty()) {
      ++refused;
      BOOST_TEST(has(why, "chunk 0 (positions 1 to 1) can't be taken: "), why);
      continue;
    }
    Tables tables(shopModel());
    Sequencer sequencer(shopModel(), plans, tables, {0});
    try {
      foldChunk(chunk, sequencer);
      ++folded;
    } catch (const std::runtime_error&) {
      // It does not fit the tables: the node says so, and ends in order.
    }
  }
  BOOST_TEST(folded > 0u);
  BOOST_TEST(refused > kRounds / 3);
}

BOOST_AUTO_TEST_CASE(a_follower_takes_nothing_of_a_batch_with_such_a_chunk) {
  Shop shop;
  MemoryLog upstream;
  recordModel(upstream, readHistory(upstream), *shopModel(), LogId{7, 8}, 5);
  MemoryLog log;
  LogFeed feed(upstream);
  feed.batchChunks = 2;
  fetchBeginning(log, feed);
  const LogEnd beginning = log.end();
  Words good = shop.registerCustomer("Ada", "North").block;
  const std::string_view piece = bytesOf(good);
  upstream.append({.epoch = {1}, .events = 1, .time = 5, .pieces = {&piece, 1}}, upstream.end());
  feed.tamper([&](FeedBatch& batch) {
    Words bad = good;
    bad[sizeof(BlockHeader) / 8] = 9'999;  // an event that the model does not have
    batch.words = chunkOf(bad, 1, beginning);
  });
  Signal signal;
  CheckingReplica replica(log);
  Follower follower(log, feed, replica, replica, replica);
  BOOST_TEST(feed.refused("chunk 2 (positions 1 to 1) can't be taken: block at byte 0: event 0"));
  // It is got again, as it is.
  BOOST_TEST(signal.wait([&] { return replica.folded == 1u; }));
  BOOST_TEST((log.end() == upstream.end()));
  follower.stop();
}

BOOST_AUTO_TEST_CASE(a_skipped_event_must_be_the_one_in_the_log_and_not_skipped_before) {
  Shop shop;
  MemoryLog log;
  recordModel(log, readHistory(log), *shopModel(), LogId{7, 8}, 5);
  const Words block = shop.registerCustomer("Ada", "North").block;
  const std::string_view piece = bytesOf(block);
  log.append({.epoch = {1}, .events = 1, .time = 5, .pieces = {&piece, 1}}, log.end());
  SkipRecord skip;
  skip.view = "customers_by_region";
  skip.position = {1};
  BOOST_REQUIRE(readEvent(log, skip));
  const auto tried = [&](const SkipRecord& record, const std::vector<SkipRecord>& skips = {}) {
    const Words words = chunkOf(skipRecord(record), 1, log.end(), ChunkKind::control);
    const CheckedChunks checked(bytesOf(words), log.end());
    return refusal(checked.chunks().front(), log, skips);
  };
  BOOST_TEST(tried(skip) == "");
  BOOST_TEST(has(tried(skip, {skip}), "skips position 1 already"));
  SkipRecord other = skip;
  other.time = 6;
  BOOST_TEST(has(tried(other), "is not the one at position 1"));
  other = skip;
  other.event = 999;
  BOOST_TEST(has(tried(other), "none of the model's"));
  other = skip;
  other.row.pop_back();
  BOOST_TEST(has(tried(other), "none of the model's"));
  other = skip;
  other.position = {2};
  BOOST_TEST(has(tried(other), "which is later"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
