#include "views/view_shard.h"

#include <cstring>

#include "values/assert.h"
#include "views/operators/stored_row.h"
#include "views/view_state.h"

namespace facet {

namespace {

/// Below this a map is likely in the cache, and nothing is gained by fetching ahead.
constexpr uint64_t kCachedBytes = uint64_t{512} << 10;

}  // namespace

ViewShard::ViewShard(std::shared_ptr<const ViewPlan> plan, ShardId shard, uint32_t shards,
                     const Tables& tables)
    : plan_(std::move(plan)),
      state_(std::make_unique<State>(plan_->operators(), shard.value, shards, tables)) {}

ViewShard::~ViewShard() = default;

ViewShard::State::State(const ViewPlan::Operators& operators, uint32_t shardIndex,
                        uint32_t shardCount, const Tables& tables)
    : plan(operators),
      shard(shardIndex),
      shards(shardCount),
      errors(operators.sites),
      groups(operators, errors, ownsGlobal(operators, shardIndex, shardCount)),
      codec(operators),
      rows_(operators, operators.upper.rows, errors, 0) {
  if (plan.joined) joins = std::make_unique<JoinState>(plan, shard, shards, tables, errors);
}

bool ViewShard::State::ownsGlobal(const ViewPlan::Operators& plan, uint32_t shard,
                                  uint32_t shards) {
  if (!plan.global) return false;
  RowBuilder builder;
  builder.start(plan.keyLayout);
  return shardOfKey(hashRow(builder.finish().bytes()), shards) == shard;
}

uint32_t ViewShard::State::shardOf(const Contribution& contribution) {
  const uint64_t hash = shardHash(plan, contribution.key, contribution.hash, shardBuilder_);
  return shardOfKey(hash, shards);
}

/// Calls visit(context, weight) for every row that the chunk adds to the source or takes from it.
template <typename Visit>
void ViewShard::State::forEachSourceRow(const ChunkInput& chunk, Visit&& visit) {
  Row inputs[2];
  EvalContext context;
  context.rows = inputs;
  context.arena = &arena_;
  if (plan.sourceIsEvent) {
    Position position = chunk.first;
    for (const auto& [block, time] : chunk.blocks) {
      context.time = time;
      block.forEachEvent([&](const EventHeader& event, Row row) {
        if (event.event == plan.sourceIndex) {
          inputs[0] = row;
          context.position = position;
          visit(context, 1);
        }
        position = position + 1;
      });
    }
    for (const SkippedEvent& event : chunk.skipped) {
      if (event.view != plan.view) continue;
      inputs[0] = event.row;
      context.position = event.position;
      context.time = event.time;
      visit(context, -1);
    }
    return;
  }
  for (const TableChange& change : chunk.changes) {
    if (change.table != plan.sourceIndex) continue;
    for (const Version* version : {change.before, change.after}) {
      if (version == nullptr || version->weight == 0) continue;
      inputs[0] = version->keyRow();
      inputs[1] = version->valueRow();
      visit(context, version == change.before ? -1 : 1);
    }
  }
}

void ViewShard::State::joinChunk(const ChunkInput& chunk, const JoinState::Emit& emit) {
  errors.begin(chunk.last);
  joins->begin(chunk);
  joins->moveEntries(emit);
  forEachSourceRow(chunk, [&](const EvalContext& context, int64_t weight) {
    joins->add(context, weight);
    arena_.reset();
  });
  joins->finish(emit);
}

/// Without joins every shard looks at every row's key, and keeps the rows that are its own. A row
/// whose key fails has none: shard 0 counts it.
void ViewShard::State::applyRows(const ChunkInput& chunk) {
  forEachSourceRow(chunk,
                   [&](const EvalContext& context, int64_t weight) { takeRow(context, weight); });
  foldTaken();
}

void ViewShard::State::takeRow(const EvalContext& context, int64_t weight) {
  Contribution contribution;
  const bool selected = rows_.select(context, weight, shard == 0, contribution);
  if (selected && (shards == 1 || shardOf(contribution) == shard)) {
    const size_t key = keys_.size();
    keys_.resize(key + contribution.key.size() / sizeof(uint64_t));
    std::memcpy(&keys_[key], contribution.key.data(), contribution.key.size());
    taken_.push_back({{context.rows[0], context.rows[1]},
                      context.position,
                      context.time,
                      weight,
                      contribution.hash,
                      key});
    groups.prefetch(contribution.hash);
  }
  arena_.reset();
  if (taken_.size() == kTaken) foldTaken();
}

void ViewShard::State::foldTaken() {
  if (groups.map().bytesUsed() > kCachedBytes) {
    for (const Taken& row : taken_) groups.prefetchRow(row.hash);
  }
  EvalContext context;
  context.arena = &arena_;
  Contribution contribution;
  for (const Taken& row : taken_) {
    context.rows = row.inputs;
    context.position = row.position;
    context.time = row.time;
    contribution.key = Row(&keys_[row.key]);
    contribution.hash = row.hash;
    contribution.weight = row.weight;
    contribution.event = row.position;
    if (rows_.complete(context, contribution)) groups.add(contribution);
    arena_.reset();
  }
  taken_.clear();
  keys_.clear();
}

void ViewShard::collect(const ChunkInput& chunk, std::span<ExchangeBuffer> out) {
  State& state = *state_;
  FACET_ASSERT(out.size() == state.shards, out.size(), state.shards);
  for (ExchangeBuffer& buffer : out) buffer.clear();
  if (!exchanges()) return;
  state.joinChunk(chunk, [&](const Contribution& contribution) {
    state.codec.append(contribution, out[state.shardOf(contribution)]);
  });
}

bool ViewShard::exchanges() const {
  return state_->plan.joined && state_->shards > 1;
}

void ViewShard::apply(const ChunkInput& chunk, std::span<const ExchangeBuffer* const> in) {
  State& state = *state_;
  const auto add = [&](const Contribution& contribution) { state.groups.add(contribution); };
  state.errors.begin(chunk.last);
  state.groups.begin(chunk.last);
  if (exchanges()) {
    for (const ExchangeBuffer* buffer : in) state.codec.forEach(*buffer, add);
  } else if (state.plan.joined) {
    state.joinChunk(chunk, add);
  } else {
    state.applyRows(chunk);
  }
  state.groups.finish();
  state.errors.finish();
}

void ViewShard::useTables(const Tables& tables) {
  if (state_->joins) state_->joins->useTables(tables);
}

void ViewShard::reclaim(const ViewNeeds& needs, Position next) {
  state_->groups.reclaim(needs, next);
  state_->errors.reclaim(needs.state, next);
  if (state_->joins) state_->joins->reclaim(needs.state, next);
}

uint64_t ViewShard::rows() const {
  return state_->groups.rows();
}

uint64_t ViewShard::bytes() const {
  return state_->groups.bytes() + state_->errors.bytes() +
         (state_->joins ? state_->joins->bytes() : 0);
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
