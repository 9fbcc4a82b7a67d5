#include "views/view_shard.h"

#include <optional>

#include "values/assert.h"
#include "views/view_state.h"

namespace facet {

ViewShard::ViewShard(std::shared_ptr<const ViewPlan> plan, ShardId shard, uint32_t shards,
                     const Tables& tables, size_t sharedScanRows)
    : plan_(std::move(plan)),
      state_(std::make_unique<State>(plan_->operators(), shard.value, shards, tables,
                                     sharedScanRows)) {}

ViewShard::~ViewShard() = default;

ViewShard::State::State(const ViewPlan::Operators& operators, uint32_t shardIndex,
                        uint32_t shardCount, const Tables& tables, size_t sharedScanRows)
    : plan(operators),
      shard(shardIndex),
      shards(shardCount),
      errors(operators.sites),
      scan(operators, {shardIndex, shardCount, sharedScanRows}, tables.model(), errors),
      groups(operators.store, errors, ownsGlobal(operators.store, shardIndex, shardCount)) {
  for (const StepPlan& step : plan.steps) {
    steps.push_back({&makeOperator(step, tables), ExchangeCodec(step.arguments, step.sumBytes)});
  }
}

Operator& ViewShard::State::makeOperator(const StepPlan& step, const Tables& tables) {
  switch (step.what) {
    case StepPlan::What::keyJoin:
      joins = std::make_unique<KeyJoin>(plan, shards, tables, errors);
      return *joins;
    case StepPlan::What::store:
      break;
  }
  return groups;
}

bool ViewShard::State::ownsGlobal(const StorePlan& plan, uint32_t shard, uint32_t shards) {
  if (!plan.global) return false;
  RowBuilder builder;
  builder.start(plan.format.key);
  return shardOfKey(hashRow(builder.finish().bytes()), shards) == shard;
}

bool ViewShard::State::isExchanged(size_t step, const ChunkInput& chunk) const {
  return step == 0 ? scan.isShared(chunk) : shards > 1;
}

ViewShard::State::Pass ViewShard::State::stepsOf(uint32_t pass, const ChunkInput& chunk) const {
  Pass out{0, 0};
  for (size_t step = 0; step < steps.size(); ++step) {
    if (!isExchanged(step, chunk)) continue;
    if (pass == 0) return {out.begin, step};
    --pass;
    out.begin = step;
  }
  FACET_ASSERT(pass == 0, pass);
  return {out.begin, steps.size()};
}

uint32_t ViewShard::passes(const ChunkInput& chunk) const {
  uint32_t out = 1;
  for (size_t step = 0; step < state_->steps.size(); ++step) {
    out += state_->isExchanged(step, chunk) ? 1 : 0;
  }
  return out;
}

void ViewShard::run(uint32_t pass, const ChunkInput& chunk,
                    std::span<const ExchangeBuffer* const> in, std::span<ExchangeBuffer> out) {
  State& state = *state_;
  const auto [begin, end] = state.stepsOf(pass, chunk);
  const bool isLast = end == state.steps.size();
  FACET_ASSERT(isLast || out.size() == state.shards, out.size(), state.shards);
  FACET_ASSERT(in.size() == (pass == 0 ? 0 : state.shards), in.size(), pass);
  std::optional<ExchangeWriter> writer;
  if (!isLast) writer.emplace(state.steps[end].codec, out);
  const auto sink = [&](size_t step) -> DeltaSink* {
    if (step < end) return state.steps[step].operation;
    return isLast ? nullptr : &*writer;
  };
  state.errors.begin(chunk.last);
  for (size_t step = end; step-- > begin;) {
    state.steps[step].operation->begin(chunk, sink(step + 1));
  }
  if (pass == 0) {
    state.scan.run(chunk, *sink(begin));
  } else {
    for (const ExchangeBuffer* buffer : in) state.steps[begin].codec.read(*buffer, *sink(begin));
  }
  for (size_t step = begin; step < end; ++step) state.steps[step].operation->finish();
  if (isLast) state.errors.finish();
}

void ViewShard::useTables(const Tables& tables) {
  if (state_->joins) state_->joins->useTables(tables);
}

void ViewShard::reclaim(const ViewNeeds& needs, Position next) {
  for (const State::Step& step : state_->steps) step.operation->reclaim(needs, next);
  state_->errors.reclaim(needs.state, next);
}

uint64_t ViewShard::rows() const {
  return state_->groups.rows();
}

uint64_t ViewShard::bytes() const {
  uint64_t total = state_->errors.bytes();
  for (const State::Step& step : state_->steps) total += step.operation->bytes();
  return total;
}

std::vector<OperatorFigures> ViewShard::figures() const {
  std::vector<OperatorFigures> out = {{0, 0, state_->scan.rows()}};
  for (const State::Step& step : state_->steps) out.push_back(step.operation->figures());
  return out;
}

uint128 ViewShard::digest(Position at) const {
  return state_->groups.digest(at);
}

uint64_t ViewShard::errors() const {
  return state_->errors.total();
}

ViewError ViewShard::firstError(const std::vector<const ViewShard*>& shards) {
  std::vector<const ViewErrors*> errors;
  for (const ViewShard* shard : shards) errors.push_back(&shard->state_->errors);
  return ViewErrors::firstOf(errors);
}

}  // namespace facet
