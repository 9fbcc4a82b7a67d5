#include "views/plan/view_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "values/assert.h"
#include "views/plan/lift.h"
#include "views/plan/view_operators.h"

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

template <typename List, typename Item>
uint32_t placeIn(const List& list, const Item& item) {
  return static_cast<uint32_t>(std::find(list.begin(), list.end(), item) - list.begin());
}

class Compiler {
 public:
  Compiler(const Model& model, const ViewType& view, ViewPlan::Operators& out)
      : model_(model), view_(view), select_(view.select), out_(out) {}

  void run() {
    compileSource();
    if (out_.aggregated) {
      chooseGroupKey();
      compileAggregates();
    } else {
      choosePlainKey();
    }
    compileRows();
    if (out_.aggregated) compileOutputs();
    compileReading();
    out_.rowSite = addText("a row of the view");
  }

 private:
  // ---- programs ----

  uint32_t addText(std::string text) {
    const uint32_t known = placeIn(out_.sites, text);
    if (known == out_.sites.size()) out_.sites.push_back(std::move(text));
    return known;
  }

  static ColumnPlace tableColumn(const TableType& table, uint32_t column, uint32_t firstInput) {
    const TableType::Place& place = table.places[column];
    return place.inKey ? ColumnPlace{firstInput, table.keyLayout.slot(place.index)}
                       : ColumnPlace{firstInput + 1, table.restLayout.slot(place.index)};
  }

  ColumnPlace sourceColumn(uint32_t column, uint32_t firstInput) const {
    if (!out_.sourceIsEvent) {
      return tableColumn(model_.tables()[out_.sourceIndex], column, firstInput);
    }
    return {firstInput, model_.events()[out_.sourceIndex].layout.slot(column)};
  }

  ColumnPlace joinedColumn(uint32_t relation, uint32_t column) const {
    return tableColumn(model_.tables()[out_.joins[relation - 1].table], column, 2 * relation - 1);
  }

  Site sourceSite(const ExprPtr& expr) {
    return {Program(*expr, [this](uint32_t, uint32_t column) { return sourceColumn(column, 0); }),
            addText(textOf(*expr, select_))};
  }

  /// Over the joined tables and the lower row. Where the lower row's columns are is known when all
  /// parts are: finishLower() compiles it.
  void liftedSite(const ExprPtr& expr, Site& site) {
    site.text = addText(textOf(*expr, select_));
    lifted_.push_back({lifter_.lift(expr), &site});
  }

  // ---- the source, and what is stored ----

  void compileSource() {
    const Relation& source = *select_.from[0].relation;
    out_.sourceIsEvent = source.kind == RelationKind::event;
    out_.sourceIndex = source.index;
    if (!out_.sourceIsEvent) out_.sourceKeyLayout = model_.tables()[source.index].keyLayout;
    out_.joined = !select_.joins.empty();
    out_.aggregated = select_.aggregated;
    out_.global = select_.aggregated && select_.groupBy.empty();
    for (const Join& join : select_.joins) {
      KeyJoinPlan& plan = out_.joins.emplace_back();
      FACET_ASSERT(join.relation == out_.joins.size(), join.relation);
      plan.table = select_.from[join.relation].relation->index;
      const auto sameTable = [&](const KeyJoinPlan& other) { return other.table == plan.table; };
      plan.first = static_cast<uint32_t>(
          std::find_if(out_.joins.begin(), out_.joins.end(), sameTable) - out_.joins.begin());
      for (const ExprPtr& key : join.keys) plan.fixed = plan.fixed && !usesOf(*key).tables;
    }
    // The lower rows are sharded by the first join's key, which only the source can give.
    FACET_ASSERT(!out_.joined || out_.joins[0].fixed);
  }

