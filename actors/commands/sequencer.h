// Sequencer: the one place where commands become facts: serial, pure decision logic over the
// tables, deduplication and streams as they are with everything accepted so far, durable or not. It
// does no I/O, knows no clock and no thread: the actor around it (command_actors.cc) feeds it, the
// simulation too. Thread: belongs to its actor.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/commands/command_stage.h"
#include "actors/commands/deduplication.h"
#include "actors/commands/lookup_batch.h"
#include "actors/commands/streams.h"
#include "views/tables/tables.h"

namespace facet {

/// What a batch became: the block for the log, what it changed, and the answer, to be sent when the
/// block is durable.
struct SequencedBatch {
  std::vector<uint64_t> block;  // empty: no command was accepted, there is nothing to write
  std::shared_ptr<ControlRequest> control;  // not null: no batch, but a control record
  BatchRun run;
  uint32_t events = 0;
  Position first;  // of the first event, or where it would be
  Position last;   // of the last event; first - 1 if there is none
  std::vector<TableChange> changes;
  BatchOutcome outcome;
};

class Sequencer {
 public:
  /// `end` is the position of the last event that `tables` has. The tables outlive the sequencer.
  Sequencer(std::shared_ptr<const Model> model,
            std::shared_ptr<const std::vector<CommandPlan>> plans, Tables& tables, Position end);

  SequencedBatch sequence(const ShapedBatch& batch);
  /// A control record takes a position.
  SequencedBatch sequence(std::shared_ptr<ControlRequest> request);

  /// The position of a control record that is in the log already.
  Position takePosition() { return end_ = end_ + 1; }

  /// Folds a block that is in the log already, with its first event's position (recovery). Returns
  /// the table changes.
  std::vector<TableChange> fold(const Block& block);

  /// A row of deduplication or streams as a snapshot has it, which ends with the block. Before the
  /// first batch; the tables have theirs already.
  void restore(StatePart part, const StateEntry& row, BlockNumber block);
  /// Nothing before this block can be refused any more.
  void restoreAt(BlockNumber block);
  const Deduplication& deduplication() const { return deduplication_; }
  const Streams& streams() const { return streams_; }

  /// How far the log is: its last event, and its last block.
  struct Progress {
    Position last;
    BlockNumber block;
  };
  /// Forgets everything after it: the commit of what followed was refused.
  void rollback(Progress to);
  void reclaim(const ReaderNeeds& needs);

  const Model& model() const { return *model_; }
  Position end() const { return end_; }
  Progress progress() const { return {end_, block_}; }
  uint64_t bytes() const { return deduplication_.bytes() + streams_.bytes(); }

 private:
  void decide(const ShapedBatch& batch, uint32_t index, SequencedBatch& out);
  bool isRepeated(Deduplication::Memory& memory, const ShapedBatch& batch, uint32_t index,
                  BatchOutcome& outcome);
  bool checkVersion(const CommandItem& item, const CommandPlan& plan, CommandOutcome& rejection);
  bool lookUp(const CommandPlan& plan, CommandOutcome& rejection);
  bool record(const ShapedBatch& batch, uint32_t index, const CommandPlan& plan, uint32_t& events,
              CommandOutcome& rejection);
  bool addEvent(uint32_t event, uint32_t place, Row row, CommandOutcome& rejection);
  void undoAtomic(const ShapedBatch& batch, SequencedBatch& out);
  /// What was accepted becomes a block, and is remembered for its client.
  void keep(const ShapedBatch& batch, SequencedBatch& out);

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const std::vector<CommandPlan>> plans_;
  Tables& tables_;
  Deduplication deduplication_;
  Streams streams_;
  Position end_;
  BlockNumber block_;               // the last one made
  std::deque<Progress> unsettled_;  // ends of blocks with events that could still be refused
  BlockNumber durable_;

  // Of the batch that is worked on.
  BlockBuilder builder_;
  std::vector<Position> positions_;  // by command
  bool oneEventEach_ = true;
  LookupBatch lookups_;
  // Of the command that is worked on; kept for their memory.
  std::vector<Row> inputs_;
  EvalContext context_;
  Arena arena_;
  RowBuilder rowBuilder_;
  RowBuilder streamBuilder_;
  Row stream_;
  bool hasStream_ = false;
};

}  // namespace facet
