#include "sql/bind_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/limits.h"
#include "sql/one_row.h"
#include "sql/order_limit.h"
#include "sql/output_name.h"
#include "sql/over_groups.h"

namespace facet {

namespace {

struct Refusal {
  const char* field;  // of SelectStmt
  std::string_view word;
  std::string_view message;
  std::string_view hint;
};

constexpr Refusal kRefusals[] = {
    {"distinctClause", "distinct", "SELECT DISTINCT is not yet supported",
     "GROUP BY the columns instead"},
    {"intoClause", "into", "SELECT INTO is not supported", "use CREATE MATERIALIZED VIEW ... AS"},
    {"windowClause", "window", "WINDOW is not yet supported", "use GROUP BY"},
    {"valuesLists", "values", "VALUES is not supported", "write SELECT ... FROM"},
    {"lockingClause", "for", "FOR UPDATE and FOR SHARE are not supported", "leave it out"},
};

constexpr Refusal kViewRefusals[] = {
    {"withClause", "with", "WITH is not yet supported", "write one SELECT over the event or table"},
    {"sortClause", "order", "ORDER BY in a view is not yet supported",
     "a view's rows have no order; sort when you read them: scan --order-by, or ORDER BY in a "
     "query"},
    {"limitCount", "limit", "LIMIT in a view is not yet supported",
     "limit when you read: scan --limit, or LIMIT in a query"},
    {"limitOffset", "offset", "OFFSET in a view is not yet supported",
     "skip rows when you read: OFFSET in a query"},
};

bool containsAggregate(const Expr& expr) {
  bool found = false;
  forEachNode(expr, [&](const Expr& e) { found |= e.op == Op::aggregate; });
  return found;
}

class SelectBinder {
 public:
  SelectBinder(const Source& source, const Catalog& catalog, const SelectRules& rules,
               const SyntaxNode& statement)
      : source_(source), catalog_(catalog), rules_(rules), statement_(statement) {}

  Select bind() {
    refuseSetOperations();
    refuse(kRefusals);
    if (!rules_.from.query) refuse(kViewRefusals);
    bindFromAndWhere();
    aggregates_.grouped = statement_.has("groupClause");
    bindOutputs();
    bindGroupBy();
    if (statement_.has("havingClause")) {
      select_.having =
          binder("HAVING", &aggregates_).bindCondition(statement_.child("havingClause"));
    }
    if (rules_.from.query) bindOrderAndLimit();
    finishAggregation();
    return std::move(select_);
  }

 private:
  /// Where a clause of this statement begins.
  int placeOf(std::string_view word) const {
    return rules_.from.depth == 0 ? findWord(source_, word) : statement_.firstLocation();
  }

  template <typename List>
  void refuse(const List& refusals) const {
    for (const Refusal& r : refusals) {
      if (!statement_.has(r.field)) continue;
      source_.fail(placeOf(r.word), std::string(r.message), std::string(r.hint));
    }
  }

  void refuseSetOperations() const {
    const std::string_view op = statement_.text("op");
    if (op == "SETOP_NONE") return;
    const std::string_view name = op.substr(op.find('_') + 1);
    source_.fail(placeOf(name), fmt::format("{} is not yet supported", name),
                 "make a view for each SELECT");
  }

  ExprBinder binder(const char* clause, AggregateList* aggregates) {
    return {source_, names_, clause, rules_.from.given, aggregates};
  }

  void bindFromAndWhere() {
    const auto items = statement_.children("fromClause");
    if (items.empty() && !rules_.from.query) {
      source_.fail(placeOf("select"), "a view without FROM is not supported",
                   "name what it reads: FROM ...");
    }
    const WithScope with = bindWithClause(source_, catalog_, rules_.from, statement_);
    FromRules rules = rules_.from;
    rules.with = &with;
    std::vector<ExprPtr> conditions;
    if (!items.empty()) {
      FromClause from = bindFrom(source_, catalog_, rules, items);
      names_ = from.names;
      star_ = from.star;
      conditions = std::move(from.conditions);
      select_.from = std::move(from.inputs);
    }
    if (statement_.has("whereClause")) {
      const ExprPtr where = binder("WHERE", nullptr).bindCondition(statement_.child("whereClause"));
      splitConjuncts(where, conditions);
    }
    if (!rules.query) return joinByKeys(conditions);
    if (items.empty()) select_.from.push_back({&oneRow(), oneRow().name});
    select_.where = std::move(conditions);
  }

