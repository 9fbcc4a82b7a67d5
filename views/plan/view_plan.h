// ViewPlan: how a view is maintained: which operators, what each keeps, by which key its state is
// sharded. Compiled once from the bound SELECT; immutable, shared by the view's shards and its
// readers.
//
// The operators map weighted rows to weighted rows (as DBSP and differential dataflow do), so that
// taking back is not a special case:
//
//   source      the chunk's events (+1 each), or the changes of a table (-before, +after)
//   collect     only with joins: below the join, rows are gathered by (join keys, the source's
//               columns that are needed above), with partial aggregates where all arguments come
//               from the source, else with their count. A change of a table row finds the entries
//               of its key and moves what they contributed. Key: the first join's key
//   exchange    entries whose next key lives on another shard travel there; each shard gets one
//               buffer from every other
//   group       groups with their aggregates, or plain rows (bags). Key: the group, or the row's
//               key
//
// Errors (division by zero in one row's expression) are weighted rows too: a view with any is
// degraded until they are retracted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/model.h"
#include "views/plan/plan_step.h"

namespace facet {

class ViewPlan {
 public:
  ~ViewPlan();

  /// `view` is an index of the model's views.
  static std::shared_ptr<const ViewPlan> compile(std::shared_ptr<const Model> model, uint32_t view);

  const Model& model() const { return *model_; }
  const ViewType& view() const { return model_->views()[view_]; }

  /// By number in the model: whose rows are looked at when what is below the joins is restored.
  std::vector<uint32_t> joinedTables() const;

  /// Whether a row of the source can be taken back that contributed to a group: where minima and
  /// maxima keep only what they are now, it can't. A row that failed by itself always can.
  bool takesBack() const;

  /// For `facet explain`: the operators from source to result, each with its key, and what it keeps
  /// in memory for each what.
  std::vector<PlanStep> steps() const;
  /// The view's name, and theirs.
  std::string explain() const;

  struct Operators;  // view_operators.h: for views/ itself
  const Operators& operators() const { return *operators_; }

 private:
  ViewPlan();
  std::shared_ptr<const Model> model_;
  uint32_t view_ = 0;
  std::unique_ptr<const Operators> operators_;
};

}  // namespace facet
