// The FROM clause: which relations and sub-selects it names, what * means, and for views in which
// order they are joined: relation 0 is the source, each further one is a table whose whole key is
// equal to what the relations before it have. Thread: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "sql/names.h"
#include "sql/parse_tree.h"
#include "sql/select.h"
#include "sql/subselect.h"

namespace facet {

struct QueryGiven;

/// What a statement may read from.
struct FromRules {
  /// Views, tables and sub-selects, joined as one likes; else a view's: events and tables, joined
  /// by keys.
  bool query = false;
  const std::vector<std::string>* views = nullptr;  // views of the same file, for advice
  const WithScope* with = nullptr;                  // sub-selects that have names here
  QueryGiven* given = nullptr;                      // queries only
  int depth = 0;                                    // of sub-selects around it
};

/// A column that * stands for.
struct StarColumn {
  size_t relation;  // index into FromClause::names' relations
  size_t column;
};

struct FromClause {
  NameScope names;  // in the order of the text
  std::vector<StarColumn> star;
  std::vector<Select::From> inputs;
  std::vector<ExprPtr> conditions;  // of ON and USING of inner joins, split at AND
};

/// Reads the clause; relations are numbered in the order of the text.
FromClause bindFrom(const Source& source, const Catalog& catalog, const FromRules& rules,
                    const std::vector<SyntaxNode>& items);

struct JoinPlan {
  std::vector<size_t> order;  // order[new number] = number in the text
  std::vector<Join> joins;    // numbered anew
  std::vector<ExprPtr> rest;  // conditions that no join uses, numbered anew
};

/// Finds the source and the joins among the conditions (of ON, USING and WHERE). Throws if a table
/// is not joined by its key.
JoinPlan planJoins(const Source& source, const NameScope& names,
                   const std::vector<ExprPtr>& conditions);

/// The expression with relations numbered anew.
ExprPtr renumber(const ExprPtr& expr, const std::vector<size_t>& order);

/// Appends the conjuncts of a condition.
void splitConjuncts(const ExprPtr& condition, std::vector<ExprPtr>& out);

}  // namespace facet
