#include "actors/projection.h"

#include <utility>

#include "values/assert.h"

namespace facet {

Projection::Projection(ViewShard& shard, uint32_t index, uint32_t shards, ProjectionSink& next)
    : next_(next), runner_(shard, index, shards, [&next](uint32_t to, Exchange exchange) {
        next.send(to, std::move(exchange));
      }) {}

void Projection::onChunk(ChunkPtr chunk) {
  FACET_ASSERT(last_.value == 0 || chunk->first == last_ + 1, chunk->first, last_);
  last_ = chunk->last;
  chunks_.push_back(std::move(chunk));
  if (chunks_.size() == 1 && !paused_) begin();
}

void Projection::onExchange(Exchange exchange) {
  const bool working = !runner_.applied();
  runner_.receive(std::move(exchange));
  if (working) goOn();
}

void Projection::pause(std::function<void()> paused) {
  FACET_ASSERT(!pausing_ && !paused_);
  pausing_ = std::move(paused);
  pauseAfter_ = last_;
  pauseIfDue();
}

void Projection::pauseIfDue() {
  if (!pausing_ || done_ < pauseAfter_) return;
  FACET_ASSERT(!paused_ && done_ == pauseAfter_, done_, pauseAfter_);
  paused_ = true;
  std::exchange(pausing_, nullptr)();
}

void Projection::resume(ViewShard& shard) {
  FACET_ASSERT(paused_ && !pausing_, done_);
  runner_.replace(shard);
  paused_ = false;
  if (!chunks_.empty()) begin();
}

void Projection::begin() {
  FACET_ASSERT(!paused_ && !chunks_.empty() && chunks_.front()->first > done_, done_);
  runner_.begin(chunks_.front()->input());
  goOn();
}

/// Where the chunk is applied, with the next ones.
void Projection::goOn() {
  while (runner_.applied()) {
    FACET_ASSERT(!chunks_.empty(), done_);
    done_ = chunks_.front()->last;
    chunks_.pop_front();
    next_.applied(done_);
    pauseIfDue();
    if (paused_ || chunks_.empty()) return;
    runner_.begin(chunks_.front()->input());
  }
}

}  // namespace facet
