// Refold: the log folded anew, beside the node that goes on: into tables and views of its own, one
// chunk after another, by one thread. What `verify` compares with, and what a view is rebuilt from.
// Thread: its owner's.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/commands/sequencer.h"
#include "actors/snapshots/snapshot_format.h"
#include "storage/event_log.h"
#include "storage/snapshot_store.h"
#include "views/live_view.h"

namespace facet {

class Refold {
 public:
  /// `views`: those that are folded; null: not this one. The plans of the node's views are used.
  Refold(const std::shared_ptr<const Model>& model, const std::vector<const LiveView*>& views);
  ~Refold();

  /// Begins with a snapshot instead of the log's beginning. Throws LogFailed.
  void load(const SnapshotReader& reader, const SnapshotManifest& manifest);

  /// Folds the log up to `until` (the end of a chunk); calls `each` after every chunk, which
  /// returns false to give up. Returns whether it got there.
  bool fold(const EventLog& log, Position until, const std::function<bool(Position)>& each);

  /// A chunk of one position that the log has not: it takes the next one.
  void tryOut(const std::shared_ptr<Chunk>& chunk);

  Position at() const { return sequencer_->end(); }
  uint64_t events() const { return at().value - start_.value; }
  /// By view; null where it is not folded.
  LiveView* view(size_t index) { return views_[index].get(); }
  const Tables& tables() const { return *tables_; }

 private:
  void build(Position start);
  void apply(const ChunkPtr& chunk);
  static void applyTo(LiveView& view, const ChunkInput& input);

  std::shared_ptr<const Model> model_;
  std::vector<const LiveView*> like_;
  Position start_;
  ChunkNumber next_{0};
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Cuts> cuts_;
  std::unique_ptr<Sequencer> sequencer_;
  std::vector<std::unique_ptr<LiveView>> views_;
};

}  // namespace facet
