#include "actors/journal.h"

#include "actors/threads/threads.h"

namespace facet {

Journal::Journal(EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag,
                 Callbacks callbacks)
    : commit_(log, blocks, cuts, lag, std::move(callbacks)) {}

Journal::~Journal() {
  stop();
}

void Journal::start() {
  thread_ = startThread([this] { run(); });
}

void Journal::push(SequencedBatch batch, Generation generation) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = queue_.empty();
    queue_.push_back({std::move(batch), generation});
  }
  if (wake) changed_.notify_one();
}

void Journal::onVisible() {
  // The lock makes sure that the journal is not between its look at `visible` and its wait.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_one();
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Journal::run() {
  for (;;) {
    std::vector<WaitingBatch> batches = take();
    if (batches.empty()) return;
    commit_.commit(std::move(batches));
  }
}

std::vector<WaitingBatch> Journal::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return (!queue_.empty() && commit_.hasRoomAhead()) || (queue_.empty() && stopping_);
  });
  return queue_.empty() ? std::vector<WaitingBatch>() : GroupCommit::takeChunk(queue_);
}

}  // namespace facet
