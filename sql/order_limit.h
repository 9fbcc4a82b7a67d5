// ORDER BY, LIMIT and OFFSET, and how GROUP BY and ORDER BY name outputs. Thread: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "sql/bind_expr.h"
#include "sql/parse_tree.h"
#include "sql/select.h"

namespace facet {

/// Finds an output that a clause names.
struct OutputPick {
  const Source& source;
  const std::vector<OutputColumn>& outputs;
  const char* clause;

  /// Null if no output has the name; throws if it is ambiguous.
  const OutputColumn* byName(std::string_view name, int location) const;
  /// By a constant, counted from 1; throws if it is no place in the list.
  const OutputColumn& byPlace(const SyntaxNode& constant) const;
};

/// A SortBy node over its bound expression. NULLs come last, with DESC first, unless it says
/// otherwise.
OrderItem makeOrderItem(const Source& source, const SyntaxNode& sortBy, ExprPtr expr);

/// Sets Select::limit and Select::offset.
void bindLimit(const Source& source, const SyntaxNode& statement, QueryGiven* given,
               Select& select);

}  // namespace facet
