#include "model/definition.h"

#include <fmt/format.h>

#include "values/assert.h"
#include "values/composite.h"

namespace facet {

namespace {

std::string typeText(const Type& type) {
  std::string out = typeName(type);
  if (type.kind == Kind::array && type.elementScale != kAnyScale) {
    out += fmt::format(" of scale {}", type.elementScale);
  }
  if (type.composite == nullptr) return out;
  out += " (";
  for (const Composite::Column& column : type.composite->columns()) {
    out += fmt::format("{} {}{}{},", column.name, typeText(column.type),
                       column.nullable ? "" : " not null", column.isUnsigned ? " unsigned" : "");
  }
  return out + ")";
}

std::string columnText(const RelationColumn& column) {
  return fmt::format("{} {}{}{}{}", column.name, typeText(column.type),
                     column.nullable ? "" : " not null", column.isUnsigned ? " unsigned" : "",
                     column.isWide ? " wide" : "");
}

std::string keyText(const Relation& relation, const std::vector<uint32_t>& columns) {
  std::string out = "key (";
  for (const uint32_t column : columns) out += relation.columns[column].name + ",";
  return out + ")\n";
}

std::string leafName(const void* context, const Expr& leaf) {
  const Select& select = *static_cast<const Select*>(context);
  switch (leaf.op) {
    case Op::column:
      return fmt::format("{}.{}", leaf.relation,
                         select.from[leaf.relation].relation->columns[leaf.column].name);
    case Op::eventPosition:
      return "_position";
    case Op::eventTime:
      return "_time";
    case Op::groupColumn:
      return fmt::format("group {}", leaf.column);
    case Op::aggregate:
      return fmt::format("aggregate {}", leaf.column);
    default:
      FACET_ASSERT(false, static_cast<int>(leaf.op));
      return {};
  }
}

constexpr const char* nameOf(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::countRows:
      return "count(*)";
    case AggregateFunction::count:
      return "count";
    case AggregateFunction::sum:
      return "sum";
    case AggregateFunction::avg:
      return "avg";
    case AggregateFunction::min:
      return "min";
    case AggregateFunction::max:
      return "max";
    case AggregateFunction::boolAnd:
      return "bool_and";
    case AggregateFunction::boolOr:
      return "bool_or";
  }
  return "";
}

class SelectText {
 public:
  explicit SelectText(const Select& select) : select_(select) {}

  std::string text() {
    for (const Select::From& from : select_.from) addFrom(*from.relation);
    for (const Join& join : select_.joins) {
      add(fmt::format("join {}", join.relation));
      for (const ExprPtr& key : join.keys) add("  by", key);
    }
    for (const ExprPtr& condition : select_.where) add("where", condition);
    if (select_.aggregated) add("aggregated");
    for (const ExprPtr& group : select_.groupBy) add("group by", group);
    for (const Aggregate& aggregate : select_.aggregates) addAggregate(aggregate);
    if (select_.having) add("having", select_.having);
    for (const OutputColumn& output : select_.outputs) add("as " + output.name, output.expr);
    return std::move(out_);
  }

 private:
  void add(const std::string& line) { out_ += line + "\n"; }
  /// The expression as SQL; and the types of all its parts, which SQL leaves to be found out.
  void add(const std::string& what, const ExprPtr& expr) {
    std::string types;
    forEachNode(*expr, [&](const Expr& part) {
      types += fmt::format(" {}{};", typeText(part.type), part.nullable ? "" : " not null");
    });
    add(fmt::format("{} {} :{}", what, toSql(*expr, leafName, &select_), types));
  }
  void addFrom(const Relation& relation) {
    FACET_ASSERT(relation.kind == RelationKind::event || relation.kind == RelationKind::table,
                 relation.name);
    const bool isTable = relation.kind == RelationKind::table;
    out_ += fmt::format("from {} {}", isTable ? "table" : "event", relation.name);
    out_ += isTable ? " " + keyText(relation, relation.key) : "\n";
  }
  void addAggregate(const Aggregate& aggregate) {
    add(fmt::format("{}{} : {}", nameOf(aggregate.function), aggregate.distinct ? " distinct" : "",
                    typeText(aggregate.type)));
    if (aggregate.argument) add("  of", aggregate.argument);
    if (aggregate.filter) add("  filter", aggregate.filter);
  }

  const Select& select_;
  std::string out_;
};

}  // namespace

std::string definitionOf(const TableType& table) {
  std::string out;
  for (const RelationColumn& column : table.relation.columns) out += columnText(column) + "\n";
  return out + keyText(table.relation, table.key);
}

std::string definitionOf(const ViewType& view) {
  std::string out = SelectText(view.select).text();
  for (const RelationColumn& column : view.relation.columns) out += columnText(column) + "\n";
  if (view.uniqueIndex) out += "unique ";
  if (view.hasKey) out += keyText(view.relation, view.key);
  return out;
}

uint128 hashOfDefinition(const std::string& definition) {
  return hashRow128(definition);
}

}  // namespace facet
