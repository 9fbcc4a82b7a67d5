#include <fmt/format.h>

#include "model/composites.h"
#include "model/row_structs.h"
#include "model/schema_text.h"
#include "model/type_ids.h"

namespace facet {
namespace {

/// The field's type, with annotations.
std::string fieldType(const WireColumn& column) {
  switch (column.wire) {
    case Wire::boolean:
      return "Bool";
    case Wire::int16:
      return "Int16";
    case Wire::int32:
      return column.type.kind == Kind::date ? "Int32 $Facet.date" : "Int32";
    case Wire::int64:
      if (column.type.kind == Kind::numeric)
        return fmt::format("Int64 $Facet.decimal({})", column.type.scale);
      return column.type.kind == Kind::int64 ? "Int64" : "Int64 $Facet.timestamp";
    case Wire::uint64:
      return "UInt64";
    case Wire::float32:
      return "Float32";
    case Wire::float64:
      return "Float64";
    case Wire::data:
      return "Data";
    case Wire::list: {
      if (column.element == Wire::structure)
        return fmt::format("List({})", structName(*column.type.composite));
      WireColumn element;
      element.wire = column.element;
      element.type = column.type.elementType();
      return fmt::format("List({})", fieldType(element));
    }
    default:
      return "Text";
  }
}

/// What the type does not say.
std::string remark(const WireColumn& column) {
  if (column.wire == Wire::numericText) return "  # numeric";
  if (column.wire == Wire::valueText) return fmt::format("  # {}", typeName(column.type));
  return {};
}

void appendStruct(std::string& out, const std::string& name, uint64_t id, const std::string& what,
                  const std::vector<RelationColumn>& columns) {
  out += fmt::format("\nstruct {} @0x{:016x} {{  # {}\n", name, id, what);
  size_t ordinal = 0;
  for (const RelationColumn& column : columns) {
    const WireColumn wire = wireColumn(column);
    if (wire.wire == Wire::wide) {
      const int16_t scale = column.type.scale;
      out += fmt::format(
          "  {} :group {{  # {}: high * 2^64 + low{}\n"
          "    low @{} :UInt64;\n    high @{} :Int64;\n  }}\n",
          rowField(wire, name), columnTypeName(column),
          scale == 0 ? "" : fmt::format(", in units of 10^-{}", scale), ordinal, ordinal + 1);
      ordinal += 2;
    } else {
      out += fmt::format("  {} @{} :{};{}\n", wire.field, ordinal++, fieldType(wire), remark(wire));
    }
    if (hasNullField(wire)) out += fmt::format("  {} @{} :Bool;\n", nullField(wire), ordinal++);
  }
  out += "}\n";
}

std::vector<RelationColumn> keyOf(const Relation& relation) {
  std::vector<RelationColumn> columns;
  for (const uint32_t column : relation.key) columns.push_back(relation.columns[column]);
  return columns;
}

}  // namespace

std::string capnpSchema(const Model& model) {
  std::string out = fmt::format(
      "# Rows and keys of the model's views and tables, made by `facet schema --capnp`.\n"
      "@0x{:016x};\n\nusing Facet = import \"/facet/model.capnp\";\n",
      schemaFileId(model.fileId()));
  for (const ViewType& view : model.views()) {
    const std::string what = fmt::format("view {}", view.name);
    appendStruct(out, view.structName, view.rowTypeId, what, view.relation.columns);
    if (view.hasKey) {
      appendStruct(out, view.structName + "Key", view.keyTypeId, "key of " + what,
                   keyOf(view.relation));
    }
  }
  for (const TableType& table : model.tables()) {
    const std::string what = fmt::format("table {}", table.relation.name);
    const uint64_t rowId = rowTypeId(model.fileId(), table.relation, RowPart::row);
    const uint64_t keyId = rowTypeId(model.fileId(), table.relation, RowPart::key);
    appendStruct(out, rowStructName(table), rowId, what, table.relation.columns);
    appendStruct(out, keyStructName(table), keyId, "key of " + what, keyOf(table.relation));
  }
  for (const auto& [name, composite] : compositesOf(model.tables(), model.events())) {
    appendStruct(out, structName(*composite), structTypeId(model.fileId(), *composite),
                 fmt::format("type {}", name), relationColumns(*composite));
  }
  return out;
}

}  // namespace facet