  /// The view's key comes first in the stored key, as far as it can.
  void chooseGroupKey() {
    const auto groups = static_cast<uint32_t>(select_.groupBy.size());
    std::vector<uint32_t>& key = out_.keyGroups;
    for (uint32_t i = 0; i < view_.key.size(); ++i) {
      const Expr& output = *select_.outputs[view_.key[i]].expr;
      if (output.op != Op::groupColumn || placeIn(key, output.column) < key.size()) continue;
      key.push_back(output.column);
      out_.shardViewColumns.push_back(i);
    }
    out_.shardColumns = static_cast<uint32_t>(key.size());
    out_.keyIsStored = view_.hasKey && key.size() == view_.key.size() && key.size() == groups;
    for (uint32_t group = 0; group < groups; ++group) {
      if (placeIn(key, group) == key.size()) key.push_back(group);
    }
    if (!view_.hasKey) out_.shardColumns = groups;
    std::vector<Type> types;
    for (const uint32_t group : key) types.push_back(select_.groupBy[group]->type);
    setKeyTypes(std::move(types));
  }

  void choosePlainKey() {
    out_.bag = !view_.hasKey;
    const auto columns = static_cast<uint32_t>(select_.outputs.size());
    plainKey_ = view_.key;
    for (uint32_t i = 0; i < columns; ++i) {
      if (out_.bag) plainKey_.push_back(i);
      const uint32_t inKey = placeIn(plainKey_, i);
      if (inKey < plainKey_.size()) {
        out_.places.push_back({OutputPlace::In::key, inKey});
      } else {
        out_.places.push_back({OutputPlace::In::rest, static_cast<uint32_t>(plainRest_.size())});
        plainRest_.push_back(i);
      }
    }
    out_.keyIsStored = view_.hasKey;
    out_.shardColumns = static_cast<uint32_t>(plainKey_.size());
    const auto typesOf = [&](const std::vector<uint32_t>& outputs) {
      std::vector<Type> types;
      for (const uint32_t i : outputs) types.push_back(select_.outputs[i].expr->type);
      return types;
    };
    setKeyTypes(typesOf(plainKey_));
    out_.restLayout = RowLayout(typesOf(plainRest_));
  }

  void setKeyTypes(std::vector<Type> types) {
    out_.shardLayout = RowLayout({types.begin(), types.begin() + out_.shardColumns});
    out_.keyLayout = RowLayout(std::move(types));
  }

  void compileAggregates() {
    const bool retractable = out_.joined || !out_.sourceIsEvent;
    std::vector<Type> extremes;
    for (const Aggregate& aggregate : select_.aggregates) {
      AggregatePlan& plan = out_.aggregates.emplace_back(aggregate, retractable);
      out_.aggregateTexts.push_back(addText(aggregateText(aggregate, select_)));
      out_.valueSets = out_.valueSets || plan.usesSet();
      plan.set = setOf(out_.aggregates.size() - 1);
      if (plan.state != AggregatePlan::State::extremeText) continue;
      plan.extremeColumn = static_cast<uint32_t>(extremes.size());
      extremes.push_back(plan.argument);
    }
    out_.extremeLayout = RowLayout(std::move(extremes));
    out_.accumulatorBytes = layOut(out_.aggregates);
  }

