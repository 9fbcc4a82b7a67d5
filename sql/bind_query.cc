// Binds what stands alone: a query, and the expressions of commands, events and scans.
#include "sql/bind_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/bind_select.h"
#include "sql/order_limit.h"

namespace facet {

namespace {

constexpr std::string_view kSelect = "SELECT ";
constexpr std::string_view kOrder = "SELECT ORDER BY ";

NameScope namesOf(const ExprScope& scope) {
  std::vector<NamedRelation> relations;
  for (size_t i = 0; i < scope.relations.size(); ++i) {
    NamedRelation named;
    named.relation = scope.relations[i];
    named.alias = scope.relations[i]->name;
    named.index = static_cast<uint32_t>(i);
    named.bare = i == 0;
    named.optional = i > 0;
    relations.push_back(std::move(named));
  }
  return NameScope(std::move(relations));
}

/// A text that was put behind a prefix to make a SELECT must fill the one place that it is for.
void checkOnly(const Source& source, const ParseTree& tree, std::string_view place,
               std::string_view what) {
  const SyntaxNode select = tree.statement();
  bool only =
      tree.statementCount() == 1 && select.is("SelectStmt") && select.text("op") == "SETOP_NONE";
  for (const char* clause :
       {"distinctClause", "intoClause", "targetList", "fromClause", "whereClause", "groupClause",
        "havingClause", "windowClause", "valuesLists", "sortClause", "limitOffset", "limitCount",
        "lockingClause", "withClause"}) {
    only = only && (clause == place || !select.has(clause));
  }
  if (!only) source.fail(-1, fmt::format("{} is expected, and nothing else", what));
}

/// The one expression of a text.
SyntaxNode onlyExpression(const Source& source, const ParseTree& tree) {
  checkOnly(source, tree, "targetList", "an expression");
  const auto targets = tree.statement().children("targetList");
  if (targets.empty()) source.fail(-1, "the expression is empty");
  if (targets.size() > 1 || targets[0].has("name")) {
    source.fail(targets.back().location(), "one expression is expected, and nothing else");
  }
  return targets[0].child("val");
}

Source sourceOf(std::string_view text, std::string_view prefix) {
  return Source(text, 0, text.size(), prefix);
}

Select bindWith(std::string_view text, const Catalog& catalog, QueryGiven given) {
  const auto spans = splitStatements(text);
  if (spans.empty()) sourceOf(text, {}).fail(-1, "the query is empty", "write SELECT ... FROM ...");
  const Source source(text, spans[0].start, spans[0].length);
  if (spans.size() > 1) {
    Source(text, spans[1].start, spans[1].length).fail(-1, "a query is one statement");
  }
  const ParseTree tree(source);
  const SyntaxNode statement = tree.statement();
  if (!statement.is("SelectStmt")) {
    source.fail(-1, "only SELECT can be queried",
                "views belong to the model's files, rows are written by commands (facet submit)");
  }
  SelectRules rules;
  rules.from.query = true;
  rules.from.given = &given;
  Select select = bindSelect(source, catalog, rules, statement);
  const auto unused = std::find(given.used.begin(), given.used.end(), false);
  if (unused != given.used.end()) {
    source.fail(-1,
                fmt::format("the query has no ${}, but {} given", unused - given.used.begin() + 1,
                            given.parameters.size() == 1
                                ? "a parameter was"
                                : fmt::format("{} parameters were", given.parameters.size())),
                "give one for each of $1, $2, ...");
  }
  return select;
}

}  // namespace

Select bindQuery(std::string_view text, const Catalog& catalog,
                 const std::vector<Parameter>& params) {
  return bindWith(text, catalog, QueryGiven{params, std::nullopt});
}

Select bindQuery(std::string_view text, const Catalog& catalog,
                 const std::vector<Parameter>& params, int64_t now) {
  return bindWith(text, catalog, QueryGiven{params, now});
}

ExprPtr bindCondition(std::string_view text, const ExprScope& scope) {
  const Source source = sourceOf(text, kSelect);
  const ParseTree tree(source);
  const NameScope names = namesOf(scope);
  return ExprBinder(source, names, "the condition").bindCondition(onlyExpression(source, tree));
}

ExprPtr bindValue(std::string_view text, const ExprScope& scope, const Type& target) {
  const Source source = sourceOf(text, kSelect);
  const ParseTree tree(source);
  const NameScope names = namesOf(scope);
  const ExprPtr value =
      ExprBinder(source, names, "the value").bindUntyped(onlyExpression(source, tree));
  const bool sameArray = target.kind == Kind::array && value->type == target;
  const bool nullArray = target.kind == Kind::array && isUntyped(*value) && value->value.isNull();
  if (nullArray) return makeConstant(target, Value::null(), value->location);
  if (!sameArray && (target.kind == Kind::array ||
                     !canCast(value->type.kind, target.kind, CastContext::assignment))) {
    source.fail(leftmostLocation(*value),
                fmt::format("the expression is of type {}, but {} is needed",
                            plainTypeName(value->type), plainTypeName(target)),
                fmt::format("cast it: CAST(... AS {})", plainTypeName(target)));
  }
  return convert(source, value, TypeName{target, 0});
}

std::vector<OrderItem> bindOrder(std::string_view text, const ExprScope& scope) {
  const Source source = sourceOf(text, kOrder);
  const ParseTree tree(source);
  checkOnly(source, tree, "sortClause", "a list as ORDER BY takes it");
  const NameScope names = namesOf(scope);
  std::vector<OrderItem> out;
  for (const SyntaxNode& item : tree.statement().children("sortClause")) {
    const SyntaxNode value = item.child("node");
    if (value.is("A_Const")) {
      source.fail(value.location(), "a constant has no order", "name a column");
    }
    out.push_back(makeOrderItem(source, item, ExprBinder(source, names, "ORDER BY").bind(value)));
  }
  return out;
}

}  // namespace facet
