// StepPlan: which operator a view's plan has behind its scan, and what the rows that it takes carry
// on their way from shard to shard. Thread: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "views/state/aggregates.h"

namespace facet {

struct StepPlan {
  enum class What : uint8_t {
    keyJoin,  // KeyJoinsPlan
    store,    // StorePlan: the last one
  };

  What what = What::store;
  /// Aggregates whose arguments the rows have, and the bytes of their sums.
  std::vector<AggregatePlan> arguments;
  uint32_t sumBytes = 0;
};

}  // namespace facet
