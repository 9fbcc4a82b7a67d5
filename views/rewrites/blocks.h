// Parts of blocks (sql/select.h) that the rewrites are made of. Thread: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sql/build_expr.h"
#include "sql/select.h"

namespace facet {

/// A leaf that reads a column of an input.
ExprPtr columnOfInput(const Relation& relation, uint32_t input, uint32_t column);

/// A block that gives the rows of an input as they are, where they pass the conditions, which are
/// over input 0.
std::shared_ptr<const Subselect> blockOver(Select::From input, std::vector<ExprPtr> where);

/// The one input that an expression looks at; nothing if there are several, or none.
std::optional<uint32_t> onlyInput(const Expr& expr);

/// Replaces the columns of an input by other expressions, in no more nodes than an expression may
/// have: blocks in one another could double them at each level.
class Substitution {
 public:
  /// `by`: by column. What they look at stays.
  explicit Substitution(const std::vector<ExprPtr>& by);

  /// The expression with them; nothing: it would be too large.
  ExprPtr operator()(const ExprPtr& expr) const;
  /// The same in place, for null expressions too. False: one is too large, and stays.
  bool replace(ExprPtr& expr) const;

 private:
  const std::vector<ExprPtr>& by_;
  std::vector<size_t> nodes_;  // of each
};

/// Calls `visit(ExprPtr&)` for each expression of a block that is over the columns of its inputs.
template <typename Visit>
void forEachOverInputs(Select& select, Visit&& visit) {
  for (Select::From& input : select.from) {
    for (ExprPtr& conjunct : input.on) visit(conjunct);
  }
  for (ExprPtr& conjunct : select.where) visit(conjunct);
  for (ExprPtr& group : select.groupBy) visit(group);
  for (Aggregate& aggregate : select.aggregates) {
    if (aggregate.argument) visit(aggregate.argument);
    if (aggregate.filter) visit(aggregate.filter);
  }
  if (select.aggregated) return;
  for (OutputColumn& output : select.outputs) visit(output.expr);
  for (OrderItem& item : select.orderBy) visit(item.expr);
}

/// Whether a block only filters and computes: its rows are no others in number or order.
inline bool isSimple(const Select& select) {
  return !select.aggregated && select.orderBy.empty() && !select.limit && select.offset == 0;
}

}  // namespace facet
