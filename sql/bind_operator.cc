// Binds operators: comparisons, arithmetic, ||, IN, BETWEEN, LIKE, NULLIF, IS DISTINCT FROM.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/overloads.h"
#include "values/assert.h"
#include "values/numeric.h"

namespace facet {

namespace {

constexpr std::string_view kNoOperatorHint =
    "no operator matches these types; a cast may help: CAST(x AS type)";

bool isComparison(Op op) {
  return op >= Op::equal && op <= Op::greaterEqual;
}
bool isExactNumber(Kind kind) {
  return kind == Kind::numeric || Type::of(kind).isInteger();
}

bool hasColumn(const Expr& expr) {
  bool found = false;
  forEachNode(expr, [&](const Expr& e) {
    found |= e.op == Op::column || e.op == Op::eventPosition || e.op == Op::eventTime;
  });
  return found;
}

ExprPtr negated(ExprPtr condition, bool negate) {
  if (!negate) return condition;
  const int location = condition->location;
  return makeNode(Op::logicalNot, Type::of(Kind::boolean), {std::move(condition)}, location);
}

[[noreturn]] void failOperator(const Source& source, std::string_view name,
                               std::span<const ExprPtr> args, bool ambiguous, int location) {
  const std::string shape = args.size() == 1
                                ? fmt::format("{} {}", name, plainTypeName(args[0]->type))
                                : fmt::format("{} {} {}", plainTypeName(args[0]->type), name,
                                              plainTypeName(args[1]->type));
  if (ambiguous) {
    source.fail(location, "operator is not unique: " + shape,
                "say which type is meant: CAST('…' AS type)");
  }
  source.fail(location, "operator does not exist: " + shape, std::string(kNoOperatorHint));
}

[[noreturn]] void failRefused(const Source& source, const Overload& o, int location) {
  std::string shape;
  for (size_t i = 0; i < o.count(); ++i) {
    if (i > 0 || o.count() == 1) shape += fmt::format("{}{} ", i > 0 ? " " : "", o.name);
    shape += plainTypeName(Type::of(o.args[i]));
  }
  source.fail(location, fmt::format("{} is not yet supported", shape),
              o.result == Kind::numeric ? "cast to double precision: x::float8" : "");
}

/// Operators that facet does not have, and what to write instead. PostgreSQL has some of them,
/// other languages the others.
struct UnknownOperator {
  std::string_view name;
  std::string_view hint;
};
constexpr std::string_view kNoBits = "facet has no operators of bits";
constexpr std::string_view kNoJson = "facet has no JSON operators: make the values fields";
constexpr UnknownOperator kUnknown[] = {
    {"==", "write ="},
    {"===", "write ="},
    {"!==", "write <>"},
    {"&&", "write AND"},
    {"!", "write NOT"},
    {"**", "write ^"},
    {"<=>", "write IS NOT DISTINCT FROM"},
    {"=~", "use LIKE"},
    {"^@", "use starts_with(text, beginning)"},
    {"~", kNoBits},
    {"&", kNoBits},
    {"|", kNoBits},
    {"#", kNoBits},
    {"<<", kNoBits},
    {">>", kNoBits},
    {"->", kNoJson},
    {"->>", kNoJson},
    {"@>", kNoJson},
    {"|/", "use sqrt(x)"},
    {"@", "use abs(x)"},
};

bool isTextLike(const Expr& expr) {
  return expr.type.kind == Kind::text || isUntyped(expr);
}

/// Operators that have a better answer than "does not exist".
void refuseUnknown(const Source& source, std::string_view name, std::span<const ExprPtr> args,
                   int location) {
  const bool expression = name == "~" || name == "~*" || name == "!~" || name == "!~*";
  if (expression && args.size() == 2) {
    if (isTextLike(*args[0]) && isTextLike(*args[1])) {
      source.fail(location, "regular expressions are not yet supported", "use LIKE");
    }
    failOperator(source, name, args, false, location);
  }
  static constexpr std::string_view kKnown[] = {
      "=", "<>", "<", "<=", ">",  ">=",  "+",   "-",    "*",
      "/", "%",  "^", "||", "~~", "~~*", "!~~", "!~~*",
  };
  if (std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown)) return;
  const auto* const unknown =
      std::find_if(std::begin(kUnknown), std::end(kUnknown),
                   [&](const UnknownOperator& o) { return o.name == name; });
  source.fail(location, fmt::format("operator {} is not supported", name),
              unknown == std::end(kUnknown) ? std::string() : std::string(unknown->hint));
}

/// The expression as it is compared with values of the kind. PostgreSQL compares dates with
/// timestamps as they are; not every date is one.
ExprPtr comparable(const Source& source, const ExprPtr& expr, Kind kind) {
  const bool date = expr->type.kind == Kind::date && kind != Kind::date;
  return date ? makeNode(Op::dateAsTime, Type::of(kind), {expr}, expr->location)
              : widen(source, expr, kind);
}

ExprPtr makeComparison(const Source& source, const Overload& o, const ExprPtr& a, const ExprPtr& b,
                       int location) {
  const bool exact = isExactNumber(o.args[0]) && isExactNumber(o.args[1]);
  const Kind common = std::max(o.args[0], o.args[1]);
  const ExprPtr left = comparable(source, a, exact ? o.args[0] : common);
  const ExprPtr right = comparable(source, b, exact ? o.args[1] : common);
  return makeNode(o.op, Type::of(Kind::boolean), {left, right}, location);
}

ExprPtr makeArithmetic(const Source& source, const Overload& o, std::vector<ExprPtr> args,
                       int location) {
  Type type = Type::of(o.result);
  for (size_t i = 0; i < args.size(); ++i) {
    const bool typed = !isUntyped(*args[i]);
    args[i] = widen(source, args[i], typed ? o.result : o.args[i]);
  }
  if (type.kind == Kind::numeric) type.scale = numericScale(o.op, args);
  return makeNode(o.op, type, std::move(args), location);
}

/// Intervals of intervals; an interval on the left of the number by which it is multiplied.
ExprPtr makeIntervalArithmetic(const Source& source, const Overload& o, std::vector<ExprPtr> args,
                               int location) {
  for (size_t i = 0; i < args.size(); ++i) args[i] = convert(source, args[i], o.args[i]);
  if (args[0]->type.kind != Kind::interval) std::swap(args[0], args[1]);
  return makeNode(o.op, Type::of(o.result), std::move(args), location);
}

/// Dates and times on the left of days and intervals; a date that meets an interval is a timestamp.
ExprPtr makeDateArithmetic(const Source& source, const Overload& o, ExprPtr a, ExprPtr b,
                           int location) {
  a = convert(source, a, o.args[0]);
  b = convert(source, b, o.args[1]);
  const bool swapped = a->type.kind == Kind::interval || a->type.kind == Kind::int32;
  if (swapped) std::swap(a, b);
  const bool withInterval = b->type.kind == Kind::interval;
  if (withInterval && a->type.kind == Kind::date) a = convert(source, a, Kind::timestamp);
  return makeNode(o.op, Type::of(o.result), {a, b}, location);
}

}  // namespace

