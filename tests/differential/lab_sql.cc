#include "tests/differential/lab_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace facet::test {

namespace {

/// A shape of FROM: what it is called, its relations with their aliases, its text, and the
/// condition that stands in WHERE.
struct FromShape {
  const char* name;
  std::vector<std::pair<const char*, const char*>> relations;
  const char* text;
  const char* where = "";
};

const std::vector<FromShape>& fromShapes() {
  static const std::vector<FromShape> kShapes = {
      {"from event", {{"reading", "r"}}, "reading r"},
      {"from table", {{"things", "t"}}, "things t"},
      {"from table with two key columns", {{"places", "p"}}, "places AS p"},
      {"from without alias", {{"things", "things"}}, "things"},
      {"join on",
       {{"reading", "r"}, {"things", "t"}},
       "reading r JOIN things t ON t.thing_id = r.thing_id"},
      {"join using",
       {{"reading", "r"}, {"things", "t"}},
       "reading r INNER JOIN things t USING (thing_id)"},
      {"comma join",
       {{"reading", "r"}, {"things", "t"}},
       "reading r, things t",
       "r.thing_id = t.thing_id"},
      {"cross join",
       {{"reading", "r"}, {"things", "t"}},
       "things t CROSS JOIN reading r",
       "r.thing_id = t.thing_id"},
      {"join on and more",
       {{"reading", "r"}, {"things", "t"}},
       "reading r JOIN things t ON r.thing_id = t.thing_id AND t.count > r.count"},
      {"join by two columns",
       {{"reading", "r"}, {"places", "p"}},
       "reading r JOIN places p ON p.area = r.area AND r.spot = p.spot"},
      {"join using two columns",
       {{"reading", "r"}, {"places", "p"}},
       "reading r JOIN places p USING (area, spot)"},
      {"join through another",
       {{"reading", "r"}, {"things", "t"}, {"places", "p"}},
       "reading r JOIN things t USING (thing_id) JOIN places p ON p.area = t.area AND p.spot = "
       "t.spot"},
      {"join through both",
       {{"reading", "r"}, {"things", "t"}, {"places", "p"}},
       "reading r JOIN things t ON t.thing_id = r.thing_id, places p",
       "p.area = t.area AND p.spot = r.spot"},
      {"join of tables",
       {{"things", "t"}, {"places", "p"}},
       "things t JOIN places p ON p.area = t.area AND p.spot = t.spot"},
      {"join by an expression",
       {{"reading", "r"}, {"things", "t"}},
       "reading r JOIN things t ON t.thing_id = r.count + 1"},
  };
  return kShapes;
}

const std::vector<std::string> kOutputTypes = {"b", "i2", "i4", "i8", "n", "f4", "f8", "t",
                                               "y", "d",  "s",  "z",  "v", "at", "ai"};
/// Types whose equal values are written in one way, so that they can be keys by any expression.
const std::vector<std::string> kKeyTypes = {"b", "i2", "i4", "i8", "t", "y", "d", "s", "z"};
/// Of these only columns are keys: their equal values are written in one way there.
const std::vector<std::string> kKeyColumnTypes = {"n", "f4", "f8"};

}  // namespace

const std::vector<std::string>& labClauses() {
  static const std::vector<std::string> kClauses = [] {
    std::vector<std::string> out = {"where",
                                    "plain",
                                    "global aggregate",
                                    "group by text",
                                    "group by number",
                                    "group by name",
                                    "aggregate",
                                    "filter",
                                    "having",
                                    "having without group by",
                                    "expression over aggregates",
                                    "index",
                                    "unique index by group",
                                    "unique index by table key",
                                    "unique index that can fail",
                                    "two keys",
                                    "failing",
                                    "group by without aggregates"};
    for (const FromShape& shape : fromShapes()) out.emplace_back(shape.name);
    for (std::string& clause : out) clause = "clause: " + clause;
    return out;
  }();
  return kClauses;
}

