// Engine: what every node has, whoever writes its log: the folder and its log, the model, tables,
// deduplication and views as folded from it, the actors that maintain them, and the readers' door.
// A primary adds the journal (primary_node.cc).
//
// Thread: made and stopped by main; broadcast by the log's one writer; the rest by any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/log/digest_notes.h"
#include "actors/log/lag_clock.h"
#include "actors/log/recovery.h"
#include "actors/node.h"
#include "actors/pipeline.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "actors/view_watch.h"
#include "storage/data_folder.h"
#include "storage/event_log.h"
#include "views/live_view.h"

namespace facet {

class Engine {
 public:
  struct Callbacks {
    /// What the sequencer decided. Only where batches are submitted.
    std::function<void(SequencedBatch, Generation)> sequenced;
    std::function<void(Position visible)> visible;
    std::function<void(const std::string& reason)> failed;
    /// The digest of a table or a view at an agreed position. May be empty.
    std::function<void(const DigestNote&)> noted;
  };

  /// Locks the folder and opens the log.
  Engine(NodeOptions options, Callbacks callbacks);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Before recover(): the log is a primary's own, or copied from the source: then it is settled
  /// which one that is. Throws std::runtime_error if the source is interrupted; LogFailed.
  void followNobody();
  void follow(FeedSource& source);
  /// Chooses the model, starts the actors, and folds the log. Before it there is only the log.
  void recover();

  EventLog& log() { return *log_; }
  /// Before recover(), for a log that is to begin with a snapshot.
  SnapshotStore& store() { return store_; }
  const EventLog& log() const { return *log_; }
  Sequencer& sequencer() { return *sequencer_; }
  Pipeline& pipeline() { return *pipeline_; }
  Cuts& cuts() { return *cuts_; }
  LagClock& lag() { return lag_; }
  const NodeOptions& options() const { return options_; }

  /// The log's writer has appended a chunk; before it is broadcast.
  void committed(const LogEnd& end, BlockNumber block);
  /// A durable chunk, on its way to the views.
  void broadcast(const ChunkPtr& chunk);
  /// Folds a chunk of events that is in the log already and that no sequencer made here; waits
  /// while the views are too far behind. By a replica's follower.
  void fold(const ChunkRef& chunk);
  /// A control chunk that changes nothing here but what a snapshot says of the log.
  void addControl(const ChunkRef& chunk);
  void addControl(ChunkNumber number, std::string_view record);
  /// Events that views take back, by the log.
  std::vector<SkipRecord> skips() const;
  const DigestNotes& digests() const { return digests_; }
  /// Reads of the table or view fail from now on.
  void takeOutOfService(std::string_view relation, const std::string& why);
  /// Something of durable or visible state broke: nothing goes on.
  void fail(const std::string& reason);
  bool failed() const { return failed_; }

  const std::shared_ptr<const Model>& model() const { return model_; }
  LogId logId() const { return logId_; }
  std::optional<Node::EpochEnd> endOf(Epoch epoch) const;
  Position head() const { return lag_.head(); }
  const LiveRelation* find(std::string_view name) const;
  NodeStatus status();
  std::vector<ExplainedView> explain(std::string_view view) const;
  Position readLog(Position from, uint32_t limit,
                   const std::function<bool(const LoggedEvent&)>& visit) const;
  const Node::Recovery& recovery() const { return recovery_; }
  Snapshots& snapshots() { return *snapshots_; }
  Upkeep& upkeep() { return *upkeep_; }
  /// Of tables, deduplication and views.
  uint64_t memoryBytes() const;

  /// Waits until every view has applied `position`, or the time has passed.
  bool waitApplied(Position position, std::chrono::milliseconds timeout);
  /// The same of any condition that changes with `visible`, or with wake().
  bool waitFor(const std::function<bool()>& condition, std::chrono::milliseconds timeout);
  void wake();
  /// Lets the views come after the log, then ends the actors.
  void stop();

