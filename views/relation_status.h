// What an operator is told of a view or a table. A value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "values/int128.h"
#include "values/position.h"

namespace facet {

struct RelationStatus {
  std::string name;
  std::string state;  // "live", "degraded", "diverged"
  uint64_t rows = 0;
  uint64_t bytes = 0;
  Position position;
  uint64_t lagEvents = 0;
  uint32_t lagMs = 0;
  uint128 digest = 0;  // at NodeStatus::visible
  std::string error;
  Position errorEvent;            // of a degraded view, where it is known
  std::vector<Position> skipped;  // events that a view takes back, in the order of their records
};

}  // namespace facet
