// Node: a primary or a replica with its log, tables and views: starts the actors, recovers, takes
// batches of commands, lets readers at the rows, stops in order. No RPC here (server/), and nothing
// of CAF shows: the door of this folder.
//
// Thread: start and stop by main; everything else by any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/commands/batch.h"
#include "actors/log/clock.h"
#include "actors/log/notice.h"
#include "actors/log/visible_lag.h"
#include "actors/replication/feed_source.h"
#include "model/model.h"
#include "storage/data_folder.h"
#include "views/plan/plan_step.h"
#include "views/relation_status.h"
#include "views/store/cuts.h"
#include "views/tables/live_relation.h"

namespace facet {

struct NodeOptions {
  std::filesystem::path data;
  std::shared_ptr<const Model> model;
  uint32_t shards = 1;         // for each view
  uint32_t threads = 2;        // that run actors
  uint64_t memoryBytes = 0;    // ceiling; 0: three quarters of the machine's memory
  uint64_t snapshotEvery = 0;  // events between two snapshots taken by itself; 0: none are
  /// Already locked; else it is opened by the node.
  std::shared_ptr<DataFolder> folder;
  /// Of a primary: the log begins anew after this snapshot (actors/snapshots/log_restart.h). Empty:
  /// it goes on.
  std::string beginWith;
  /// Of a primary: the machine's clock is right, though the log's last commit says otherwise.
  bool acceptClock = false;
  /// Tests have their own.
  Clocks clocks;
  /// A line for the operator: something was set aside, or could not be done.
  Notice notice = [](const std::string&) {};
  /// Recovery's progress, about ten times a second: events folded so far, events in all, seconds so
  /// far.
  std::function<void(uint64_t done, uint64_t total, double seconds)> progress;
};

/// What a node tells whoever started it. Called on the node's threads: must be quick, must not
/// throw.
class NodeListener {
 public:
  virtual ~NodeListener() = default;
  /// Outcomes of batches that were submitted, several at once.
  virtual void onOutcomes(std::vector<BatchOutcome> outcomes) = 0;
  /// Readers can see a newer position.
  virtual void onVisible(Position visible) = 0;
  /// The node can't go on (log failed, invariant of durable state): no more answers will be right.
  /// The process prints it and ends.
  virtual void onFailed(const std::string& reason) = 0;
  /// The log's end has moved: what was appended is durable.
  virtual void onDurable() {}
  /// What an operator must know; the node goes on.
  virtual void onAlarm(const std::string&) {}
};

/// What became of a request to skip an event.
struct Skipped {
  Position at;        // of its record: from it on the view is without the event
  bool live = false;  // the view, there
  std::string error;  // why it is not
};

struct NodeStatus {
  LogId logId;
  Epoch epoch;
  LogEnd begin;       // what the log's first chunk follows
  Position position;  // the log's head
  Position visible;
  std::vector<RelationStatus> views;
  std::vector<RelationStatus> tables;
  uint64_t diskBytes = 0;      // of log and snapshots
  uint64_t snapshotBytes = 0;  // of it
  uint64_t freeBytes = 0;      // of the folder's file system
  uint64_t memoryBytes = 0;
  uint64_t memoryLimit = 0;
  RecentLag visibleLag;          // of events, from durable to visible in every view
  uint64_t digestsCompared = 0;  // of a replica, with its upstream's
  uint64_t digestsDiffered = 0;
  std::vector<std::string> problems;  // that keep it from its work, and what to do
};

/// A view's plan, with what its operators keep now.
struct ExplainedView {
  std::string view;
  std::vector<PlanStep> steps;
};

struct LoggedEvent {
  Position position;
  int64_t time = 0;
  uint32_t event = 0;  // index in the model's events
  Row row;             // valid during the call
};

class Snapshots;  // snapshots.h
class Upkeep;     // upkeep.h

class Node {
 public:
  /// Locks the folder, verifies the log, folds it into tables and views, starts the actors. Throws
  /// LogFailed, ModelError (the model does not fit the log's), std::invalid_argument.
  static std::unique_ptr<Node> start(NodeOptions options, NodeListener& listener);
  /// The same for a replica: its log is written from `source`, its model is the log's. Waits until
  /// an empty folder has at least the log's beginning; after that everything is as it is, however
  /// far behind. `source` outlives the node.
  static std::unique_ptr<Node> startReplica(NodeOptions options, FeedSource& source,
                                            NodeListener& listener);
  virtual ~Node() = default;

  /// Takes a batch: its outcome comes through the listener, whatever it is. Returns why not if it
  /// is refused right away ("overloaded: …"); then there will be no outcome. Empty: taken.
  virtual std::string submit(CommandBatch batch) = 0;

  virtual const Model& model() const = 0;
  virtual std::shared_ptr<const Model> sharedModel() const = 0;
  virtual Cuts& cuts() = 0;
  /// By SQL name; null if there is none.
  virtual const LiveRelation* find(std::string_view name) const = 0;

  virtual LogId logId() const = 0;
  virtual Epoch epoch() const = 0;
  /// Where an epoch that is over ended in this log; nothing: it is not over.
  struct EpochEnd {
    ChunkNumber next;
    Position last;
  };
  virtual std::optional<EpochEnd> endOf(Epoch epoch) const = 0;
  /// The log's durable head, and how long (ms) the oldest event after `position` has been durable
  /// (0: there is none).
  virtual Position head() const = 0;
  virtual uint32_t lagMs(Position position) const = 0;
  /// What rows may take: NodeOptions::memoryBytes, or what it stands for.
  virtual uint64_t memoryLimit() const = 0;
  virtual NodeStatus status() const = 0;
  /// Of one view, or, where the name is empty, of all. std::invalid_argument: there is none of the
  /// name.
  virtual std::vector<ExplainedView> explain(std::string_view view) const = 0;
  /// Visits at most `limit` durable events from `from` on; returns the position after the last one.
  /// `visit` is called on the caller's thread; false: it has enough.
  virtual Position readLog(Position from, uint32_t limit,
                           const std::function<bool(const LoggedEvent&)>& visit) const = 0;
  /// For those who follow this node: its log, to read, and the digests of its views after the note
  /// of this number.
  virtual const EventLog& log() const = 0;
  virtual DigestNotes::Some digestNotes(uint64_t after) const = 0;
  /// What recovery took, from opening the folder on: events folded, after those in the snapshot
  /// that it began with (0: none).
  struct Recovery {
    uint64_t events = 0;
    double seconds = 0;
    Position snapshot;
    std::vector<std::string> filled;  // views that the snapshot had not: filled from the log
  };
  virtual Recovery recovery() const = 0;
  virtual Snapshots& snapshots() = 0;
  virtual Upkeep& upkeep() = 0;
  /// Records that the view takes back the event at the position, which it fails at; returns when it
  /// has. Takes long where that can't be seen from the event alone. Throws std::invalid_argument:
  /// it is not so; std::runtime_error: it could not be recorded.
  virtual Skipped skip(std::string_view view, Position position) = 0;

  /// Takes no more batches, commits what is under way, ends the actors: under 5 s. What could not
  /// be committed is answered as refused.
  virtual void stop() = 0;
};

}  // namespace facet
