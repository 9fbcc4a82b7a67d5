// NodeCore: a running node, whoever writes its log: the last stage of a start takes what recovery
// gave, and has all that goes on beside the flow: snapshots, upkeep, and who tells the operator of
// views. A primary adds the way of its commands (primary_node.cc), a replica its follower
// (replica_node.cc).
//
// Thread: made and stopped by main; what is durable comes by the log's one writer; the rest by any.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/log/group_commit.h"
#include "actors/node.h"
#include "actors/recover.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "actors/view_watch.h"

namespace facet {

/// As a node is started with them: what is left to the node is filled in. Throws
/// std::invalid_argument.
NodeOptions requireSound(NodeOptions options);

class NodeCore final : public DurableSink, private UpkeepHost {
 public:
  NodeCore(RecoveredState recovered, const NodeOptions& options, NodeReports& reports);
  ~NodeCore();
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;

  EventLog& log() { return *opened_.log; }
  const EventLog& log() const { return *opened_.log; }
  NodeState& state() { return *state_; }
  const NodeState& state() const { return *state_; }
  /// For actors that are not the views'.
  ActorThreads& threads() { return broadcast_->threads(); }

  // ---- a durable chunk ----

  void recorded(ChunkNumber number, std::string_view record) override;
  void committed(const LogEnd& end, BlockNumber block) override;
  void broadcast(const ChunkPtr& chunk) override { broadcast_->send(chunk); }
  /// Folds one that no sequencer made here; waits while the views are too far behind. By a
  /// replica's follower.
  void fold(const ChunkRef& chunk);

  // ---- looks at it ----

  LogId logId() const { return logId_; }
  const ControlHistory& history() const { return *history_; }
  const DigestNotes& digests() const { return broadcast_->digests(); }
  const Node::Recovery& recovery() const { return recovery_; }
  uint64_t memoryLimit() const { return memoryLimit_; }
  NodeStatus status();
  /// See Node.
  std::vector<ExplainedView> explain(std::string_view view) const;
  Position readLog(Position from, uint32_t limit,
                   const std::function<bool(const LoggedEvent&)>& visit) const;

  // ---- beside the flow ----

  Snapshots& snapshots() { return snapshots_; }
  Upkeep& upkeep() { return upkeep_; }

  /// Lets the views come after the log, then ends their actors.
  void stop();

 private:
  Snapshots::Options snapshotOptions(const NodeOptions& options);
  Upkeep::Options upkeepOptions();
  void pause(size_t view, const std::function<void()>& paused) override;
  void resume(size_t view) override { broadcast_->resume(view); }
  uint64_t memoryBytes() const override { return state_->memoryBytes(); }

  const uint64_t memoryLimit_;
  Changes& changes_;
  OpenedLog opened_;
  const LogId logId_;
  const std::unique_ptr<ControlHistory> history_;
  const std::unique_ptr<NodeState> state_;
  const std::unique_ptr<Broadcast> broadcast_;
  const Node::Recovery recovery_;
  Snapshots snapshots_;
  Upkeep upkeep_;
  ViewWatch watch_;
};

/// The part of a node's interface that is the core's.
class NodeBase : public Node {
 public:
  /// `core`: a member of the node, which may still be to be made.
  explicit NodeBase(NodeCore& core) : core_(core) {}

  const Model& model() const override { return *core_.state().model(); }
  std::shared_ptr<const Model> sharedModel() const override { return core_.state().model(); }
  Cuts& cuts() override { return core_.state().cuts(); }
  const LiveRelation* find(std::string_view name) const override {
    return core_.state().find(name);
  }
  LogId logId() const override { return core_.logId(); }
  std::optional<EpochEnd> endOf(Epoch epoch) const override;
  Epoch epoch() const override { return core_.log().end().epoch; }
  Position head() const override { return core_.state().lag().head(); }
  uint32_t lagMs(Position position) const override { return core_.state().lag().lagMs(position); }
  uint64_t memoryLimit() const override { return core_.memoryLimit(); }
  NodeStatus status() const override { return core_.status(); }
  std::vector<ExplainedView> explain(std::string_view view) const override {
    return core_.explain(view);
  }
  Position readLog(Position from, uint32_t limit,
                   const std::function<bool(const LoggedEvent&)>& visit) const override {
    return core_.readLog(from, limit, visit);
  }
  const EventLog& log() const override { return core_.log(); }
  DigestNotes::Some digestNotes(uint64_t after) const override {
    return core_.digests().after(after);
  }
  Recovery recovery() const override { return core_.recovery(); }
  Snapshots& snapshots() override { return core_.snapshots(); }
  Upkeep& upkeep() override { return core_.upkeep(); }

 private:
  NodeCore& core_;
};

}  // namespace facet
