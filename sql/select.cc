#include "sql/select.h"

#include "sql/numeric_digits.h"
#include "sql/one_row.h"

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

bool isWide(const Select& select, const Expr& expr) {
  const Type& type = expr.type;
  if (type.kind != Kind::numeric || type.scale == kAnyScale) return false;
  return type.scale > kNarrowDigits || numericDigits(select, expr) > kNarrowDigits;
}

}  // namespace

RelationColumn columnOf(const Select& select, const OutputColumn& output) {
  const bool ofUInt64 = isUnsigned(select, *output.expr);
  return {output.name, output.expr->type, output.expr->nullable, ofUInt64,
          !ofUInt64 && isWide(select, *output.expr)};
}

const Relation& oneRow() {
  static const Relation kOneRow{RelationKind::table, "", {}, {}, 0};
  return kOneRow;
}

}  // namespace facet
