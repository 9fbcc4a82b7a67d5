// ViewShard: the part of a view whose keys hash to one projection actor: its state and the fold of
// chunks into it. Pure and deterministic: the same chunks give the same rows and digests, for every
// shard count and batch size.
//
// Life of a chunk: it takes one or more passes, between which rows go from shard to shard. A pass
// runs on every shard; then each has buffer [s] of every shard's output for the next pass. After
// the last one the rows at `chunk.last` are there; the owner publishes the position in Cuts, and
// reclaims (shard_runner.h). Thread: run, reclaim by the owner; the const functions marked "any
// thread" by readers that hold a pin.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "views/operators/exchange_buffer.h"
#include "views/operators/limits.h"
#include "views/plan/view_plan.h"
#include "views/state/state_part.h"
#include "views/state/view_errors.h"
#include "views/store/reader_needs.h"
#include "views/tables/chunk_input.h"
#include "views/tables/tables.h"

namespace facet {

class ViewShard {
 public:
  /// `tables`: read at the positions of the chunks (versions that a chunk needs stay until all
  /// views have applied it). `sharedScanRows`: the same for all shards of a view (SourceScan).
  ViewShard(std::shared_ptr<const ViewPlan> plan, ShardId shard, uint32_t shards,
            const Tables& tables, size_t sharedScanRows = kSharedScanRows);
  ~ViewShard();

  /// How many passes the chunk takes: the same on every shard.
  uint32_t passes(const ChunkInput& chunk) const;
  /// One of them, from 0. `in`: the buffers for this shard of all shards, in their order; empty in
  /// the first pass. `out`: empty buffers for all shards; unused in the last pass.
  void run(uint32_t pass, const ChunkInput& chunk, std::span<const ExchangeBuffer* const> in,
           std::span<ExchangeBuffer> out);

  // ---- a snapshot ----

  /// Visits the entries of a part that hold at `at`, after the cursor, until `visit` returns false
  /// (VersionedMap::scan). By any thread, with a pin at `at`.
  void scanPart(StatePart part, Position at, VersionedMap::Cursor& cursor,
                const std::function<bool(const StateEntry&)>& visit) const;

  /// Restoring: into a new shard, before its first chunk, in the order of the parts. The tables are
  /// at the position already. Of `held`, only heldRows; then finishRestore, and the rest.
  void beginRestore(Position at);
  /// Which shard of the view the entry belongs to.
  uint32_t ownerOf(StatePart part, const StateEntry& entry);
  /// Room for so many entries of a part, before the first of them comes.
  void reserve(StatePart part, uint64_t entries);
  /// False: another one of its key is there already, and nothing was done.
  bool restore(StatePart part, const StateEntry& entry);
  void finishRestore();

  /// Between two chunks: the tables are these from now on, with the same rows at the position.
  void useTables(const Tables& tables);
  void reclaim(const ViewNeeds& needs, Position next);
  /// The same where nobody reads before `horizon`.
  void reclaim(Position horizon, Position next) {
    reclaim({ReaderNeeds::from(horizon), ReaderNeeds::from(horizon)}, next);
  }

  // ---- any thread ----

  const ViewPlan& plan() const { return *plan_; }
  uint64_t rows() const;   // distinct rows × multiplicity, newest
  uint64_t bytes() const;  // all that the shard's state takes
  /// Of the operators, in the order of ViewPlan::steps().
  std::vector<OperatorFigures> figures() const;
  /// Digest of the shard's rows after the last applied chunk, and at an earlier position not before
  /// the horizon.
  uint128 digest(Position at) const;
  /// Weighted error rows that are there after the last applied chunk; 0: the shard is fine. The
  /// text of one of them: expression, reason, and the event's position if it came from one.
  uint64_t errors() const;
  std::string errorText() const { return errorText({this}); }
  /// The same for all shards of a view together.
  static std::string errorText(const std::vector<const ViewShard*>& shards) {
    return firstError(shards).text;
  }
  static ViewError firstError(const std::vector<const ViewShard*>& shards);

  /// For readers (row_source.h).
  struct State;
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const ViewPlan> plan_;
  std::unique_ptr<State> state_;
};

}  // namespace facet
