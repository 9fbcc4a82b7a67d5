// What a view keeps of the rows that it is made of: by which key, with which aggregates, and how
// outputs are read. Thread: pure function.
#pragma once

#include "model/model.h"
#include "views/plan/site_list.h"
#include "views/plan/store_plan.h"

namespace facet {

/// A plan, but for outputs and the sums that rows bring with them; and what its rows are made from.
struct PlannedStore {
  StorePlan plan;
  std::vector<ExprPtr> key;   // the columns of the stored key
  std::vector<ExprPtr> rest;  // plain rows: the columns of the rest
};

/// `takesBack`: rows that were given can be taken back.
PlannedStore planStore(const ViewType& view, bool takesBack, SiteList& sites);

/// What is computed over groups and aggregates.
void planOutputs(const Select& select, SiteList& sites, StorePlan& store);

}  // namespace facet
