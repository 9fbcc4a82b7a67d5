// The journal: what was decided becomes durable. JournalQueue is where it waits; Journal is a
// thread of its own that commits what is there, group by group (log/group_commit.h). They are two,
// so that each stage is made with those that it needs: the sequencer's actor pushes into the queue,
// and the group commit has that actor go back.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/command_actors.h"
#include "actors/log/group_commit.h"
#include "actors/node_state.h"

namespace facet {

/// Thread: push by the sequencer's actor, take by the journal's thread, the rest by any.
class JournalQueue final : public SequencedSink, public VisibleSink {
 public:
  void push(SequencedBatch batch, Generation generation) override;
  /// Chunks must not run away from the views: there may be room for another.
  void visible(Position position) override;
  /// What is pushed is all there is.
  void close();

  /// Waits for what becomes the next chunk, and until the commit may broadcast it. Empty: it is
  /// closed, and everything was taken.
  std::vector<WaitingBatch> take(GroupCommit& commit);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingBatch> queue_;
  bool closed_ = false;
};

/// Thread: made and stopped by main; all stages after it are called on its own.
class Journal {
 public:
  /// Begins at once. `blocks`: the number of the log's last block. All of these outlive it.
  Journal(JournalQueue& queue, EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag,
          Clock& clock, GroupCommit::Next next);
  ~Journal();

  /// Commits what was pushed, then ends the thread.
  void stop();

 private:
  void run();

  JournalQueue& queue_;
  GroupCommit commit_;  // the journal's thread alone
  std::thread thread_;  // begins when all else is there
};

}  // namespace facet
