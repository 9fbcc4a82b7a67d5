// Expressions of a query read the values of their inputs' columns from a list
// (EvalContext::groupColumns): rows of views, tables and blocks have no layout in common. Thread:
// pure functions.
#pragma once

#include <cstdint>
#include <functional>

#include "sql/evaluator.h"
#include "sql/expr.h"
#include "views/query/query_budget.h"

namespace facet {

/// Where in the list a column is.
using ValuePlace = std::function<uint32_t(uint32_t input, uint32_t column)>;

/// The expression, which must outlive it, over the list.
class ValueProgram {
 public:
  ValueProgram() = default;
  ValueProgram(const ExprPtr& expr, const ValuePlace& place, QueryBudget& budget);

  explicit operator bool() const { return static_cast<bool>(program_); }
  /// Throws QueryError if it fails.
  Value evaluate(const EvalContext& context) const;
  bool holds(const EvalContext& context) const { return evaluate(context).isTrue(); }

 private:
  ExprPtr kept_;  // the program may point at its constants
  Program program_;
};

}  // namespace facet
