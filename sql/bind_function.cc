// Binds calls of functions. What a call means: an aggregate, a cast written as a call, or one of
// the overloads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/limits.h"
#include "sql/overloads.h"

namespace facet {

namespace {

/// The time of the query.
constexpr std::string_view kClocks[] = {"now", "transaction_timestamp", "statement_timestamp"};
/// A time of each call.
constexpr std::string_view kRunningClocks[] = {"clock_timestamp", "timeofday"};
constexpr std::string_view kChance[] = {"random", "setseed", "gen_random_uuid", "nextval",
                                        "currval"};

/// Functions of PostgreSQL that people reach for, and what to write instead, if there is something.
constexpr std::pair<std::string_view, std::string_view> kUnsupported[] = {
    {"to_char", "cast to text, or use extract"},
    {"to_date", "cast to date: x::date"},
    {"to_timestamp", "cast to timestamp: x::timestamp"},
    {"to_number", "cast to numeric: x::numeric"},
    {"regexp_replace", "use replace"},
    {"regexp_matches", "use LIKE"},
    {"regexp_match", "use LIKE"},
    {"regexp_like", "use LIKE"},
    {"regexp_split_to_array", "use split_part"},
    {"string_to_array", "use split_part"},
    {"concat_ws", "use concat, or ||"},
    {"format", "use ||"},
    {"initcap", ""},
    {"translate", "use replace"},
    {"overlay", "use left, right and ||"},
    {"ascii", ""},
    {"chr", ""},
    {"exp", ""},
    {"ln", ""},
    {"log", ""},
    {"div", "use trunc(a / b)"},
    {"make_timestamp", "use make_date, or a cast"},
    {"make_interval", "write interval '1 day'"},
    {"array_length", ""},
    {"cardinality", ""},
    {"unnest", ""},
    {"generate_series", ""},
    {"row_number", ""},
    {"rank", ""},
    {"lag", ""},
    {"lead", ""},
    {"first_value", ""},
    {"last_value", ""},
    {"json_build_object", ""},
    {"jsonb_build_object", ""},
    {"width_bucket", "use CASE"},
    {"age", "subtract: a - b"},
};

template <typename List>
bool contains(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

[[noreturn]] void failChance(const Source& source, std::string_view name, int location) {
  source.fail(location,
              fmt::format("{}() cannot be used: what facet computes is a function of the log, not "
                          "of chance",
                          name),
              "let the command carry the value");
}

[[noreturn]] void failUnknown(const Source& source, std::string_view name,
                              std::span<const ExprPtr> args, int location) {
  for (const auto& [known, hint] : kUnsupported) {
    if (known == name) {
      source.fail(location, fmt::format("function {} is not yet supported", name),
                  std::string(hint));
    }
  }
  const std::string_view closest = closestFunction(name);
  source.fail(location, fmt::format("function {}({}) does not exist", name, describeKinds(args)),
              closest.empty() ? std::string() : fmt::format("did you mean \"{}\"?", closest));
}

[[noreturn]] void failRefused(const Source& source, std::string_view name, const Overload& o,
                              int location) {
  std::string kinds;
  for (size_t i = 0; i < o.count(); ++i) {
    kinds += fmt::format("{}{}", i > 0 ? ", " : "", plainTypeName(Type::of(o.args[i])));
  }
  std::string hint;
  if (o.result == Kind::numeric) {
    hint = "cast to double precision: x::float8";
  } else if (o.op == Op::substring && o.args[1] == Kind::text) {
    hint = "regular expressions are not yet supported; use substring(x FROM start FOR count)";
  }
  source.fail(location, fmt::format("{}({}) is not yet supported", name, kinds), hint);
}

/// What PostgreSQL refuses in a call of what is no aggregate, and what facet does not have.
void checkPlainCall(const Source& source, const SyntaxNode& node, std::string_view name) {
  const int location = node.location();
  const auto fail = [&](std::string_view what) {
    source.fail(location,
                fmt::format("{} specified, but {} is not an aggregate function", what, name));
  };
  if (node.flag("agg_star")) fail(fmt::format("{}(*)", name));
  if (node.flag("agg_distinct")) fail("DISTINCT");
  if (node.has("agg_order")) fail("ORDER BY");
  if (node.has("agg_filter")) fail("FILTER");
}

bool canExtract(TimeUnit unit, Kind from) {
  switch (unit) {
    case TimeUnit::microseconds:
    case TimeUnit::milliseconds:
    case TimeUnit::second:
    case TimeUnit::minute:
    case TimeUnit::hour:
      return from != Kind::date;
    case TimeUnit::week:
    case TimeUnit::dow:
    case TimeUnit::isodow:
    case TimeUnit::doy:
    case TimeUnit::isoyear:
    case TimeUnit::julian:
      return from != Kind::interval;
    default:
      return true;
  }
}

/// Digits after the point of extract's numeric, where they are always the same.
int16_t extractScale(TimeUnit unit, Kind from) {
  switch (unit) {
    case TimeUnit::milliseconds:
      return 3;
    case TimeUnit::second:
      return 6;
    case TimeUnit::epoch:
      return from == Kind::date ? int16_t{0} : int16_t{6};
    case TimeUnit::julian:
      return from == Kind::date ? int16_t{0} : kAnyScale;
    default:
      return 0;
  }
}

TimeUnit readUnit(const Source& source, const Expr& unit, bool truncates, Kind from) {
  if (unit.op != Op::constant || unit.value.isNull()) {
    source.fail(unit.location, "the unit must be a constant", "write 'month', for example");
  }
  std::string name(unit.text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto known = parseTimeUnit(name);
  const std::string typeText = plainTypeName(Type::of(from));
  if (!known) {
    source.fail(unit.location,
                fmt::format("unit \"{}\" not recognized for type {}", name, typeText));
  }
  if (truncates ? !isTruncUnit(*known) : !canExtract(*known, from)) {
    source.fail(unit.location,
                fmt::format("unit \"{}\" not supported for type {}", name, typeText));
  }
  return *known;
}

/// A boolean as concat() prints it: by its output function, not by the cast.
ExprPtr booleanLetter(const ExprPtr& condition) {
  const Type text = Type::of(Kind::text);
  const int location = condition->location;
  const ExprPtr inverse = makeNode(Op::logicalNot, condition->type, {condition}, location);
  auto expr = makeNode(Op::caseWhen, text,
                       {condition, makeConstant(text, Value::text("t"), location), inverse,
                        makeConstant(text, Value::text("f"), location)},
                       location);
  expr->nullable = condition->nullable;
  return expr;
}

}  // namespace

std::vector<ExprPtr> ExprBinder::bindArguments(const SyntaxNode& node) {
  std::vector<ExprPtr> args;
  for (const SyntaxNode& arg : node.children("args")) args.push_back(bindUntyped(arg));
  if (args.size() > kMaxArguments) {
    source_.fail(node.location(),
                 fmt::format("cannot pass more than {} arguments to a function", kMaxArguments));
  }
  return args;
}

ExprPtr ExprBinder::bindFunction(const SyntaxNode& node) {
  const auto names = node.names("funcname");
  const int location = node.location();
  const std::string_view name = names.back();
  if (names.size() > 1 && (names.size() > 2 || names[0] != "pg_catalog")) {
    source_.fail(location, fmt::format("function {}({}) does not exist", fmt::join(names, "."),
                                       describeKinds(bindArguments(node))));
  }
  if (contains(kChance, name)) failChance(source_, name, location);
  if (contains(kRunningClocks, name)) {
    if (given_ == nullptr) failClock(fmt::format("{}()", name), location);
    source_.fail(location, fmt::format("{}() is not supported", name),
                 "a query has one time: now()");
  }
  if (node.has("over")) {
    source_.fail(location, "window functions are not yet supported", "use GROUP BY");
  }
  if (isUnsupportedAggregateName(name)) {
    source_.fail(location, fmt::format("aggregate {} is not yet supported", name),
                 "facet has count, sum, avg, min, max, bool_and, bool_or and every");
  }
  if (node.flag("agg_within_group") || node.flag("func_variadic")) {
    source_.fail(location, "WITHIN GROUP and VARIADIC are not supported");
  }
  if (isAggregateName(name)) return bindAggregate(node, name);
  checkPlainCall(source_, node, name);
  return bindPlainFunction(node, name);
}

ExprPtr ExprBinder::bindPlainFunction(const SyntaxNode& node, std::string_view name) {
  const int location = node.location();
  std::vector<ExprPtr> args = bindArguments(node);
  if (contains(kClocks, name) && args.empty()) {
    return bindNow(Kind::timestamptz, fmt::format("{}()", name), 6, location);
  }
  if (name == "concat" && !args.empty()) return bindConcat(std::move(args), location);
  const auto overloads = functionsNamed(name);
  if (overloads.empty()) {
    const auto kind = args.size() == 1 ? kindOfTypeName(name) : std::nullopt;
    if (!kind) failUnknown(source_, name, args, location);
    return castExplicitly(args[0], {Type::of(*kind), 0}, location);
  }
  std::vector<Kind> kinds;
  kinds.reserve(args.size());
  for (const ExprPtr& arg : args) kinds.push_back(arg->type.kind);
  const Choice choice = chooseOverload(overloads, kinds, false);
  if (choice.overload == nullptr) {
    source_.fail(location,
                 fmt::format("function {}({}) {}", name, describeKinds(args),
                             choice.ambiguous ? "is not unique" : "does not exist"),
                 "no function matches these types and this number of arguments; a cast may help: "
                 "CAST(x AS type)");
  }
  const Overload& o = *choice.overload;
  if (o.refused) failRefused(source_, name, o, location);
  for (size_t i = 0; i < args.size(); ++i) args[i] = convert(source_, args[i], o.args[i]);
  if (o.op == Op::dateTrunc || o.op == Op::extract) {
    return bindTimeFunction(name, o, args, location);
  }
  if (name == "timezone") return bindTimeZone(o.result, args, location);
  Type type = Type::of(o.result);
  if (type.kind == Kind::numeric) type.scale = numericScale(o.op, args);
  return makeNode(o.op, type, std::move(args), location);
}

/// args: the unit, and what it is taken of.
ExprPtr ExprBinder::bindTimeFunction(std::string_view name, const Overload& overload,
                                     const std::vector<ExprPtr>& args, int location) const {
  ExprPtr value = args[1];
  // date_part of a date takes it for a timestamp, extract does not.
  if (name == "date_part" && value->type.kind == Kind::date) {
    value = convert(source_, value, Kind::timestamp);
  }
  const Kind from = value->type.kind;
  const TimeUnit unit = readUnit(source_, *args[0], overload.op == Op::dateTrunc, from);
  const bool truncates = overload.op == Op::dateTrunc;
  const Type type = truncates ? Type::of(overload.result) : Type::decimal(extractScale(unit, from));
  auto expr = makeNode(overload.op, type, {value}, location);
  expr->unit = unit;
  return overload.result == Kind::float64 ? convert(source_, expr, Kind::float64) : expr;
}

ExprPtr ExprBinder::bindConcat(std::vector<ExprPtr> args, int location) const {
  for (ExprPtr& arg : args) {
    if (arg->type.kind == Kind::boolean) {
      checkCopies(arg, 2);
      arg = booleanLetter(arg);
    }
    if (arg->type.kind == Kind::array) {
      source_.fail(arg->location, "concat of arrays is not supported");
    }
    arg = convert(source_, arg, Kind::text);
  }
  auto expr = makeNode(Op::concat, Type::of(Kind::text), std::move(args), location);
  expr->nullable = false;
  return expr;
}

}  // namespace facet