std::string LabSelect::sql() const {
  std::string items = star ? "*" : "";
  for (size_t i = 0; i < outputs.size() && !star; ++i) {
    items += fmt::format("{}{} AS x{}", i == 0 ? "" : ", ", outputs[i].sql, i);
  }
  return fmt::format("SELECT {} {}", items, tail);
}

std::string LabSelect::sqlWithMagnitudes() const {
  std::string items;
  for (const LabOutput& output : outputs) {
    if (output.likeness == Likeness::nearby) items += ", " + output.magnitude;
  }
  std::string out = sql();
  return out.insert(out.size() - tail.size() - 1, items);
}

std::string LabSql::from(Scope& scope, std::vector<std::string>& conditions) {
  const FromShape& shape = make_.oneOf(fromShapes());
  saw(shape.name);
  for (const auto& [relation, alias] : shape.relations) {
    const auto columns = labColumns(relation, alias);
    scope.columns.insert(scope.columns.end(), columns.begin(), columns.end());
  }
  if (*shape.where != '\0') conditions.emplace_back(shape.where);
  return shape.text;
}

std::string LabSql::outputType(const Scope& scope) {
  while (true) {
    const std::string& type = make_.oneOf(kOutputTypes);
    if (type[0] != 'a' || ExprMaker::has(scope, type)) return type;
  }
}

LabSelect LabSql::select(bool failing, uint64_t turn) {
  static const std::array<std::vector<const Shape*>, 2> kTurns = [] {
    std::array<std::vector<const Shape*>, 2> out;
    for (const Shape& shape : shapes()) out[shape.canFail ? 1 : 0].push_back(&shape);
    return out;
  }();
  const auto& turns = kTurns[failing ? 1 : 0];
  turn_ = turns[turn % turns.size()];
  LabSelect select;
  select.failing = failing;
  Scope scope;
  std::vector<std::string> conditions;
  const std::string source = from(scope, conditions);
  scope.failing = failing;
  if (failing) saw("failing");
  if (make_.chance(40)) {
    saw("where");
    // A planner may look at the conditions of WHERE in another order: one that can fail is alone.
    Scope safe = scope;
    safe.failing = failing && conditions.empty() && source.find("JOIN") == std::string::npos;
    const std::string condition = make_.make(safe, "b", 3);
    conditions.push_back(safe.failing ? condition + " IS TRUE" : condition);
  }
  std::string where;
  for (const std::string& condition : conditions) {
    where += (where.empty() ? " WHERE " : " AND ") + condition;
  }
  select.tail = "FROM " + source + where;
  if (make_.chance(30)) {
    plain(select, scope);
  } else {
    grouped(select, scope);
  }
  return select;
}

LabSelect LabSql::query(const std::string& source, Scope scope, std::vector<std::string> where) {
  LabSelect select;
  select.failing = scope.failing;
  if (make_.chance(40)) {
    saw("query where");
    const std::string condition = make_.make(scope, "b", 2);
    // One that can fail is alone: a planner may look at conditions in another order.
    if (scope.failing) where.clear();
    where.push_back(scope.failing ? condition + " IS TRUE" : condition);
  }
  select.tail = "FROM " + source;
  for (size_t i = 0; i < where.size(); ++i) {
    select.tail += (i == 0 ? " WHERE " : " AND ") + where[i];
  }
  if (make_.chance(50)) {
    plain(select, scope);
  } else {
    grouped(select, scope);
  }
  return select;
}

std::string LabSql::orderList(std::vector<std::string> columns) {
  static const std::vector<std::string> kWays = {"", " ASC", " DESC", " NULLS FIRST",
                                                 " DESC NULLS LAST"};
  std::shuffle(columns.begin(), columns.end(), random_);
  std::string out;
  for (const std::string& column : columns) {
    out += (out.empty() ? "" : ", ") + column + make_.oneOf(kWays);
  }
  return out;
}

