// Select: a bound SELECT, of a view or of a query: typed, names resolved, nothing of the syntax
// left. Relation 0 is the source; every further one is a table joined by its key. Immutable once
// bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/expr.h"
#include "sql/relation.h"

namespace facet {

enum class AggregateFunction : uint8_t {
  countRows,  // count(*)
  count,      // count(x)
  sum,
  avg,
  min,
  max,
  boolAnd,
  boolOr,
};

struct Aggregate {
  AggregateFunction function = AggregateFunction::countRows;
  bool distinct = false;
  ExprPtr argument;  // null for countRows
  ExprPtr filter;    // null: every row
  /// PostgreSQL's result type: count bigint; sum of smallint/integer bigint, of bigint and numeric
  /// numeric (with the argument's scale if it is fixed; bigint: 0), real real, float8 float8; avg
  /// numeric of any scale, or float8.
  Type type;
};

struct OutputColumn {
  std::string name;
  ExprPtr expr;  // aggregated: over groupColumn and aggregate leaves; else over columns
};

struct OrderItem {
  ExprPtr expr;  // as OutputColumn::expr
  bool descending = false;
  bool nullsFirst = false;
};

/// Inner join of relation `relation` on: its key columns, in key order, equal `keys`, which only
/// use relations before it. Types of both sides are equal after the binder's casts.
struct Join {
  uint32_t relation = 0;
  std::vector<ExprPtr> keys;
};

struct Select {
  struct From {
    const Relation* relation = nullptr;
    std::string alias;
  };
  std::vector<From> from;
  std::vector<Join> joins;       // one for each of from[1..], in order
  std::vector<ExprPtr> where;    // conjuncts (split at AND), over columns
  bool aggregated = false;       // GROUP BY or an aggregate is there
  std::vector<ExprPtr> groupBy;  // over columns; constants are allowed
  std::vector<Aggregate> aggregates;
  ExprPtr having;  // over groupColumn and aggregate leaves; or null
  std::vector<OutputColumn> outputs;
  std::vector<OrderItem> orderBy;  // queries only
  std::optional<uint64_t> limit;   // queries only
  uint64_t offset = 0;             // queries only
};

/// The column that an output is, in the rows of the view or answer.
RelationColumn columnOf(const Select& select, const OutputColumn& output);

}  // namespace facet
