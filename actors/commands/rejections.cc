#include "actors/commands/rejections.h"

#include <fmt/format.h>

#include "actors/commands/limits.h"
#include "values/assert.h"
#include "values/text.h"

namespace facet {
namespace {

/// The text, or its beginning.
std::string beginningOf(std::string text) {
  if (text.size() <= kMaxToldValue) return text;
  size_t end = kMaxToldValue;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // within a character
  text.resize(end);
  return text + "...";
}

/// "order_id = 'A-1'": the key of a row, for messages.
std::string describeKey(const TableType& table, const RowLayout& layout, Row key) {
  std::string text;
  for (size_t i = 0; i < layout.size(); ++i) {
    const Value value = key.get(layout, i);
    text += fmt::format("{}{} = ", i == 0 ? "" : ", ", table.fields[table.key[i]].name);
    text += value.isNull() ? "NULL" : beginningOf(toText(layout.type(i), value));
  }
  return text;
}

}  // namespace

CommandOutcome brokenRule(const CommandRule& rule) {
  CommandOutcome outcome;
  outcome.rule = RejectionRule::check;
  outcome.reason = rule.otherwise;
  return outcome;
}

CommandOutcome failedExpression(std::string_view what, ErrorCode error) {
  CommandOutcome outcome;
  outcome.rule = RejectionRule::expression;
  outcome.reason = fmt::format("{}: {}", what, errorText(error));
  return outcome;
}

CommandOutcome tooLarge(const CommandType& type, EventBound bound, size_t bytes) {
  const bool command = bound == EventBound::command;
  CommandOutcome outcome;
  outcome.rule = RejectionRule::invalidValue;
  outcome.reason = fmt::format(
      "{} is too large: the events up to here take {} bytes, and those of a {} may take {}; {}",
      command ? type.name : "the batch of this " + type.name, bytes, command ? "command" : "batch",
      command ? kMaxCommandEventBytes : kMaxBatchEventBytes,
      command ? "send shorter texts, or several commands" : "send it in a batch after this one");
  return outcome;
}

CommandOutcome missingReference(const TableType& table, const Lookup& lookup, const Row* key) {
  CommandOutcome rejection;
  rejection.rule = RejectionRule::reference;
  rejection.field = lookup.field;
  rejection.reason = key != nullptr ? fmt::format("{} has no row with {}", table.relation.name,
                                                  describeKey(table, table.keyLayout, *key))
                                    : fmt::format("{} must be given: it names a row of {}",
                                                  lookup.field, table.relation.name);
  return rejection;
}

CommandOutcome refusedBy(const TableType& table, const Tables::Result& result) {
  CommandOutcome rejection;
  switch (result.outcome) {
    case Tables::Outcome::keyExists:
      rejection.rule = RejectionRule::keyExists;
      rejection.reason = fmt::format("{} already has a row with this key", table.relation.name);
      break;
    case Tables::Outcome::keyMissing:
      rejection.rule = RejectionRule::keyMissing;
      rejection.reason = fmt::format("{} has no row with this key", table.relation.name);
      break;
    case Tables::Outcome::nullKey:
      rejection.rule = RejectionRule::invalidValue;
      rejection.reason = fmt::format("the key of {} must not be NULL", table.relation.name);
      break;
    case Tables::Outcome::expressionFailed:
      rejection =
          failedExpression(fmt::format("a value for {}", table.relation.name), result.error);
      break;
    case Tables::Outcome::ok:
      FACET_ASSERT(false);
  }
  for (const uint32_t column : table.key) {
    rejection.field += (rejection.field.empty() ? "" : ",") + table.fields[column].field;
  }
  return rejection;
}

}  // namespace facet