std::string LabSql::orderAndLimit(const LabSelect& select, const Scope& scope, LabOrder& order) {
  std::vector<std::string> names;
  std::vector<size_t> exact;  // of these equal values are written in one way
  for (size_t i = 0; i < select.outputs.size(); ++i) {
    const LabOutput& output = select.outputs[i];
    if (output.likeness != Likeness::same || output.type[0] == 'a') continue;
    if (output.type[0] != 'n' && output.type[0] != 'f') exact.push_back(i);
    names.push_back(make_.chance(50) ? fmt::format("x{}", i) : std::to_string(i + 1));
  }
  if (names.empty() || make_.chance(20)) return {};
  saw("order by");
  order.total = names.size() == select.outputs.size() && make_.chance(70);
  if (!order.total) {
    if (exact.empty()) return {};
    order.columns = {exact.front()};
    return " ORDER BY " + orderList({fmt::format("x{}", exact.front())});
  }
  std::string out = " ORDER BY ";
  if (select.aggregates == 0 && select.tail.find("GROUP BY") == std::string::npos &&
      !select.failing && make_.chance(30)) {
    saw("order by expression");
    Scope safe = scope;
    safe.parameters = nullptr;
    safe.failing = false;
    out += make_.make(safe, "i4", 2) + (make_.chance(50) ? " DESC, " : ", ");
  }
  out += orderList(names);
  if (select.failing) return out;
  if (make_.chance(60)) {
    saw("limit");
    out += fmt::format(" LIMIT {}", make_.pick(12));
    order.cut = true;
  }
  if (make_.chance(40)) {
    saw("offset");
    out += fmt::format(" OFFSET {}", make_.pick(6));
    order.cut = true;
  }
  return out;
}

void LabSql::plain(LabSelect& select, const Scope& scope) {
  saw("plain");
  const size_t columns = 1 + make_.pick(4);
  for (size_t i = 0; i < columns; ++i) {
    const std::string type = outputType(scope);
    select.outputs.push_back({make_.make(scope, type, 3), type});
  }
  if (turn_ != nullptr && make_.fits(scope, *turn_)) {
    select.outputs.push_back({make_.makeShape(scope, *turn_, 1), turn_->type});
  }
  const bool things = select.tail.substr(0, select.tail.find(" WHERE")) == "FROM things t";
  if (things && make_.chance(60)) {
    saw("unique index by table key");
    select.outputs.insert(select.outputs.begin(), {"t.thing_id", "i4"});
    select.uniqueKey = "x0";
  } else if (things && select.failing) {
    saw("unique index that can fail");
    select.outputs.insert(select.outputs.begin(), {"t.spot", "i2"});
    select.uniqueKey = "x0";
  }
  addIndexes(select, 0);
}

std::string LabSql::groupBy(LabSelect& select, const Scope& scope, size_t keys, Scope& above) {
  std::string out;
  for (size_t i = 0; i < keys; ++i) {
    const bool column = make_.chance(20);
    const std::string type = make_.oneOf(column ? kKeyColumnTypes : kKeyTypes);
    std::string key =
        column || make_.chance(40) ? make_.leaf(scope, type) : make_.make(scope, type, 2);
    if (turn_ != nullptr && turn_->type == type && !column && make_.fits(scope, *turn_)) {
      key = make_.makeShape(scope, *turn_, 1);
    }
    select.outputs.push_back({key, type, column ? Likeness::value : Likeness::same});
    if (!column) above.columns.push_back({key, type});
    std::string named = key;
    switch (make_.pick(3)) {
      case 0:
        saw("group by number");
        named = std::to_string(i + 1);
        break;
      case 1:
        saw("group by name");
        named = fmt::format("x{}", i);
        break;
      default:
        saw("group by text");
    }
    out += (out.empty() ? " GROUP BY " : ", ") + named;
  }
  return out;
}

