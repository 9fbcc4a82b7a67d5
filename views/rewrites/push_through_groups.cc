// Push through groups: SELECT ... FROM (SELECT k, count(*) FROM t GROUP BY k) s WHERE k = 1 groups
// the rows of k = 1 alone. It may only be said of what is the same for all rows of a group; what is
// said of an aggregate stays above.
#include <algorithm>
#include <utility>

#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

namespace {

bool isOfGroup(const Expr& expr) {
  bool out = true;
  forEachNode(expr, [&](const Expr& node) { out = out && node.op != Op::aggregate; });
  return out;
}

/// Whether the condition looks at columns, all of which are the group's.
bool isOverGroups(const Expr& conjunct, const Select& below) {
  bool any = false;
  bool all = true;
  forEachNode(conjunct, [&](const Expr& node) {
    if (node.op != Op::column) return;
    any = true;
    all = all && isOfGroup(*below.outputs[node.column].expr);
  });
  return any && all;
}

ExprPtr overRows(const ExprPtr& expr, const Select& below) {
  return rewrite(expr, [&](const ExprPtr& node) {
    return node->op == Op::groupColumn ? below.groupBy[node->column] : nullptr;
  });
}

}  // namespace

void pushThroughGroups(Select& select) {
  if (select.from.size() != 1 || !select.from[0].subselect) return;
  const Select& below = select.from[0].subselect->select;
  if (!below.aggregated || below.groupBy.empty() || below.limit || below.offset > 0) return;
  std::vector<ExprPtr> shown;
  for (const OutputColumn& output : below.outputs) shown.push_back(output.expr);
  const Substitution substitute(shown);
  std::vector<ExprPtr> stay;
  std::vector<ExprPtr> go;
  for (ExprPtr& conjunct : select.where) {
    ExprPtr moved = isOverGroups(*conjunct, below) ? substitute(conjunct) : nullptr;
    if (moved) {
      go.push_back(overRows(moved, below));
    } else {
      stay.push_back(std::move(conjunct));
    }
  }
  select.where = std::move(stay);
  if (go.empty()) return;
  auto copy = std::make_shared<Subselect>(*select.from[0].subselect);
  std::move(go.begin(), go.end(), std::back_inserter(copy->select.where));
  select.from[0].relation = &copy->relation;
  select.from[0].subselect = std::move(copy);
}

}  // namespace facet
