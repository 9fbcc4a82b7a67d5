#include "sql/relation.h"

namespace facet {

std::string columnTypeName(const RelationColumn& column) {
  return column.isUnsigned ? "numeric(20,0)" : typeName(column.type);
}

std::optional<uint32_t> Relation::findColumn(std::string_view columnName) const {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == columnName) return i;
  }
  return std::nullopt;
}

}  // namespace facet
