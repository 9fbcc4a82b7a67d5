#include "actors/journal.h"

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "actors/limits.h"
#include "actors/log/limits.h"
#include "storage/memory_log.h"
#include "tests/actors/shop.h"
#include "tests/actors/test_clock.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(journal)

/// A journal over a log in memory, that collects what it says.
struct Fixture final : DurableSink, AnswerSink, Rollback, FailureSink {
  void recorded(ChunkNumber, std::string_view) override {}
  void committed(const LogEnd&, BlockNumber) override {}
  void broadcast(const ChunkPtr& chunk) override {
    if (showing) return cuts.publish(0, chunk->last);
    const std::lock_guard lock(mutex);
    ahead.push_back(chunk);
  }
  void outcomes(std::vector<BatchOutcome> more) override {
    const std::lock_guard lock(mutex);
    for (BatchOutcome& outcome : more) answers.push_back(std::move(outcome));
    changed.notify_all();
  }
  void full() override { ++fulls; }
  void taken() override {}
  void goBack(Sequencer::Progress to, Generation newer) override {
    const std::lock_guard lock(mutex);
    wentBackTo = to;
    generation = newer;
  }
  void fail(const std::string& reason) override {
    const std::lock_guard lock(mutex);
    failure = reason;
    changed.notify_all();
  }

  /// Makes the oldest chunk that waits for it visible.
  void showOldest() {
    ChunkPtr chunk;
    {
      const std::lock_guard lock(mutex);
      chunk = std::move(ahead.front());
      ahead.pop_front();
    }
    cuts.publish(0, chunk->last);
    queue.visible(chunk->last);
  }

