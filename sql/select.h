// Select: the algebra. A bound SELECT, of a view or of a query: typed, names resolved, nothing of
// the syntax left, nothing physical in it yet. It is one block (as in Starburst's query graph
// model): rows of its inputs are joined, filtered, grouped, filtered again, shown, sorted and cut,
// in this order; an input is a relation, or another block. Immutable once bound.
#pragma once

#include <cstdint>
#include <memory>
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

struct Subselect;

enum class JoinKind : uint8_t { inner, left, full };

struct Select {
  struct From {
    const Relation* relation = nullptr;  // what its rows are: also those of a sub-select
    std::string alias;
    std::shared_ptr<const Subselect> subselect{};  // null: the rows are the catalog's relation's
    /// How it is joined to the inputs before it. inner: by `where`. left: by `on`, conjuncts over
    /// it and inputs before it; where none of its rows meets, its columns are NULL. full: also the
    /// other way; then it is the second of two.
    JoinKind kind = JoinKind::inner;
    std::vector<ExprPtr> on{};
  };
  std::vector<From> from;        // Expr::relation of columns: an index
  std::vector<Join> joins;       // views only: one for each of from[1..], in order
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

/// A SELECT as an input of another one.
struct Subselect {
  Select select;
  Relation relation;
  size_t relations = 0;  // of the catalog that it reads, each as often as it does
  int depth = 1;         // of blocks in one another, itself included
};

/// The column that an output is, in the rows of the view or answer.
RelationColumn columnOf(const Select& select, const OutputColumn& output);

}  // namespace facet
