// Why a command was rejected, in the words that its client reads. Thread: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/commands/batch.h"
#include "views/tables/tables.h"

namespace facet {

/// A rule that does not hold.
CommandOutcome brokenRule(const CommandRule& rule);
/// An expression that failed: of a rule, or of an event's or a table's column (`what`).
CommandOutcome failedExpression(std::string_view what, ErrorCode error);

/// What a command's events are too large for: kMaxCommandEventBytes, or kMaxBatchEventBytes.
enum class EventBound : uint8_t { command, batch };
/// Events that take so many bytes, or take their batch to so many.
CommandOutcome tooLarge(const CommandType& type, EventBound bound, size_t bytes);

/// A required reference that finds no row. `key`: null if not all of it was given.
CommandOutcome missingReference(const TableType& table, const Lookup& lookup, const Row* key);
/// A write that its table refuses.
CommandOutcome refusedBy(const TableType& table, const Tables::Result& result);

}  // namespace facet
