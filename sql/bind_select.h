// Binds one SELECT: FROM and WHERE give joins and conditions, then outputs, GROUP BY, HAVING, and
// for queries ORDER BY and LIMIT. Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "sql/bind_expr.h"
#include "sql/from_clause.h"
#include "sql/select.h"

namespace facet {

struct SelectRules {
  FromRules from;  // from.query: ORDER BY, LIMIT, parameters, WITH are allowed
  /// Names for the outputs, as in CREATE … VIEW v (a, b); may be fewer than the outputs.
  std::vector<std::string_view> columnNames;
};

Select bindSelect(const Source& source, const Catalog& catalog, const SelectRules& rules,
                  const SyntaxNode& statement);

}  // namespace facet
