// Words for tests of the binder: a small shop as catalog, and bound or refused statements as one
// line of text.
#pragma once

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sql/bind.h"

namespace facet::test {

class Shop : public Catalog {
 public:
  Shop() {
    const auto type = [](Kind kind) { return Type::of(kind); };
    Type tags = type(Kind::array);
    tags.element = Kind::text;
    relations_ = {
        {RelationKind::event,
         "orders",
         {{"order_id", type(Kind::text), false},
          {"customer_id", type(Kind::text)},
          {"placed_on", type(Kind::date)},
          {"total", Type::decimal(4)},
          {"region", type(Kind::text)},
          {"small", type(Kind::int16)},
          {"quantity", type(Kind::int32), false},
          {"big", type(Kind::int64)},
          {"ratio", type(Kind::float32)},
          {"weight", type(Kind::float64)},
          {"paid", type(Kind::boolean), false},
          {"sent_at", type(Kind::timestamp)},
          {"raw", type(Kind::bytes)},
          {"tags", tags}},
         {},
         0},
        {RelationKind::event, "returns", {{"order_id", type(Kind::text)}}, {}, 1},
        {RelationKind::table,
         "customers",
         {{"customer_id", type(Kind::text), false},
          {"name", type(Kind::text)},
          {"region", type(Kind::text)}},
         {0},
         0},
        {RelationKind::table,
         "rates",
         {{"day", type(Kind::date), false},
          {"currency", type(Kind::text), false},
          {"rate", Type::decimal(6)}},
         {0, 1},
         1},
        {RelationKind::table,
         "sizes",
         {{"size", type(Kind::int32), false}, {"price", Type::decimal(2)}},
         {0},
         2},
        {RelationKind::table,
         "stock",
         {{"item", type(Kind::text), false}, {"size", type(Kind::int32)}},
         {0},
         3},
        {RelationKind::view,
         "by_region",
         {{"region", type(Kind::text)},
          {"orders", type(Kind::int64), false},
          {"revenue", Type::decimal(4)}},
         {0},
         0},
        {RelationKind::command, "place_order", {{"order_id", type(Kind::text)}}, {}, 0},
    };
  }

  const Relation* findRelation(std::string_view name) const override {
    for (const Relation& relation : relations_) {
      if (relation.name == name) return &relation;
    }
    return nullptr;
  }

  std::vector<std::string_view> relationNames() const override {
    std::vector<std::string_view> out;
    for (const Relation& relation : relations_) out.push_back(relation.name);
    return out;
  }