LabOutput LabSql::aggregate(const Scope& scope, bool& filtered) {
  const AggregateShape& shape = make_.oneOf(aggregateShapes());
  const bool list = shape.sql.find("$a") != std::string::npos;
  const bool lacks = list && !ExprMaker::has(scope, shape.sql.substr(7, 2));
  if (lacks || (shape.sql == "sum(@f4)" && !scope.exactReals)) return aggregate(scope, filtered);
  ++coverage_[shape.sql];
  LabOutput out{make_.fill(scope, shape.sql, make_.pick(3)), shape.type, shape.likeness, {}};
  std::string filter;
  filtered = make_.chance(20);
  if (filtered) {
    saw("filter");
    filter = fmt::format(" FILTER (WHERE {})", make_.make(scope, "b", 2));
  }
  if (out.likeness == Likeness::nearby) {
    out.magnitude = fmt::format("sum(abs({}){}", out.sql.substr(4), filter);
  }
  out.sql += filter;
  return out;
}

void LabSql::aggregates(LabSelect& select, const Scope& scope, Scope& above) {
  const size_t count = 1 + make_.pick(4);
  select.aggregates = count;
  for (size_t i = 0; i < count; ++i) {
    saw("aggregate");
    bool filtered = false;
    LabOutput output = aggregate(scope, filtered);
    if (output.likeness == Likeness::same) above.columns.push_back({output.sql, output.type});
    select.outputs.push_back(std::move(output));
  }
  if (above.columns.empty()) return;
  while (make_.chance(40)) {
    saw("expression over aggregates");
    const std::string type = outputType(above);
    select.outputs.push_back({make_.make(above, type, 2), type});
  }
}

std::string LabSql::having(const Scope& scope, const Scope& above, size_t keys) {
  Scope safe = above;
  safe.failing = false;
  // PostgreSQL takes a condition on keys alone as one of WHERE, and may look at it before what can
  // fail there: then it is one on aggregates.
  if (scope.failing) {
    safe.columns.erase(safe.columns.begin(),
                       safe.columns.begin() + static_cast<std::ptrdiff_t>(keys));
  }
  if (make_.chance(70) || safe.columns.empty()) return {};
  saw("having");
  return " HAVING " + make_.make(safe, "b", 2);
}

void LabSql::grouped(LabSelect& select, Scope& scope) {
  const size_t keys = make_.pick(3);
  Scope above;
  above.failing = scope.failing;
  std::string tail = groupBy(select, scope, keys, above);
  const size_t usable = above.columns.size();
  if (keys == 2) saw("two keys");
  if (keys == 0) saw("global aggregate");
  if (keys > 0 && make_.chance(10)) {
    saw("group by without aggregates");
  } else {
    aggregates(select, scope, above);
  }
  const std::string condition = having(scope, above, usable);
  if (keys == 0 && !condition.empty()) saw("having without group by");
  select.tail += tail + condition;
  addIndexes(select, keys);
}

void LabSql::addIndexes(LabSelect& select, size_t keys) {
  if (keys > 0 && make_.chance(40)) {
    saw("unique index by group");
    for (size_t i = 0; i < keys; ++i) select.uniqueKey += fmt::format("{}x{}", i ? ", " : "", i);
  }
  static const std::vector<std::string> kWays = {"", " DESC", " ASC NULLS FIRST",
                                                 " DESC NULLS LAST", " NULLS LAST"};
  while (make_.chance(40)) {
    std::string list;
    const size_t columns = 1 + make_.pick(3);
    std::vector<size_t> used;
    for (size_t i = 0; i < columns; ++i) {
      const size_t column = make_.pick(select.outputs.size());
      if (std::find(used.begin(), used.end(), column) != used.end()) continue;
      if (select.outputs[column].type[0] == 'a') continue;
      used.push_back(column);
      list += fmt::format("{}x{}{}", list.empty() ? "" : ", ", column, make_.oneOf(kWays));
    }
    if (list.empty()) continue;
    saw("index");
    select.indexes.push_back(list);
  }
}

}  // namespace facet::test
