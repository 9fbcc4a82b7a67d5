#include "actors/commands/command_plan.h"

#include "actors/commands/limits.h"
#include "values/assert.h"
#include "values/numeric.h"
#include "values/row_slot.h"

namespace facet {

namespace {

ColumnResolver resolverFor(const Model& model, const CommandType& type) {
  return [&model, &type](uint32_t relation, uint32_t column) {
    if (relation == 0) return ColumnPlace{0, type.layout.slot(column)};
    const size_t lookup = relation - 1;
    const TableType& table = model.tables()[type.lookups[lookup].table];
    const TableType::Place& place = table.places[column];
    return place.inKey ? ColumnPlace{static_cast<uint32_t>(lookupKeyInput(lookup)),
                                     table.keyLayout.slot(place.index)}
                       : ColumnPlace{static_cast<uint32_t>(lookupRestInput(lookup)),
                                     table.restLayout.slot(place.index)};
  };
}

CommandPlan::Emit planEmit(const Model& model, const CommandType& type, const CommandEmit& emit,
                           const ColumnResolver& resolve) {
  CommandPlan::Emit plan;
  plan.emit = &emit;
  plan.layout = &model.events()[emit.event].layout;
  if (emit.when) plan.when = Program(*emit.when, resolve);
  for (const FieldSource& source : emit.fields) {
    CommandPlan::EventField& field = plan.fields.emplace_back();
    FACET_ASSERT(plan.fields.size() <= model.events()[emit.event].fields.size(), emit.event,
                 plan.fields.size());
    const Field& to = model.events()[emit.event].fields[plan.fields.size() - 1];
    field.isUnsigned = to.isUnsigned;
    field.isDecimal = to.type.kind == Kind::numeric && !to.isUnsigned;
    if (source.expr) {
      field.from = CommandPlan::EventField::From::program;
      field.program = Program(*source.expr, resolve);
    } else if (source.column != FieldSource::kNone) {
      field.from = CommandPlan::EventField::From::command;
      field.slot = type.layout.slot(source.column);
    }
  }
  return plan;
}

}  // namespace

CommandPlan::CommandPlan(const Model& model, const CommandType& commandType)
    : type(&commandType),
      digest(model, static_cast<uint32_t>(&commandType - model.commands().data())) {
  const ColumnResolver resolve = resolverFor(model, commandType);
  for (const CommandRule& rule : commandType.rules) {
    (rule.needsTables ? tableRules : ownRules).push_back({Program(*rule.that, resolve), &rule});
  }
  for (const CommandEmit& emit : commandType.emits) {
    emits.push_back(planEmit(model, commandType, emit, resolve));
    emitsNeedTables = emitsNeedTables || emit.needsTables;
  }
  for (const Lookup& lookup : commandType.lookups) {
    const TableType& table = model.tables()[lookup.table];
    LookupKey& key = lookups.emplace_back();
    key.layout = &table.keyLayout;
    for (const uint32_t field : lookup.keyFields) {
      key.fields.push_back(commandType.layout.slot(field));
    }
  }
}

std::vector<CommandPlan> planCommands(const Model& model) {
  std::vector<CommandPlan> plans;
  plans.reserve(model.commands().size());
  for (const CommandType& type : model.commands()) plans.emplace_back(model, type);
  return plans;
}

bool buildLookupKey(const CommandPlan::LookupKey& lookup, Row command, RowBuilder& builder,
                    Row& key) {
  builder.start(*lookup.layout);
  for (size_t i = 0; i < lookup.fields.size(); ++i) {
    const Value value = command.get(lookup.fields[i]);
    if (value.isNull()) return false;
    builder.setKey(i, value);
  }
  key = builder.finish();
  return true;
}

Shaped shapeEvent(const CommandPlan::Emit& emit, const EvalContext& context, RowBuilder& builder,
                  Row& event, ErrorCode& error) {
  if (emit.when) {
    const Value when = emit.when.evaluate(context);
    if (when.isError()) {
      error = when.errorCode();
      return Shaped::failed;
    }
    if (!when.isTrue()) return Shaped::none;
  }
  const Row command = context.rows[0];
  if (emit.emit->same) {
    event = command;
    return Shaped::event;
  }
  builder.start(*emit.layout);
  size_t bytes = 0;
  for (size_t i = 0; i < emit.fields.size(); ++i) {
    const CommandPlan::EventField& field = emit.fields[i];
    Value value;
    switch (field.from) {
      case CommandPlan::EventField::From::command:
        value = command.get(field.slot);
        break;
      case CommandPlan::EventField::From::program:
        value = field.program.evaluate(context);
        break;
      case CommandPlan::EventField::From::null:
        continue;
    }
    const bool tooLarge = !value.isError() && ((field.isUnsigned && !fitsUInt64(value)) ||
                                               (field.isDecimal && !fitsDecimal(value)));
    if (tooLarge) value = Value::error(ErrorCode::numericOutOfRange);
    if (value.isError()) {
      error = value.errorCode();
      return Shaped::failed;
    }
    // Many fields with one long text: the row would be longer than a row can be.
    if (hasTail(value.kind())) bytes += value.asText().size();
    if (bytes > kMaxCommandEventBytes) {
      error = ErrorCode::tooLarge;
      return Shaped::failed;
    }
    builder.set(i, value);
  }
  event = builder.finish();
  return Shaped::event;
}

}  // namespace facet
