// SourcePlan: whose rows a view is made of. Programs of the source run over its own rows: an event
// is input 0; a table's row inputs 0 (key) and 1 (rest). Thread: immutable.
#pragma once

#include <cstdint>

#include "values/row.h"

namespace facet {

struct SourcePlan {
  uint32_t view = 0;  // in the model's views: whose skipped events are left out
  bool isEvent = true;
  uint32_t index = 0;   // in the model's events or tables
  RowLayout keyLayout;  // of a table's rows
};

}  // namespace facet
