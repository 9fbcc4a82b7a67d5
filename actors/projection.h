// Projection: one shard of one view at work: takes chunks in order, has its runner apply them, one
// after the other, and reports. Pure: what it sends goes to its sink, so that the simulation
// can deliver in any order; the actor around it is in projections.cc. Thread: belongs to
// its actor.
#pragma once

#include <deque>
#include <functional>

#include "actors/commands/chunk.h"
#include "views/shard_runner.h"

namespace facet {

/// The view that the shard is of.
class ProjectionSink {
 public:
  /// Rows for the projection of another shard.
  virtual void send(uint32_t to, Exchange exchange) = 0;
  /// The chunk that ends there is in the shard's rows.
  virtual void applied(Position last) = 0;

 protected:
  ~ProjectionSink() = default;
};

class Projection {
 public:
  /// Shard and sink outlive it.
  Projection(ViewShard& shard, uint32_t index, uint32_t shards, ProjectionSink& next);

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

  ProjectionSink& next_;
  ShardRunner runner_;
  std::deque<ChunkPtr> chunks_;    // the front is the one that is worked on
  Position last_;                  // of the newest chunk
  Position done_;                  // of the last chunk that is applied
  std::function<void()> pausing_;  // not empty: is called after pauseAfter_
  Position pauseAfter_;
  bool paused_ = false;
};

}  // namespace facet
