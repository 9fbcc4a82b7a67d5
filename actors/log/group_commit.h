// GroupCommit: accepted batches become durable: what waits becomes one chunk and one append. Only
// then is the chunk broadcast and the outcomes told, those of batches without any accepted command
// too, so that no answer tells of what is not durable. Pure: the journal (journal.h) runs it on a
// thread, the simulation step by step.
//
// If the log is full, the chunk's batches are refused, and so is everything sequenced after them,
// until the sequencer has gone back (Generation). If the log fails, nothing more is acknowledged:
// the outcomes under way are unknown, and the process ends. Thread: its owner's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
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

/// A batch that waits for its place in the log.
struct WaitingBatch {
  SequencedBatch batch;
  Generation generation = 0;
};

class GroupCommit {
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
  GroupCommit(EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag,
              Callbacks callbacks);

  /// Whether another chunk may be broadcast: chunks must not run away from the views.
  bool hasRoomAhead();
  /// Takes what becomes one chunk from the front of a queue that is not empty.
  static std::vector<WaitingBatch> takeChunk(std::deque<WaitingBatch>& queue);
  void commit(std::vector<WaitingBatch> batches);

 private:
  void refuseOlder(std::vector<WaitingBatch>& batches);
  bool write(std::vector<WaitingBatch>& batches);
  void goBack();
  void append(const std::vector<WaitingBatch>& batches);
  void broadcast(std::vector<WaitingBatch>& batches, const LogEnd& before);
  void answer(std::vector<WaitingBatch>& batches);
  void refuse(std::vector<WaitingBatch>& batches, BatchOutcome::What what,
              const std::string& reason);

  struct Ahead {
    Position last;
    size_t bytes;
  };

  EventLog& log_;
  const Cuts& cuts_;
  LagClock& lag_;
  Callbacks callbacks_;
  LogEnd end_;
  BlockNumber block_;  // the log's last one
  Generation generation_ = 0;
  std::deque<Ahead> ahead_;  // broadcast, not visible yet
  size_t bytesAhead_ = 0;
};

}  // namespace facet
