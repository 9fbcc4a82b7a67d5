#include "server/relation_wire.h"

#include "rpc/column_form.h"
#include "server/fault.h"
#include "values/assert.h"

namespace facet {
namespace {

capnp::Text::Reader text(const std::string& s) {
  return {s.c_str(), s.size()};
}

void describeCommandField(const WireColumn& from, wire::Column::Builder out) {
  if (!from.path.empty()) {
    auto path = out.initPath(static_cast<unsigned>(from.path.size()));
    for (unsigned i = 0; i < path.size(); ++i) {
      path[i].setSlot(from.path[i].slot);
      path[i].setDataWords(from.path[i].dataWords);
      path[i].setPointers(from.path[i].pointers);
    }
  }
  if (!from.enumerants.empty()) {
    auto enumerants = out.initEnumerants(static_cast<unsigned>(from.enumerants.size()));
    for (unsigned i = 0; i < enumerants.size(); ++i) enumerants.set(i, text(from.enumerants[i]));
  }
  out.setElement(describedForm(from.element));
  out.setHasNullValue(from.hasNullValue);
  out.setNullBits(from.nullBits);
  out.setDefaultBits(from.defaultMask);
  out.setHasDefault(from.hasDefault);
  if (!from.nullUnion) return;
  auto either = out.initNullUnion();
  either.setSlot(from.nullUnion->slot);
  either.setNull(from.nullUnion->null);
  either.setValue(from.nullUnion->value);
}

void describeElements(const WireLayout& layout, wire::Column::Builder out) {
  describeColumns(layout, out.initElements(static_cast<unsigned>(layout.columns.size())));
  out.setElementDataWords(layout.dataWords);
  out.setElementPointers(layout.pointers);
}

void describeColumn(const WireColumn& from, wire::Column::Builder out) {
  out.setName(text(from.name));
  out.setField(text(from.field));
  const bool isUnsigned = from.wire == Wire::uint64;
  out.setType(text(columnTypeName({from.name, from.type, from.nullable, isUnsigned, from.isWide})));
  out.setSlot(from.slot);
  out.setWire(describedForm(from.wire));
  out.setScale(from.type.kind == Kind::numeric ? from.type.scale : kAnyScale);
  out.setNullable(from.nullable);
  out.setNullSlot(from.nullSlot);
  describeCommandField(from, out);
  if (from.elements) describeElements(*from.elements, out);
}

void setSizes(const WireLayout& layout, wire::Relation::Builder out) {
  out.setDataWords(layout.dataWords);
  out.setPointers(layout.pointers);
}

/// Names and types alone: rows of events are no structs on the wire.
void describeFields(const std::vector<Field>& from, capnp::List<wire::Column>::Builder out) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out[i].setName(text(from[i].name));
    out[i].setField(text(from[i].field));
    const RelationColumn column{from[i].name, from[i].type, from[i].nullable, from[i].isUnsigned};
    out[i].setType(text(columnTypeName(column)));
    out[i].setNullable(from[i].nullable);
    if (from[i].elements.empty()) continue;
    const auto elements = static_cast<unsigned>(from[i].elements.size());
    describeFields(from[i].elements, out[i].initElements(elements));
  }
}

void describeEvent(const EventType& event, wire::Relation::Builder out) {
  out.setName(text(event.relation.name));
  out.setKind(wire::Relation::Kind::EVENT);
  describeFields(event.fields, out.initFields(static_cast<unsigned>(event.fields.size())));
}

/// Which fields of a command something reads: an event, a rule, a reference.
std::vector<bool> fieldsRead(const CommandType& command) {
  std::vector<bool> read(command.fields.size(), false);
  const auto see = [&read](const ExprPtr& expr) {
    if (!expr) return;
    forEachNode(*expr, [&read](const Expr& node) {
      if (node.op == Op::column && node.relation == 0) read[node.column] = true;
    });
  };
  for (const CommandRule& rule : command.rules) see(rule.that);
  for (const Lookup& lookup : command.lookups) {
    for (const uint32_t field : lookup.keyFields) read[field] = true;
  }
  if (command.stream) read[*command.stream] = true;
  for (const CommandEmit& emit : command.emits) {
    see(emit.when);
    if (emit.same) read.assign(read.size(), true);
    for (const FieldSource& source : emit.fields) {
      if (source.column != FieldSource::kNone) read[source.column] = true;
      see(source.expr);
    }
  }
  return read;
}

void describeCommand(const Model& model, uint32_t index, wire::Relation::Builder out) {
  const WireLayout& layout = model.codecs().command(index).wire();
  out.setName(text(model.commands()[index].name));
  out.setKind(wire::Relation::Kind::COMMAND);
  out.setRowTypeId(model.commands()[index].typeId);
  setSizes(layout, out);
  auto fields = out.initFields(static_cast<unsigned>(layout.columns.size()));
  describeColumns(layout, fields);
  const std::vector<bool> read = fieldsRead(model.commands()[index]);
  for (unsigned i = 0; i < fields.size(); ++i) {
    if (!read[i]) fields[i].setHasDefault(true);  // whatever it is, nothing comes of it
  }
}

}  // namespace

void describeColumns(const WireLayout& layout, capnp::List<wire::Column>::Builder out) {
  for (unsigned i = 0; i < out.size(); ++i) describeColumn(layout.columns[i], out[i]);
}

void describeRelation(const RelationPlan& plan, wire::Relation::Builder out) {
  out.setName(text(plan.relation.name));
  const ViewType* view = plan.live.view();
  out.setKind(view != nullptr ? wire::Relation::Kind::VIEW : wire::Relation::Kind::TABLE);
  out.setRowTypeId(plan.rowLayout.typeId);
  setSizes(plan.rowLayout, out);
  const auto columns = static_cast<unsigned>(plan.rowLayout.columns.size());
  describeColumns(plan.rowLayout, out.initColumns(columns));
  if (view != nullptr) out.setSource(text(view->text));
  if (plan.keyLayout == nullptr) return;
  out.setKeyDataWords(plan.keyLayout->dataWords);
  out.setKeyPointers(plan.keyLayout->pointers);
  const auto key = static_cast<unsigned>(plan.keyLayout->columns.size());
  describeColumns(*plan.keyLayout, out.initKey(key));
}

void describeModel(RpcThread& thread, wire::Session::DescribeResults::Builder out) {
  const Model& model = thread.node().model();
  const size_t count = model.tables().size() + model.views().size() + model.events().size() +
                       model.commands().size();
  auto relations = out.initRelations(static_cast<unsigned>(count));
  unsigned next = 0;
  const auto describeLive = [&](const Relation& relation) {
    const RelationPlan* plan = thread.findRelation(relation.name);
    FACET_ASSERT(plan != nullptr, relation.name);
    describeRelation(*plan, relations[next++]);
  };
  for (const TableType& table : model.tables()) describeLive(table.relation);
  for (const ViewType& view : model.views()) describeLive(view.relation);
  for (const EventType& event : model.events()) describeEvent(event, relations[next++]);
  for (uint32_t c = 0; c < model.commands().size(); ++c)
    describeCommand(model, c, relations[next++]);
}

}  // namespace facet
