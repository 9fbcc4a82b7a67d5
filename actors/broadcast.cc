#include "actors/broadcast.h"

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

Broadcast::Broadcast(NodeState& state, uint32_t threads, Changes& changes, FailureSink& failure,
                     DigestSink* next)
    : state_(state),
      changes_(changes),
      next_(next),
      threads_(threads),
      projections_(threads_, state.views(), failure) {
  for (LiveView* view : state_.views()) {
    view->onSettled([this, view](Position position) {
      if (!digests_.expected(position)) return;
      note({view->view()->name, position, view->digest(position)});
    });
  }
}

Broadcast::~Broadcast() {
  stop();
}

void Broadcast::send(const ChunkPtr& chunk) {
  const Position last = chunk->last;
  FACET_ASSERT(chunk->first <= last, chunk->first, last);
  if (DigestNotes::agreed(chunk->number)) {
    digests_.expect(last);
    const Model& model = *state_.model();
    for (uint32_t i = 0; i < model.tables().size(); ++i) {
      note({model.tables()[i].relation.name, last, state_.tables().digest(i, last)});
    }
  }
  {
    const std::lock_guard lock(mutex_);
    projections_.apply(chunk);
  }
  state_.publishTables(last);
}

void Broadcast::push(const ChunkPtr& chunk) {
  FACET_ASSERT(ahead_.empty() || ahead_.back().first < chunk->first, chunk->first);
  ahead_.emplace_back(chunk->last, chunk->bytes);
  bytesAhead_ += chunk->bytes;
  send(chunk);
  while (ahead_.size() > kMaxChunksAhead || bytesAhead_ > kMaxBytesAhead) {
    FACET_ASSERT(!ahead_.empty() && bytesAhead_ >= ahead_.front().second, bytesAhead_);
    waitApplied(ahead_.front().first, std::chrono::hours(24));
    bytesAhead_ -= ahead_.front().second;
    ahead_.pop_front();
  }
  state_.sequencer().reclaim(state_.tableReaders());
}

void Broadcast::waitApplied(Position position, std::chrono::milliseconds timeout) {
  changes_.until([&] { return state_.hasApplied(position); }, timeout);
}

void Broadcast::pause(size_t view, const std::function<void()>& paused) {
  const std::lock_guard lock(mutex_);
  projections_.pause(view, paused);
}

void Broadcast::note(const DigestNote& note) {
  digests_.add(note);
  if (next_ != nullptr) next_->noted(note);
}

}  // namespace facet
