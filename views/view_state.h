// The state of a view's shard: for views/ itself: the shard writes it, readers of the same view
// (view_source.cc) read it.
#pragma once

#include <memory>
#include <vector>

#include "views/operators/exchange.h"
#include "views/operators/group_store.h"
#include "views/operators/join_state.h"
#include "views/operators/row_evaluator.h"
#include "views/state/view_errors.h"
#include "views/view_shard.h"

namespace facet {

struct ViewShard::State {
  State(const ViewPlan::Operators& operators, uint32_t shardIndex, uint32_t shardCount,
        const Tables& tables);

  void joinChunk(const ChunkInput& chunk, const JoinState::Emit& emit);
  void applyRows(const ChunkInput& chunk);

  const ViewPlan::Operators& plan;
  uint32_t shard;
  uint32_t shards;
  ViewErrors errors;
  GroupStore groups;
  std::unique_ptr<JoinState> joins;  // null without joins
  ExchangeCodec codec;

 private:
  static bool ownsGlobal(const ViewPlan::Operators& plan, uint32_t shard, uint32_t shards);
  template <typename Visit>
  void forEachSourceRow(const ChunkInput& chunk, Visit&& visit);
  void takeRow(const EvalContext& context, int64_t weight);
  void foldTaken();

  // Without joins: rows are taken some at a time, so that the memory that their keys need is
  // fetched meanwhile.
  struct Taken {
    Row inputs[2];
    Position position;
    int64_t time;
    int64_t weight;
    uint64_t hash;
    size_t key;  // in keys_
  };
  static constexpr size_t kTaken = 32;
  RowEvaluator rows_;
  std::vector<Taken> taken_;
  std::vector<uint64_t> keys_;
  RowBuilder shardBuilder_;
  Arena arena_;

 public:
  /// Which shard a contribution belongs to.
  uint32_t shardOf(const Contribution& contribution);
  /// Which shard a row of the view with this stored key belongs to.
  uint32_t shardOfKeyRow(Row key);

  ChunkInput restored_;  // as if it were the chunk that ends at the position
};

}  // namespace facet