  /// The form that a view is planned in: inputs in the order in which they are joined.
  void joinByKeys(const std::vector<ExprPtr>& conditions) {
    JoinPlan plan = planJoins(source_, names_, conditions);
    std::vector<NamedRelation> relations = names_.relations();
    select_.from.clear();
    for (size_t i = 0; i < plan.order.size(); ++i) {
      NamedRelation& named = relations[plan.order[i]];
      named.index = static_cast<uint32_t>(i);
      select_.from.push_back({named.relation, named.alias});
    }
    names_ = NameScope(std::move(relations));
    select_.joins = std::move(plan.joins);
    select_.where = std::move(plan.rest);
  }

  void bindOutputs() {
    ExprBinder expressions = binder("SELECT", &aggregates_);
    for (const SyntaxNode& target : statement_.children("targetList")) {
      const SyntaxNode value = target.child("val");
      const auto fields =
          value.is("ColumnRef") ? value.names("fields") : std::vector<std::string_view>();
      if (!fields.empty() && fields.back() == "*") {
        addStar(fields, value.location());
        continue;
      }
      // Bound first: a name is only looked for in an expression that is not too deep.
      ExprPtr expr = expressions.bind(value);
      const std::string_view alias = target.text("name");
      add(alias.empty() ? outputName(value) : std::string(alias), std::move(expr),
          target.location());
      named_.back() = !alias.empty();
    }
    if (select_.outputs.empty())
      source_.fail(placeOf("select"), "a SELECT needs at least one column");
    nameOutputs();
  }

  void addStar(const std::vector<std::string_view>& fields, int location) {
    if (names_.relations().empty()) {
      source_.fail(location, "SELECT * with no tables specified is not valid",
                   "name what it reads: FROM ...");
    }
    if (fields.size() == 1) {
      for (const StarColumn& c : star_)
        addStarColumn(names_.relations()[c.relation], c.column, location);
      return;
    }
    if (fields.size() > 2) source_.fail(location, "a star has one name before it at most");
    const NamedRelation& named = names_.relation(source_, fields[0], location);
    for (size_t c = 0; c < named.columnCount(); ++c) addStarColumn(named, c, location);
  }

  void addStarColumn(const NamedRelation& named, size_t column, int location) {
    add(std::string(named.columnName(column)), named.columnExpr(column, location), location);
  }

  void add(std::string name, ExprPtr expr, int location) {
    if (select_.outputs.size() >= kMaxColumns) {
      source_.fail(location, fmt::format("a SELECT can have at most {} columns", kMaxColumns));
    }
    select_.outputs.push_back({std::move(name), std::move(expr)});
    locations_.push_back(location);
    named_.push_back(true);
  }

  /// Every column of a view has a name of its own.
  void nameOutputs() {
    std::vector<OutputColumn>& outputs = select_.outputs;
    if (rules_.columnNames.size() > outputs.size()) {
      const int location = rules_.from.depth > 0 ? statement_.firstLocation() : -1;
      source_.fail(location, "too many column names were specified",
                   fmt::format("the SELECT has {} columns", outputs.size()));
    }
    for (size_t i = 0; i < rules_.columnNames.size(); ++i) outputs[i].name = rules_.columnNames[i];
    std::fill_n(named_.begin(), rules_.columnNames.size(), true);
    if (rules_.from.query) return;
    std::vector<std::string_view> seen;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = outputs[i].name;
      if (name == kNoName && !named_[i]) {
        source_.fail(locations_[i], "a column of a view needs a name", "write ... AS name");
      }
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        source_.fail(locations_[i], fmt::format("column \"{}\" specified more than once", name),
                     "write ... AS another_name");
      }
      seen.push_back(name);
    }
  }

