#include "views/plan/store_planner.h"

#include <algorithm>
#include <utility>

#include "values/assert.h"

namespace facet {

namespace {

template <typename List, typename Item>
uint32_t placeIn(const List& list, const Item& item) {
  return static_cast<uint32_t>(std::find(list.begin(), list.end(), item) - list.begin());
}

class StorePlanner {
 public:
  StorePlanner(const ViewType& view, bool takesBack, SiteList& sites)
      : view_(view), select_(view.select), takesBack_(takesBack), sites_(sites) {}

  PlannedStore run() {
    store_.aggregated = select_.aggregated;
    store_.global = select_.aggregated && select_.groupBy.empty();
    if (store_.aggregated) {
      chooseGroupKey();
      planAggregates();
    } else {
      choosePlainKey();
    }
    planReading();
    return std::move(out_);
  }

 private:
  /// The view's key comes first in the stored key, as far as it can.
  void chooseGroupKey() {
    const auto groups = static_cast<uint32_t>(select_.groupBy.size());
    std::vector<uint32_t>& key = store_.keyGroups;
    for (uint32_t i = 0; i < view_.key.size(); ++i) {
      const Expr& output = *select_.outputs[view_.key[i]].expr;
      if (output.op != Op::groupColumn || placeIn(key, output.column) < key.size()) continue;
      key.push_back(output.column);
      store_.viewKey.shardColumns.push_back(i);
    }
    store_.format.shardColumns = static_cast<uint32_t>(key.size());
    store_.viewKey.isStored =
        view_.hasKey && key.size() == view_.key.size() && key.size() == groups;
    for (uint32_t group = 0; group < groups; ++group) {
      if (placeIn(key, group) == key.size()) key.push_back(group);
    }
    if (!view_.hasKey) store_.format.shardColumns = groups;
    std::vector<Type> types;
    for (const uint32_t group : key) {
      out_.key.push_back(select_.groupBy[group]);
      types.push_back(select_.groupBy[group]->type);
    }
    setKeyTypes(std::move(types));
  }

  void choosePlainKey() {
    store_.format.exact = !view_.hasKey;
    const auto columns = static_cast<uint32_t>(select_.outputs.size());
    std::vector<uint32_t> key = view_.key;
    std::vector<uint32_t> rest;
    for (uint32_t i = 0; i < columns; ++i) {
      if (store_.format.exact) key.push_back(i);
      const uint32_t inKey = placeIn(key, i);
      if (inKey < key.size()) {
        store_.places.push_back({OutputPlace::In::key, inKey});
      } else {
        store_.places.push_back({OutputPlace::In::rest, static_cast<uint32_t>(rest.size())});
        rest.push_back(i);
      }
    }
    store_.viewKey.isStored = view_.hasKey;
    store_.format.shardColumns = static_cast<uint32_t>(key.size());
    const auto take = [&](const std::vector<uint32_t>& outputs, std::vector<ExprPtr>& exprs) {
      std::vector<Type> types;
      for (const uint32_t i : outputs) {
        exprs.push_back(select_.outputs[i].expr);
        types.push_back(exprs.back()->type);
      }
      return types;
    };
    setKeyTypes(take(key, out_.key));
    store_.format.rest = store_.restLayout = RowLayout(take(rest, out_.rest));
  }

  void setKeyTypes(std::vector<Type> types) {
    store_.format.shardKey = RowLayout({types.begin(), types.begin() + store_.format.shardColumns});
    store_.format.key = RowLayout(std::move(types));
  }

  void planAggregates() {
    std::vector<Type> extremes;
    for (const Aggregate& aggregate : select_.aggregates) {
      AggregatePlan& plan = store_.aggregates.emplace_back(aggregate, takesBack_);
      store_.aggregateTexts.push_back(sites_.add(aggregate));
      store_.valueSets = store_.valueSets || plan.usesSet();
      plan.set = setOf(store_.aggregates.size() - 1);
      if (plan.state != AggregatePlan::State::extremeText) continue;
      plan.extremeColumn = static_cast<uint32_t>(extremes.size());
      extremes.push_back(plan.argument);
    }
    store_.extremeLayout = RowLayout(std::move(extremes));
    store_.accumulatorBytes = layOut(store_.aggregates);
  }

  /// The aggregate whose counted set this one uses: the first of those that can share it.
  uint32_t setOf(size_t aggregate) const {
    const auto isShared = [&](size_t other) {
      return store_.aggregates[other].isExtremeOfSet() &&
             store_.aggregates[aggregate].isExtremeOfSet() &&
             sameExpr(*select_.aggregates[other].argument,
                      *select_.aggregates[aggregate].argument) &&
             sameFilter(select_.aggregates[other].filter, select_.aggregates[aggregate].filter);
    };
    size_t first = 0;
    while (first < aggregate && !isShared(first)) ++first;
    return static_cast<uint32_t>(first);
  }

  static bool sameFilter(const ExprPtr& a, const ExprPtr& b) {
    return a && b ? sameExpr(*a, *b) : a == b;
  }

  void planReading() {
    std::vector<Type> types;
    for (const OutputColumn& output : select_.outputs) types.push_back(output.expr->type);
    store_.outputLayout = RowLayout(types);
    for (const ViewIndex& index : view_.indexes) {
      store_.orders.push_back({index.columns, index.descending, index.nullsFirst});
    }
    if (!view_.hasKey) return;
    std::vector<Type> keyTypes;
    for (const uint32_t column : view_.key) keyTypes.push_back(types[column]);
    store_.viewKey.layout = RowLayout(std::move(keyTypes));
    if (store_.viewKey.isStored) return;
    store_.viewKey.order = static_cast<uint32_t>(store_.orders.size());
    const std::vector<bool> ascending(view_.key.size(), false);
    store_.orders.push_back({view_.key, ascending, ascending});
  }

  const ViewType& view_;
  const Select& select_;
  const bool takesBack_;
  SiteList& sites_;
  PlannedStore out_;
  StorePlan& store_ = out_.plan;
};

}  // namespace

void planOutputs(const Select& select, SiteList& sites, StorePlan& store) {
  const auto overGroups = [&](const ExprPtr& expr) {
    const auto noColumns = [](uint32_t, uint32_t column) -> ColumnPlace {
      FACET_ASSERT(!"a column above the groups", column);
      return {};
    };
    return Site{Program(*expr, noColumns), sites.add(*expr)};
  };
  if (select.having) store.having = overGroups(select.having);
  std::vector<Type> types;
  for (const OutputColumn& output : select.outputs) {
    const Expr& expr = *output.expr;
    if (expr.op == Op::groupColumn) {
      const uint32_t inKey = placeIn(store.keyGroups, expr.column);
      store.places.push_back({OutputPlace::In::key, inKey});
      const auto& tails = store.format.key.tailColumns();
      if (std::find(tails.begin(), tails.end(), inKey) != tails.end()) {
        store.shownKeyTexts.push_back(inKey);
      }
    } else if (expr.op == Op::aggregate && store.aggregates[expr.column].isDirect()) {
      store.places.push_back({OutputPlace::In::aggregate, expr.column});
    } else {
      store.places.push_back({OutputPlace::In::rest, static_cast<uint32_t>(types.size())});
      store.outputs.push_back(overGroups(output.expr));
      types.push_back(expr.type);
    }
  }
  store.restLayout = RowLayout(std::move(types));
}

PlannedStore planStore(const ViewType& view, bool takesBack, SiteList& sites) {
  return StorePlanner(view, takesBack, sites).run();
}

}  // namespace facet
