// Pipeline: the actors of a node and how they are wired: command actors → sequencer → journal
// (journal.h) → projections. Shells around CommandStage, Sequencer and Projection; nothing is
// decided here. CAF does not show.
//
// Scheduling: CAF's work sharing; one mailbox message is one batch or one chunk, so that its cost
// vanishes. No CAF network module, no CAF streams. An exception in an actor that owns durable or
// view state stops the node (failed). Thread: built and stopped by main; submit and broadcast by
// any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/commands/batch.h"
#include "actors/commands/chunk.h"
#include "actors/commands/sequencer.h"
#include "actors/journal.h"
#include "views/live_view.h"

namespace facet {

class Pipeline {
 public:
  struct Options {
    uint32_t threads = 2;
    std::shared_ptr<const Model> model;
    std::shared_ptr<const std::vector<CommandPlan>> plans;
    Sequencer* sequencer = nullptr;  // used by its actor alone from start() on
    std::vector<LiveView*> views;
    std::function<void(SequencedBatch, Generation)> sequenced;  // to the journal
    std::function<ReaderNeeds()> tableReaders;
    std::function<void(const std::string& reason)> failed;
  };

  explicit Pipeline(Options options);
  ~Pipeline();

  void submit(CommandBatch batch);
  /// A control record that takes a position.
  void record(const std::shared_ptr<ControlRequest>& request);
  void goBack(Sequencer::Progress to, Generation generation);
  /// To every projection of every view.
  void broadcast(const ChunkPtr& chunk);
  /// The projections of a view (by its place in Options) stand still after the chunks that were
  /// broadcast before; each says so, on its own thread. Not beside a broadcast.
  void pause(size_t view, const std::function<void()>& paused);
  /// They go on, with the shards that the view has now.
  void resume(size_t view);
  /// Ends the actors. What still waits in a mailbox is dropped: the caller drains first.
  void stop();

 private:
  struct System;
  std::unique_ptr<System> system_;
};

}  // namespace facet