  void bindGroupBy() {
    for (const SyntaxNode& item : statement_.children("groupClause")) {
      if (item.is("GroupingSet")) {
        source_.fail(item.location(), "GROUPING SETS, ROLLUP and CUBE are not yet supported",
                     "make a view for each grouping");
      }
      ExprPtr expr = groupItem(item);
      if (containsAggregate(*expr)) {
        source_.fail(item.location(), "aggregate functions are not allowed in GROUP BY");
      }
      const auto same = [&](const ExprPtr& e) { return sameExpr(*e, *expr); };
      std::vector<ExprPtr>& groups = select_.groupBy;
      if (std::none_of(groups.begin(), groups.end(), same)) groups.push_back(std::move(expr));
    }
  }

  /// A bare name is a column's if there is one, else an output's; a number is an output's place.
  ExprPtr groupItem(const SyntaxNode& item) {
    const auto fields =
        item.is("ColumnRef") ? item.names("fields") : std::vector<std::string_view>();
    const bool outputFirst = fields.size() == 1 && !names_.hasBare(fields[0]);
    const OutputPick pick{source_, select_.outputs, "GROUP BY"};
    if (outputFirst) {
      if (const OutputColumn* output = pick.byName(fields[0], item.location())) return output->expr;
    }
    if (item.is("A_Const")) return pick.byPlace(item).expr;
    return binder("GROUP BY", nullptr).bind(item);
  }

  void bindOrderAndLimit() {
    const OutputPick pick{source_, select_.outputs, "ORDER BY"};
    for (const SyntaxNode& item : statement_.children("sortClause")) {
      const SyntaxNode value = item.child("node");
      const auto fields =
          value.is("ColumnRef") ? value.names("fields") : std::vector<std::string_view>();
      ExprPtr expr;
      if (fields.size() == 1) {
        const OutputColumn* output = pick.byName(fields[0], value.location());
        if (output != nullptr) expr = output->expr;
      }
      if (value.is("A_Const")) expr = pick.byPlace(value).expr;
      if (!expr) expr = binder("ORDER BY", &aggregates_).bind(value);
      select_.orderBy.push_back(makeOrderItem(source_, item, std::move(expr)));
    }
    bindLimit(source_, statement_, rules_.from.given, select_);
  }

  void finishAggregation() {
    select_.aggregated = aggregates_.grouped || select_.having || !aggregates_.list.empty();
    if (!select_.aggregated) return;
    select_.aggregates = std::move(aggregates_.list);
    const OverGroups overGroups{source_, names_, select_.groupBy};
    for (OutputColumn& output : select_.outputs) output.expr = overGroups(output.expr);
    for (OrderItem& item : select_.orderBy) item.expr = overGroups(item.expr);
    if (select_.having) bindHaving(overGroups);
  }

  /// What HAVING says of the groups' values alone is said of their rows, as in PostgreSQL: no other
  /// group is ever made, and none of its expressions can fail.
  void bindHaving(const OverGroups& overGroups) {
    std::vector<ExprPtr> conjuncts;
    splitConjuncts(std::exchange(select_.having, nullptr), conjuncts);
    for (const ExprPtr& conjunct : conjuncts) {
      const ExprPtr ofGroup = overGroups(conjunct);
      if (aggregates_.grouped && !containsAggregate(*conjunct)) {
        select_.where.push_back(conjunct);
      } else if (select_.having == nullptr) {
        select_.having = ofGroup;
      } else {
        select_.having = makeNode(Op::logicalAnd, Type::of(Kind::boolean),
                                  {select_.having, ofGroup}, ofGroup->location);
      }
    }
  }

  const Source& source_;
  const Catalog& catalog_;
  const SelectRules& rules_;
  const SyntaxNode statement_;
  NameScope names_;
  std::vector<StarColumn> star_;
  AggregateList aggregates_;
  std::vector<int> locations_;  // of the outputs
  std::vector<bool> named_;     // by AS, or as a column is
  Select select_;
};

}  // namespace

Select bindSelect(const Source& source, const Catalog& catalog, const SelectRules& rules,
                  const SyntaxNode& statement) {
  return SelectBinder(source, catalog, rules, statement).bind();
}

}  // namespace facet