int16_t numericScale(Op op, std::span<const ExprPtr> args) {
  const auto scaleOf = [](const ExprPtr& e) -> int16_t {
    if (e->type.isInteger()) return 0;
    return e->type.kind == Kind::numeric ? e->type.scale : kAnyScale;
  };
  const int16_t a = scaleOf(args[0]);
  const int16_t b = args.size() > 1 ? scaleOf(args[1]) : int16_t{0};
  const bool fixed = a != kAnyScale && b != kAnyScale;
  switch (op) {
    case Op::add:
    case Op::subtract:
    case Op::modulo:
      return fixed ? std::max(a, b) : kAnyScale;
    case Op::multiply:
      return fixed && a + b <= kMaxScale ? static_cast<int16_t>(a + b) : kAnyScale;
    case Op::negate:
    case Op::absolute:
      return a;
    case Op::ceil:
    case Op::floor:
    case Op::sign:
      return 0;
    case Op::round:
    case Op::truncate: {
      if (args.size() == 1) return 0;
      const Expr& places = *args[1];
      if (places.op != Op::constant || places.value.isNull()) return kAnyScale;
      const int64_t n = std::max<int64_t>(places.value.asInt(), 0);
      return n <= kMaxScale ? static_cast<int16_t>(n) : kAnyScale;
    }
    default:
      return kAnyScale;
  }
}

ExprPtr ExprBinder::applyOperator(std::string_view name, const ExprPtr& left, const ExprPtr& right,
                                  int location) {
  const std::array args = {left, right};
  refuseUnknown(source_, name, args, location);
  if (name == "||") return applyConcatenation(left, right, location);
  if (name == "!~~" || name == "!~~*") {
    return negated(applyOperator(name.substr(1), left, right, location), true);
  }
  const auto overloads = operatorsNamed(name, 2);
  const std::array kinds = {left->type.kind, right->type.kind};
  const Choice choice = chooseOverload(overloads, kinds, true);
  if (choice.overload == nullptr) failOperator(source_, name, args, choice.ambiguous, location);
  const Overload& o = *choice.overload;
  if (o.refused) failRefused(source_, o, location);
  if (isComparison(o.op)) return makeComparison(source_, o, left, right, location);
  if (o.op == Op::like || o.op == Op::ilike || o.op == Op::power) {
    return makeNode(o.op, Type::of(o.result),
                    {convert(source_, left, o.args[0]), convert(source_, right, o.args[1])},
                    location);
  }
  if (Type::of(o.result).isNumber() && o.op != Op::dateDifference) {
    return makeArithmetic(source_, o, {left, right}, location);
  }
  if (o.result == Kind::interval && o.op != Op::timestampDifference) {
    return makeIntervalArithmetic(source_, o, {left, right}, location);
  }
  return makeDateArithmetic(source_, o, left, right, location);
}

