#include "views/rewrites/blocks.h"

#include <utility>

#include "sql/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

size_t nodesOf(const Expr& expr) {
  size_t out = 0;
  forEachNode(expr, [&](const Expr&) { ++out; });
  return out;
}

}  // namespace

ExprPtr columnOfInput(const Relation& relation, uint32_t input, uint32_t column) {
  const RelationColumn& definition = relation.columns[column];
  auto leaf = makeNode(Op::column, definition.type, {}, -1);
  leaf->nullable = definition.nullable;
  leaf->relation = input;
  leaf->column = column;
  return leaf;
}

std::shared_ptr<const Subselect> blockOver(Select::From input, std::vector<ExprPtr> where) {
  auto out = std::make_shared<Subselect>();
  out->relation.kind = RelationKind::subselect;
  out->relation.columns = input.relation->columns;
  out->relations = input.subselect ? input.subselect->relations : 1;
  for (uint32_t c = 0; c < out->relation.columns.size(); ++c) {
    out->select.outputs.push_back(
        {out->relation.columns[c].name, columnOfInput(*input.relation, 0, c)});
  }
  out->select.from.push_back({input.relation, input.alias, std::move(input.subselect)});
  out->select.where = std::move(where);
  return out;
}

std::optional<uint32_t> onlyInput(const Expr& expr) {
  std::optional<uint32_t> out;
  bool several = false;
  forEachNode(expr, [&](const Expr& node) {
    if (node.op != Op::column) return;
    several = several || (out && *out != node.relation);
    out = node.relation;
  });
  return several ? std::nullopt : out;
}

Substitution::Substitution(const std::vector<ExprPtr>& by) : by_(by) {
  for (const ExprPtr& expr : by) nodes_.push_back(nodesOf(*expr));
}

ExprPtr Substitution::operator()(const ExprPtr& expr) const {
  size_t nodes = 0;
  forEachNode(*expr,
              [&](const Expr& node) { nodes += node.op == Op::column ? nodes_[node.column] : 1; });
  if (nodes > kMaxExprNodes) return nullptr;
  return rewrite(expr, [this](const ExprPtr& node) {
    return node->op == Op::column ? by_[node->column] : nullptr;
  });
}

bool Substitution::replace(ExprPtr& expr) const {
  if (!expr) return true;
  ExprPtr other = (*this)(expr);
  if (!other) return false;
  expr = std::move(other);
  return true;
}

}  // namespace facet
