// CommandPlan: a command type made ready to run: its rules and the shaping of its events as
// programs over packed rows. The stateless half runs in the command actors, what looks at tables in
// the sequencer, with the same code. Thread: immutable, shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/command_digest.h"
#include "model/model.h"
#include "sql/evaluator.h"

namespace facet {

/// Rows that a command's programs read: input 0 is the command; lookup i's key row is input 1 + 2i,
/// its other columns input 2 + 2i (null rows: there is no such row).
constexpr size_t lookupKeyInput(size_t lookup) {
  return 1 + 2 * lookup;
}
constexpr size_t lookupRestInput(size_t lookup) {
  return 2 + 2 * lookup;
}

struct CommandPlan {
  struct Rule {
    Program program;
    const CommandRule* rule = nullptr;
  };
  struct EventField {
    enum class From : uint8_t { command, program, null } from = From::null;
    RowLayout::Slot slot{};  // command
    Program program;
    bool isUnsigned = false;  // UInt64: not every numeric fits
    bool isDecimal = false;   // nor in an Int64
  };
  struct Emit {
    const CommandEmit* emit = nullptr;
    const RowLayout* layout = nullptr;
    Program when;  // empty: always
    std::vector<EventField> fields;
  };
  struct LookupKey {
    const RowLayout* layout = nullptr;
    std::vector<RowLayout::Slot> fields;  // of the command
  };

  CommandPlan(const Model& model, const CommandType& type);

  const CommandType* type;
  CommandDigest digest;
  std::vector<Rule> ownRules;    // over the command alone
  std::vector<Rule> tableRules;  // that look at tables
  std::vector<Emit> emits;
  bool emitsNeedTables = false;  // then the sequencer shapes the events, else the command actor
  std::vector<LookupKey> lookups;

  size_t inputs() const { return 1 + 2 * lookups.size(); }
};

std::vector<CommandPlan> planCommands(const Model& model);

/// The packed key row of a lookup. False if a part of the key is NULL: no row can have it.
bool buildLookupKey(const CommandPlan::LookupKey& lookup, Row command, RowBuilder& builder,
                    Row& key);

/// What became of one event of a command.
enum class Shaped : uint8_t { event, none, failed };

/// Shapes one event: `event` is valid until the builder's next row (or is the command's own row).
/// none: `when` is not true.
Shaped shapeEvent(const CommandPlan::Emit& emit, const EvalContext& context, RowBuilder& builder,
                  Row& event, ErrorCode& error);

}  // namespace facet
