// The operators of a view, compiled: which programs run where, over which rows, and how what is
// kept is laid out. For views/ itself. Immutable, shared by the view's shards and readers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "views/plan/key_join_plan.h"
#include "views/plan/row_programs.h"
#include "views/plan/source_plan.h"
#include "views/plan/step_plan.h"
#include "views/plan/store_plan.h"
#include "views/plan/view_plan.h"

namespace facet {

struct ViewPlan::Operators {
  SourcePlan source;
  std::vector<StepPlan> steps;  // behind the scan, in the order of the flow
  std::optional<KeyJoinsPlan> join;
  RowPrograms rows;  // from the joined rows, or the source's, to what is stored
  StorePlan store;
  std::vector<std::string> sites;  // texts of expressions
};

}  // namespace facet
