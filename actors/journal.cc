#include "actors/journal.h"

#include "actors/threads/threads.h"

namespace facet {

void JournalQueue::push(SequencedBatch batch, Generation generation) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = queue_.empty();
    queue_.push_back({std::move(batch), generation});
  }
  if (wake) changed_.notify_one();
}

void JournalQueue::visible(Position) {
  // The lock makes sure that the journal is not between its look at `visible` and its wait.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_one();
}

void JournalQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
}

std::vector<WaitingBatch> JournalQueue::take(GroupCommit& commit) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return (!queue_.empty() && commit.hasRoomAhead()) || (queue_.empty() && closed_);
  });
  return queue_.empty() ? std::vector<WaitingBatch>() : GroupCommit::takeChunk(queue_);
}

Journal::Journal(JournalQueue& queue, EventLog& log, BlockNumber blocks, const Cuts& cuts,
                 LagClock& lag, Clock& clock, GroupCommit::Next next)
    : queue_(queue),
      commit_(log, blocks, cuts, lag, clock, next),
      thread_(startThread([this] { run(); })) {}

Journal::~Journal() {
  stop();
}

void Journal::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Journal::run() {
  for (;;) {
    std::vector<WaitingBatch> batches = queue_.take(commit_);
    if (batches.empty()) return;
    commit_.commit(std::move(batches));
  }
}

}  // namespace facet
