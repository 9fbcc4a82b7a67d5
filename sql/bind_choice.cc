// Binds CASE, COALESCE, GREATEST, LEAST and casts: what chooses a value, or its type.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_expr.h"
#include "values/numeric.h"

namespace facet {

namespace {

bool isNullable(const ExprPtr& expr) {
  return expr->nullable;
}

/// The unit that INTERVAL '1' DAY names: PostgreSQL's INTERVAL_MASK bits.
std::string_view intervalUnit(int64_t mask) {
  switch (mask) {
    case 1 << 1:
      return "month";
    case 1 << 2:
      return "year";
    case 1 << 3:
      return "day";
    case 1 << 10:
      return "hour";
    case 1 << 11:
      return "minute";
    case 1 << 12:
      return "second";
    default:
      return {};
  }
}

/// Arrays have no casts: all are of one type, or NULL.
Type unifyArrays(const Source& source, std::span<ExprPtr> exprs, std::string_view what) {
  const auto typed = [](const ExprPtr& e) { return !isUntyped(*e); };
  const Type type = (*std::find_if(exprs.begin(), exprs.end(), typed))->type;
  for (ExprPtr& expr : exprs) {
    if (expr->type == type) continue;
    if (!isUntyped(*expr)) {
      source.fail(leftmostLocation(*expr),
                  fmt::format("{} types {} and {} cannot be matched", what, plainTypeName(type),
                              plainTypeName(expr->type)));
    }
    if (!expr->value.isNull()) source.fail(expr->location, "array literals are not supported");
    expr = makeConstant(type, Value::null(), expr->location);
  }
  return type;
}

}  // namespace

Type ExprBinder::unify(std::span<ExprPtr> exprs, std::string_view what) const {
  Mismatch mismatch;
  const auto kind = commonKind(exprs, &mismatch);
  if (!kind) {
    const Expr& other = *exprs[mismatch.index];
    source_.fail(leftmostLocation(other), fmt::format("{} types {} and {} cannot be matched", what,
                                                      plainTypeName(exprs[mismatch.before]->type),
                                                      plainTypeName(other.type)));
  }
  if (*kind == Kind::array) return unifyArrays(source_, exprs, what);
  for (ExprPtr& expr : exprs) expr = convert(source_, expr, *kind);
  return typeOver(*kind, exprs);
}

ExprPtr ExprBinder::bindCase(const SyntaxNode& node) {
  std::vector<ExprPtr> conditions;
  std::vector<ExprPtr> results;
  const ExprPtr subject = node.has("arg") ? bind(node.child("arg")) : nullptr;
  if (subject) checkCopies(subject, node.children("args").size());
  // PostgreSQL looks at ELSE first when it looks for the common type.
  const bool hasElse = node.has("defresult");
  if (hasElse) results.push_back(bindUntyped(node.child("defresult")));
  for (const SyntaxNode& when : node.children("args")) {
    ExprPtr condition = bindUntyped(when.child("expr"));
    if (subject) condition = applyOperator("=", subject, condition, when.location());
    conditions.push_back(requireBoolean(condition, "CASE/WHEN"));
    results.push_back(bindUntyped(when.child("result")));
  }
  const Type type = unify(results, "CASE");
  std::vector<ExprPtr> args;
  for (size_t i = 0; i < conditions.size(); ++i) {
    args.push_back(conditions[i]);
    args.push_back(results[i + (hasElse ? 1 : 0)]);
  }
  if (hasElse) args.push_back(results[0]);
  auto expr = makeNode(Op::caseWhen, type, std::move(args), node.location());
  expr->nullable = !hasElse || std::any_of(results.begin(), results.end(), isNullable);
  return expr;
}

ExprPtr ExprBinder::bindCoalesce(const SyntaxNode& node) {
  std::vector<ExprPtr> args;
  for (const SyntaxNode& arg : node.children("args")) args.push_back(bindUntyped(arg));
  const Type type = unify(args, "COALESCE");
  auto expr = makeNode(Op::coalesce, type, args, node.location());
  expr->nullable = std::all_of(args.begin(), args.end(), isNullable);
  return expr;
}

ExprPtr ExprBinder::bindMinMax(const SyntaxNode& node) {
  const bool greatest = node.text("op") == "IS_GREATEST";
  const char* name = greatest ? "GREATEST" : "LEAST";
  std::vector<ExprPtr> args;
  for (const SyntaxNode& arg : node.children("args")) args.push_back(bindUntyped(arg));
  const Type type = unify(args, name);
  if (type.kind == Kind::array) {
    source_.fail(node.location(), fmt::format("{} of arrays is not supported", name));
  }
  auto expr = makeNode(greatest ? Op::greatest : Op::least, type, args, node.location());
  expr->nullable = std::all_of(args.begin(), args.end(), isNullable);
  return expr;
}

ExprPtr ExprBinder::bindCast(const SyntaxNode& node) {
  const SyntaxNode typeName = node.part("typeName");
  const int location = node.location() >= 0 ? node.location() : typeName.location();
  const ExprPtr arg = bindUntyped(node.child("arg"));
  const auto names = typeName.names("names");
  if (!names.empty() && names.back() == "interval" && typeName.has("typmods")) {
    return bindIntervalFields(typeName, arg, location);
  }
  return castExplicitly(arg, readTypeName(source_, typeName, location), location);
}

/// INTERVAL '3' DAY.
ExprPtr ExprBinder::bindIntervalFields(const SyntaxNode& typeName, const ExprPtr& arg,
                                       int location) const {
  const auto modifiers = typeName.children("typmods");
  const std::string_view unit = modifiers.size() == 1
                                    ? intervalUnit(modifiers[0].part("ival").number("ival"))
                                    : std::string_view();
  const bool literal = isUntyped(*arg) && !arg->value.isNull();
  if (unit.empty() || !literal || !parseNumeric(arg->value.asText())) {
    source_.fail(location, "this form of interval is not supported",
                 "write interval '1 day 02:00:00'");
  }
  const std::string text = fmt::format("{} {}", arg->value.asText(), unit);
  return convert(source_, makeConstant(arg->type, Value::text(text), arg->location),
                 Kind::interval);
}

ExprPtr ExprBinder::castExplicitly(const ExprPtr& arg, const TypeName& target, int location) const {
  if (!canCast(arg->type.kind, target.type.kind, CastContext::explicitly)) {
    source_.fail(location, fmt::format("cannot cast type {} to {}", plainTypeName(arg->type),
                                       plainTypeName(target.type)));
  }
  return convert(source_, arg, target);
}

}  // namespace facet
