// The compiled operators of a view: which programs run where, over which rows, and how what is kept
// is laid out. For views/ itself. Immutable, shared by the view's shards and readers.
//
// Programs of the source run over its own rows: an event is input 0; a table's row inputs 0 (key)
// and 1 (rest).
//
// With joins, what is needed above them is lifted: every largest expression over the source alone
// becomes a column of the lower row, and the programs above run over input 0 = the lower row,
// inputs 1 + 2j and 2 + 2j = key and rest of join j's table row. Lifting evaluates early what SQL
// might never evaluate (behind CASE, WHERE, a missing partner): an error is a value in the lower
// row, and counts only where the programs above look at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"
#include "sql/evaluator.h"
#include "values/row.h"
#include "views/plan/view_plan.h"
#include "views/state/aggregates.h"

namespace facet {

/// Which shard a hash belongs to. Uses other bits of the hash than the maps do.
inline uint32_t shardOfKey(uint64_t hash, uint32_t shards) {
  return static_cast<uint32_t>(((hash & UINT32_MAX) * shards) >> 32);
}

/// A program, and what it computes, for messages.
struct Site {
  Program program;
  uint32_t text = 0;  // in Operators::sites
};

/// What the contributions of rows to groups are made from.
struct RowPrograms {
  std::vector<Site> where;
  std::vector<Site> key;                       // the columns of the stored key, in its order
  std::vector<Site> rest;                      // plain views: the other output columns
  std::vector<std::optional<Site>> arguments;  // by aggregate; none for what is summed below
  std::vector<std::optional<Site>> filters;    // by aggregate
};

/// What runs above the joins, or over the source where there are none.
struct UpperPrograms {
  std::vector<std::vector<Site>> joinKeys;  // by join: its key's columns
  RowPrograms rows;
};

struct KeyJoinPlan {
  uint32_t table = 0;
  uint32_t first = 0;          // the first join of the same table
  bool fixed = true;           // its key is over the source alone: an entry's never changes
  std::vector<uint32_t> used;  // columns of the table's rest row that the view looks at
};

/// Below the joins.
struct LowerPlan {
  std::vector<Site> where;
  std::vector<Site> shardKey;                  // the first join's key, over the source
  std::vector<Site> columns;                   // lifted expressions
  RowLayout layout;                            // kFailedRow, then those
  std::vector<AggregatePlan> sums;             // what is summed below, laid out on its own
  std::vector<std::optional<Site>> arguments;  // by sum
  std::vector<std::optional<Site>> filters;
  std::vector<uint32_t> sumOf;  // which aggregate of the view each sum is
  uint32_t sumBytes = 0;

  /// Column of the lower row: NULL, or, where something of it failed, which row of the source it
  /// was (failed_source.h).
  static constexpr size_t kFailedRow = 0;
};

/// Where an output column is read in a stored row (stored_row.h).
struct OutputPlace {
  enum class In : uint8_t { key, rest, aggregate } in = In::key;
  uint32_t index = 0;
};

struct OrderPlan {
  std::vector<uint32_t> columns;  // output columns
  std::vector<bool> descending;
  std::vector<bool> nullsFirst;
};

struct ViewPlan::Operators {
  uint32_t view = 0;  // in the model's views

  // Source.
  bool sourceIsEvent = true;
  uint32_t sourceIndex = 0;   // in the model's events or tables
  RowLayout sourceKeyLayout;  // of a table's rows

  // Rows to groups.
  bool joined = false;
  LowerPlan lower;  // only with joins
  std::vector<KeyJoinPlan> joins;
  UpperPrograms upper;

  bool aggregated = false;
  bool global = false;  // aggregated without GROUP BY: one row always
  bool bag = false;     // plain without a key: the key is the whole row

  // What is stored: key row | rest row, row of extremes, accumulators.
  RowLayout keyLayout;
  std::vector<uint32_t> keyGroups;  // aggregated: the GROUP BY expression of each key column
  RowLayout restLayout;
  std::vector<Site> outputs;  // aggregated: the columns of the rest row, over groups and aggregates
  RowLayout extremeLayout;
  std::vector<AggregatePlan> aggregates;
  std::vector<uint32_t> aggregateTexts;  // in sites
  uint32_t accumulatorBytes = 0;
  bool valueSets = false;  // some aggregate usesSet()
  Site having;             // may be empty

  // Shards: rows are sharded by the first columns of the stored key, which are those of the view's
  // key that are columns of the stored key too; so that rows that could have the same key meet.
  uint32_t shardColumns = 0;
  RowLayout shardLayout;
  std::vector<uint32_t> shardViewColumns;  // where they are in the view's key

  // Reading.
  std::vector<OutputPlace> places;  // by output column
  RowLayout outputLayout;           // all output columns
  bool keyIsStored = false;         // the view's key is the stored key; else uniqueOrder finds it
  RowLayout viewKeyLayout;
  std::optional<uint32_t> uniqueOrder;  // in orders: of the view's key
  std::vector<OrderPlan> orders;        // indexes; the first ones are the model's

  std::vector<std::string> sites;  // texts of expressions
  uint32_t rowSite = 0;            // in sites: of a row that is too large
  /// aggregated: columns of the key row that have bytes, as often as outputs show them
  std::vector<uint32_t> shownKeyTexts;

  bool shardsByWholeKey() const { return shardColumns == keyLayout.size(); }
};

}  // namespace facet
