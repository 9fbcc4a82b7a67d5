// SourceScan: the rows that a chunk adds to a view's source, or takes from it, mapped to what the
// next operator takes: events (+1 each; -1 for one that an operator had skipped), or the changes of
// a table (-before, +after).
//
// With several shards either each looks at all rows, and keeps its own; or, where there are enough
// of them that sending the others' is cheaper, each looks at its share: a range of the events, so
// that their order stays, or the changes of some keys, so that what takes an error back is counted
// where the error was. Thread: belongs to its shard.
#pragma once

#include <atomic>
#include <memory>

#include "views/operators/lower_map.h"
#include "views/operators/upper_map.h"
#include "views/plan/view_operators.h"
#include "views/tables/chunk_input.h"
#include "views/tables/tables.h"

namespace facet {

class SourceScan {
 public:
  struct Shards {
    uint32_t own;
    uint32_t count;
    size_t sharedRows;  // from so many rows for each on a chunk is shared
  };
  SourceScan(const ViewPlan::Operators& plan, Shards shards, const Model& model,
             ViewErrors& errors);

  /// Whether each shard looks at its share of the chunk: the same for all of them.
  bool isShared(const ChunkInput& chunk) const;
  /// Rows of a shared chunk say which shard they are for.
  void run(const ChunkInput& chunk, DeltaSink& next);

  /// Rows of the source so far; of those that every shard looks at, all are the first one's. Any
  /// thread.
  uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }

 private:
  template <typename Visit>
  void forEachRow(const ChunkInput& chunk, bool shared, Visit&& visit);
  template <typename Visit>
  void forEachEvent(const ChunkInput& chunk, bool shared, Visit&& visit);
  template <typename Visit>
  void forEachChange(const ChunkInput& chunk, bool shared, Visit&& visit);

  const SourcePlan& plan_;
  const Shards shards_;
  std::unique_ptr<LowerMap> lower_;  // with joins
  std::unique_ptr<UpperMap> upper_;  // without
  DeltaBatch out_;
  std::atomic<uint64_t> rows_{0};
};

}  // namespace facet
