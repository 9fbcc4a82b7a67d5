#include "views/operators/upper_map.h"

namespace facet {

UpperMap::UpperMap(const RowPrograms& programs, const DeltaFormat& format, const SourcePlan& source,
                   std::optional<size_t> input, uint32_t shards, ViewErrors& errors)
    : programs_(programs),
      format_(format),
      source_(source),
      input_(input),
      shards_(shards),
      errors_(errors) {
  for (uint32_t i = 0; i < programs.arguments.size(); ++i) {
    const Site* const filter = programs.filters[i] ? &*programs.filters[i] : nullptr;
    const Site* const value = programs.arguments[i] ? &*programs.arguments[i] : nullptr;
    if (filter != nullptr || value != nullptr) arguments_.push_back({i, filter, value});
  }
}

FailedRow UpperMap::rowOf(const EvalContext& context) const {
  if (failed_ != nullptr) return failed_->row;
  if (!input_) return {.event = context.position};
  return failedRow(source_, context, *input_);
}

bool UpperMap::fail(uint32_t site, ErrorCode code, const EvalContext& context, int64_t weight,
                    Row key) {
  FailedRow row = rowOf(context);
  if (!row.key && key) {
    row.key = key;
    row.layout = &format_.key;
  }
  errors_.add(site, code, weight, row);
  return false;
}

bool UpperMap::failRow(const EvalContext& context, int64_t weight) {
  errors_.add(programs_.rowSite, ErrorCode::tooLarge, weight, rowOf(context));
  return false;
}

DeltaRow* UpperMap::map(const EvalContext& context, int64_t weight, Kept kept, DeltaBatch& out) {
  const int64_t failing = kept.counts() ? weight : 0;
  if (!programs_.where.empty() && !passes(context, failing)) return nullptr;
  if (!buildKey(context, failing)) return nullptr;
  const Row key = out.finish(keyBuilder_);
  const uint64_t hash = hashRow(key.bytes());
  uint32_t shard = 0;
  if (shards_ > 1) {
    shard = shardOfKey(format_.shardHash(key, hash, shardBuilder_), shards_);
    if (kept.only && *kept.only != shard) return nullptr;
  }
  DeltaRow& row = out.add(key, hash, shard, weight, input_ ? context.position : Position{});
  if (!programs_.rest.empty() && !makeRest(context, row, out)) return out.drop();
  if (!makeArguments(context, row, out)) return out.drop();
  return &row;
}

bool UpperMap::passes(const EvalContext& context, int64_t failing) {
  for (const Site& conjunct : programs_.where) {
    const Value holds = conjunct.program.evaluate(context);
    if (holds.isError()) return fail(conjunct.text, holds.errorCode(), context, failing);
    if (!holds.isTrue()) return false;
  }
  return true;
}

/// Leaves it in keyBuilder_.
bool UpperMap::buildKey(const EvalContext& context, int64_t failing) {
  keyBuilder_.start(format_.key);
  bytes_ = 0;
  for (size_t i = 0; i < programs_.key.size(); ++i) {
    const Value value = programs_.key[i].program.evaluate(context);
    if (value.isError()) {
      return fail(programs_.key[i].text, value.errorCode(), context, failing);
    }
    if (!fits(value)) return failRow(context, failing);
    if (format_.exact) {
      keyBuilder_.set(i, value);
    } else {
      keyBuilder_.setKey(i, value);
    }
  }
  return true;
}

bool UpperMap::makeRest(const EvalContext& context, DeltaRow& row, DeltaBatch& out) {
  bytes_ = row.key.size();
  restBuilder_.start(format_.rest);
  for (size_t i = 0; i < programs_.rest.size(); ++i) {
    const Value value = programs_.rest[i].program.evaluate(context);
    if (value.isError()) {
      return fail(programs_.rest[i].text, value.errorCode(), context, row.weight, row.key);
    }
    if (!fits(value)) return failRow(context, row.weight);
    restBuilder_.set(i, value);
  }
  row.rest = out.finish(restBuilder_);
  return true;
}

bool UpperMap::makeArguments(const EvalContext& context, const DeltaRow& row, DeltaBatch& out) {
  const auto failed = [&](uint32_t site, ErrorCode code) {
    return fail(site, code, context, row.weight, row.key);
  };
  const FailedSum* const sum = failed_ != nullptr && failed_->sum ? &*failed_->sum : nullptr;
  bool* const present = out.present();
  for (const Argument& argument : arguments_) {
    const uint32_t i = argument.aggregate;
    if (sum != nullptr && sum->aggregate < i) break;
    present[i] = true;
    if (argument.filter != nullptr) {
      const Value holds = argument.filter->program.evaluate(context);
      if (holds.isError()) return failed(argument.filter->text, holds.errorCode());
      present[i] = holds.isTrue();
    }
    if (!present[i] || argument.value == nullptr) continue;
    Value& value = out.arguments()[i];
    value = argument.value->program.evaluate(context);
    if (value.isError()) return failed(argument.value->text, value.errorCode());
    present[i] = !value.isNull();
  }
  return sum == nullptr || failed(sum->site, sum->code);
}

}  // namespace facet
