#include "views/query/query_groups.h"

namespace facet {

namespace {

/// Memory of a group beside its key, its accumulators and its distinct values, roughly.
constexpr uint64_t kGroupBytes = 96;

}  // namespace

QueryGroups::QueryGroups(const Select& select) {
  std::vector<Type> types;
  for (const ExprPtr& expr : select.groupBy) types.push_back(expr->type);
  layout_ = RowLayout(std::move(types));
  for (const Aggregate& aggregate : select.aggregates) {
    // The columns may be a view's.
    AggregatePlan& plan = plans_.emplace_back(aggregate, false, true);
    if (plan.state == AggregatePlan::State::extremeText) plan.extremeColumn = extremeCount_++;
    // count(DISTINCT)
    const bool distinct = plan.state == AggregatePlan::State::values;
    distinct_.push_back(distinct ? distinctCount_++ : kNone);
    arguments_.emplace_back(aggregate.argument ? std::vector<Type>{aggregate.argument->type}
                                               : std::vector<Type>{});
  }
  accumulatorBytes_ = layOut(plans_);
  if (!select.groupBy.empty()) return;
  builder_.start(layout_);
  groupOf(std::string(builder_.finish().bytes()));
}

QueryGroups::Group& QueryGroups::groupOf(std::string key) {
  auto [place, isNew] = groups_.try_emplace(std::move(key));
  Group& group = place->second;
  if (!isNew) return group;
  group.accumulators.resize((accumulatorBytes_ + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  group.extremes.resize(extremeCount_);
  group.distinct.resize(distinctCount_);
  bytes_ += place->first.size() + kGroupBytes + sizeof(Group) + accumulatorBytes_ +
            extremeCount_ * sizeof(std::string) +
            distinctCount_ * sizeof(std::unordered_set<std::string>);
  return group;
}

void QueryGroups::add(const std::vector<Value>& group, const std::vector<Value>& arguments,
                      const std::vector<bool>& passes, uint64_t times) {
  builder_.start(layout_);
  for (size_t i = 0; i < group.size(); ++i) builder_.setKey(i, group[i]);
  Group& found = groupOf(std::string(builder_.finish().bytes()));
  found.rows += static_cast<int64_t>(times);
  for (size_t i = 0; i < plans_.size(); ++i) {
    const bool hasArgument = plans_[i].function != AggregateFunction::countRows;
    if (!passes[i] || (hasArgument && arguments[i].isNull())) continue;
    addValue(i, found, arguments[i], times);
  }
}

void QueryGroups::addValue(size_t aggregate, Group& group, const Value& value, uint64_t times) {
  const AggregatePlan& plan = plans_[aggregate];
  switch (plan.state) {
    case AggregatePlan::State::values:
      return plan.changeCount(group.at(), isNew(aggregate, group, value) ? 1 : 0);
    case AggregatePlan::State::extremeText:
      return keepText(aggregate, group, value);
    default:
      return plan.add(group.at(), value, static_cast<int64_t>(times));
  }
}

bool QueryGroups::isNew(size_t aggregate, Group& group, const Value& value) {
  argumentBuilder_.start(arguments_[aggregate]);
  argumentBuilder_.setKey(0, value);
  const auto [place, isNew] =
      group.distinct[distinct_[aggregate]].emplace(argumentBuilder_.finish().bytes());
  if (isNew) bytes_ += place->size() + kGroupBytes;
  return isNew;
}

void QueryGroups::keepText(size_t aggregate, Group& group, const Value& value) {
  const AggregatePlan& plan = plans_[aggregate];
  std::string& kept = group.extremes[plan.extremeColumn];
  const RowLayout& layout = arguments_[aggregate];
  if (!kept.empty() && !plan.isBetter(value, Row(kept.data()).get(layout, 0))) return;
  argumentBuilder_.start(layout);
  argumentBuilder_.set(0, value);
  bytes_ -= kept.capacity();
  kept = argumentBuilder_.finish().bytes();
  bytes_ += kept.capacity();
}

Value QueryGroups::result(size_t aggregate, Group& group) const {
  const AggregatePlan& plan = plans_[aggregate];
  if (plan.state != AggregatePlan::State::extremeText) return plan.result(group.at(), group.rows);
  const std::string& kept = group.extremes[plan.extremeColumn];
  return kept.empty() ? Value::null() : Row(kept.data()).get(arguments_[aggregate], 0);
}

}  // namespace facet
