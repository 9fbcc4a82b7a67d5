// Follower: a thread of its own that writes a replica's log: takes chunks from its source, checks
// that they are sound and follow, appends them as they are (a batch is one transaction, one fsync),
// and folds what is durable. It goes on for ever: what is wrong with the upstream is got anew, and
// while there is no room it waits. A failure of its own log, or of the fold, ends the node.
//
// A new model ends it: what follows is read with that model, by a node that is started anew.
// Thread: made and stopped by main; everything else is the follower's own thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/replication/feed_source.h"
#include "actors/threads/failure.h"
#include "storage/checked_chunks.h"

namespace facet {

/// Whether the log says which it is and has a model, or begins after a snapshot that has: then a
/// node can be built from it.
bool hasModel(const EventLog& log);
/// Has an empty log begin with the upstream's newest snapshot, if there is one that this version
/// can read. Throws std::runtime_error if the source is interrupted; LogFull, LogFailed.
void beginWithSnapshot(EventLog& log, SnapshotStore& store, FeedSource& source);
/// Takes chunks until it does. For an empty folder; what is there already is kept. Returns the
/// batches that it took, without their chunks: their digests are for later. Throws
/// std::runtime_error if the source is interrupted; LogFull, LogFailed.
std::vector<FeedBatch> fetchBeginning(EventLog& log, FeedSource& source);
/// Of a log that begins with a snapshot, and has got a model with other views since: sees to it
/// that a snapshot with all of them is here, from the upstream, and the log has what is before it.
/// Waits until the upstream has one, and says so. Throws as beginWithSnapshot.
void fetchNewViews(EventLog& log, SnapshotStore& store, FeedSource& source);

/// Where a chunk goes, in the order of the calls.
class ChunkSink {
 public:
  /// Whether it can be folded, be it from whom it may: throws BadChunk. Before it is appended; a
  /// skipped event's record comes when everything before is in the log.
  virtual void check(const ChunkRef& chunk) = 0;
  /// It is durable, and a control chunk, but for a new model.
  virtual void control(const ChunkRef& chunk) = 0;
  /// It is durable, and to be folded (recovery.h). May wait for the views.
  virtual void fold(const ChunkRef& chunk) = 0;

 protected:
  ~ChunkSink() = default;
};

/// The node whose log it is.
class FollowerHost {
 public:
  /// Why nothing can be taken now; empty: it can.
  virtual std::string hindrance() = 0;
  /// The upstream's digests.
  virtual void notes(const FeedBatch& batch) = 0;
  /// The log's end has moved.
  virtual void durable() = 0;

 protected:
  ~FollowerHost() = default;
};

class Follower {
 public:
  /// Begins at once. All of these outlive it.
  Follower(EventLog& log, FeedSource& source, ChunkSink& chunks, FollowerHost& host,
           FailureSink& failure);
  ~Follower();

  /// Interrupts the source, and waits for the thread.
  void stop();

 private:
  void run();
  bool step();
  bool take(const FeedBatch& batch);
  bool append(const CheckedChunks& chunks);
  /// False: it is to stop.
  bool pause();
  bool waitForRoom();

  EventLog& log_;
  FeedSource& source_;
  ChunkSink& chunks_;
  FollowerHost& host_;
  FailureSink& failure_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // begins when all else is there
};

}  // namespace facet
