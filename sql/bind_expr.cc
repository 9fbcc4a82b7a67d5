#include "sql/bind_expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/limits.h"
#include "values/numeric.h"

namespace facet {

namespace {

/// One level of nesting for as long as it lives.
class Level {
 public:
  explicit Level(int& depth) : depth_(depth) { ++depth_; }
  ~Level() { --depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  int& depth_;
};

struct Refusal {
  std::string_view kind;
  std::string_view message;
  std::string_view hint;
};

constexpr Refusal kRefusals[] = {
    {"SubLink", "sub-selects are not yet supported",
     "make a view of it, or join a table by its key"},
    {"A_ArrayExpr", "ARRAY[...] is not yet supported", "use IN (...) for a list"},
    {"ArrayExpr", "ARRAY[...] is not yet supported", "use IN (...) for a list"},
    {"A_Indirection", "subscripts and field selection are not yet supported", ""},
    {"RowExpr", "ROW(...) is not supported", "compare the columns one by one, with AND"},
    {"GroupingFunc", "GROUPING is not yet supported", ""},
    {"NamedArgExpr", "named arguments are not supported", "give the arguments in their order"},
    {"SetToDefault", "DEFAULT is not allowed here", ""},
};

}  // namespace

ExprBinder::Handler ExprBinder::handlerOf(std::string_view kind) {
  static constexpr std::array<std::pair<std::string_view, Handler>, 14> kHandlers = {{
      {"ColumnRef", &ExprBinder::bindColumn},
      {"A_Const", &ExprBinder::bindConstant},
      {"ParamRef", &ExprBinder::bindParameter},
      {"A_Expr", &ExprBinder::bindOperator},
      {"BoolExpr", &ExprBinder::bindLogic},
      {"NullTest", &ExprBinder::bindNullTest},
      {"BooleanTest", &ExprBinder::bindBooleanTest},
      {"CaseExpr", &ExprBinder::bindCase},
      {"CoalesceExpr", &ExprBinder::bindCoalesce},
      {"MinMaxExpr", &ExprBinder::bindMinMax},
      {"TypeCast", &ExprBinder::bindCast},
      {"CollateClause", &ExprBinder::bindCollate},
      {"FuncCall", &ExprBinder::bindFunction},
      {"SQLValueFunction", &ExprBinder::bindValueFunction},
  }};
  for (const auto& [name, handler] : kHandlers) {
    if (name == kind) return handler;
  }
  return nullptr;
}

void ExprBinder::failUnsupported(const SyntaxNode& node) const {
  for (const Refusal& refusal : kRefusals) {
    if (node.is(refusal.kind)) {
      source_.fail(node.firstLocation(), std::string(refusal.message), std::string(refusal.hint));
    }
  }
  source_.fail(node.firstLocation(),
               fmt::format("this expression ({}) is not supported", node.kind()));
}

ExprPtr ExprBinder::bindUntyped(const SyntaxNode& node) {
  const Level level(depth_);
  if (depth_ > kMaxExprDepth) {
    source_.fail(
        node.location(), fmt::format("the expression has more than {} levels", kMaxExprDepth),
        "a chain of operators has a level for each: bracket it in halves, or use IN, concat");
  }
  const Handler handler = handlerOf(node.kind());
  if (handler == nullptr) failUnsupported(node);
  return (this->*handler)(node);
}

ExprPtr ExprBinder::bind(const SyntaxNode& node) {
  ExprPtr expr = bindUntyped(node);
  return isUntyped(*expr) ? convert(source_, expr, Kind::text) : expr;
}

ExprPtr ExprBinder::bindCondition(const SyntaxNode& node) {
  return requireBoolean(bindUntyped(node), clause_);
}

ExprPtr ExprBinder::requireBoolean(const ExprPtr& expr, std::string_view what) const {
  if (isUntyped(*expr)) return convert(source_, expr, Kind::boolean);
  if (expr->type.kind != Kind::boolean) {
    source_.fail(leftmostLocation(*expr),
                 fmt::format("argument of {} must be type boolean, not type {}", what,
                             plainTypeName(expr->type)));
  }
  return expr;
}

namespace {

/// Counts nodes, up to `most`.
void countNodes(const Expr& expr, size_t most, size_t& count) {
  ++count;
  for (const ExprPtr& arg : expr.args) {
    if (count > most) return;
    countNodes(*arg, most, count);
  }
}

}  // namespace

void ExprBinder::checkCopies(const ExprPtr& expr, size_t copies) const {
  const size_t most = kMaxExprNodes / std::max<size_t>(copies, 1);
  size_t count = 0;
  countNodes(*expr, most, count);
  if (count > most) {
    source_.fail(leftmostLocation(*expr),
                 fmt::format("the expression has more than {} parts", kMaxExprNodes),
                 "nest fewer CASE, BETWEEN and IN into each other");
  }
}

ExprPtr ExprBinder::bindColumn(const SyntaxNode& node) {
  const auto name = node.names("fields");
  if (!name.empty() && name.back() == "*") {
    source_.fail(node.location(), "a star is not allowed here", "name the columns");
  }
  return names_.column(source_, name, node.location());
}

ExprPtr ExprBinder::bindConstant(const SyntaxNode& node) {
  const int location = node.location();
  if (node.has("ival")) {
    const int64_t i = integerConstant(source_, node);
    return makeConstant(Type::of(Kind::int32), Value::integer(Kind::int32, i), location);
  }
  if (node.has("fval")) {
    const std::string text(node.part("fval").text("fval"));
    const auto number = parseNumeric(text);
    if (!number) {
      source_.fail(location, fmt::format("number {} is out of range", text),
                   "facet's numerics have 35 digits");
    }
    const bool digitsOnly = text.find_first_not_of("-0123456789") == std::string::npos;
    const int128 i = number->unscaled();
    if (digitsOnly && i >= INT64_MIN && i <= INT64_MAX) {
      const Kind kind = i >= INT32_MIN && i <= INT32_MAX ? Kind::int32 : Kind::int64;
      return makeConstant(Type::of(kind), Value::integer(kind, static_cast<int64_t>(i)), location);
    }
    return makeConstant(Type::decimal(number->scale()), *number, location);
  }
  if (node.has("sval")) {
    return makeConstant(Type::of(Kind::null), Value::text(node.part("sval").text("sval")),
                        location);
  }
  if (node.has("boolval")) {
    return makeConstant(Type::of(Kind::boolean),
                        Value::boolean(node.part("boolval").flag("boolval")), location);
  }
  if (node.flag("isnull")) return makeConstant(Type::of(Kind::null), Value::null(), location);
  source_.fail(location, "bit strings are not supported", "write a bytea as '\\x01ff'");
}

ExprPtr ExprBinder::bindParameter(const SyntaxNode& node) {
  const int64_t number = node.number("number");
  if (given_ == nullptr) {
    source_.fail(node.location(), fmt::format("parameter ${} cannot be used here", number),
                 "parameters are for queries");
  }
  const std::vector<Parameter>& parameters = given_->parameters;
  if (number < 1 || static_cast<size_t>(number) > parameters.size()) {
    source_.fail(node.location(), fmt::format("there is no parameter ${}", number),
                 fmt::format("{} given", parameters.size()));
  }
  const auto place = static_cast<size_t>(number - 1);
  given_->used[place] = true;
  const Parameter& parameter = parameters[place];
  const Type type = parameter.untyped ? Type::of(Kind::null) : parameter.type;
  return makeConstant(type, parameter.value, node.location());
}

ExprPtr ExprBinder::bindLogic(const SyntaxNode& node) {
  const std::string_view what = node.text("boolop");
  const bool isAnd = what == "AND_EXPR";
  const Op op = isAnd ? Op::logicalAnd : what == "OR_EXPR" ? Op::logicalOr : Op::logicalNot;
  std::vector<ExprPtr> args;
  for (const SyntaxNode& arg : node.children("args")) {
    const char* name = isAnd ? "AND" : op == Op::logicalOr ? "OR" : "NOT";
    args.push_back(requireBoolean(bindUntyped(arg), name));
  }
  return makeNode(op, Type::of(Kind::boolean), std::move(args), node.location());
}

ExprPtr ExprBinder::bindNullTest(const SyntaxNode& node) {
  const Op op = node.text("nulltesttype") == "IS_NULL" ? Op::isNull : Op::isNotNull;
  auto test = makeNode(op, Type::of(Kind::boolean), {bind(node.child("arg"))}, node.location());
  test->nullable = false;
  return test;
}

ExprPtr ExprBinder::bindBooleanTest(const SyntaxNode& node) {
  struct Test {
    std::string_view type;
    std::string_view words;
    Op op;
  };
  static constexpr Test kTests[] = {
      {"IS_TRUE", "IS TRUE", Op::isTrue},       {"IS_NOT_TRUE", "IS NOT TRUE", Op::isNotTrue},
      {"IS_FALSE", "IS FALSE", Op::isFalse},    {"IS_NOT_FALSE", "IS NOT FALSE", Op::isNotFalse},
      {"IS_UNKNOWN", "IS UNKNOWN", Op::isNull}, {"IS_NOT_UNKNOWN", "IS NOT UNKNOWN", Op::isNotNull},
  };
  const ExprPtr arg = bindUntyped(node.child("arg"));
  for (const Test& test : kTests) {
    // IS_TRUE is the enumeration's zero, but libpg_query writes names, never zeros.
    if (node.text("booltesttype") != test.type) continue;
    auto expr = makeNode(test.op, Type::of(Kind::boolean), {requireBoolean(arg, test.words)},
                         node.location());
    expr->nullable = false;
    return expr;
  }
  failUnsupported(node);
}

ExprPtr ExprBinder::bindCollate(const SyntaxNode& node) {
  const auto name = node.names("collname");
  if (name.empty() || name.back() != "C") {
    source_.fail(node.location(),
                 fmt::format("collation \"{}\" is not supported", fmt::join(name, ".")),
                 "text compares by bytes: COLLATE \"C\"");
  }
  ExprPtr arg = bind(node.child("arg"));
  if (arg->type.kind != Kind::text) {
    source_.fail(node.location(),
                 fmt::format("collations are not supported by type {}", plainTypeName(arg->type)));
  }
  return arg;
}

std::string describeKinds(std::span<const ExprPtr> args) {
  std::string out;
  for (const ExprPtr& arg : args) {
    if (!out.empty()) out += ", ";
    out += plainTypeName(arg->type);
  }
  return out;
}

}  // namespace facet