ExprPtr ExprBinder::applyPrefix(std::string_view name, const ExprPtr& arg, int location) const {
  refuseUnknown(source_, name, std::array{arg}, location);
  const auto overloads = operatorsNamed(name, 1);
  const std::array kinds = {arg->type.kind};
  const Choice choice = chooseOverload(overloads, kinds, true);
  if (choice.overload == nullptr) {
    failOperator(source_, name, std::array{arg}, choice.ambiguous, location);
  }
  if (choice.overload->refused) failRefused(source_, *choice.overload, location);
  if (choice.overload->op == Op::constant) {
    const ExprPtr same = convert(source_, arg, choice.overload->result);
    // Where rows are grouped by +x, PostgreSQL does not have x.
    return same->op == Op::constant ? same : makeNode(Op::cast, same->type, {same}, location);
  }
  if (choice.overload->result == Kind::interval) {
    return makeIntervalArithmetic(source_, *choice.overload, {arg}, location);
  }
  return makeArithmetic(source_, *choice.overload, {arg}, location);
}

ExprPtr ExprBinder::applyConcatenation(const ExprPtr& left, const ExprPtr& right,
                                       int location) const {
  const auto isText = [](const ExprPtr& e) { return e->type.kind == Kind::text; };
  const bool anyText = isText(left) || isText(right);
  const bool anyUntyped = isUntyped(*left) || isUntyped(*right);
  const std::array args = {left, right};
  for (const ExprPtr& arg : args) {
    const Kind kind = arg->type.kind;
    if (kind == Kind::array || (kind == Kind::bytes && !anyText)) {
      source_.fail(location,
                   fmt::format("|| of {} is not yet supported", plainTypeName(arg->type)));
    }
  }
  if (!anyText && !anyUntyped) failOperator(source_, "||", args, false, location);
  return makeNode(Op::concatenate, Type::of(Kind::text),
                  {convert(source_, left, Kind::text), convert(source_, right, Kind::text)},
                  location);
}

