// Contribution: one row's, or one lower entry's, part in a group or a stored row. A value of
// pointers; who makes it says how long they live.
#pragma once

#include <cstdint>

#include "values/position.h"
#include "values/row.h"

namespace facet {

struct Contribution {
  Row key;                           // the stored key
  uint64_t hash = 0;                 // of its bytes
  Row rest;                          // plain views: the other columns
  int64_t weight = 0;                // 0: only the sums change
  const Value* arguments = nullptr;  // by aggregate
  const bool* present = nullptr;     // by aggregate: there is an argument, its filter passed
  const char* sums = nullptr;        // accumulators of LowerPlan::sums to add, or null
  Position event{};                  // that the row came with, where it is just one
};

}  // namespace facet
