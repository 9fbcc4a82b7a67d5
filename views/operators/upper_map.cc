#include "views/operators/upper_map.h"

#include "views/operators/stored_row.h"

namespace facet {

UpperMap::UpperMap(const ViewPlan::Operators& plan, const RowPrograms& programs, uint32_t shards,
                   ViewErrors& errors, std::optional<size_t> source)
    : plan_(plan), programs_(programs), shards_(shards), errors_(errors), source_(source) {
  for (uint32_t i = 0; i < programs.arguments.size(); ++i) {
    if (programs.arguments[i] || programs.filters[i]) aggregates_.push_back(i);
  }
}

FailedRow UpperMap::rowOf(const EvalContext& context) const {
  if (failed_ != nullptr) return failed_->row;
  if (!source_) return {.event = context.position};
  return failedRow(plan_, context, *source_);
}

bool UpperMap::fail(uint32_t site, ErrorCode code, const EvalContext& context, int64_t weight,
                    Row key) {
  FailedRow row = rowOf(context);
  if (!row.key && key) {
    row.key = key;
    row.layout = &plan_.keyLayout;
  }
  errors_.add(site, code, weight, row);
  return false;
}

bool UpperMap::failRow(const EvalContext& context, int64_t weight) {
  errors_.add(plan_.rowSite, ErrorCode::tooLarge, weight, rowOf(context));
  return false;
}

bool UpperMap::map(const EvalContext& context, int64_t weight, Kept kept, DeltaBatch& out) {
  const int64_t failing = kept.counts() ? weight : 0;
  if (!passes(context, failing)) return false;
  const std::optional<Row> key = makeKey(context, failing);
  if (!key) return false;
  const uint64_t hash = hashRow(key->bytes());
  uint32_t shard = 0;
  if (shards_ > 1) {
    shard = shardOfKey(shardHash(plan_, *key, hash, shardBuilder_), shards_);
    if (kept.only && *kept.only != shard) return false;
  }
  out.add(*key, hash, shard, weight, source_ ? context.position : Position{});
  if (makeRest(context, weight, out) && makeArguments(context, weight, out)) return true;
  out.drop();
  return false;
}

bool UpperMap::passes(const EvalContext& context, int64_t failing) {
  for (const Site& conjunct : programs_.where) {
    const Value holds = conjunct.program.evaluate(context);
    if (holds.isError()) return fail(conjunct.text, holds.errorCode(), context, failing);
    if (!holds.isTrue()) return false;
  }
  return true;
}

std::optional<Row> UpperMap::makeKey(const EvalContext& context, int64_t failing) {
  keyBuilder_.start(plan_.keyLayout);
  bytes_ = 0;
  for (size_t i = 0; i < programs_.key.size(); ++i) {
    const Value value = programs_.key[i].program.evaluate(context);
    if (value.isError()) {
      fail(programs_.key[i].text, value.errorCode(), context, failing);
      return std::nullopt;
    }
    if (!fits(value)) {
      failRow(context, failing);
      return std::nullopt;
    }
    // A bag's rows are kept to the digit; keys are equal when SQL says so.
    if (plan_.bag) {
      keyBuilder_.set(i, value);
    } else {
      keyBuilder_.setKey(i, value);
    }
  }
  return keyBuilder_.finish();
}

bool UpperMap::makeRest(const EvalContext& context, int64_t weight, DeltaBatch& out) {
  if (programs_.rest.empty()) return true;
  bytes_ = out.key().size();
  restBuilder_.start(plan_.restLayout);
  for (size_t i = 0; i < programs_.rest.size(); ++i) {
    const Value value = programs_.rest[i].program.evaluate(context);
    if (value.isError()) {
      return fail(programs_.rest[i].text, value.errorCode(), context, weight, out.key());
    }
    if (!fits(value)) return failRow(context, weight);
    restBuilder_.set(i, value);
  }
  out.setRest(restBuilder_.finish());
  return true;
}

bool UpperMap::makeArguments(const EvalContext& context, int64_t weight, DeltaBatch& out) {
  const FailedSum* const sum = failed_ != nullptr && failed_->sum ? &*failed_->sum : nullptr;
  for (const uint32_t i : aggregates_) {
    if (sum != nullptr && sum->aggregate < i) break;
    if (!makeArgument(i, context, weight, out)) return false;
  }
  return sum == nullptr || fail(sum->site, sum->code, context, weight, out.key());
}

bool UpperMap::makeArgument(size_t aggregate, const EvalContext& context, int64_t weight,
                            DeltaBatch& out) {
  const std::optional<Site>& filter = programs_.filters[aggregate];
  const std::optional<Site>& argument = programs_.arguments[aggregate];
  bool& present = out.present()[aggregate];
  present = true;
  if (filter) {
    const Value holds = filter->program.evaluate(context);
    if (holds.isError()) {
      return fail(filter->text, holds.errorCode(), context, weight, out.key());
    }
    present = holds.isTrue();
  }
  if (!present || !argument) return true;
  Value& value = out.arguments()[aggregate];
  value = argument->program.evaluate(context);
  if (value.isError()) {
    return fail(argument->text, value.errorCode(), context, weight, out.key());
  }
  present = !value.isNull();
  return true;
}

}  // namespace facet
