#include "sql/select.h"

namespace facet {
namespace {

/// Whether the expression only passes on what a column of UInt64 has.
bool isUnsigned(const Select& select, const Expr& expr) {
  switch (expr.op) {
    case Op::column:
      return select.from[expr.relation].relation->columns[expr.column].isUnsigned;
    case Op::groupColumn:
      return isUnsigned(select, *select.groupBy[expr.column]);
    case Op::aggregate: {
      const Aggregate& aggregate = select.aggregates[expr.column];
      return (aggregate.function == AggregateFunction::min ||
              aggregate.function == AggregateFunction::max) &&
             isUnsigned(select, *aggregate.argument);
    }
    default:
      return false;
  }
}

}  // namespace

RelationColumn columnOf(const Select& select, const OutputColumn& output) {
  return {output.name, output.expr->type, output.expr->nullable, isUnsigned(select, *output.expr)};
}

}  // namespace facet
