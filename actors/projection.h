// Projection: one shard of one view at work: takes chunks in order, has its runner apply them, one
// after the other, and reports. Pure: what it wants to send goes through a callback, so that the
// simulation can deliver in any order; the actor around it is in pipeline.cc. Thread: belongs to
// its actor.
#pragma once

#include <deque>
#include <functional>

#include "actors/commands/chunk.h"
#include "views/shard_runner.h"

namespace facet {

class Projection {
 public:
  using Applied = std::function<void(Position last)>;

  /// `send` carries buffers to the other shards; `applied` is called after each chunk is in the
  /// shard's rows.
  Projection(ViewShard& shard, uint32_t index, uint32_t shards, ShardRunner::Send send,
             Applied applied);

  void onChunk(ChunkPtr chunk);
  void onExchange(Exchange exchange);

  /// After the newest chunk that it has got it stands still, and says so.
  void pause(std::function<void()> paused);
  /// Goes on, with the shard in the place of the other.
  void resume(ViewShard& shard);

 private:
  void pauseIfDue();
  void begin();
  void goOn();

  ShardRunner runner_;
  Applied applied_;
  std::deque<ChunkPtr> chunks_;    // the front is the one that is worked on
  Position last_;                  // of the newest chunk
  Position done_;                  // of the last chunk that is applied
  std::function<void()> pausing_;  // not empty: is called after pauseAfter_
  Position pauseAfter_;
  bool paused_ = false;
};

}  // namespace facet