 private:
  std::vector<Relation> relations_;
};

inline const Shop& shop() {
  static const Shop kShop;
  return kShop;
}

/// "message at line:column; hint".
inline std::string errorText(const SqlError& error) {
  return fmt::format("{} at {}:{}{}{}", error.what(), error.line, error.column,
                     error.hint.empty() ? "" : "; ", error.hint);
}

/// How leaves are written: relation.column over the Select's own relations, g0 and a0 above an
/// aggregation.
inline std::string leafName(const void* context, const Expr& leaf) {
  const auto& select = *static_cast<const Select*>(context);
  switch (leaf.op) {
    case Op::groupColumn:
      return fmt::format("g{}", leaf.column);
    case Op::aggregate:
      return fmt::format("a{}", leaf.column);
    case Op::eventPosition:
      return "_position";
    case Op::eventTime:
      return "_time";
    default:
      break;
  }
  const Select::From& from = select.from.at(leaf.relation);
  return fmt::format("{}.{}", from.alias, from.relation->columns.at(leaf.column).name);
}

inline std::string sql(const Select& select, const ExprPtr& expr) {
  return toSql(*expr, leafName, &select);
}

/// "sql : type", with a ? behind a type that can be NULL.
inline std::string typed(const Select& select, const ExprPtr& expr) {
  return fmt::format("{} : {}{}", sql(select, expr), typeName(expr->type),
                     expr->nullable ? "?" : "");
}

/// Binds a views file that must be right.
inline std::vector<ViewStatement> views(std::string_view text) {
  std::vector<SqlError> errors;
  auto out = bindViews(text, shop(), errors);
  for (const SqlError& error : errors) BOOST_ERROR(text << ": " << errorText(error));
  return out;
}

/// All errors of a views file, a line each.
inline std::string errorsOf(std::string_view text) {
  std::vector<SqlError> errors;
  bindViews(text, shop(), errors);
  std::string out;
  for (const SqlError& error : errors) out += (out.empty() ? "" : "\n") + errorText(error);
  return out;
}

inline Select view(std::string_view select) {
  auto statements = views(fmt::format("CREATE MATERIALIZED VIEW v AS {}", select));
  BOOST_REQUIRE_EQUAL(statements.size(), 1U);
  return statements[0].select;
}

/// The error of a view's SELECT; columns count from the SELECT's start.
inline std::string refusedView(std::string_view select) {
  return errorsOf(fmt::format("CREATE MATERIALIZED VIEW v AS\n{}", select));
}

/// What an expression over the orders becomes.
inline std::string value(std::string_view expression) {
  std::vector<SqlError> errors;
  const std::string text =
      fmt::format("CREATE MATERIALIZED VIEW v AS SELECT\n{}\nAS x FROM orders o", expression);
  const auto statements = bindViews(text, shop(), errors);
  if (!errors.empty()) return errorText(errors[0]);
  const Select& select = statements.at(0).select;
  return typed(select, select.outputs.at(0).expr);
}

/// The name that a column gets without AS.
inline std::string nameOf(std::string_view expression) {
  return view(fmt::format("SELECT {} FROM orders", expression)).outputs.at(0).name;
}

/// A whole SELECT: FROM and joins, WHERE, GROUP BY, aggregates, HAVING, outputs.
std::string describe(const Select& select);

/// An input that no key joins.
inline std::string describeInput(const Select& select, const Select::From& input) {
  static constexpr const char* kKinds[] = {"", "left ", "full "};
  std::string out = kKinds[static_cast<size_t>(input.kind)];
  if (input.subselect) out += "(" + describe(input.subselect->select) + ") ";
  out += input.alias;
  for (const ExprPtr& on : input.on) out += " on " + sql(select, on);
  return out;
}

inline std::string describe(const Select& select) {
  static constexpr const char* kFunctions[] = {"count(*)", "count", "sum",      "avg",
                                               "min",      "max",   "bool_and", "bool_or"};
  std::string out = "from " + describeInput(select, select.from.at(0));
  for (size_t i = 1; i < select.from.size() && select.joins.empty(); ++i) {
    out += ", " + describeInput(select, select.from[i]);
  }
  for (const Join& join : select.joins) {
    out += fmt::format(" join {}(", select.from.at(join.relation).alias);
    for (const ExprPtr& key : join.keys) {
      out += (&key == &join.keys[0] ? "" : ", ") + sql(select, key);
    }
    out += ")";
  }
  for (const ExprPtr& condition : select.where) out += " where " + sql(select, condition);
  for (const ExprPtr& group : select.groupBy) out += " group " + sql(select, group);
  for (const Aggregate& a : select.aggregates) {
    out += fmt::format(" {}{}", a.distinct ? "distinct " : "",
                       kFunctions[static_cast<size_t>(a.function)]);
    if (a.argument) out += "(" + sql(select, a.argument) + ")";
    if (a.filter) out += " filter " + sql(select, a.filter);
  }
  if (select.having) out += " having " + sql(select, select.having);
  out += " select";
  for (const OutputColumn& output : select.outputs) {
    out += fmt::format("{} {} as {}", &output == &select.outputs[0] ? "" : ",",
                       sql(select, output.expr), output.name);
  }
  for (const OrderItem& item : select.orderBy) {
    out += fmt::format(" order {}{}{}", sql(select, item.expr), item.descending ? " desc" : "",
                       item.nullsFirst ? " nulls first" : "");
  }
  if (select.limit) out += fmt::format(" limit {}", *select.limit);
  if (select.offset > 0) out += fmt::format(" offset {}", select.offset);
  return out;
}

inline Parameter untyped(std::string_view text) {
  return {{}, Value::text(text), true};
}
inline Parameter typedParameter(Kind kind, int64_t i) {
  return {Type::of(kind), Value::integer(kind, i), false};
}

/// What a query becomes, or its error.
inline std::string query(std::string_view text, const std::vector<Parameter>& params = {}) {
  try {
    return describe(bindQuery(text, shop(), params));
  } catch (const SqlError& error) {
    return errorText(error);
  }
}

}  // namespace facet::test