  void waitForOutcomes(size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answers.size() >= count; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<BatchOutcome> answers;
  Sequencer::Progress wentBackTo;
  Generation generation = 0;
  int fulls = 0;
  std::string failure;
  bool showing = true;         // chunks become visible as they are broadcast
  std::deque<ChunkPtr> ahead;  // otherwise: those that are not visible yet
  MemoryLog log;
  Cuts cuts{1, {0}};
  int64_t time = 5;
  TestClock clock{time};
  LagClock lag{clock};
  JournalQueue queue;
  Journal journal{queue, log, BlockNumber{0}, cuts, lag, clock, {*this, *this, *this, *this}};
};

BOOST_AUTO_TEST_CASE(outcomes_come_after_the_log_has_the_events) {
  Shop shop;
  Fixture f;
  f.queue.push(shop.registerCustomer("C1", "East"), 0);
  f.queue.push(shop.placeOrder("O1", "C1", 5), 0);
  f.waitForOutcomes(2);
  BOOST_TEST((f.answers[1].what == BatchOutcome::What::done));
  BOOST_TEST(f.answers[1].durable.value >= f.answers[1].last.value);
  BOOST_TEST(f.log.end().last.value == 2u);
  BOOST_TEST(f.lag.head().value == 2u);
}

BOOST_AUTO_TEST_CASE(a_batch_without_accepted_commands_writes_nothing) {
  Shop shop;
  Fixture f;
  f.queue.push(shop.placeOrder("O1", "C9", 5), 0);
  f.waitForOutcomes(1);
  BOOST_TEST(f.answers[0].rejected == 1u);
  BOOST_TEST(f.log.end().next.value == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_log_refuses_and_what_was_built_on_it_too) {
  Shop shop;
  Fixture f;
  f.log.failNext(MemoryLog::Failure::full);
  f.queue.push(shop.registerCustomer("C1", "East"), 0);
  f.waitForOutcomes(1);
  BOOST_TEST((f.answers[0].what == BatchOutcome::What::refused));
  f.queue.push(shop.placeOrder("O1", "C1", 5), 0);  // sequenced before the sequencer heard of it
  f.waitForOutcomes(2);
  BOOST_TEST((f.answers[1].what == BatchOutcome::What::refused));
  shop.sequencer_.rollback(f.wentBackTo);
  f.queue.push(shop.registerCustomer("C1", "East"), f.generation);
  f.waitForOutcomes(3);
  BOOST_TEST((f.answers[2].what == BatchOutcome::What::done));
  BOOST_TEST(f.log.end().last.value == 1u);
}

/// The batch, of the run.
SequencedBatch in(const BatchRun& run, SequencedBatch batch) {
  batch.run = run;
  return batch;
}

// Sequenced after the sequencer went back, and behind one that found no room: it must not overtake.
BOOST_AUTO_TEST_CASE(a_batch_whose_run_has_ended_is_refused_and_what_was_built_on_it_too) {
  Shop shop;
  Fixture f;
  const auto runs = std::make_shared<BatchRuns>();
  f.log.failNext(MemoryLog::Failure::full);
  f.queue.push(in({runs, 1}, shop.registerCustomer("C1", "East")), 0);
  f.waitForOutcomes(1);
  BOOST_TEST(f.fulls == 1);
  BOOST_TEST((BatchRun{runs, 1}.ended()));
  BOOST_TEST((BatchRun{runs, 1}.takenBack()));
  shop.sequencer_.rollback(f.wentBackTo);

  const Generation generation = f.generation;
  {
    const std::lock_guard lock(f.mutex);  // the first one's outcome waits for it
    f.queue.push(shop.registerCustomer("C1", "East"), generation);
    f.queue.push(shop.registerCustomer("C2", "East"), generation);
    f.queue.push(in({runs, 1}, shop.registerCustomer("C3", "East")), generation);
    f.queue.push(shop.placeOrder("O1", "C3", 5), generation);
  }
  f.waitForOutcomes(5);
  BOOST_TEST((f.answers[2].what == BatchOutcome::What::done));
  BOOST_TEST((f.answers[3].what == BatchOutcome::What::refused));
  BOOST_TEST((f.answers[4].what == BatchOutcome::What::refused));
  BOOST_TEST(f.log.end().last.value == 2u);
  BOOST_TEST(f.generation == generation + 1);
  BOOST_TEST((f.wentBackTo.last == f.log.end().last));
  BOOST_TEST(f.fulls == 1);

  shop.sequencer_.rollback(f.wentBackTo);
  f.queue.push(in({runs, 2}, shop.registerCustomer("C3", "East")), f.generation);
  f.waitForOutcomes(6);
  BOOST_TEST((f.answers[5].what == BatchOutcome::What::done));
}

// The door refused one behind it.
BOOST_AUTO_TEST_CASE(what_was_let_in_before_its_run_ended_is_done) {
  Shop shop;
  Fixture f;
  const auto runs = std::make_shared<BatchRuns>();
  runs->end(1);
  f.queue.push(in({runs, 1}, shop.registerCustomer("C1", "East")), 0);
  f.waitForOutcomes(1);
  BOOST_TEST((f.answers[0].what == BatchOutcome::What::done));
  BOOST_TEST(f.generation == 0U);
}

BOOST_AUTO_TEST_CASE(a_failed_log_leaves_the_outcome_unknown_and_says_so) {
  Shop shop;
  Fixture f;
  f.log.failNext(MemoryLog::Failure::failed);
  f.queue.push(shop.registerCustomer("C1", "East"), 0);
  f.waitForOutcomes(1);
  BOOST_TEST((f.answers[0].what == BatchOutcome::What::unknown));
  f.queue.push(shop.registerCustomer("C2", "East"), 0);  // nor is anything after it acknowledged
  f.waitForOutcomes(2);
  BOOST_TEST((f.answers[1].what == BatchOutcome::What::unknown));
  f.journal.stop();
  BOOST_TEST(!f.failure.empty());
  BOOST_TEST(f.log.end().last.value == 0u);
}

BOOST_AUTO_TEST_CASE(stopping_commits_what_was_pushed) {
  Shop shop;
  Fixture f;
  for (int i = 0; i < 100; ++i)
    f.queue.push(shop.registerCustomer("C" + std::to_string(i), "East"), 0);
  f.journal.stop();
  BOOST_TEST(f.answers.size() == 100u);
  BOOST_TEST(f.log.end().last.value == 100u);
}

/// A batch whose block takes that many MiB, and a little more.
SequencedBatch largeBatch(Shop& shop, size_t mebibytes) {
  return shop.registerCustomer("C1", std::string(mebibytes << 20, 'x'));
}

BOOST_AUTO_TEST_CASE(what_waits_is_cut_into_chunks_of_bounded_size) {
  Shop shop;
  Fixture f;
  {
    const std::lock_guard lock(f.mutex);  // the first batch's outcome waits for it
    f.queue.push(shop.registerCustomer("C1", "East"), 0);
    for (int i = 0; i < 7; ++i) f.queue.push(largeBatch(shop, 1), 0);
    f.queue.push(largeBatch(shop, 5), 0);
  }
  f.waitForOutcomes(9);
  std::vector<uint32_t> events;
  f.log.read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    events.push_back(chunk.header->events);
    BOOST_TEST((chunk.payload.size() <= kMaxChunkBytes || chunk.header->events == 1));
    return true;
  });
  // Some of them may have come before the journal took the first.
  BOOST_TEST(events.size() >= 4U);
  BOOST_TEST(events.back() == 1U);
  BOOST_TEST(f.log.end().last.value == 9U);
}

BOOST_AUTO_TEST_CASE(the_journal_waits_for_views_that_are_far_behind) {
  Shop shop;
  Fixture f;
  f.showing = false;
  constexpr size_t kBatches = 20;
  constexpr size_t kAhead = kMaxBytesAhead / kMaxChunkBytes;  // each batch is a chunk of 4 MiB
  for (size_t i = 0; i < kBatches; ++i) f.queue.push(largeBatch(shop, 4), 0);
  f.waitForOutcomes(kAhead);
  for (size_t shown = 0; shown < kBatches; ++shown) {
    f.waitForOutcomes(std::min(kAhead + shown, kBatches));
    BOOST_TEST(f.log.end().last.value <= kAhead + shown);
    f.showOldest();
  }
  BOOST_TEST(f.log.end().last.value == kBatches);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
