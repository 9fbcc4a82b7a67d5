// Grouping within a query: folds rows that are read once, without retraction, and gives the groups
// back with their aggregates. Thread: belongs to its query.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sql/evaluator.h"
#include "sql/select.h"
#include "values/exact_sum.h"
#include "values/row.h"
#include "views/state/wide_sum.h"

namespace facet {

/// One aggregate of one group.
struct QueryAccumulator {
  int64_t count = 0;  // of non-null arguments
  WideSum sum{};      // exact sums
  std::unique_ptr<ExactSum> floatSum;
  std::string extreme;                       // min, max: a packed row of one column; empty: none
  bool all = true;                           // bool_and
  bool any = false;                          // bool_or
  std::unordered_set<std::string> distinct;  // packed values of count(DISTINCT)
};

class QueryGroups {
 public:
  explicit QueryGroups(const Select& select);

  /// Adds a row: the values of GROUP BY; `arguments[i]` is aggregate i's argument (anything for
  /// count(*)), `passes[i]` its FILTER. `times`: how often the row is there.
  void add(const std::vector<Value>& group, const std::vector<Value>& arguments,
           const std::vector<bool>& passes, uint64_t times);

  /// Every group once: its values and its aggregates' results, valid during the call. A global
  /// aggregate has one group always. `visit` returns nothing; errors are Value::error.
  template <typename Visit>
  void forEach(Visit&& visit) {
    std::vector<Value> group(layout_.size());
    std::vector<Value> results(select_.aggregates.size());
    for (auto& [key, accumulators] : groups_) {
      const Row row(key.data());
      for (size_t i = 0; i < group.size(); ++i) group[i] = row.get(layout_, i);
      for (size_t i = 0; i < results.size(); ++i) {
        results[i] = result(select_.aggregates[i], accumulators[i]);
      }
      visit(group, results);
    }
  }

  uint64_t groups() const { return groups_.size(); }
  uint64_t bytes() const { return bytes_; }

 private:
  void addTo(const Aggregate& aggregate, const RowLayout& layout, QueryAccumulator& accumulator,
             const Value& value, uint64_t times);
  Value result(const Aggregate& aggregate, const QueryAccumulator& accumulator);

  const Select& select_;
  RowLayout layout_;                  // of the group's values
  std::vector<RowLayout> arguments_;  // by aggregate: one column
  std::unordered_map<std::string, std::vector<QueryAccumulator>> groups_;
  RowBuilder builder_;
  RowBuilder argumentBuilder_;
  uint64_t bytes_ = 0;
};

}  // namespace facet
