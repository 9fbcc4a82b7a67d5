#include "views/shard_runner.h"

#include <algorithm>
#include <utility>

#include "values/assert.h"

namespace facet {

ShardRunner::ShardRunner(ViewShard& shard, uint32_t index, uint32_t shards, Send send)
    : shard_(&shard),
      index_(index),
      shards_(shards),
      send_(std::move(send)),
      out_(shards),
      in_(shards) {}

void ShardRunner::begin(const ChunkInput& chunk) {
  FACET_ASSERT(applied_, chunk.last, chunk_.last);
  chunk_ = chunk;
  passes_ = shard_->passes(chunk);
  pass_ = 0;
  applied_ = false;
  run({});
  goOn();
}

void ShardRunner::receive(Exchange exchange) {
  FACET_ASSERT(exchange.from < shards_ && exchange.from != index_, exchange.from, index_);
  in_[exchange.from].push_back(std::move(exchange));
  goOn();
}

void ShardRunner::run(std::span<const ExchangeBuffer* const> in) {
  const bool isLast = pass_ + 1 == passes_;
  shard_->run(pass_, chunk_, in, isLast ? std::span<ExchangeBuffer>() : out_);
  applied_ = isLast;
  if (isLast) return;
  for (uint32_t to = 0; to < shards_; ++to) {
    ExchangeBuffer buffer = std::exchange(out_[to], {});
    if (to == index_) {
      own_ = std::move(buffer);
    } else {
      send_(to, {index_, chunk_.last, pass_,
                 std::make_shared<const ExchangeBuffer>(std::move(buffer))});
    }
  }
}

void ShardRunner::goOn() {
  while (!applied_) {
    std::vector<const ExchangeBuffer*> in;
    for (uint32_t from = 0; from < shards_; ++from) {
      if (from == index_) {
        in.push_back(&own_);
        continue;
      }
      if (in_[from].empty()) return;
      const Exchange& next = in_[from].front();
      FACET_ASSERT(next.last == chunk_.last && next.pass == pass_, next.last, chunk_.last,
                   next.pass, pass_);
      in.push_back(next.buffer.get());
    }
    ++pass_;
    const ExchangeBuffer own = std::move(own_);
    in[index_] = &own;
    run(in);
    for (auto& queue : in_) {
      if (!queue.empty()) queue.pop_front();
    }
  }
}

void runChunk(std::span<ViewShard* const> shards, const ChunkInput& chunk) {
  std::vector<ShardRunner> runners;
  std::deque<std::pair<uint32_t, Exchange>> sent;
  const auto count = static_cast<uint32_t>(shards.size());
  for (uint32_t i = 0; i < count; ++i) {
    runners.emplace_back(*shards[i], i, count, [&sent](uint32_t to, Exchange exchange) {
      sent.emplace_back(to, std::move(exchange));
    });
  }
  for (ShardRunner& runner : runners) runner.begin(chunk);
  while (!sent.empty()) {
    auto [to, exchange] = std::move(sent.front());
    sent.pop_front();
    runners[to].receive(std::move(exchange));
  }
  FACET_ASSERT(std::all_of(runners.begin(), runners.end(),
                           [](const ShardRunner& runner) { return runner.applied(); }));
}

}  // namespace facet
