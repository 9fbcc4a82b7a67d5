// Deltas: weighted rows on their way from one operator to the next, some of a chunk at a time (as
// in DBSP and differential dataflow: taking back is a weight of -1). Values of pointers; who makes
// them says how long they live.
#pragma once

#include <cstdint>
#include <span>

#include "values/position.h"
#include "values/row.h"
#include "views/store/versioned_map.h"

namespace facet {

struct DeltaRow {
  Row key;                           // what the next operator has it by
  uint64_t hash = 0;                 // of the key's bytes
  uint32_t shard = 0;                // whose row it is
  Row rest;                          // its other columns; null: it has none
  int64_t weight = 0;                // 0: only the sums change
  const Value* arguments = nullptr;  // by aggregate
  const bool* present = nullptr;     // by aggregate: there is an argument, its filter passed
  const char* sums = nullptr;        // accumulators of LowerPlan::sums to add, or null
  Position event{};                  // that the row came with, where it is just one
};

/// Rows that are handed over at a time: as many places in a map as the processor can fetch while it
/// does something else.
constexpr size_t kDeltaRows = 32;

/// Where deltas go. Thread: belongs to its shard.
class DeltaSink {
 public:
  virtual ~DeltaSink() = default;
  /// The rows live until the call returns.
  virtual void take(std::span<const DeltaRow> rows) = 0;
  /// The map in which it will look for the rows' keys, so that whoever makes them can have their
  /// places fetched (VersionedMap::prefetch) before it hands them over; null: there is none.
  virtual const VersionedMap* lookups() const { return nullptr; }
};

}  // namespace facet
