#include "sql/relation.h"

#include <fmt/format.h>

#include "sql/numeric_digits.h"

namespace facet {

std::string columnTypeName(const RelationColumn& column) {
  if (column.isUnsigned) return "numeric(20,0)";
  if (column.isWide) return fmt::format("numeric({},{})", kWideDigits, column.type.scale);
  return typeName(column.type);
}

std::optional<uint32_t> Relation::findColumn(std::string_view columnName) const {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == columnName) return i;
  }
  return std::nullopt;
}

}  // namespace facet
