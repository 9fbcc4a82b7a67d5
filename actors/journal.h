// Journal: a thread of its own that commits what was pushed, group by group (group_commit.h).
// Thread: push by the sequencer's actor; start and stop by main; the callbacks are called on the
// journal's own thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/log/group_commit.h"

namespace facet {

class Journal {
 public:
  using Callbacks = GroupCommit::Callbacks;

  /// `blocks`: the number of the log's last block.
  Journal(EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag, Callbacks callbacks);
  ~Journal();

  void start();
  void push(SequencedBatch batch, Generation generation);
  /// Broadcast chunks must not run away from the views: called when `visible` rose, by any thread.
  void onVisible();
  /// Commits what was pushed, then ends the thread.
  void stop();

 private:
  void run();
  std::vector<WaitingBatch> take();

  GroupCommit commit_;  // the journal's thread alone
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingBatch> queue_;
  bool stopping_ = false;
};

}  // namespace facet
