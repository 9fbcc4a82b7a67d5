#include "views/operators/lower_map.h"

#include <algorithm>

namespace facet {

LowerMap::LowerMap(const SourcePlan& source, const LowerPlan& plan, const RowLayout& joined,
                   uint32_t shards, ViewErrors& errors)
    : source_(source), plan_(plan), joined_(joined), shards_(shards), errors_(errors) {}

uint32_t LowerMap::shardOf(const EvalContext& source) {
  if (shards_ == 1) return 0;
  keyBuilder_.start(joined_);
  for (size_t k = 0; k < plan_.shardKey.size(); ++k) {
    const Value value = plan_.shardKey[k].program.evaluate(source);
    if (value.isNull() || value.isError()) return 0;
    keyBuilder_.setKey(k, value);
  }
  return shardOfKey(hashRow(keyBuilder_.finish().bytes()), shards_);
}

void LowerMap::map(const EvalContext& source, int64_t weight, Kept kept, DeltaBatch& out) {
  const uint32_t shard = shardOf(source);
  if (kept.only && *kept.only != shard) return;
  for (const Site& conjunct : plan_.where) {
    const Value holds = conjunct.program.evaluate(source);
    if (holds.isError()) {
      errors_.add(conjunct.text, holds.errorCode(), weight, failedRow(source_, source, 0));
      return;
    }
    if (!holds.isTrue()) return;
  }
  char* const sums = out.makeSums();
  build(source, sums);
  const Row lower = out.finish(rowBuilder_);
  out.add(lower, hashRow(lower.bytes()), shard, weight, source.position).sums = sums;
}

void LowerMap::build(const EvalContext& source, char* sums) {
  bool isFailed = false;
  rowBuilder_.start(plan_.layout);
  for (size_t i = 0; i < plan_.columns.size(); ++i) {
    const Value value = plan_.columns[i].program.evaluate(source);
    isFailed = isFailed || value.isError();
    rowBuilder_.set(LowerPlan::kFailedRow + 1 + i, value);
  }
  const std::optional<FailedSum> sum = makeSums(source, sums);
  if (isFailed || sum) {
    packFailedSource({failedRow(source_, source, 0), sum}, failed_);
    rowBuilder_.set(LowerPlan::kFailedRow, Value::bytes(failed_));
  }
}

/// The first one that fails: those behind it are not made then, as nothing counts them.
std::optional<FailedSum> LowerMap::makeSums(const EvalContext& source, char* sums) {
  const auto failed = [&](size_t i, const Site& site, const Value& why) {
    return FailedSum{plan_.sums.aggregates[i], site.text, why.errorCode()};
  };
  for (size_t i = 0; i < plan_.sums.plans.size(); ++i) {
    if (const std::optional<Site>& filter = plan_.filters[i]) {
      const Value holds = filter->program.evaluate(source);
      if (holds.isError()) return failed(i, *filter, holds);
      if (!holds.isTrue()) continue;
    }
    Value value;
    if (const std::optional<Site>& argument = plan_.arguments[i]) {
      value = argument->program.evaluate(source);
      if (value.isError()) return failed(i, *argument, value);
      if (value.isNull()) continue;
    }
    plan_.sums.plans[i].add(sums, value, 1);
  }
  return std::nullopt;
}

}  // namespace facet
