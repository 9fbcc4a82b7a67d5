#include "model/row_structs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "model/composites.h"
#include "model/fields.h"
#include "model/load.h"
#include "model/schema_files.h"
#include "model/schema_text.h"
#include "model/type_ids.h"
#include "values/assert.h"

namespace facet {
namespace {

/// Classes that the code generators make in the class of every struct.
constexpr std::string_view kClassesWithin[] = {"Reader", "Builder", "Pipeline", "Factory"};

std::string withoutDots(std::string name) {
  std::erase(name, '.');
  return name;
}

class Codecs final : public StructCodecs {
 public:
  const StructDecoder& command(uint32_t index) const override { return commands_.at(index); }
  const WireLayout& tableRow(uint32_t index) const override { return tableRows_.at(index); }
  const WireLayout& tableKey(uint32_t index) const override { return tableKeys_.at(index); }
  const WireLayout& viewRow(uint32_t index) const override { return viewRows_.at(index); }
  const WireLayout& viewKey(uint32_t index) const override { return viewKeys_.at(index); }

  std::vector<StructDecoder> commands_;
  std::vector<WireLayout> tableRows_;
  std::vector<WireLayout> tableKeys_;
  std::vector<WireLayout> viewRows_;
  std::vector<WireLayout> viewKeys_;
};

/// Columns as the fields of a compiled struct. `structs`: those of composite types.
using StructWires = std::map<std::string_view, std::shared_ptr<const WireLayout>>;
WireLayout layoutOf(capnp::StructSchema schema, const std::vector<RelationColumn>& columns,
                    const StructWires& structs) {
  const auto proto = schema.getProto();
  WireLayout layout;
  layout.typeId = proto.getId();
  layout.dataWords = proto.getStruct().getDataWordCount();
  layout.pointers = proto.getStruct().getPointerCount();
  const auto slotIn = [](capnp::StructSchema in, const char* field) {
    return in.getFieldByName(field).getProto().getSlot().getOffset();
  };
  for (const RelationColumn& column : columns) {
    WireColumn wire = wireColumn(column);
    if (hasNullField(wire)) wire.nullSlot = slotIn(schema, nullField(wire).c_str());
    wire.field = rowField(wire, schema.getShortDisplayName().cStr());
    if (wire.wire == Wire::wide) {
      const auto group = schema.getFieldByName(wire.field.c_str()).getType().asStruct();
      wire.slot = slotIn(group, "low");
      // Cap'n Proto gives each field of 64 bits the next whole word.
      FACET_ASSERT(slotIn(group, "high") == wire.slot + 1, wire.field, wire.slot);
    } else {
      wire.slot = slotIn(schema, wire.field.c_str());
    }
    if (wire.element == Wire::structure) wire.elements = structs.at(column.type.composite->name());
    layout.columns.push_back(std::move(wire));
  }
  return layout;
}

std::vector<RelationColumn> keyColumns(const Relation& relation) {
  std::vector<RelationColumn> columns;
  for (const uint32_t column : relation.key) columns.push_back(relation.columns[column]);
  return columns;
}

}  // namespace

std::string rowStructName(const TableType& table) {
  return withoutDots(table.name) + "Row";
}
std::string keyStructName(const TableType& table) {
  return withoutDots(table.name) + "Key";
}

std::string rowField(const WireColumn& column, std::string_view structName) {
  if (column.wire != Wire::wide) return column.field;
  std::string className = column.field;
  className[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(className[0])));
  const bool taken = className == structName ||
                     std::ranges::find(kClassesWithin, className) != std::end(kClassesWithin);
  return taken ? column.field + "128" : column.field;
}

bool hasNullField(const WireColumn& column) {
  return column.nullable && bitsOf(column.wire) != 0;
}
std::string nullField(const WireColumn& column) {
  return column.field + "IsNull";
}

std::unique_ptr<StructCodecs> makeCodecs(const Model& model,
                                         const std::vector<capnp::StructSchema>& schemas) {
  auto codecs = std::make_unique<Codecs>();
  for (size_t i = 0; i < schemas.size(); ++i) {
    std::vector<FieldIssue> issues;  // none: the model is loaded
    codecs->commands_.emplace_back(schemas[i], planFields(schemas[i], issues),
                                   model.commands()[i].layout);
  }
  std::vector<ModelProblem> problems;
  const std::vector<ModelFile> files = {{"schema.capnp", capnpSchema(model)}};
  const SchemaFiles parsed(files, problems);
  if (!problems.empty()) throw ModelError(std::move(problems));
  std::map<std::string_view, capnp::StructSchema> byName;
  for (const ParsedStruct& found : parsed.structs()) byName.emplace(found.name, found.schema);
  StructWires structs;
  for (const auto& [name, composite] : compositesOf(model.tables(), model.events())) {
    const capnp::StructSchema schema = byName.at(structName(*composite));
    structs.emplace(name, std::make_shared<const WireLayout>(
                              layoutOf(schema, relationColumns(*composite), {})));
  }
  for (const TableType& table : model.tables()) {
    codecs->tableRows_.push_back(
        layoutOf(byName.at(rowStructName(table)), table.relation.columns, structs));
    codecs->tableKeys_.push_back(
        layoutOf(byName.at(keyStructName(table)), keyColumns(table.relation), structs));
  }
  for (const ViewType& view : model.views()) {
    codecs->viewRows_.push_back(
        layoutOf(byName.at(view.structName), view.relation.columns, structs));
    WireLayout key;
    if (view.hasKey)
      key = layoutOf(byName.at(view.structName + "Key"), keyColumns(view.relation), structs);
    codecs->viewKeys_.push_back(std::move(key));
  }
  return codecs;
}

}  // namespace facet
