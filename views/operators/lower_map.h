// LowerMap: from a row of the source to what a key join gathers of it: WHERE over the source alone,
// then the lower row, which has the columns that are needed above the joins, and the row's part in
// the sums that are made below. An expression that fails is an error in its column; then the lower
// row says of which source row it is (failed_source.h). Thread: belongs to its shard.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "views/operators/delta_batch.h"
#include "views/operators/failed_source.h"
#include "views/operators/upper_map.h"
#include "views/plan/key_join_plan.h"
#include "views/plan/source_plan.h"
#include "views/state/view_errors.h"

namespace facet {

class LowerMap {
 public:
  /// `joined`: the layout of the first joined table's key.
  LowerMap(const SourcePlan& source, const LowerPlan& plan, const RowLayout& joined,
           uint32_t shards, ViewErrors& errors);

  /// As UpperMap::map(). A row belongs to the shard of the key that it joins with first; one
  /// without a key to shard 0.
  void map(const EvalContext& source, int64_t weight, Kept kept, DeltaBatch& out);

  /// The lower row, valid until the next one, and its part in `sums`, which are zero.
  Row make(const EvalContext& source, char* sums) {
    build(source, sums);
    return rowBuilder_.finish();
  }

 private:
  uint32_t shardOf(const EvalContext& source);
  void build(const EvalContext& source, char* sums);
  std::optional<FailedSum> makeSums(const EvalContext& source, char* sums);

  const SourcePlan& source_;
  const LowerPlan& plan_;
  const RowLayout& joined_;
  const uint32_t shards_;
  ViewErrors& errors_;
  RowBuilder keyBuilder_, rowBuilder_;
  std::string failed_;
};

}  // namespace facet
