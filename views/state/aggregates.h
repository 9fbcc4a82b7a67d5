// Aggregates over weighted rows: what a group keeps for each, and what it gives.
//
// Most have an accumulator of fixed size in the group's row; adding with weight -1 takes back what
// weight +1 added. Beside it lie, where they are needed: the extremes of any size (texts) in a row
// of their own, for sources that take nothing back; and counted sets of values (value_sets.h): for
// count(DISTINCT), for min and max that can be taken back, and for the scales of numerics of any
// scale that can. All zeros is the empty accumulator. Thread: plans are immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/select.h"
#include "values/value.h"

namespace facet {

struct AggregatePlan {
  enum class State : uint8_t {
    none,         // count(*): the group's weight
    count,        // int64
    sum,          // integers and stored decimals: int128, and int64 count if `counted`
    wideSum,      // any numerics: WideSum, int64 count
    floatSum,     // ExactSum, int64 count
    extreme,      // min, max, of one word: the word, int64 whether there is one
    wideExtreme,  // of numerics and intervals: 16 bytes, their scale, whether there is one
    extremeText,  // of texts, bytes, arrays: nothing; a column of the group's row of extremes
    booleans,     // int64 true, int64 false
    values,       // a counted set; int64: distinct values of count(DISTINCT), else nothing
  };

  /// `retractable`: rows can be taken back. `wideColumns`: a column can be any numeric; else it is
  /// an event's or a table's, of at most 64 bits.
  AggregatePlan(const Aggregate& aggregate, bool retractable, bool wideColumns = false);

  AggregateFunction function;
  Type argument;
  Type type;
  State state;
  /// sum: whether non-null values have a count of their own; if not, it is the group's rows.
  bool counted = false;
  /// wideSum: a counted set has the scales of the values: the result has the largest.
  bool scales = false;
  /// usesSet(): the aggregate whose set it is: min and max of the same values share one.
  uint32_t set = 0;
  uint32_t offset = 0;         // in the accumulators; set by layOut
  uint32_t extremeColumn = 0;  // extremeText

  uint32_t bytes() const;
  /// Whether sums of sums are the same: it can be summed below a join.
  bool isLinear() const;
  /// Whether result() is all there is to it, and quick: it need not be kept as a column.
  bool isDirect() const;
  bool isMinimum() const { return function == AggregateFunction::min; }
  bool usesSet() const { return state == State::values || scales; }
  /// What was added can't be taken back: it was made for a source that takes nothing back.
  bool keepsOnlyExtremes() const {
    const bool anyScale = state == State::wideSum && argument.scale == kAnyScale && !scales;
    return anyScale || state == State::extreme || state == State::wideExtreme ||
           state == State::extremeText;
  }
  /// min, max that can be taken back.
  bool isExtremeOfSet() const {
    return state == State::values && function != AggregateFunction::count;
  }

  /// Adds a non-null argument (anything for count(*)) with a weight. Not for State::values and
  /// extremeText.
  void add(char* accumulators, const Value& value, int64_t weight) const;
  /// Adds (sign 1) or takes away (sign -1) what another accumulator of the same kind has; both
  /// where they lie. Only if isLinear().
  void merge(char* at, const char* from, int64_t sign) const;
  /// The result; `rows` of the group; `scale`: the largest one, if `scales`. Not for extremeText,
  /// nor for min and max with State::values.
  Value result(const char* accumulators, int64_t rows, int64_t scale = kAnyScale) const;
  /// min, max: whether a value takes the place of the one so far. As in PostgreSQL, a later one
  /// that is equal does.
  bool isBetter(const Value& value, const Value& kept) const;

  /// State::values: the count in the accumulator.
  void changeCount(char* accumulators, int64_t by) const;

  /// For `facet explain`: what a group keeps: "16 bytes".
  std::string describe() const;
};

/// Gives each its place; returns the bytes in all.
uint32_t layOut(std::vector<AggregatePlan>& plans);

}  // namespace facet
