// Projection: one shard of one view at work: takes chunks in order, exchanges with the view's other
// shards, applies, reports. Pure: what it wants to send goes through a callback, so that the
// simulation can deliver in any order; the actor around it is in pipeline.cc. Thread: belongs to
// its actor.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "actors/commands/chunk.h"
#include "views/view_shard.h"

namespace facet {

/// What one shard collected of one chunk for another.
struct Exchange {
  uint32_t from = 0;
  Position last;  // which chunk
  std::shared_ptr<const ExchangeBuffer> buffer;
};

class Projection {
 public:
  using Send = std::function<void(uint32_t shard, Exchange exchange)>;
  using Applied = std::function<void(Position last)>;

  /// `send` carries buffers to the other shards; `applied` is called after each chunk is in the
  /// shard's rows.
  Projection(ViewShard& shard, uint32_t index, uint32_t shards, Send send, Applied applied);

  void onChunk(ChunkPtr chunk);
  void onExchange(Exchange exchange);

  /// After the newest chunk that it has got it stands still, and says so.
  void pause(std::function<void()> paused);
  /// Goes on, with the shard in the place of the other.
  void resume(ViewShard& shard);

 private:
  void pauseIfDue();
  void begin();
  void tryApply();

  ViewShard* shard_;
  uint32_t index_;
  uint32_t shards_;
  Send send_;
  Applied applied_;
  std::deque<ChunkPtr> chunks_;  // the front is the one that is worked on
  bool collected_ = false;       // the front has been
  std::vector<ExchangeBuffer> out_;
  /// By sender: buffers that came, the front belongs to the front chunk. A sender can be one chunk
  /// ahead.
  std::vector<std::deque<Exchange>> in_;
  Position last_;
  Position done_;                  // of the last chunk that is applied
  std::function<void()> pausing_;  // not empty: is called after pauseAfter_
  Position pauseAfter_;
  bool paused_ = false;
};

}  // namespace facet
