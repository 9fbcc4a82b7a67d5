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
#include <string>
#include <string_view>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/commands/sequencer.h"
#include "actors/log/clock.h"
#include "actors/log/lag_clock.h"
#include "actors/threads/failure.h"
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

/// Where a chunk goes that is durable, in the order of the calls.
class DurableSink {
 public:
  /// It is a control record.
  virtual void recorded(ChunkNumber number, std::string_view record) = 0;
  /// The log ends with it. `block`: the last one in it, or before it.
  virtual void committed(const LogEnd& end, BlockNumber block) = 0;
  /// It has events, or what takes a position: for the views.
  virtual void broadcast(const ChunkPtr& chunk) = 0;

 protected:
  ~DurableSink() = default;
};

/// Where outcomes go, and what the door must know of the log.
class AnswerSink {
 public:
  virtual void outcomes(std::vector<BatchOutcome> outcomes) = 0;
  /// The log had no room for a chunk.
  virtual void full() = 0;
  /// It had room for one with events.
  virtual void taken() = 0;

 protected:
  ~AnswerSink() = default;
};

/// Whoever decided what the log did not take.
class Rollback {
 public:
  /// Goes back there; what it pushes from then on has the generation.
  virtual void goBack(Sequencer::Progress to, Generation generation) = 0;

 protected:
  ~Rollback() = default;
};

class GroupCommit {
 public:
  /// The stages after it; all outlive it.
  struct Next {
    DurableSink& durable;
    AnswerSink& answers;
    Rollback& sequencer;
    FailureSink& failure;
  };

  /// `blocks`: the number of the log's last block. `clock`: microseconds since 1970.
  GroupCommit(EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag, Clock& clock,
              Next next);

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
  Clock& clock_;
  const Next next_;
  LogEnd end_;
  BlockNumber block_;  // the log's last one
  Generation generation_ = 0;
  std::deque<Ahead> ahead_;  // broadcast, not visible yet
  size_t bytesAhead_ = 0;
};

}  // namespace facet
