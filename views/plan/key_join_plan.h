// KeyJoinsPlan: joins of the source with tables by their keys, and what is made below it. What is
// needed above is lifted: every largest expression over the source alone becomes a column of the
// lower row, and the programs above run over input 0 = the lower row, inputs 1 + 2j and 2 + 2j =
// key and rest of join j's table row. Lifting evaluates early what SQL might never evaluate (behind
// CASE, WHERE, a missing partner): an error is a value in the lower row, and counts only where the
// programs above look at it. Thread: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "values/row.h"
#include "views/plan/row_programs.h"
#include "views/state/aggregates.h"

namespace facet {

/// Sums that are made before the operator that merges them into its aggregates.
struct PartialSums {
  std::vector<AggregatePlan> plans;  // laid out on their own
  std::vector<uint32_t> aggregates;  // which one of the view each is part of
  uint32_t bytes = 0;
};

struct LowerPlan {
  std::vector<Site> where;
  std::vector<Site> shardKey;  // the first join's key, over the source
  std::vector<Site> columns;   // lifted expressions
  RowLayout layout;            // kFailedRow, then those
  PartialSums sums;
  std::vector<std::optional<Site>> arguments;  // by sum
  std::vector<std::optional<Site>> filters;

  /// Column of the lower row: NULL, or, where something of it failed, which row of the source it
  /// was (failed_source.h).
  static constexpr size_t kFailedRow = 0;
};

struct KeyJoinPlan {
  uint32_t table = 0;          // in the model's tables
  uint32_t first = 0;          // the first join of the same table
  std::vector<Site> key;       // the columns of the table's key, over what is joined before
  bool fixed = true;           // it is over the source alone: an entry's never changes
  std::vector<uint32_t> used;  // columns of the table's rest row that the view looks at
};

struct KeyJoinsPlan {
  LowerPlan lower;
  std::vector<KeyJoinPlan> tables;  // one after another
};

}  // namespace facet
