#include "views/plan/row_planner.h"

#include <algorithm>
#include <set>
#include <utility>

#include "values/assert.h"
#include "views/plan/lift.h"

namespace facet {

namespace {

class RowPlanner {
 public:
  RowPlanner(const Model& model, const Select& select, const PlannedStore& store, SiteList& sites,
             ViewPlan::Operators& out)
      : model_(model), select_(select), planned_(store), sites_(sites), out_(out) {}

  void run() {
    if (select_.joins.empty()) {
      planUpper(out_.rows, [&](const ExprPtr& expr, Site& site) { site = sourceSite(expr); });
      return;
    }
    planJoins(out_.join.emplace().tables);
    planLower();
    const auto lift = [&](const ExprPtr& expr, Site& site) { liftedSite(expr, site); };
    for (size_t i = 0; i < select_.joins.size(); ++i) {
      compileList(select_.joins[i].keys, out_.join->tables[i].key, lift);
    }
    planUpper(out_.rows, lift);
    finishLower();
    out_.store.sums = out_.join->lower.sums;
    for (KeyJoinPlan& join : out_.join->tables) findUsed(join);
  }

 private:
  static ColumnPlace tableColumn(const TableType& table, uint32_t column, uint32_t firstInput) {
    const TableType::Place& place = table.places[column];
    return place.inKey ? ColumnPlace{firstInput, table.keyLayout.slot(place.index)}
                       : ColumnPlace{firstInput + 1, table.restLayout.slot(place.index)};
  }

  ColumnPlace sourceColumn(uint32_t column, uint32_t firstInput) const {
    if (!out_.source.isEvent) {
      return tableColumn(model_.tables()[out_.source.index], column, firstInput);
    }
    return {firstInput, model_.events()[out_.source.index].layout.slot(column)};
  }

  ColumnPlace joinedColumn(uint32_t relation, uint32_t column) const {
    return tableColumn(model_.tables()[out_.join->tables[relation - 1].table], column,
                       2 * relation - 1);
  }

  Site sourceSite(const ExprPtr& expr) {
    return {Program(*expr, [this](uint32_t, uint32_t column) { return sourceColumn(column, 0); }),
            sites_.add(*expr)};
  }

  /// Over the joined tables and the lower row. Where the lower row's columns are is known when all
  /// parts are: finishLower() compiles it.
  void liftedSite(const ExprPtr& expr, Site& site) {
    site.text = sites_.add(*expr);
    lifted_.push_back({lifter_.lift(expr), &site});
  }

  void planJoins(std::vector<KeyJoinPlan>& joins) {
    for (const Join& join : select_.joins) {
      KeyJoinPlan& plan = joins.emplace_back();
      FACET_ASSERT(join.relation == joins.size(), join.relation);
      plan.table = select_.from[join.relation].relation->index;
      const auto sameTable = [&](const KeyJoinPlan& other) { return other.table == plan.table; };
      plan.first = static_cast<uint32_t>(std::find_if(joins.begin(), joins.end(), sameTable) -
                                         joins.begin());
      for (const ExprPtr& key : join.keys) plan.fixed = plan.fixed && !usesOf(*key).tables;
    }
    // The lower rows are sharded by the first join's key, which only the source can give.
    FACET_ASSERT(joins[0].fixed);
  }

  /// `make(expr, site)` compiles one expression. The vectors get their size first: sites stay where
  /// they are.
  template <typename Make>
  static void compileList(const std::vector<ExprPtr>& exprs, std::vector<Site>& sites,
                          const Make& make) {
    sites.resize(exprs.size());
    for (size_t i = 0; i < exprs.size(); ++i) make(exprs[i], sites[i]);
  }

  template <typename Make>
  void planUpper(RowPrograms& programs, const Make& make) {
    std::vector<ExprPtr> where;
    for (const ExprPtr& conjunct : select_.where) {
      if (!isBelow(*conjunct)) where.push_back(conjunct);
    }
    compileList(where, programs.where, make);
    compileList(planned_.key, programs.key, make);
    compileList(planned_.rest, programs.rest, make);

    const size_t count = select_.aggregates.size();
    programs.arguments.resize(count);
    programs.filters.resize(count);
    for (size_t i = 0; i < count; ++i) {
      if (isSummedBelow(i)) continue;
      const Aggregate& aggregate = select_.aggregates[i];
      if (aggregate.argument) make(aggregate.argument, programs.arguments[i].emplace());
      if (aggregate.filter) make(aggregate.filter, programs.filters[i].emplace());
    }
  }

  /// A conjunct of WHERE that is applied below the joins, as PostgreSQL does in its scans.
  bool isBelow(const Expr& conjunct) const { return out_.join && !usesOf(conjunct).tables; }

  /// Whether the aggregate is summed below the joins: linear, and over the source alone.
  bool isSummedBelow(size_t aggregate) const {
    const AggregatePlan& plan = out_.store.aggregates[aggregate];
    if (!out_.join || !plan.isLinear() || plan.state == AggregatePlan::State::none) return false;
    const Aggregate& bound = select_.aggregates[aggregate];
    const auto isSource = [](const ExprPtr& expr) { return !expr || !usesOf(*expr).tables; };
    return isSource(bound.argument) && isSource(bound.filter);
  }

  void planLower() {
    LowerPlan& lower = out_.join->lower;
    for (const ExprPtr& conjunct : select_.where) {
      if (isBelow(*conjunct)) lower.where.push_back(sourceSite(conjunct));
    }
    for (const ExprPtr& key : select_.joins[0].keys) lower.shardKey.push_back(sourceSite(key));
    for (uint32_t i = 0; i < out_.store.aggregates.size(); ++i) {
      if (!isSummedBelow(i)) continue;
      const Aggregate& aggregate = select_.aggregates[i];
      lower.sums.plans.push_back(out_.store.aggregates[i]);
      lower.sums.aggregates.push_back(i);
      lower.arguments.emplace_back();
      lower.filters.emplace_back();
      if (aggregate.argument) lower.arguments.back() = sourceSite(aggregate.argument);
      if (aggregate.filter) lower.filters.back() = sourceSite(aggregate.filter);
    }
    lower.sums.bytes = layOut(lower.sums.plans);
  }

  void finishLower() {
    LowerPlan& lower = out_.join->lower;
    std::vector<Type> types = {Type::of(Kind::bytes)};
    for (const ExprPtr& part : lifter_.parts()) {
      types.push_back(part->type);
      lower.columns.push_back(sourceSite(part));
    }
    lower.layout = RowLayout(std::move(types));
    for (const Lifted& lifted : lifted_) {
      lifted.site->program = Program(*lifted.expr, [this](uint32_t relation, uint32_t column) {
        return relation == 0 ? ColumnPlace{0, out_.join->lower.layout.slot(column)}
                             : joinedColumn(relation, column);
      });
    }
  }

  /// The columns of a joined table that anything looks at: changes of others move no entry.
  void findUsed(KeyJoinPlan& join) {
    const auto relation = static_cast<uint32_t>(&join - out_.join->tables.data()) + 1;
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

  struct Lifted {
    ExprPtr expr;
    Site* site;
  };
  const Model& model_;
  const Select& select_;
  const PlannedStore& planned_;
  SiteList& sites_;
  ViewPlan::Operators& out_;
  Lifter lifter_{LowerPlan::kFailedRow + 1};
  std::vector<Lifted> lifted_;
};

}  // namespace

void planRows(const Model& model, const Select& select, const PlannedStore& store, SiteList& sites,
              ViewPlan::Operators& out) {
  RowPlanner(model, select, store, sites, out).run();
}

}  // namespace facet
