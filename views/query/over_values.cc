#include "views/query/over_values.h"

#include "sql/build_expr.h"
#include "values/assert.h"

namespace facet {

namespace {

ColumnPlace noColumns(uint32_t, uint32_t column) {
  FACET_ASSERT(false, column);
  return {};
}

}  // namespace

ValueProgram::ValueProgram(const ExprPtr& expr, const ValuePlace& place, QueryBudget& budget)
    : kept_(rewrite(expr,
                    [&](const ExprPtr& node) -> ExprPtr {
                      if (node->op != Op::column) return nullptr;
                      auto leaf = std::make_shared<Expr>(*node);
                      leaf->op = Op::groupColumn;
                      leaf->column = place(node->relation, node->column);
                      return leaf;
                    })),
      program_(*kept_, noColumns, &budget.folding()) {}

Value ValueProgram::evaluate(const EvalContext& context) const {
  const Value value = program_.evaluate(context);
  checkQueryValue(value);
  return value;
}

}  // namespace facet
