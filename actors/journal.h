// Journal: a thread of its own that makes accepted batches durable: everything that waits becomes
// one chunk, one append, one fsync. Only then is the chunk broadcast and the outcomes sent, those
// of batches without any accepted command too, so that no answer tells of what is not durable.
//
// If the log is full, the chunk's batches are refused, and so is everything sequenced after them,
// until the sequencer has gone back (Generation). If the log fails, nothing more is acknowledged:
// the outcomes under way are unknown, and the process ends. Thread: push by the sequencer's actor;
// start and stop by main; everything else is the journal's own thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/commands/sequencer.h"
#include "actors/log/lag_clock.h"
#include "storage/event_log.h"
#include "views/store/cuts.h"

namespace facet {

/// Counts how often the sequencer had to go back. A batch of an older generation builds on what was
/// dropped.
using Generation = uint32_t;

class Journal {
 public:
  struct Callbacks {
    /// A control record is in the log; before `committed`.
    std::function<void(ChunkNumber number, std::string_view record)> recorded;
    /// The log has a chunk more; before it is broadcast. `block`: the last one in it.
    std::function<void(const LogEnd& end, BlockNumber block)> committed;
    std::function<void(ChunkPtr)> broadcast;
    std::function<void(std::vector<BatchOutcome>)> outcomes;
    /// The sequencer must go back there; what it pushes from then on has the generation.
    std::function<void(Sequencer::Progress to, Generation generation)> goBack;
    /// The log had no room; before `goBack`.
    std::function<void()> full;
    std::function<void(const std::string& reason)> failed;
    /// Microseconds since 1970.
    std::function<int64_t()> now;
  };

  /// `blocks`: the number of the log's last block.
  Journal(EventLog& log, BlockNumber blocks, Cuts& cuts, LagClock& lag, Callbacks callbacks);
  ~Journal();

  void start();
  void push(SequencedBatch batch, Generation generation);
  /// Broadcast chunks must not run away from the views: called when `visible` rose, by any thread.
  void onVisible();
  /// Commits what was pushed, then ends the thread.
  void stop();

 private:
  struct Waiting {
    SequencedBatch batch;
    Generation generation;
  };
  void run();
  std::vector<Waiting> take();
  bool haveRoomAhead();
  void commit(std::vector<Waiting> batches);
  void refuseOlder(std::vector<Waiting>& batches);
  bool write(std::vector<Waiting>& batches);
  void goBack();
  void append(const std::vector<Waiting>& batches);
  void broadcast(std::vector<Waiting>& batches, const LogEnd& before);
  void answer(std::vector<Waiting>& batches);
  void refuse(std::vector<Waiting>& batches, BatchOutcome::What what, const std::string& reason);

  EventLog& log_;
  Cuts& cuts_;
  LagClock& lag_;
  Callbacks callbacks_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;

  // The journal's thread alone.
  struct Ahead {
    Position last;
    size_t bytes;
  };
  LogEnd end_;
  BlockNumber block_;  // the log's last one
  Generation generation_ = 0;
  std::deque<Ahead> ahead_;  // broadcast, not visible yet
  size_t bytesAhead_ = 0;
};

}  // namespace facet
