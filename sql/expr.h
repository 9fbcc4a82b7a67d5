// Expr: a typed, bound SQL expression: what the binder (bind.h) makes of PostgreSQL's parse tree,
// and what the evaluator (evaluator.h) runs. Immutable once bound; shared by pointer. All casts
// that PostgreSQL's type resolution inserts are explicit nodes here, so the evaluator never
// guesses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "values/datetime.h"
#include "values/value.h"

namespace facet {

enum class Op : uint8_t {
  // leaves
  constant,       // Expr::value (text in Expr::text)
  column,         // Expr::relation, Expr::column
  eventPosition,  // _position of the event that is looked at: bigint
  eventTime,      // _time of it: timestamp
  groupColumn,    // Expr::column: index into Select::groupBy   (only above an aggregation)
  aggregate,      // Expr::column: index into Select::aggregates (only above an aggregation)
  // logic: three-valued
  logicalAnd,
  logicalOr,
  logicalNot,  // and/or: n arguments
  isNull,
  isNotNull,
  isTrue,
  isNotTrue,
  isFalse,
  isNotFalse,
  isDistinctFrom,
  isNotDistinctFrom,
  // comparison: both arguments of the same kind, or both exact numbers
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  in,    // args[0] IN (args[1..]): NULL logic as PostgreSQL's; NOT IN is logicalNot of it
  like,  // args: text, pattern, escape (a constant character or empty); LIKE
  ilike,
  // choice
  caseWhen,  // args: condition, result, condition, result, …, [else]
  coalesce,
  nullIf,
  greatest,
  least,
  // arithmetic: the kind of Expr::type says which arithmetic (int16, int32, int64, numeric,
  // float32, float64).
  // An exact number may stand beside, and be, a narrower one than the result: integer + bigint,
  // numeric * integer.
  add,
  subtract,
  multiply,
  divide,
  modulo,
  negate,
  absolute,
  power,
  squareRoot,
  round,
  truncate,
  ceil,
  floor,
  sign,  // round, truncate: args[1] = places if given
  // date and time
  dateAddDays,
  dateSubtractDays,
  dateDifference,  // date ± integer → date; date - date → integer
  timestampAddInterval,
  timestampSubtractInterval,
  timestampDifference,  // … → interval
  dateTrunc,
  extract,   // Expr::unit; dateTrunc: timestamp or timestamptz; extract → numeric
  makeDate,  // make_date(y, m, d)
  // a date as a timestamp or timestamptz to compare with: one beyond their range is after them all
  dateAsTime,
  // text
  concatenate,  // a || b: NULL if one is
  concat,       // concat(...): NULLs skipped; args are text
  // trim*: args[1] = the characters, if given; position: text, what is sought; *Pad: args[2] = the
  // filling, if given
  lower,
  upper,
  length,
  trimBoth,
  trimLeft,
  trimRight,
  substring,
  position,
  replace,
  left,
  right,
  startsWith,
  splitPart,
  leftPad,
  rightPad,
  repeat,
  reverse,
  octetLength,
  md5,
  // conversion to Expr::type
  cast,
};

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

struct Expr {
  Op op = Op::constant;
  Type type;
  /// Whether it can be NULL, as far as the binder can tell (true when in doubt).
  bool nullable = true;
  std::vector<ExprPtr> args;

  Value value;       // constant; text and bytes point into `text`
  std::string text;  // storage of a constant text
  uint32_t relation = 0;
  uint32_t column = 0;
  TimeUnit unit = TimeUnit::microseconds;
  /// cast to numeric(p, s): p; a value with more than p - s digits before the point is an error. 0:
  /// no limit.
  int16_t precision = 0;

  /// Byte offset in the statement's text, for messages; -1 if unknown. Not part of equality.
  int location = -1;
};

/// Same operation on the same arguments: how a SELECT item is recognised as a GROUP BY expression.
bool sameExpr(const Expr& a, const Expr& b);

/// The expression as SQL, for `facet explain` and messages: `sum(o.total) / 2`. `columnName` names
/// a column.
using ColumnNamer = std::string (*)(const void* context, const Expr& leaf);
std::string toSql(const Expr& expr, ColumnNamer columnName, const void* context);

/// Calls `visit` for every node, parents first.
template <typename Visit>
void forEachNode(const Expr& expr, Visit&& visit) {
  visit(expr);
  for (const ExprPtr& arg : expr.args) forEachNode(*arg, visit);
}

}  // namespace facet
