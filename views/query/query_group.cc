#include "views/query/query_group.h"

#include <cmath>
#include <limits>

#include "values/assert.h"
#include "values/numeric.h"

namespace facet {

namespace {

/// Memory of a group beside its key and its distinct values, roughly.
constexpr uint64_t kGroupBytes = 96;

Value floatResult(Kind kind, double d, bool finiteTerms) {
  if (kind == Kind::float32) {
    const auto narrow = static_cast<float>(d);
    if (std::isinf(narrow) && finiteTerms) return Value::error(ErrorCode::floatOutOfRange);
    return Value::float32(narrow);
  }
  if (std::isinf(d) && finiteTerms) return Value::error(ErrorCode::floatOutOfRange);
  return Value::float64(d);
}

Value sumResult(const Aggregate& aggregate, const QueryAccumulator& accumulator) {
  if (accumulator.floatSum) {
    const ExactSum& sum = *accumulator.floatSum;
    const bool finite = sum.nans == 0 && sum.positiveInfinities == 0 && sum.negativeInfinities == 0;
    return floatResult(aggregate.type.kind, sum.value(), finite);
  }
  int128 sum;
  const bool isNumeric = accumulator.sum.narrow(accumulator.sum.scale, sum);
  if (aggregate.type.kind == Kind::int64) {
    const bool fits = isNumeric && sum >= std::numeric_limits<int64_t>::min() &&
                      sum <= std::numeric_limits<int64_t>::max();
    return fits ? Value::int64(static_cast<int64_t>(sum))
                : Value::error(ErrorCode::bigintOutOfRange);
  }
  if (!isNumeric) return Value::error(ErrorCode::numericOutOfRange);
  return Value::numeric(sum, static_cast<uint8_t>(accumulator.sum.scale));
}

Value averageResult(const Aggregate& aggregate, const QueryAccumulator& accumulator) {
  if (!accumulator.floatSum) {
    const WideSum& exact = accumulator.sum;
    int128 sum;
    if (!exact.narrow(exact.scale, sum)) return Value::error(ErrorCode::numericOutOfRange);
    return numericAverage(sum, static_cast<uint8_t>(exact.scale), accumulator.count);
  }
  const Value total = sumResult(aggregate, accumulator);  // an overflow of it is one of the average
  if (total.isError()) return total;
  const double mean = accumulator.floatSum->value() / static_cast<double>(accumulator.count);
  return floatResult(aggregate.type.kind, mean, false);
}

}  // namespace

QueryGroups::QueryGroups(const Select& select) : select_(select) {
  std::vector<Type> types;
  for (const ExprPtr& expr : select.groupBy) types.push_back(expr->type);
  layout_ = RowLayout(std::move(types));
  for (const Aggregate& aggregate : select.aggregates) {
    arguments_.emplace_back(aggregate.argument ? std::vector<Type>{aggregate.argument->type}
                                               : std::vector<Type>{});
  }
  if (select.groupBy.empty()) {
    builder_.start(layout_);
    groups_[std::string(builder_.finish().bytes())].resize(select.aggregates.size());
  }
}

void QueryGroups::add(const std::vector<Value>& group, const std::vector<Value>& arguments,
                      const std::vector<bool>& passes, uint64_t times) {
  builder_.start(layout_);
  for (size_t i = 0; i < group.size(); ++i) {
    builder_.setKey(i, group[i]);
  }
  std::string key(builder_.finish().bytes());
  auto [place, isNew] = groups_.try_emplace(std::move(key));
  if (isNew) {
    place->second.resize(select_.aggregates.size());
    bytes_ +=
        place->first.size() + kGroupBytes + select_.aggregates.size() * sizeof(QueryAccumulator);
  }
  for (size_t i = 0; i < select_.aggregates.size(); ++i) {
    if (!passes[i]) continue;
    addTo(select_.aggregates[i], arguments_[i], place->second[i], arguments[i], times);
  }
}

void QueryGroups::addTo(const Aggregate& aggregate, const RowLayout& layout,
                        QueryAccumulator& accumulator, const Value& value, uint64_t times) {
  if (aggregate.function == AggregateFunction::countRows) {
    accumulator.count += static_cast<int64_t>(times);
    return;
  }
  if (value.isNull()) return;
  const auto packed = [&] {
    argumentBuilder_.start(layout);
    argumentBuilder_.setKey(0, value);
    return argumentBuilder_.finish().bytes();
  };
  if (aggregate.distinct) {
    const auto [place, isNew] = accumulator.distinct.emplace(packed());
    if (!isNew) return;
    bytes_ += place->size() + kGroupBytes;
    times = 1;
  }
  accumulator.count += static_cast<int64_t>(times);
  switch (aggregate.function) {
    case AggregateFunction::countRows:
    case AggregateFunction::count:
      return;
    case AggregateFunction::sum:
    case AggregateFunction::avg: {
      if (aggregate.argument->type.isFloat()) {
        if (!accumulator.floatSum) {
          accumulator.floatSum = std::make_unique<ExactSum>();
          bytes_ += sizeof(ExactSum);
        }
        accumulator.floatSum->add(value.asDouble(), static_cast<int64_t>(times));
        return;
      }
      const Value term = toNumeric(value);
      accumulator.sum.add(term.unscaled(), term.scale(), static_cast<int64_t>(times));
      return;
    }
    case AggregateFunction::min:
    case AggregateFunction::max: {
      const bool less = aggregate.function == AggregateFunction::min;
      if (!accumulator.extreme.empty()) {
        const Value present = Row(accumulator.extreme.data()).get(layout, 0);
        const int order = compareValues(value, present);
        // Of equal ones the last, as PostgreSQL: max of 1.0 and 1.00 is 1.00.
        if (less ? order > 0 : order < 0) return;
      }
      argumentBuilder_.start(layout);
      argumentBuilder_.set(0, value);
      bytes_ -= accumulator.extreme.capacity();
      accumulator.extreme = argumentBuilder_.finish().bytes();
      bytes_ += accumulator.extreme.capacity();
      return;
    }
    case AggregateFunction::boolAnd:
    case AggregateFunction::boolOr:
      accumulator.all = accumulator.all && value.asBool();
      accumulator.any = accumulator.any || value.asBool();
      return;
  }
}

Value QueryGroups::result(const Aggregate& aggregate, const QueryAccumulator& accumulator) {
  const bool isCount = aggregate.function == AggregateFunction::countRows ||
                       aggregate.function == AggregateFunction::count;
  if (isCount) return Value::int64(accumulator.count);
  if (accumulator.count == 0) return Value::null();
  switch (aggregate.function) {
    case AggregateFunction::sum:
      return sumResult(aggregate, accumulator);
    case AggregateFunction::avg:
      return averageResult(aggregate, accumulator);
    case AggregateFunction::min:
    case AggregateFunction::max:
      return Row(accumulator.extreme.data()).get(RowLayout({aggregate.argument->type}), 0);
    case AggregateFunction::boolAnd:
      return Value::boolean(accumulator.all);
    case AggregateFunction::boolOr:
      return Value::boolean(accumulator.any);
    default:
      FACET_ASSERT(false);
      return Value::null();
  }
}

}  // namespace facet
