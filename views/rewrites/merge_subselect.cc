// Merge a sub-select: SELECT a + 1 FROM (SELECT x AS a FROM t WHERE x > 0) s becomes SELECT x + 1
// FROM t WHERE x > 0. One block less to pass rows through, and t's keys and indexes serve the outer
// conditions and order too.
#include <algorithm>
#include <utility>

#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

bool mergeSubselect(Select& select) {
  if (select.from.size() != 1 || !select.from[0].subselect) return false;
  const std::shared_ptr<const Subselect> below = select.from[0].subselect;
  if (!isSimple(below->select)) return false;
  std::vector<ExprPtr> shown;
  for (const OutputColumn& output : below->select.outputs) shown.push_back(output.expr);
  const Substitution substitute(shown);
  Select merged = select;
  bool fits = true;
  forEachOverInputs(merged, [&](ExprPtr& expr) { fits = fits && substitute.replace(expr); });
  if (!fits) return false;
  merged.from = below->select.from;
  merged.where.insert(merged.where.begin(), below->select.where.begin(), below->select.where.end());
  select = std::move(merged);
  return true;
}

}  // namespace facet
