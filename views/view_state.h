// The state of a view's shard: its operators, in the order of the flow. For views/ itself: the
// shard writes it, readers of the same view (view_source.cc) read it.
#pragma once

#include <memory>
#include <vector>

#include "views/operators/exchange.h"
#include "views/operators/group_store.h"
#include "views/operators/key_join.h"
#include "views/operators/source_scan.h"
#include "views/plan/view_operators.h"
#include "views/state/view_errors.h"
#include "views/view_shard.h"

namespace facet {

struct ViewShard::State {
  State(const ViewPlan::Operators& operators, uint32_t shardIndex, uint32_t shardCount,
        const Tables& tables, size_t sharedScanRows);

  /// One of the steps behind the scan, and how what it takes goes from shard to shard.
  struct Step {
    Operator* operation;
    ExchangeCodec codec;
  };
  /// Whether the rows that the step takes of this chunk come from all shards.
  bool isExchanged(size_t step, const ChunkInput& chunk) const;
  /// The steps of a pass: [begin, end); the scan is before the first.
  struct Pass {
    size_t begin;
    size_t end;
  };
  Pass stepsOf(uint32_t pass, const ChunkInput& chunk) const;

  /// Which shard a row of the view with this stored key belongs to.
  uint32_t shardOfKeyRow(Row key);

  const ViewPlan::Operators& plan;
  const uint32_t shard;
  const uint32_t shards;
  ViewErrors errors;
  SourceScan scan;
  std::unique_ptr<KeyJoin> joins;  // null without joins
  GroupStore groups;
  std::vector<Step> steps;

 private:
  Operator& makeOperator(const StepPlan& step, const Tables& tables);
  static bool ownsGlobal(const StorePlan& plan, uint32_t shard, uint32_t shards);
  RowBuilder shardBuilder_;
};

}  // namespace facet
