#include "sql/expr.h"

#include <algorithm>

namespace facet {

namespace {

bool sameValue(const Expr& a, const Expr& b) {
  if (a.value.kind() != b.value.kind()) return false;
  switch (a.value.kind()) {
    case Kind::null:
      return true;
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
      return a.text == b.text;
    case Kind::numeric:
      return a.value.scale() == b.value.scale() && a.value.unscaled() == b.value.unscaled();
    default:
      return compareValues(a.value, b.value) == 0;
  }
}

}  // namespace

bool sameExpr(const Expr& a, const Expr& b) {
  if (&a == &b) return true;
  return a.op == b.op && a.type == b.type && a.relation == b.relation && a.column == b.column &&
         a.unit == b.unit && a.precision == b.precision && sameValue(a, b) &&
         std::equal(a.args.begin(), a.args.end(), b.args.begin(), b.args.end(),
                    [](const ExprPtr& x, const ExprPtr& y) { return sameExpr(*x, *y); });
}

}  // namespace facet
