#include "sql/output_name.h"

#include <utility>

namespace facet {

namespace {

/// How good a name is: a weak one (of a type, or "case") gives way to one from below.
enum class Strength { none, weak, strong };

using Guess = std::pair<Strength, std::string>;

Guess guess(const SyntaxNode& expr);

Guess weakUnless(Guess inner, std::string name) {
  if (inner.first == Strength::strong || name.empty()) return inner;
  return {Strength::weak, std::move(name)};
}

Guess lastOf(const std::vector<std::string_view>& names) {
  if (names.empty() || names.back() == "*") return {Strength::none, ""};
  return {Strength::strong, std::string(names.back())};
}

/// current_timestamp of SVFOP_CURRENT_TIMESTAMP_N.
std::string keywordOf(std::string_view op) {
  constexpr std::string_view kPrefix = "SVFOP_";
  constexpr std::string_view kWithDigits = "_N";
  if (op.starts_with(kPrefix)) op.remove_prefix(kPrefix.size());
  if (op.ends_with(kWithDigits)) op.remove_suffix(kWithDigits.size());
  std::string out(op);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

Guess guess(const SyntaxNode& expr) {
  if (expr.is("ColumnRef")) return lastOf(expr.names("fields"));
  if (expr.is("FuncCall")) return lastOf(expr.names("funcname"));
  if (expr.is("A_Expr") && expr.text("kind") == "AEXPR_NULLIF") return {Strength::strong, "nullif"};
  if (expr.is("CoalesceExpr")) return {Strength::strong, "coalesce"};
  if (expr.is("MinMaxExpr")) {
    return {Strength::strong, expr.text("op") == "IS_GREATEST" ? "greatest" : "least"};
  }
  if (expr.is("SQLValueFunction")) return {Strength::strong, keywordOf(expr.text("op"))};
  if (expr.is("CollateClause")) return guess(expr.child("arg"));
  if (expr.is("CaseExpr")) return weakUnless(guess(expr.child("defresult")), "case");
  if (expr.is("TypeCast")) {
    return weakUnless(guess(expr.child("arg")),
                      lastOf(expr.part("typeName").names("names")).second);
  }
  return {Strength::none, ""};
}

}  // namespace

std::string outputName(const SyntaxNode& expr) {
  Guess found = guess(expr);
  return found.first == Strength::none ? std::string(kNoName) : std::move(found.second);
}

}  // namespace facet
