#include "sql/build_expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "values/assert.h"
#include "values/numeric.h"
#include "values/text.h"

namespace facet {

namespace {

bool anyNullable(const std::vector<ExprPtr>& args) {
  return std::any_of(args.begin(), args.end(), [](const ExprPtr& a) { return a->nullable; });
}

/// The number of an integer constant in another kind, where that needs no rounding and no range
/// check.
ExprPtr convertIntegerConstant(const Expr& expr, Kind kind) {
  if (expr.op != Op::constant || !expr.type.isInteger() || expr.value.isNull()) return nullptr;
  const int64_t i = expr.value.asInt();
  switch (kind) {
    case Kind::numeric:
      return makeConstant(Type::decimal(0), Value::numeric(i, 0), expr.location);
    case Kind::float64:
      return makeConstant(Type::of(kind), Value::float64(static_cast<double>(i)), expr.location);
    case Kind::int64:
      return makeConstant(Type::of(kind), Value::int64(i), expr.location);
    default:
      return nullptr;
  }
}

/// Whether a text that is no value of the type is a number all the same.
bool isNumber(const Type& type, const std::string& text) {
  if (type.isInteger()) {
    const auto number = parseNumeric(text);
    return number && number->scale() == 0;
  }
  if (!type.isNumber()) return false;
  const char* const end = text.data() + text.size();
  double number = 0;
  const auto [last, error] = std::from_chars(text.data(), end, number);
  return last == end && (error == std::errc() || error == std::errc::result_out_of_range);
}

[[noreturn]] void failInput(const Source& source, const Expr& literal, const Type& type) {
  const std::string text(literal.value.asText());
  if (isNumber(type, text)) {
    source.fail(literal.location,
                fmt::format("value \"{}\" is out of range for type {}", text, plainTypeName(type)),
                type.kind == Kind::numeric ? "facet's numerics have 35 digits" : "");
  }
  source.fail(literal.location,
              fmt::format("invalid input syntax for type {}: \"{}\"", plainTypeName(type), text));
}

/// An untyped literal as a constant of the type.
ExprPtr readLiteral(const Source& source, const Expr& literal, Type type) {
  if (literal.value.isNull()) return makeConstant(type, Value::null(), literal.location);
  std::string scratch;
  const auto value = parseText(type, literal.value.asText(), scratch);
  if (!value) failInput(source, literal, type);
  if (type.kind == Kind::numeric && type.scale == kAnyScale) type.scale = value->scale();
  return makeConstant(type, *value, literal.location);
}

/// The scale of a cast to numeric without one.
int16_t scaleAfterCast(const Type& from) {
  if (from.kind == Kind::numeric) return from.scale;
  return from.isInteger() ? int16_t{0} : kAnyScale;
}

}  // namespace

std::shared_ptr<Expr> makeNode(Op op, Type type, std::vector<ExprPtr> args, int location) {
  auto expr = std::make_shared<Expr>();
  expr->op = op;
  expr->type = type;
  expr->nullable = anyNullable(args);
  expr->args = std::move(args);
  expr->location = location;
  return expr;
}

ExprPtr makeConstant(Type type, const Value& value, int location) {
  FACET_ASSERT(!value.isError());
  auto expr = makeNode(Op::constant, type, {}, location);
  expr->nullable = value.isNull();
  expr->value = value;
  if (value.kind() == Kind::text || value.kind() == Kind::bytes || value.kind() == Kind::array) {
    expr->text = value.asText();
    if (value.kind() == Kind::text) expr->value = Value::text(expr->text);
    if (value.kind() == Kind::bytes) expr->value = Value::bytes(expr->text);
    if (value.kind() == Kind::array) expr->value = Value::array(expr->text, value.element());
  }
  return expr;
}

bool isUntyped(const Expr& expr) {
  return expr.type.kind == Kind::null;
}

ExprPtr convert(const Source& source, const ExprPtr& expr, Kind kind) {
  if (expr->type.kind == kind) return expr;
  if (isUntyped(*expr)) return readLiteral(source, *expr, Type::of(kind));
  if (ExprPtr constant = convertIntegerConstant(*expr, kind)) return constant;
  Type type = Type::of(kind);
  if (kind == Kind::numeric) type.scale = scaleAfterCast(expr->type);
  return makeNode(Op::cast, type, {expr}, expr->location);
}

ExprPtr convert(const Source& source, const ExprPtr& expr, const TypeName& target) {
  const Type& type = target.type;
  if (type.kind != Kind::numeric || type.scale == kAnyScale) {
    return convert(source, expr, type.kind);
  }
  if (expr->type == type && target.precision == 0) return expr;
  const ExprPtr number = isUntyped(*expr) ? readLiteral(source, *expr, Type::of(type.kind)) : expr;
  if (number->op == Op::constant && number->value.isNull()) {
    return makeConstant(type, Value::null(), expr->location);
  }
  auto cast = makeNode(Op::cast, type, {number}, expr->location);
  cast->precision = target.precision;
  return cast;
}

ExprPtr widen(const Source& source, const ExprPtr& expr, Kind kind) {
  const bool exact = kind == Kind::numeric || Type::of(kind).isInteger();
  if (exact && expr->type.isNumber() && !expr->type.isFloat()) return expr;
  return convert(source, expr, kind);
}

int leftmostLocation(const Expr& expr) {
  int leftmost = expr.location;
  for (const ExprPtr& arg : expr.args) {
    const int location = leftmostLocation(*arg);
    if (location >= 0 && (leftmost < 0 || location < leftmost)) leftmost = location;
  }
  return leftmost;
}

}  // namespace facet