ExprPtr ExprBinder::bindOperator(const SyntaxNode& node) {
  const std::string_view kind = node.text("kind");
  if (kind == "AEXPR_IN") return bindIn(node);
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") return bindLike(node);
  if (kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN") return bindBetween(node);
  if (kind == "AEXPR_NULLIF") return bindNullIf(node);
  if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT") return bindDistinct(node);
  const int location = node.location();
  if (kind == "AEXPR_BETWEEN_SYM" || kind == "AEXPR_NOT_BETWEEN_SYM") {
    source_.fail(location, "BETWEEN SYMMETRIC is not supported",
                 "write x BETWEEN least(a, b) AND greatest(a, b)");
  }
  if (kind == "AEXPR_SIMILAR") {
    source_.fail(location, "SIMILAR TO is not yet supported", "use LIKE");
  }
  if (kind != "AEXPR_OP") {
    source_.fail(location, "ANY (array) and ALL (array) are not yet supported",
                 "use IN (...) with a list");
  }
  const auto names = node.names("name");
  if (names.size() > 1 && names[0] != "pg_catalog") {
    source_.fail(location, fmt::format("operator {} does not exist", fmt::join(names, ".")));
  }
  if (!node.has("lexpr")) {
    return applyPrefix(names.back(), bindUntyped(node.child("rexpr")), location);
  }
  ExprPtr left = bindUntyped(node.child("lexpr"));
  return applyOperator(names.back(), left, bindUntyped(node.child("rexpr")), location);
}

/// As PostgreSQL: items without columns share one type, if there is one; others are compared one by
/// one.
ExprPtr ExprBinder::bindIn(const SyntaxNode& node) {
  const int location = node.location();
  const bool negate = node.names("name").back() == "<>";
  const ExprPtr sought = bindUntyped(node.child("lexpr"));
  std::vector<ExprPtr> shared = {sought};
  std::vector<ExprPtr> alone;
  for (const SyntaxNode& item : node.child("rexpr").children("items")) {
    ExprPtr expr = bindUntyped(item);
    (hasColumn(*expr) ? alone : shared).push_back(std::move(expr));
  }
  const auto kind = commonKind(shared);
  if (shared.size() < 3 || !kind || *kind == Kind::array) {
    alone.insert(alone.begin(), shared.begin() + 1, shared.end());
    shared.resize(1);
  }
  checkCopies(sought, alone.size() + 1);
  std::vector<ExprPtr> tests;
  if (shared.size() > 1) {
    shared[0] = comparable(source_, sought, *kind);
    for (size_t i = 1; i < shared.size(); ++i) shared[i] = widen(source_, shared[i], *kind);
    tests.push_back(makeNode(Op::in, Type::of(Kind::boolean), std::move(shared), location));
  }
  for (const ExprPtr& item : alone) tests.push_back(applyOperator("=", sought, item, location));
  if (tests.size() == 1) return negated(tests[0], negate);
  return negated(makeNode(Op::logicalOr, Type::of(Kind::boolean), std::move(tests), location),
                 negate);
}

ExprPtr ExprBinder::bindLike(const SyntaxNode& node) {
  const int location = node.location();
  SyntaxNode pattern = node.child("rexpr");
  ExprPtr escape = makeConstant(Type::of(Kind::text), Value::text("\\"), location);
  const auto function =
      pattern.is("FuncCall") ? pattern.names("funcname") : std::vector<std::string_view>();
  if (function == std::vector<std::string_view>{"pg_catalog", "like_escape"}) {
    const auto args = pattern.children("args");
    escape = bind(args[1]);
    const bool constant = escape->op == Op::constant && escape->value.kind() == Kind::text;
    if (!constant || std::count_if(escape->text.begin(), escape->text.end(),
                                   [](char c) { return (c & 0xC0) != 0x80; }) > 1) {
      source_.fail(escape->location, "invalid escape string",
                   "it must be a constant: empty, or one character");
    }
    pattern = args[0];
  }
  const std::string_view name = node.names("name").back();
  const ExprPtr left = bindUntyped(node.child("lexpr"));
  const std::string_view positive = name[0] == '!' ? name.substr(1) : name;
  const ExprPtr like = applyOperator(positive, left, bindUntyped(pattern), location);
  return negated(makeNode(like->op, like->type, {like->args[0], like->args[1], escape}, location),
                 name[0] == '!');
}

ExprPtr ExprBinder::bindBetween(const SyntaxNode& node) {
  const bool negate = node.text("kind") == "AEXPR_NOT_BETWEEN";
  const ExprPtr value = bindUntyped(node.child("lexpr"));
  checkCopies(value, 2);
  const auto bounds = node.child("rexpr").children("items");
  FACET_ASSERT(bounds.size() == 2, bounds.size());
  const int location = node.location();
  const ExprPtr low = applyOperator(negate ? "<" : ">=", value, bindUntyped(bounds[0]), location);
  const ExprPtr high = applyOperator(negate ? ">" : "<=", value, bindUntyped(bounds[1]), location);
  return makeNode(negate ? Op::logicalOr : Op::logicalAnd, Type::of(Kind::boolean), {low, high},
                  location);
}

/// The result is the first argument, as `=` takes it.
ExprPtr ExprBinder::bindNullIf(const SyntaxNode& node) {
  const int location = node.location();
  const ExprPtr first = bindUntyped(node.child("lexpr"));
  const ExprPtr second = bindUntyped(node.child("rexpr"));
  const ExprPtr equal = applyOperator("=", first, second, location);
  const std::array kinds = {first->type.kind, second->type.kind};
  const auto overloads = operatorsNamed("=", 2);
  const Choice choice = chooseOverload(overloads, kinds, true);
  FACET_ASSERT(choice.overload != nullptr);
  const ExprPtr value = convert(source_, first, choice.overload->args[0]);
  const Kind compared = equal->args[0]->type.kind;
  const bool exact = isExactNumber(value->type.kind) && isExactNumber(compared);
  if (value->type.kind == compared || exact) {
    auto expr = makeNode(Op::nullIf, value->type, {value, equal->args[1]}, location);
    expr->nullable = true;
    return expr;
  }
  checkCopies(value, 2);
  // PostgreSQL compares a date with a timestamp, or real with double precision, as they are: the
  // result keeps its kind.
  auto expr =
      makeNode(Op::caseWhen, value->type,
               {equal, makeConstant(value->type, Value::null(), location), value}, location);
  expr->nullable = true;
  return expr;
}

ExprPtr ExprBinder::bindDistinct(const SyntaxNode& node) {
  const int location = node.location();
  const ExprPtr left = bindUntyped(node.child("lexpr"));
  const ExprPtr equal = applyOperator("=", left, bindUntyped(node.child("rexpr")), location);
  const bool negate = node.text("kind") == "AEXPR_NOT_DISTINCT";
  auto expr = makeNode(negate ? Op::isNotDistinctFrom : Op::isDistinctFrom, Type::of(Kind::boolean),
                       equal->args, location);
  expr->nullable = false;
  return expr;
}

}  // namespace facet
