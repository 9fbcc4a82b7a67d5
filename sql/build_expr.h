// Builders of Expr nodes: what is nullable, which casts are needed, and literals that take their
// type when they are bound, so that 'yesterday'::date is an error of the statement and not of each
// row. Thread: pure functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/expr.h"
#include "sql/source.h"
#include "sql/type_rules.h"

namespace facet {

/// A node that is NULL if an argument is.
std::shared_ptr<Expr> makeNode(Op op, Type type, std::vector<ExprPtr> args, int location);

/// A constant of its own: copies text.
ExprPtr makeConstant(Type type, const Value& value, int location);

/// A literal in quotes, or NULL, that has no type yet.
bool isUntyped(const Expr& expr);

/// The expression as a value of the kind (one that canCast allows): untyped literals are read by
/// the type's input function, constants converted; else it gets a cast node. Numerics keep their
/// scale.
ExprPtr convert(const Source& source, const ExprPtr& expr, Kind kind);
/// The same to a type with a scale: values are rounded to it.
ExprPtr convert(const Source& source, const ExprPtr& expr, const TypeName& target);

/// As convert, but an exact number may stay a narrower one: for arithmetic and comparisons, which
/// take them mixed.
ExprPtr widen(const Source& source, const ExprPtr& expr, Kind kind);

/// A copy of the tree in which `replace` has been asked about each node, parents first: what it
/// returns (not null) stands in the node's place.
template <typename Replace>
ExprPtr rewrite(const ExprPtr& expr, Replace&& replace) {
  if (ExprPtr other = replace(expr)) return other;
  std::shared_ptr<Expr> copy;
  for (size_t i = 0; i < expr->args.size(); ++i) {
    ExprPtr arg = rewrite(expr->args[i], replace);
    if (arg == expr->args[i]) continue;
    if (!copy) copy = std::make_shared<Expr>(*expr);
    copy->args[i] = std::move(arg);
  }
  return copy ? ExprPtr(copy) : expr;
}

/// Where the expression's text begins; -1 if unknown.
int leftmostLocation(const Expr& expr);

}  // namespace facet
