// ShardRunner: one shard of a view at work on a chunk: runs the passes, and exchanges with the
// runners of the other shards between them. Pure: buffers go out through a callback, and may come
// in in any order of senders. runChunk(): all shards of a view on one thread. Thread: belongs to
// its owner.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "views/view_shard.h"

namespace facet {

/// What one shard has for another after a pass.
struct Exchange {
  uint32_t from = 0;
  Position last;  // which chunk: its end
  uint32_t pass = 0;
  std::shared_ptr<const ExchangeBuffer> buffer;
};

class ShardRunner {
 public:
  using Send = std::function<void(uint32_t shard, Exchange exchange)>;

  /// `send` carries buffers to the other shards' receive(), in the order in which they are sent.
  ShardRunner(ViewShard& shard, uint32_t index, uint32_t shards, Send send);

  /// The next chunk, which stays until it is applied. It goes as far as it can; then applied() says
  /// whether it is.
  void begin(const ChunkInput& chunk);
  /// A sender can be one pass ahead, even of begin().
  void receive(Exchange exchange);
  bool applied() const { return applied_; }

  /// Between two chunks: another one in the place of the shard.
  void replace(ViewShard& shard) { shard_ = &shard; }

 private:
  void run(std::span<const ExchangeBuffer* const> in);
  void goOn();

  ViewShard* shard_;
  const uint32_t index_;
  const uint32_t shards_;
  Send send_;
  ChunkInput chunk_;
  uint32_t passes_ = 0;
  uint32_t pass_ = 0;  // the last one that was run
  bool applied_ = true;
  std::vector<ExchangeBuffer> out_;
  ExchangeBuffer own_;                    // of the last pass, for this shard itself
  std::vector<std::deque<Exchange>> in_;  // by sender, for the passes to come
};

/// Applies the chunk to a view whose shards these are, in their order.
void runChunk(std::span<ViewShard* const> shards, const ChunkInput& chunk);

}  // namespace facet
