#include "views/plan/view_plan.h"

#include <algorithm>
#include <utility>

#include "views/plan/row_planner.h"
#include "views/plan/site_list.h"
#include "views/plan/store_planner.h"
#include "views/plan/view_operators.h"

namespace facet {

namespace {

SourcePlan planSource(const Model& model, uint32_t view) {
  const Relation& relation = *model.views()[view].select.from[0].relation;
  SourcePlan out{view, relation.kind == RelationKind::event, relation.index, {}};
  if (!out.isEvent) out.keyLayout = model.tables()[relation.index].keyLayout;
  return out;
}

/// The operators behind the scan, once what each does is planned.
std::vector<StepPlan> planSteps(const ViewPlan::Operators& plan) {
  std::vector<StepPlan> out;
  if (plan.join) out.push_back({StepPlan::What::keyJoin, {}, plan.store.sums.bytes});
  out.push_back({StepPlan::What::store, plan.store.aggregates, plan.store.sums.bytes});
  return out;
}

}  // namespace

ViewPlan::ViewPlan() = default;
ViewPlan::~ViewPlan() = default;

std::shared_ptr<const ViewPlan> ViewPlan::compile(std::shared_ptr<const Model> model,
                                                  uint32_t view) {
  auto operators = std::make_unique<Operators>();
  const ViewType& type = model->views()[view];
  SiteList sites(type.select, operators->sites);
  operators->source = planSource(*model, view);
  PlannedStore store =
      planStore(type, !type.select.joins.empty() || !operators->source.isEvent, sites);
  operators->store = std::move(store.plan);
  planRows(*model, type.select, store, sites, *operators);
  if (operators->store.aggregated) planOutputs(type.select, sites, operators->store);
  operators->rows.rowSite = operators->store.rowSite = sites.add("a row of the view");
  operators->steps = planSteps(*operators);
  std::shared_ptr<ViewPlan> plan(new ViewPlan());
  plan->model_ = std::move(model);
  plan->view_ = view;
  plan->operators_ = std::move(operators);
  return plan;
}

bool ViewPlan::takesBack() const {
  const auto& aggregates = operators_->store.aggregates;
  return std::none_of(aggregates.begin(), aggregates.end(),
                      [](const AggregatePlan& plan) { return plan.keepsOnlyExtremes(); });
}

std::vector<uint32_t> ViewPlan::joinedTables() const {
  std::vector<uint32_t> out;
  if (!operators_->join) return out;
  for (const KeyJoinPlan& join : operators_->join->tables) out.push_back(join.table);
  return out;
}

}  // namespace facet
