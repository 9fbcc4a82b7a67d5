#include "model/type_ids.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace facet {
namespace {

/// Cap'n Proto's ids have their top bit set.
uint64_t idOf(std::string_view text) {
  return XXH3_64bits(text.data(), text.size()) | uint64_t{1} << 63;
}

/// How the columns of a view become fields: its number changes when a type gets another form, as
/// numerics did (they were Int64 or text, whatever they could need), since columns behind the key
/// have no part in the id.
constexpr const char* kViewRow = "row 2";

/// The type's name, and what a composite type of that name is made of.
std::string typeText(const Type& type) {
  std::string text = typeName(type);
  if (type.composite == nullptr) return text;
  text += '(';
  for (const Composite::Column& column : type.composite->columns()) {
    const RelationColumn as{column.name, column.type, column.nullable, column.isUnsigned};
    text += fmt::format("{} {}{};", column.name, columnTypeName(as), column.nullable ? "?" : "");
  }
  return text + ')';
}

}  // namespace

uint64_t rowTypeId(uint64_t fileId, const Relation& relation, RowPart part) {
  const char* what = "key";
  if (part == RowPart::row) what = relation.kind == RelationKind::view ? kViewRow : "row";
  std::string text = fmt::format("{:016x} {} {}(", fileId, what, relation.name);
  size_t last = 0;
  for (const uint32_t column : relation.key) {
    text += fmt::format("{},", column);
    last = std::max<size_t>(last, column);
  }
  text += ')';
  for (size_t i = 0; i <= last && i < relation.columns.size(); ++i) {
    const RelationColumn& column = relation.columns[i];
    const bool ownName = column.isUnsigned || column.isWide;
    const std::string type = ownName ? columnTypeName(column) : typeText(column.type);
    text += fmt::format(" {} {}{};", column.name, type, column.nullable ? "?" : "");
  }
  return idOf(text);
}

uint64_t structTypeId(uint64_t fileId, const Composite& composite) {
  return idOf(fmt::format("{:016x} type {}", fileId, typeText(Type::of(composite))));
}

uint64_t schemaFileId(uint64_t fileId) {
  return idOf(fmt::format("{:016x} file", fileId));
}

}  // namespace facet
