#include "sql/over_groups.h"

#include <fmt/format.h>

namespace facet {

ExprPtr OverGroups::operator()(const ExprPtr& expr) const {
  return rewrite(expr, [&](const ExprPtr& e) -> ExprPtr {
    for (size_t i = 0; i < groupBy.size(); ++i) {
      if (!sameExpr(*e, *groupBy[i])) continue;
      auto leaf = makeNode(Op::groupColumn, e->type, {}, e->location);
      leaf->column = static_cast<uint32_t>(i);
      leaf->nullable = groupBy[i]->nullable;
      return leaf;
    }
    if (e->op == Op::column || e->op == Op::eventPosition || e->op == Op::eventTime) {
      const std::string name = names.describe(*e);
      source.fail(e->location,
                  fmt::format("column \"{}\" must appear in the GROUP BY clause or be used in an "
                              "aggregate function",
                              name),
                  fmt::format("add {} to GROUP BY", name));
    }
    return nullptr;
  });
}

}  // namespace facet
