// Grouping within a query: folds rows that are read once, without retraction, and gives the groups
// back with their aggregates. The accumulators are those of views (aggregates.h): a query and a
// view answer the same. Thread: belongs to its query.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sql/evaluator.h"
#include "sql/select.h"
#include "values/row.h"
#include "views/state/aggregates.h"

namespace facet {

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
    std::vector<Value> values(layout_.size());
    std::vector<Value> results(plans_.size());
    for (auto& [key, group] : groups_) {
      const Row row(key.data());
      for (size_t i = 0; i < values.size(); ++i) values[i] = row.get(layout_, i);
      for (size_t i = 0; i < results.size(); ++i) results[i] = result(i, group);
      visit(values, results);
    }
  }

  uint64_t groups() const { return groups_.size(); }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Group {
    std::vector<uint64_t> accumulators;
    int64_t rows = 0;
    std::vector<std::string> extremes;  // by AggregatePlan::extremeColumn: packed; empty: none
    /// By count(DISTINCT): the packed values.
    std::vector<std::unordered_set<std::string>> distinct;

    char* at() { return reinterpret_cast<char*>(accumulators.data()); }
  };
  Group& groupOf(std::string key);
  void addValue(size_t aggregate, Group& group, const Value& value, uint64_t times);
  bool isNew(size_t aggregate, Group& group, const Value& value);
  void keepText(size_t aggregate, Group& group, const Value& value);
  Value result(size_t aggregate, Group& group) const;

  RowLayout layout_;                  // of the group's values
  std::vector<AggregatePlan> plans_;  // by aggregate
  std::vector<uint32_t> distinct_;    // by aggregate: its place in Group::distinct, or kNone
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t distinctCount_ = 0;
  uint32_t extremeCount_ = 0;
  uint32_t accumulatorBytes_ = 0;
  std::vector<RowLayout> arguments_;  // by aggregate: one column
  std::unordered_map<std::string, Group> groups_;
  RowBuilder builder_;
  RowBuilder argumentBuilder_;
  uint64_t bytes_ = 0;
};

}  // namespace facet
