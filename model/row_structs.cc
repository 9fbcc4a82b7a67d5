#include "model/row_structs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/composites.h"
#include "model/fields.h"
#include "model/load.h"
#include "model/schema_files.h"
#include "model/schema_text.h"
#include "model/type_ids.h"

namespace facet {
namespace {

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
  const auto slotOf = [&schema](const std::string& field) {
    return schema.getFieldByName(field.c_str()).getProto().getSlot().getOffset();
  };
  for (const RelationColumn& column : columns) {
    WireColumn wire = wireColumn(column);
    wire.slot = slotOf(wire.field);
    if (hasNullField(wire)) wire.nullSlot = slotOf(nullField(wire));
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