 private:
  struct FoundSnapshot {
    std::string name;
    SnapshotManifest manifest;
  };
  std::vector<FoundSnapshot> findSnapshots();
  std::vector<FoundSnapshot> takeBackSound();
  std::optional<SnapshotManifest> manifestOf(const std::string& name);
  bool isOfThisLog(const std::string& name, const LogEnd& end);
  void explainForeign(const std::string& name, const SnapshotManifest& manifest,
                      const std::vector<FoundSnapshot>& found);
  std::optional<LogId> ownId(const std::vector<FoundSnapshot>& found) const;
  [[noreturn]] void throwLost(const std::string& name, const LogEnd& end) const;
  [[noreturn]] void throwNoSnapshot() const;
  void requireClock() const;
  void recordChange(const std::vector<FoundSnapshot>& found);
  void beginEpoch();
  void addControlsFrom(ChunkNumber next);
  LogHistory historyAfter(const std::vector<FoundSnapshot>& found) const;
  void openModel(const std::vector<FoundSnapshot>& found);
  void build(Position start);
  void startPipeline();
  void tearDown();
  std::optional<SnapshotManifest> loadNewest(std::vector<FoundSnapshot>& found);
  std::string whyUnused(const SnapshotManifest& manifest) const;
  void load(const FoundSnapshot& snapshot);
  void fillNewViews(const SnapshotManifest& manifest);
  void foldTail(ChunkNumber from, Position singlyAfter);
  double secondsOfRecovery() const;
  void showProgress(uint64_t done, uint64_t total);
  std::optional<Position> firstHeld() const;
  void startSnapshots();
  void startUpkeep();
  void startWatch();
  std::vector<std::string> controlsBefore(ChunkNumber chunk) const;
  void setAside(const std::string& name, const std::string& why);
  /// Broadcasts, waits while the views are too far behind, and reclaims.
  void pushToViews(const ChunkPtr& chunk);
  void noteDigest(const DigestNote& note);
  ReaderNeeds tableReaders();

  int64_t now() const { return options_.clocks.steady->now(); }

  NodeOptions options_;
  const int64_t began_;        // µs, as all of these
  int64_t opening_ = 0;        // what opening folder and log took
  int64_t recoveryBegan_ = 0;  // as if it had gone on right after that
  int64_t shown_ = 0;          // when its progress was
  Callbacks callbacks_;
  const std::shared_ptr<DataFolder> folder_;
  SnapshotStore store_;
  std::unique_ptr<EventLog> log_;
  mutable std::mutex historyMutex_;
  LogHistory history_;
  std::optional<LogId> followed_;  // of a replica: this log, be its birth not here yet
  std::string newEpoch_;           // why one begins with this start; empty: none does
  std::string unread_;             // which snapshot could not be read, and why
  LogId logId_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Cuts> cuts_;
  std::shared_ptr<const std::vector<CommandPlan>> plans_;
  std::unique_ptr<Sequencer> sequencer_;
  std::vector<std::unique_ptr<LiveView>> views_;
  std::vector<std::unique_ptr<LiveTable>> liveTables_;
  LagClock lag_;
  VisibleLag visibleLag_;
  CommitIndex commits_;
  DigestNotes digests_;
  std::deque<std::pair<Position, size_t>> ahead_;  // pushed and not applied by every view: bytes
  size_t bytesAhead_ = 0;
  std::unique_ptr<Pipeline> pipeline_;
  std::mutex broadcastMutex_;  // a view's pause comes between two chunks
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<ViewWatch> watch_;
  Node::Recovery recovery_;
  std::atomic<bool> failed_{false};

  std::mutex waitMutex_;
  std::condition_variable waitChanged_;
};

/// The part of a node's interface that is the engine's.
class EngineNode : public Node {
 public:
  const Model& model() const override { return *engine_->model(); }
  std::shared_ptr<const Model> sharedModel() const override { return engine_->model(); }
  Cuts& cuts() override { return engine_->cuts(); }
  const LiveRelation* find(std::string_view name) const override { return engine_->find(name); }
  LogId logId() const override { return engine_->logId(); }
  std::optional<EpochEnd> endOf(Epoch epoch) const override { return engine_->endOf(epoch); }
  Epoch epoch() const override { return engine_->log().end().epoch; }
  Position head() const override { return engine_->head(); }
  uint32_t lagMs(Position position) const override { return engine_->lag().lagMs(position); }
  uint64_t memoryLimit() const override { return engine_->options().memoryBytes; }
  NodeStatus status() const override { return engine_->status(); }
  std::vector<ExplainedView> explain(std::string_view view) const override {
    return engine_->explain(view);
  }
  Position readLog(Position from, uint32_t limit,
                   const std::function<bool(const LoggedEvent&)>& visit) const override {
    return engine_->readLog(from, limit, visit);
  }
  const EventLog& log() const override { return engine_->log(); }
  DigestNotes::Some digestNotes(uint64_t after) const override {
    return engine_->digests().after(after);
  }
  Recovery recovery() const override { return engine_->recovery(); }
  Snapshots& snapshots() override { return engine_->snapshots(); }
  Upkeep& upkeep() override { return engine_->upkeep(); }

 protected:
  std::unique_ptr<Engine> engine_;
};

}  // namespace facet
