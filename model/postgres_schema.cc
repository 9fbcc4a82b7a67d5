#include <fmt/format.h>

#include "model/composites.h"
#include "model/schema_text.h"

namespace facet {
namespace {

std::string columnType(const RelationColumn& column) {
  const Type& type = column.type;
  // A UInt64 has up to 20 digits.
  if (type.kind == Kind::array && type.element == Kind::numeric && type.elementScale == 0) {
    return "numeric(20,0)[]";
  }
  const bool isText =
      type.kind == Kind::text || (type.kind == Kind::array && type.element == Kind::text);
  return columnTypeName(column) + (isText ? " COLLATE \"C\"" : "");
}

void appendColumns(std::string& out, const Relation& relation) {
  bool first = true;
  for (const RelationColumn& column : relation.columns) {
    out += fmt::format("{}\n  {} {}{}", first ? "" : ",", column.name, columnType(column),
                       column.nullable ? "" : " NOT NULL");
    first = false;
  }
}

}  // namespace

std::string postgresSchema(const Model& model) {
  std::string out =
      "-- The model's tables and events, made by `facet schema --postgres`. Text compares by "
      "bytes, as in facet.\n";
  for (const auto& [name, composite] : compositesOf(model.tables(), model.events())) {
    out += fmt::format("\nCREATE TYPE {} AS (", name);
    bool first = true;
    for (const Composite::Column& column : composite->columns()) {
      const RelationColumn as{column.name, column.type, column.nullable, column.isUnsigned};
      out += fmt::format("{}\n  {} {}", first ? "" : ",", column.name, columnType(as));
      first = false;
    }
    out += "\n);\n";
  }
  for (const TableType& table : model.tables()) {
    out += fmt::format("\nCREATE TABLE {} (", table.relation.name);
    appendColumns(out, table.relation);
    out += ",\n  PRIMARY KEY (";
    for (size_t i = 0; i < table.key.size(); ++i) {
      out += fmt::format("{}{}", i == 0 ? "" : ", ", table.relation.columns[table.key[i]].name);
    }
    out += ")\n);\n";
  }
  for (const EventType& event : model.events()) {
    out += fmt::format("\nCREATE TABLE {} (", event.relation.name);
    appendColumns(out, event.relation);
    out += fmt::format(
        "{}\n  _position bigint NOT NULL,\n  _time timestamp without time zone NOT NULL\n);\n",
        event.relation.columns.empty() ? "" : ",");
  }
  return out;
}

}  // namespace facet
