#include "views/state/aggregates.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "values/assert.h"
#include "values/exact_sum.h"
#include "values/numeric.h"
#include "values/row.h"
#include "views/state/wide_sum.h"

namespace facet {

namespace {

struct SumState {
  int128 sum;
  int64_t count;
};
// What is kept of it: the count only if it is needed.
constexpr uint32_t kSumBytes = sizeof(int128);
constexpr uint32_t kCountedSumBytes = sizeof(int128) + sizeof(int64_t);

struct WideSumState {
  WideSum sum;
  int64_t count;
  int64_t padding;
};
struct FloatSumState {
  ExactSum sum;
  int64_t count;
};
struct ExtremeState {
  int64_t word;  // as in a packed row's slot
  int64_t exists;
};
struct WideExtremeState {
  int128 value;  // a numeric without its scale, an interval's bytes
  int64_t scale;
  int64_t exists;
};
struct BooleansState {
  int64_t isTrue;
  int64_t isFalse;
};

template <typename State>
State load(const char* at) {
  State state;
  std::memcpy(&state, at, sizeof(State));
  return state;
}

/// Rows are only 8-byte aligned: states are copied out and in again.
template <typename State, typename Change>
inline void change(char* at, Change&& apply) {
  State state = load<State>(at);
  apply(state);
  std::memcpy(at, &state, sizeof(State));
}

Value rounded(Kind kind, double d, bool finiteTerms) {
  if (kind == Kind::float32) {
    const auto narrow = static_cast<float>(d);
    if (std::isinf(narrow) && finiteTerms) return Value::error(ErrorCode::floatOutOfRange);
    return Value::float32(narrow);
  }
  if (std::isinf(d) && finiteTerms) return Value::error(ErrorCode::floatOutOfRange);
  return Value::float64(d);
}

Value exactSum(const AggregatePlan& plan, int128 sum, int64_t scale, int64_t count) {
  const auto digits = static_cast<uint8_t>(scale);
  if (plan.function == AggregateFunction::avg) return numericAverage(sum, digits, count);
  if (plan.type.kind == Kind::int64) {
    const bool fits =
        sum >= std::numeric_limits<int64_t>::min() && sum <= std::numeric_limits<int64_t>::max();
    return fits ? Value::int64(static_cast<int64_t>(sum))
                : Value::error(ErrorCode::bigintOutOfRange);
  }
  if (sum > kMaxUnscaled || sum < -kMaxUnscaled) return Value::error(ErrorCode::numericOutOfRange);
  return Value::numeric(sum, digits);
}

Value floatSum(const AggregatePlan& plan, const FloatSumState& state) {
  const ExactSum& sum = state.sum;
  const bool finite = sum.nans == 0 && sum.positiveInfinities == 0 && sum.negativeInfinities == 0;
  const double total = sum.value();
  if (plan.function == AggregateFunction::sum) return rounded(plan.type.kind, total, finite);
  if (std::isinf(total) && finite) return Value::error(ErrorCode::floatOutOfRange);
  return rounded(plan.type.kind, total / static_cast<double>(state.count), finite);
}

Value wordValue(Kind kind, int64_t word) {
  if (kind != Kind::float32 && kind != Kind::float64) return Value::integer(kind, word);
  double d;
  std::memcpy(&d, &word, sizeof(d));
  return kind == Kind::float64 ? Value::float64(d) : Value::float32(static_cast<float>(d));
}

int64_t wordOf(const Value& value) {
  if (value.kind() != Kind::float32 && value.kind() != Kind::float64) return value.asInt();
  const double d = value.asDouble();
  int64_t word;
  std::memcpy(&word, &d, sizeof(d));
  return word;
}

Value wideValue(Kind kind, const WideExtremeState& state) {
  if (kind == Kind::numeric) {
    return Value::numeric(state.value, static_cast<uint8_t>(state.scale));
  }
  return Value::interval(std::bit_cast<Interval>(state.value));
}

void keepWide(const AggregatePlan& plan, WideExtremeState& state, const Value& value) {
  if (state.exists != 0 && !plan.isBetter(value, wideValue(plan.argument.kind, state))) return;
  state.exists = 1;
  if (plan.argument.kind == Kind::numeric) {
    state.value = value.unscaled();
    state.scale = value.scale();
  } else {
    state.value = std::bit_cast<int128>(value.asInterval());
  }
}

}  // namespace

uint32_t AggregatePlan::bytes() const {
  switch (state) {
    case State::none:
    case State::extremeText:
      return 0;
    case State::count:
      return sizeof(int64_t);
    case State::values:
      return function == AggregateFunction::count ? sizeof(int64_t) : 0;
    case State::sum:
      return counted ? kCountedSumBytes : kSumBytes;
    case State::wideSum:
      return sizeof(WideSumState);
    case State::floatSum:
      return sizeof(FloatSumState);
    case State::extreme:
      return sizeof(ExtremeState);
    case State::wideExtreme:
      return sizeof(WideExtremeState);
    case State::booleans:
      return sizeof(BooleansState);
  }
  return 0;
}

bool AggregatePlan::isBetter(const Value& value, const Value& kept) const {
  const int order = compareValues(value, kept);
  return isMinimum() ? order <= 0 : order >= 0;
}

void AggregatePlan::changeCount(char* accumulators, int64_t by) const {
  change<int64_t>(accumulators + offset, [&](int64_t& count) { count += by; });
}

void AggregatePlan::add(char* accumulators, const Value& value, int64_t weight) const {
  char* at = accumulators + offset;
  switch (state) {
    case State::none:
      return;
    case State::count:
      changeCount(accumulators, weight);
      return;
    case State::sum: {
      const int128 term = value.kind() == Kind::numeric ? value.unscaled() : value.asInt();
      change<int128>(at, [&](int128& sum) { sum += term * weight; });
      if (!counted) return;
      change<int64_t>(at + kSumBytes, [&](int64_t& count) { count += weight; });
      return;
    }
    case State::wideSum:
      change<WideSumState>(at, [&](WideSumState& sum) {
        if (value.kind() == Kind::numeric) {
          sum.sum.add(value.unscaled(), value.scale(), weight);
        } else {
          sum.sum.add(value.asInt(), 0, weight);
        }
        sum.count += weight;
      });
      return;
    case State::floatSum: {
      // 300 bytes: changed in place, which its 8-byte alignment allows.
      auto* sum = reinterpret_cast<FloatSumState*>(at);
      sum->sum.add(value.asDouble(), weight);
      sum->count += weight;
      return;
    }
    case State::extreme:
      change<ExtremeState>(at, [&](ExtremeState& kept) {
        if (kept.exists != 0 && !isBetter(value, wordValue(argument.kind, kept.word))) return;
        kept = {wordOf(value), 1};
      });
      return;
    case State::wideExtreme:
      change<WideExtremeState>(at, [&](WideExtremeState& kept) { keepWide(*this, kept, value); });
      return;
    case State::booleans:
      change<BooleansState>(at, [&](BooleansState& counts) {
        (value.asBool() ? counts.isTrue : counts.isFalse) += weight;
      });
      return;
    case State::extremeText:
    case State::values:
      FACET_ASSERT(false);
  }
}

void AggregatePlan::merge(char* at, const char* from, int64_t sign) const {
  const auto addCount = [sign](char* to, const char* term) {
    change<int64_t>(to, [&](int64_t& count) { count += sign * load<int64_t>(term); });
  };
  switch (state) {
    case State::none:
      return;
    case State::count:
      addCount(at, from);
      return;
    case State::sum:
      change<int128>(at, [&](int128& sum) { sum += sign * load<int128>(from); });
      if (counted) addCount(at + kSumBytes, from + kSumBytes);
      return;
    case State::wideSum:
      change<WideSumState>(at, [&](WideSumState& sum) {
        const auto term = load<WideSumState>(from);
        sum.sum.merge(term.sum, sign);
        sum.count += sign * term.count;
      });
      return;
    case State::floatSum: {
      auto* sum = reinterpret_cast<FloatSumState*>(at);
      const auto* term = reinterpret_cast<const FloatSumState*>(from);
      sum->sum.merge(term->sum, sign);
      sum->count += sign * term->count;
      return;
    }
    case State::booleans:
      addCount(at, from);
      addCount(at + sizeof(int64_t), from + sizeof(int64_t));
      return;
    default:
      FACET_ASSERT(false);
  }
}

Value AggregatePlan::result(const char* accumulators, int64_t rows, int64_t scale) const {
  const char* at = accumulators + offset;
  switch (state) {
    case State::none:
      return Value::int64(rows);
    case State::count:
    case State::values:
      return Value::int64(load<int64_t>(at));
    case State::sum: {
      const int64_t count = counted ? load<int64_t>(at + kSumBytes) : rows;
      if (count == 0) return Value::null();
      return exactSum(*this, load<int128>(at), argument.isInteger() ? 0 : argument.scale, count);
    }
    case State::wideSum: {
      const auto sum = load<WideSumState>(at);
      if (sum.count == 0) return Value::null();
      const int64_t wanted = scales ? scale : sum.sum.scale;
      int128 narrow;
      if (!sum.sum.narrow(wanted, narrow)) return Value::error(ErrorCode::numericOutOfRange);
      return exactSum(*this, narrow, wanted, sum.count);
    }
    case State::floatSum: {
      const auto* sum = reinterpret_cast<const FloatSumState*>(at);
      return sum->count == 0 ? Value::null() : floatSum(*this, *sum);
    }
    case State::extreme: {
      const auto kept = load<ExtremeState>(at);
      return kept.exists == 0 ? Value::null() : wordValue(argument.kind, kept.word);
    }
    case State::wideExtreme: {
      const auto kept = load<WideExtremeState>(at);
      return kept.exists == 0 ? Value::null() : wideValue(argument.kind, kept);
    }
    case State::booleans: {
      const auto counts = load<BooleansState>(at);
      if (counts.isTrue + counts.isFalse == 0) return Value::null();
      return Value::boolean(function == AggregateFunction::boolAnd ? counts.isFalse == 0
                                                                   : counts.isTrue != 0);
    }
    case State::extremeText:
      FACET_ASSERT(false);
  }
  return Value::null();
}

}  // namespace facet
