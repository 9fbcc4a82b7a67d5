// StorePlan: what a view keeps of the rows that it is made of, groups or plain rows, and how they
// are read (operators/stored_row.h). Thread: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "values/row.h"
#include "views/plan/delta_format.h"
#include "views/plan/key_join_plan.h"
#include "views/plan/row_programs.h"
#include "views/state/aggregates.h"

namespace facet {

/// Where an output column is read in a stored row.
struct OutputPlace {
  enum class In : uint8_t { key, rest, aggregate } in = In::key;
  uint32_t index = 0;
};

struct OrderPlan {
  std::vector<uint32_t> columns;  // output columns
  std::vector<bool> descending;
  std::vector<bool> nullsFirst;
};

/// How a row is found by the view's key.
struct ViewKeyPlan {
  bool isStored = false;  // it is the stored key; else `order` finds it
  RowLayout layout;
  std::optional<uint32_t> order;       // in StorePlan::orders
  std::vector<uint32_t> shardColumns;  // where the columns that shard rows are in it
};

struct StorePlan {
  /// What it takes. The key is the stored one; its rest, of plain rows, the stored one too.
  DeltaFormat format;
  PartialSums sums;  // that rows bring with them

  bool aggregated = false;
  bool global = false;  // aggregated without GROUP BY: one row always

  // What is stored: key row | rest row, row of extremes, accumulators.
  std::vector<uint32_t> keyGroups;  // aggregated: the GROUP BY expression of each key column
  RowLayout restLayout;
  std::vector<Site> outputs;  // aggregated: the columns of the rest row, over groups and aggregates
  RowLayout extremeLayout;
  std::vector<AggregatePlan> aggregates;
  std::vector<uint32_t> aggregateTexts;  // in ViewPlan::Operators::sites
  uint32_t accumulatorBytes = 0;
  bool valueSets = false;  // some aggregate usesSet()
  Site having;             // may be empty
  uint32_t rowSite = 0;    // for a row that is too large
  /// aggregated: columns of the key row that have bytes, as often as outputs show them
  std::vector<uint32_t> shownKeyTexts;

  // Reading.
  std::vector<OutputPlace> places;  // by output column
  RowLayout outputLayout;           // all output columns
  std::vector<OrderPlan> orders;    // indexes; the first ones are the model's
  ViewKeyPlan viewKey;

  /// Plain rows without a key: the stored key is the whole row.
  bool isBag() const { return format.exact; }
};

}  // namespace facet
