// Projections: the actors that keep the views: one for each shard of each view, which takes the
// chunks in order and hands rows to the others of its view. Shells around Projection; nothing is
// decided here. CAF does not show. Thread: made and stopped by main; everything else by any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/actor_threads.h"
#include "actors/commands/chunk.h"
#include "actors/threads/failure.h"
#include "views/live_view.h"

namespace facet {

class Projections {
 public:
  /// The views outlive them.
  Projections(ActorThreads& threads, const std::vector<LiveView*>& views, FailureSink& failure);
  ~Projections();

  /// To every one of every view. One call at a time.
  void apply(const ChunkPtr& chunk);
  /// Those of a view (by its place above) stand still after the chunks that came before; each says
  /// so, on its own thread. Not beside apply().
  void pause(size_t view, const std::function<void()>& paused);
  /// They go on, with the shards that the view has now.
  void resume(size_t view);

  /// Ends them. What still waits in a mailbox is dropped: the caller drains first.
  void stop();

 private:
  struct Actors;
  ActorThreads& threads_;
  std::unique_ptr<Actors> actors_;
};

}  // namespace facet
