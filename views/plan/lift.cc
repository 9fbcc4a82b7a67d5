#include "views/plan/lift.h"

namespace facet {

ExprUses usesOf(const Expr& expr) {
  ExprUses uses;
  forEachNode(expr, [&](const Expr& node) {
    if (node.op == Op::eventPosition || node.op == Op::eventTime) uses.source = true;
    if (node.op == Op::column) (node.relation == 0 ? uses.source : uses.tables) = true;
  });
  return uses;
}

ExprPtr Lifter::lift(const ExprPtr& expr) {
  const ExprUses uses = usesOf(*expr);
  if (!uses.source) return expr;
  if (!uses.tables) {
    auto leaf = std::make_shared<Expr>();
    leaf->op = Op::column;
    leaf->type = expr->type;
    leaf->nullable = expr->nullable;
    leaf->column = columnOf(expr);
    return leaf;
  }
  // No leaf, so it has no bytes of a constant that the copy would have to point to.
  auto copy = std::make_shared<Expr>(*expr);
  for (ExprPtr& arg : copy->args) arg = lift(arg);
  return copy;
}

uint32_t Lifter::columnOf(const ExprPtr& part) {
  uint32_t column = first_;
  for (const ExprPtr& known : parts_) {
    if (sameExpr(*known, *part)) return column;
    ++column;
  }
  parts_.push_back(part);
  return column;
}

}  // namespace facet
