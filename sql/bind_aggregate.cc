// Binds aggregate calls: each different one gets a place in the SELECT's list, and a leaf that
// stands for its result.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/overloads.h"

namespace facet {

namespace {

struct NamedFunction {
  std::string_view name;
  AggregateFunction function;
};
constexpr NamedFunction kAggregates[] = {
    {"count", AggregateFunction::count},   {"sum", AggregateFunction::sum},
    {"avg", AggregateFunction::avg},       {"min", AggregateFunction::min},
    {"max", AggregateFunction::max},       {"bool_and", AggregateFunction::boolAnd},
    {"every", AggregateFunction::boolAnd}, {"bool_or", AggregateFunction::boolOr},
};

constexpr std::string_view kUnsupported[] = {
    "array_agg",  "string_agg",       "stddev",    "stddev_pop",      "stddev_samp",
    "variance",   "var_pop",          "var_samp",  "json_agg",        "jsonb_agg",
    "mode",       "percentile_cont",  "corr",      "percentile_disc", "json_object_agg",
    "regr_slope", "jsonb_object_agg", "bit_and",   "bit_or",          "bit_xor",
    "xmlagg",     "range_agg",        "any_value", "covar_pop",       "covar_samp",
};

/// The overloads, as the catalog has them; `op` means nothing here.
std::vector<Overload> overloadsOf(AggregateFunction function) {
  using F = AggregateFunction;
  std::vector<Overload> out;
  const auto add = [&](Kind arg, Kind result, bool refused = false) {
    out.push_back({"", Op::aggregate, result, {arg}, refused});
  };
  if (function == F::boolAnd || function == F::boolOr) add(Kind::boolean, Kind::boolean);
  if (function == F::sum || function == F::avg) {
    const bool sum = function == F::sum;
    add(Kind::int16, sum ? Kind::int64 : Kind::numeric);
    add(Kind::int32, sum ? Kind::int64 : Kind::numeric);
    add(Kind::int64, Kind::numeric);
    add(Kind::numeric, Kind::numeric);
    add(Kind::float32, sum ? Kind::float32 : Kind::float64);
    add(Kind::float64, Kind::float64);
    add(Kind::interval, Kind::interval, true);
  }
  if (function == F::min || function == F::max) {
    for (const Kind kind :
         {Kind::int16, Kind::int32, Kind::int64, Kind::numeric, Kind::float32, Kind::float64,
          Kind::text, Kind::date, Kind::timestamp, Kind::timestamptz, Kind::interval}) {
      add(kind, kind);
    }
  }
  return out;
}

int16_t resultScale(AggregateFunction function, const Type& argument) {
  if (function == AggregateFunction::avg) return kAnyScale;
  return argument.isInteger() ? int16_t{0} : argument.scale;
}

bool sameOptional(const ExprPtr& a, const ExprPtr& b) {
  return a && b ? sameExpr(*a, *b) : !a && !b;
}

bool sameAggregate(const Aggregate& a, const Aggregate& b) {
  return a.function == b.function && a.distinct == b.distinct &&
         sameOptional(a.argument, b.argument) && sameOptional(a.filter, b.filter);
}

}  // namespace

bool isAggregateName(std::string_view name) {
  return std::any_of(std::begin(kAggregates), std::end(kAggregates),
                     [&](const NamedFunction& f) { return f.name == name; });
}

bool isUnsupportedAggregateName(std::string_view name) {
  return std::find(std::begin(kUnsupported), std::end(kUnsupported), name) !=
         std::end(kUnsupported);
}

ExprPtr ExprBinder::bindAggregate(const SyntaxNode& node, std::string_view name) {
  const int location = node.location();
  if (inAggregate_) source_.fail(location, "aggregate function calls cannot be nested");
  if (aggregates_ == nullptr) {
    source_.fail(location, fmt::format("aggregate functions are not allowed in {}", clause_));
  }
  return aggregateLeaf(makeAggregate(node, name), location);
}

Aggregate ExprBinder::makeAggregate(const SyntaxNode& node, std::string_view name) {
  const int location = node.location();
  if (node.has("agg_order")) {
    source_.fail(location, "ORDER BY inside an aggregate is not yet supported", "leave it out");
  }
  Aggregate aggregate;
  const auto isNamed = [&](const NamedFunction& f) { return f.name == name; };
  aggregate.function =
      std::find_if(std::begin(kAggregates), std::end(kAggregates), isNamed)->function;
  inAggregate_ = true;
  std::vector<ExprPtr> args = bindArguments(node);
  inAggregate_ = false;
  if (node.flag("agg_star")) {
    if (name != "count") {
      source_.fail(location, fmt::format("function {}() does not exist", name),
                   "only count has a star");
    }
    aggregate.function = AggregateFunction::countRows;
    aggregate.type = Type::of(Kind::int64);
  } else if (args.size() != 1) {
    source_.fail(location, fmt::format("function {}({}) does not exist", name, describeKinds(args)),
                 fmt::format("{} takes one argument", name));
  } else {
    aggregate.distinct = node.flag("agg_distinct");
    setArgument(aggregate, name, args[0], location);
  }
  if (node.has("agg_filter")) {
    ExprBinder filter(source_, names_, "FILTER", given_);
    aggregate.filter = filter.bindCondition(node.child("agg_filter"));
  }
  return aggregate;
}

void ExprBinder::setArgument(Aggregate& aggregate, std::string_view name, ExprPtr argument,
                             int location) const {
  const AggregateFunction function = aggregate.function;
  const bool isSum = function == AggregateFunction::sum || function == AggregateFunction::avg;
  if (function == AggregateFunction::count) {
    if (isUntyped(*argument)) argument = convert(source_, argument, Kind::text);
    aggregate.argument = argument;
    aggregate.type = Type::of(Kind::int64);
    return;
  }
  if (isSum && aggregate.distinct) {
    source_.fail(location, fmt::format("{}(DISTINCT ...) is not yet supported", name),
                 "count(DISTINCT ...) is; or group by the value in another view");
  }
  aggregate.distinct = false;  // of min, max, and, or it changes nothing
  const auto overloads = overloadsOf(function);
  const Kind kinds[] = {argument->type.kind};
  const Choice choice = chooseOverload(overloads, kinds, false);
  if (choice.overload == nullptr || choice.overload->refused) {
    const bool exists = choice.overload != nullptr;
    source_.fail(
        location,
        fmt::format("{}{}({}) {}", exists ? "" : "function ", name, plainTypeName(argument->type),
                    exists             ? "is not yet supported"
                    : choice.ambiguous ? "is not unique"
                                       : "does not exist"),
        exists ? "" : "no aggregate matches this type; a cast may help: CAST(x AS type)");
  }
  aggregate.argument = convert(source_, argument, choice.overload->args[0]);
  aggregate.type = Type::of(choice.overload->result);
  if (aggregate.type.kind == Kind::numeric) {
    aggregate.type.scale = resultScale(function, aggregate.argument->type);
  }
}

ExprPtr ExprBinder::aggregateLeaf(Aggregate aggregate, int location) {
  std::vector<Aggregate>& list = aggregates_->list;
  auto found = std::find_if(list.begin(), list.end(),
                            [&](const Aggregate& a) { return sameAggregate(a, aggregate); });
  const bool count = aggregate.function == AggregateFunction::count ||
                     aggregate.function == AggregateFunction::countRows;
  const bool nullable = !count && (!aggregates_->grouped || aggregate.filter != nullptr ||
                                   aggregate.argument->nullable);
  auto leaf = makeNode(Op::aggregate, aggregate.type, {}, location);
  leaf->nullable = nullable;
  leaf->column = static_cast<uint32_t>(found - list.begin());
  if (found == list.end()) list.push_back(std::move(aggregate));
  return leaf;
}

}  // namespace facet
