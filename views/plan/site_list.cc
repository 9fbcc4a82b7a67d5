#include "views/plan/site_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace facet {

namespace {

std::string nameOf(const void* context, const Expr& leaf);

std::string textOf(const Expr& expr, const Select& select) {
  return toSql(expr, nameOf, &select);
}

std::string aggregateText(const Aggregate& aggregate, const Select& select) {
  static constexpr std::string_view kNames[] = {"count", "count", "sum",      "avg",
                                                "min",   "max",   "bool_and", "bool_or"};
  const std::string argument = aggregate.argument ? textOf(*aggregate.argument, select) : "*";
  const std::string filter =
      aggregate.filter ? fmt::format(" FILTER (WHERE {})", textOf(*aggregate.filter, select)) : "";
  return fmt::format("{}({}{}){}", kNames[static_cast<size_t>(aggregate.function)],
                     aggregate.distinct ? "DISTINCT " : "", argument, filter);
}

std::string nameOf(const void* context, const Expr& leaf) {
  const auto& select = *static_cast<const Select*>(context);
  if (leaf.op == Op::eventPosition) return "_position";
  if (leaf.op == Op::eventTime) return "_time";
  if (leaf.op == Op::groupColumn) return textOf(*select.groupBy[leaf.column], select);
  if (leaf.op == Op::aggregate) return aggregateText(select.aggregates[leaf.column], select);
  const Select::From& from = select.from[leaf.relation];
  return from.alias + "." + from.relation->columns[leaf.column].name;
}

}  // namespace

uint32_t SiteList::add(const Expr& expr) {
  return add(textOf(expr, select_));
}

uint32_t SiteList::add(const Aggregate& aggregate) {
  return add(aggregateText(aggregate, select_));
}

uint32_t SiteList::add(std::string text) {
  const auto known = std::find(texts_.begin(), texts_.end(), text);
  const auto number = static_cast<uint32_t>(known - texts_.begin());
  if (known == texts_.end()) texts_.push_back(std::move(text));
  return number;
}

}  // namespace facet