  /// The aggregate whose counted set this one uses: the first of those that can share it.
  uint32_t setOf(size_t aggregate) const {
    const auto isShared = [&](size_t other) {
      return out_.aggregates[other].isExtremeOfSet() &&
             out_.aggregates[aggregate].isExtremeOfSet() &&
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

  // ---- rows to groups ----

  void compileRows() {
    if (!out_.joined) {
      compileUpper(out_.upper, [&](const ExprPtr& expr, Site& site) { site = sourceSite(expr); });
      return;
    }
    compileLower();
    compileUpper(out_.upper, [&](const ExprPtr& expr, Site& site) { liftedSite(expr, site); });
    finishLower();
    for (KeyJoinPlan& join : out_.joins) findUsed(join);
  }

  /// `make(expr, site)` compiles one expression. The vectors get their size first: sites stay where
  /// they are.
  template <typename Make>
  void compileUpper(UpperPrograms& programs, const Make& make) {
    const auto compileList = [&](const std::vector<ExprPtr>& exprs, std::vector<Site>& sites) {
      sites.resize(exprs.size());
      for (size_t i = 0; i < exprs.size(); ++i) make(exprs[i], sites[i]);
    };
    programs.joinKeys.resize(select_.joins.size());
    for (size_t i = 0; i < select_.joins.size(); ++i) {
      compileList(select_.joins[i].keys, programs.joinKeys[i]);
    }
    std::vector<ExprPtr> where, key, rest;
    for (const ExprPtr& conjunct : select_.where) {
      if (!isBelow(*conjunct)) where.push_back(conjunct);
    }
    for (const uint32_t group : out_.keyGroups) key.push_back(select_.groupBy[group]);
    for (const uint32_t i : plainKey_) key.push_back(select_.outputs[i].expr);
    for (const uint32_t i : plainRest_) rest.push_back(select_.outputs[i].expr);
    compileList(where, programs.rows.where);
    compileList(key, programs.rows.key);
    compileList(rest, programs.rows.rest);

    const size_t count = select_.aggregates.size();
    programs.rows.arguments.resize(count);
    programs.rows.filters.resize(count);
    for (size_t i = 0; i < count; ++i) {
      if (isSummedBelow(i)) continue;
      const Aggregate& aggregate = select_.aggregates[i];
      if (aggregate.argument) make(aggregate.argument, programs.rows.arguments[i].emplace());
      if (aggregate.filter) make(aggregate.filter, programs.rows.filters[i].emplace());
    }
  }

  /// A conjunct of WHERE that is applied below the joins, as PostgreSQL does in its scans.
  bool isBelow(const Expr& conjunct) const { return out_.joined && !usesOf(conjunct).tables; }

  /// Whether the aggregate is summed below the joins: linear, and over the source alone.
  bool isSummedBelow(size_t aggregate) const {
    const AggregatePlan& plan = out_.aggregates[aggregate];
    if (!out_.joined || !plan.isLinear() || plan.state == AggregatePlan::State::none) return false;
    const Aggregate& bound = select_.aggregates[aggregate];
    const auto isSource = [](const ExprPtr& expr) { return !expr || !usesOf(*expr).tables; };
    return isSource(bound.argument) && isSource(bound.filter);
  }

  void compileLower() {
    LowerPlan& lower = out_.lower;
    for (const ExprPtr& conjunct : select_.where) {
      if (isBelow(*conjunct)) lower.where.push_back(sourceSite(conjunct));
    }
    for (const ExprPtr& key : select_.joins[0].keys) lower.shardKey.push_back(sourceSite(key));
    for (uint32_t i = 0; i < out_.aggregates.size(); ++i) {
      if (!isSummedBelow(i)) continue;
      const Aggregate& aggregate = select_.aggregates[i];
      lower.sums.push_back(out_.aggregates[i]);
      lower.sumOf.push_back(i);
      lower.arguments.emplace_back();
      lower.filters.emplace_back();
      if (aggregate.argument) lower.arguments.back() = sourceSite(aggregate.argument);
      if (aggregate.filter) lower.filters.back() = sourceSite(aggregate.filter);
    }
    lower.sumBytes = layOut(lower.sums);
  }

  void finishLower() {
    LowerPlan& lower = out_.lower;
    std::vector<Type> types = {Type::of(Kind::bytes)};
    for (const ExprPtr& part : lifter_.parts()) {
      types.push_back(part->type);
      lower.columns.push_back(sourceSite(part));
    }
    lower.layout = RowLayout(std::move(types));
    for (const Lifted& lifted : lifted_) {
      lifted.site->program = Program(*lifted.expr, [this](uint32_t relation, uint32_t column) {
        return relation == 0 ? ColumnPlace{0, out_.lower.layout.slot(column)}
                             : joinedColumn(relation, column);
      });
    }
  }

  /// The columns of a joined table that anything looks at: changes of others move no entry.
  void findUsed(KeyJoinPlan& join) {
    const auto relation = static_cast<uint32_t>(&join - out_.joins.data()) + 1;
    const TableType& table = model_.tables()[join.table];
    std::set<uint32_t> used;
    const auto look = [&](const ExprPtr& expr) {
      if (!expr) return;
      forEachNode(*expr, [&](const Expr& node) {
        if (node.op != Op::column || node.relation != relation) return;
        const TableType::Place& place = table.places[node.column];
        if (!place.inKey) used.insert(place.index);
      });
    };
    for (const Join& other : select_.joins)
      std::for_each(other.keys.begin(), other.keys.end(), look);
    std::for_each(select_.where.begin(), select_.where.end(), look);
    std::for_each(select_.groupBy.begin(), select_.groupBy.end(), look);
    for (const Aggregate& aggregate : select_.aggregates) {
      look(aggregate.argument);
      look(aggregate.filter);
    }
    for (const OutputColumn& output : select_.outputs) look(output.expr);
    join.used.assign(used.begin(), used.end());
  }

  // ---- results ----

  void compileOutputs() {
    const auto overGroups = [&](const ExprPtr& expr) {
      const auto noColumns = [](uint32_t, uint32_t column) -> ColumnPlace {
        FACET_ASSERT(!"a column above the groups", column);
        return {};
      };
      return Site{Program(*expr, noColumns), addText(textOf(*expr, select_))};
    };
    if (select_.having) out_.having = overGroups(select_.having);
    std::vector<Type> types;
    for (const OutputColumn& output : select_.outputs) {
      const Expr& expr = *output.expr;
      if (expr.op == Op::groupColumn) {
        const uint32_t inKey = placeIn(out_.keyGroups, expr.column);
        out_.places.push_back({OutputPlace::In::key, inKey});
        const auto& tails = out_.keyLayout.tailColumns();
        if (std::find(tails.begin(), tails.end(), inKey) != tails.end()) {
          out_.shownKeyTexts.push_back(inKey);
        }
      } else if (expr.op == Op::aggregate && out_.aggregates[expr.column].isDirect()) {
        out_.places.push_back({OutputPlace::In::aggregate, expr.column});
      } else {
        out_.places.push_back({OutputPlace::In::rest, static_cast<uint32_t>(types.size())});
        out_.outputs.push_back(overGroups(output.expr));
        types.push_back(expr.type);
      }
    }
    out_.restLayout = RowLayout(std::move(types));
  }

  void compileReading() {
    std::vector<Type> types;
    for (const OutputColumn& output : select_.outputs) types.push_back(output.expr->type);
    out_.outputLayout = RowLayout(types);
    for (const ViewIndex& index : view_.indexes) {
      out_.orders.push_back({index.columns, index.descending, index.nullsFirst});
    }
    if (!view_.hasKey) return;
    std::vector<Type> keyTypes;
    for (const uint32_t column : view_.key) keyTypes.push_back(types[column]);
    out_.viewKeyLayout = RowLayout(std::move(keyTypes));
    if (out_.keyIsStored) return;
    out_.uniqueOrder = static_cast<uint32_t>(out_.orders.size());
    const std::vector<bool> ascending(view_.key.size(), false);
    out_.orders.push_back({view_.key, ascending, ascending});
  }

  struct Lifted {
    ExprPtr expr;
    Site* site;
  };
  const Model& model_;
  const ViewType& view_;
  const Select& select_;
  ViewPlan::Operators& out_;
  std::vector<uint32_t> plainKey_;   // plain views: output columns of the stored key
  std::vector<uint32_t> plainRest_;  // and the others
  Lifter lifter_{LowerPlan::kFailedRow + 1};
  std::vector<Lifted> lifted_;
};

}  // namespace

ViewPlan::ViewPlan() = default;
ViewPlan::~ViewPlan() = default;

std::shared_ptr<const ViewPlan> ViewPlan::compile(std::shared_ptr<const Model> model,
                                                  uint32_t view) {
  auto operators = std::make_unique<Operators>();
  operators->view = view;
  Compiler(*model, model->views()[view], *operators).run();
  std::shared_ptr<ViewPlan> plan(new ViewPlan());
  plan->model_ = std::move(model);
  plan->view_ = view;
  plan->operators_ = std::move(operators);
  return plan;
}

bool ViewPlan::takesBack() const {
  const auto& aggregates = operators_->aggregates;
  return std::none_of(aggregates.begin(), aggregates.end(),
                      [](const AggregatePlan& plan) { return plan.keepsOnlyExtremes(); });
}

std::vector<uint32_t> ViewPlan::joinedTables() const {
  std::vector<uint32_t> out;
  for (const KeyJoinPlan& join : operators_->joins) out.push_back(join.table);
  return out;
}

}  // namespace facet
