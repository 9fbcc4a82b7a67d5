#include "sql/numeric_digits.h"

#include <algorithm>

#include "values/numeric.h"

namespace facet {
namespace {

constexpr int kUInt64Digits = 20;

int digitsOfInteger(Kind kind) {
  switch (kind) {
    case Kind::int16:
      return 5;
    case Kind::int32:
      return 10;
    default:
      return 19;
  }
}

int digitsOfConstant(const Value& value) {
  if (value.isNull()) return 1;
  int128 rest = toNumeric(value).unscaled();
  int digits = 1;
  while ((rest /= 10) != 0) ++digits;
  return digits;
}

int scaleOf(const Expr& expr) {
  return expr.type.kind == Kind::numeric ? expr.type.scale : 0;
}

class Digits {
 public:
  explicit Digits(const Select& select) : select_(select) {}

  int of(const Expr& expr) const { return std::min(bound(expr), kWideDigits); }

 private:
  /// The digits of an argument when it has as many behind the point as `as`.
  int shifted(const Expr& arg, const Expr& as) const {
    if (arg.op == Op::constant && arg.value.isNull()) return 1;
    const int more = scaleOf(as) - scaleOf(arg);
    // Rounding may carry into another digit: 9.99 is 10.0.
    return more >= 0 ? of(arg) + more : std::max(of(arg) + more, 0) + 1;
  }

  int ofColumn(const Expr& expr) const {
    const RelationColumn& column = select_.from[expr.relation].relation->columns[expr.column];
    if (column.isUnsigned) return kUInt64Digits;
    return column.isWide ? kWideDigits : kNarrowDigits;
  }

  int ofAggregate(const Aggregate& aggregate) const {
    const bool passesOn = aggregate.function == AggregateFunction::min ||
                          aggregate.function == AggregateFunction::max;
    return passesOn ? of(*aggregate.argument) : kWideDigits;
  }

  int ofCase(const Expr& expr) const {
    int digits = 1;
    for (size_t i = 0; i < expr.args.size(); ++i) {
      const bool isResult = i % 2 == 1 || i + 1 == expr.args.size();
      if (isResult) digits = std::max(digits, shifted(*expr.args[i], expr));
    }
    return digits;
  }

  int ofLargest(const Expr& expr) const {
    int digits = 1;
    for (const ExprPtr& arg : expr.args) digits = std::max(digits, shifted(*arg, expr));
    return digits;
  }

  int ofCast(const Expr& expr) const {
    if (expr.precision > 0) return expr.precision;
    return expr.args[0]->type.isNumber() ? shifted(*expr.args[0], expr) : kWideDigits;
  }

  /// Seconds since 1970 are a timestamp's Int64; an interval has more of them.
  static int ofExtract(const Expr& expr) {
    const bool wide = expr.unit == TimeUnit::epoch && expr.args[0]->type.kind == Kind::interval;
    return wide ? kWideDigits : kNarrowDigits;
  }

  int bound(const Expr& expr) const {
    if (expr.op == Op::constant) return digitsOfConstant(expr.value);
    if (expr.type.isInteger()) return digitsOfInteger(expr.type.kind);
    if (expr.type.kind != Kind::numeric || expr.type.scale == kAnyScale) return kWideDigits;
    switch (expr.op) {
      case Op::column:
        return ofColumn(expr);
      case Op::groupColumn:
        return of(*select_.groupBy[expr.column]);
      case Op::aggregate:
        return ofAggregate(select_.aggregates[expr.column]);
      case Op::cast:
        return ofCast(expr);
      case Op::negate:
      case Op::absolute:
      case Op::nullIf:
      case Op::round:
      case Op::truncate:
      case Op::ceil:
      case Op::floor:
        return shifted(*expr.args[0], expr);
      case Op::caseWhen:
        return ofCase(expr);
      case Op::coalesce:
      case Op::greatest:
      case Op::least:
        return ofLargest(expr);
      case Op::add:
      case Op::subtract:
        return ofLargest(expr) + 1;
      case Op::multiply:
        return of(*expr.args[0]) + of(*expr.args[1]);
      case Op::modulo:
        return std::min(shifted(*expr.args[0], expr), shifted(*expr.args[1], expr));
      case Op::sign:
        return 1;
      case Op::extract:
        return ofExtract(expr);
      default:
        return kWideDigits;
    }
  }

  const Select& select_;
};

}  // namespace

int numericDigits(const Select& select, const Expr& expr) {
  return Digits(select).of(expr);
}

}  // namespace facet
