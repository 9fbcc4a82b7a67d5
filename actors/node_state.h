// NodeState: what a node holds in memory, folded from its log: tables, deduplication, views and the
// cuts at which they are read; and how far the log, and what is visible of it, are. It is made
// empty, at a position; a snapshot, the log's fold and the node's actors fill it.
//
// Thread: sequencer() belongs to whoever folds: recovery, then the sequencer's actor or the
// follower. The shards of views belong to their projections. Everything else by any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/commands/sequencer.h"
#include "actors/log/commit_index.h"
#include "actors/log/lag_clock.h"
#include "actors/log/visible_lag.h"
#include "views/live_view.h"

namespace facet {

/// Who hears that readers can see more.
class VisibleSink {
 public:
  /// By whoever published; by several at the same time, so that a call may come with an older
  /// position than one before.
  virtual void visible(Position position) = 0;

 protected:
  ~VisibleSink() = default;
};

class NodeState {
 public:
  /// `start`: the position of the last event that will be restored, not folded. `next` outlives it.
  NodeState(std::shared_ptr<const Model> model, uint32_t shards, Position start, Clock& steady,
            VisibleSink& next);
  NodeState(const NodeState&) = delete;
  NodeState& operator=(const NodeState&) = delete;

  const std::shared_ptr<const Model>& model() const { return model_; }
  const std::shared_ptr<const std::vector<CommandPlan>>& plans() const { return plans_; }
  Tables& tables() { return tables_; }
  const Tables& tables() const { return tables_; }
  Cuts& cuts() { return cuts_; }
  Sequencer& sequencer() { return sequencer_; }
  CommitIndex& commits() { return commits_; }
  LagClock& lag() { return lag_; }
  const LagClock& lag() const { return lag_; }
  VisibleLag& visibleLag() { return visibleLag_; }
  /// By number in the model.
  const std::vector<LiveView*>& views() const { return viewPointers_; }
  const std::vector<std::unique_ptr<LiveTable>>& liveTables() const { return liveTables_; }

  /// By SQL name; null: there is none.
  const LiveRelation* find(std::string_view name) const;
  /// Reads of it fail from now on; nothing, if there is none of the name.
  void takeOutOfService(std::string_view name, const std::string& why);

  /// It is filled, and the log ends so.
  void begin(const LogEnd& end);
  /// The log ends so now. `block`: the last one in it. By the log's one writer.
  void committed(const LogEnd& end, BlockNumber block);
  /// Readers see tables up to here. By the log's one writer.
  void publishTables(Position position);

  /// Every view has applied it.
  bool hasApplied(Position position) const;
  /// The earliest cut, not before `from`, that a view holds; nothing: none does.
  std::optional<Position> firstHeld(Position from) const;
  /// What tables must keep: for readers, and for chunks that views have still to apply.
  ReaderNeeds tableReaders();
  /// Of tables, deduplication and views.
  uint64_t memoryBytes() const;

 private:
  const std::shared_ptr<const Model> model_;
  const std::shared_ptr<const std::vector<CommandPlan>> plans_;
  Tables tables_;
  Cuts cuts_;
  Sequencer sequencer_;
  CommitIndex commits_;
  LagClock lag_;
  VisibleLag visibleLag_;
  std::vector<std::unique_ptr<LiveView>> views_;
  std::vector<LiveView*> viewPointers_;
  std::vector<std::unique_ptr<LiveTable>> liveTables_;
};

}  // namespace facet
