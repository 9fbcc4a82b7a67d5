#include "actors/projection.h"

#include <utility>

#include "values/assert.h"

namespace facet {

Projection::Projection(ViewShard& shard, uint32_t index, uint32_t shards, Send send,
                       Applied applied)
    : shard_(&shard),
      index_(index),
      shards_(shards),
      send_(std::move(send)),
      applied_(std::move(applied)),
      out_(shards),
      in_(shards) {}

void Projection::onChunk(ChunkPtr chunk) {
  FACET_ASSERT(last_.value == 0 || chunk->first == last_ + 1, chunk->first, last_);
  last_ = chunk->last;
  chunks_.push_back(std::move(chunk));
  if (chunks_.size() == 1 && !paused_) begin();
}

void Projection::onExchange(Exchange exchange) {
  in_[exchange.from].push_back(std::move(exchange));
  tryApply();
}

void Projection::pause(std::function<void()> paused) {
  FACET_ASSERT(!pausing_ && !paused_);
  pausing_ = std::move(paused);
  pauseAfter_ = last_;
  pauseIfDue();
}

void Projection::pauseIfDue() {
  if (!pausing_ || done_ < pauseAfter_) return;
  paused_ = true;
  std::exchange(pausing_, nullptr)();
}

void Projection::resume(ViewShard& shard) {
  shard_ = &shard;
  paused_ = false;
  if (!chunks_.empty()) begin();
}

void Projection::begin() {
  const Chunk& chunk = *chunks_.front();
  shard_->collect(chunk.input(), out_);
  collected_ = true;
  if (shard_->exchanges()) {
    for (uint32_t to = 0; to < shards_; ++to) {
      if (to == index_) continue;
      auto buffer = std::make_shared<const ExchangeBuffer>(std::move(out_[to]));
      send_(to, Exchange{index_, chunk.last, std::move(buffer)});
      out_[to] = ExchangeBuffer();
    }
  }
  tryApply();
}

void Projection::tryApply() {
  while (collected_) {
    const ChunkPtr chunk = chunks_.front();
    std::vector<const ExchangeBuffer*> in;
    if (shard_->exchanges()) {
      for (uint32_t from = 0; from < shards_; ++from) {
        if (from == index_) {
          in.push_back(&out_[index_]);
          continue;
        }
        if (in_[from].empty()) return;
        FACET_ASSERT(in_[from].front().last == chunk->last, in_[from].front().last, chunk->last);
        in.push_back(in_[from].front().buffer.get());
      }
    } else {
      in.push_back(&out_[index_]);
    }
    shard_->apply(chunk->input(), in);
    for (auto& queue : in_) {
      if (!queue.empty()) queue.pop_front();
    }
    chunks_.pop_front();
    collected_ = false;
    done_ = chunk->last;
    applied_(chunk->last);
    pauseIfDue();
    if (paused_) return;
    if (!chunks_.empty()) {
      begin();
      return;  // begin() went on as far as it could
    }
  }
}

}  // namespace facet
