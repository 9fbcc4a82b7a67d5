// How the rows of a view's source become what its store takes: joins, what is made below them, and
// the programs. Thread: pure function.
#pragma once

#include "model/model.h"
#include "views/plan/site_list.h"
#include "views/plan/store_planner.h"
#include "views/plan/view_operators.h"

namespace facet {

/// Fills in `join` and `rows`, and the sums of the store, which is planned already, as the source
/// is.
void planRows(const Model& model, const Select& select, const PlannedStore& store, SiteList& sites,
              ViewPlan::Operators& out);

}  // namespace facet
