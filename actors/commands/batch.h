// A batch of commands on its way in, and its outcomes on their way out. Owned values; immutable
// once handed over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/commands/batch_run.h"
#include "values/position.h"

namespace facet {

/// Which rule rejected a command: the same as facet.capnp's Rejection.Rule.
enum class RejectionRule : uint8_t {
  check,
  reference,
  keyExists,
  keyMissing,
  expectedVersion,
  invalidValue,
  sequence,
  expression,
  atomic,
};

struct CommandItem {
  static constexpr uint32_t kInvalid = UINT32_MAX;
  static constexpr int64_t kAnyVersion = -1;
  uint32_t command = 0;     // index in the model's commands
  uint32_t row = kInvalid;  // offset of the packed row in CommandBatch::rows, in 8-byte words;
                            // kInvalid: see CommandBatch::invalid
  int64_t expectedVersion = kAnyVersion;
};

struct InvalidItem {
  uint32_t index = 0;  // of the command in the batch
  std::string field;
  std::string reason;
};

struct CommandBatch {
  uint64_t ticket = 0;   // the submitter's own number; comes back with the outcome
  uint64_t session = 0;  // batches of one session keep their order
  BatchRun run;
  ClientId client;  // all zero: no deduplication
  uint64_t firstSequence = 0;
  /// Empty: the commands' numbers count on from firstSequence. Else each one's number less
  /// firstSequence, rising from 0.
  std::vector<uint32_t> places;
  bool atomic = false;
  std::vector<CommandItem> items;
  std::vector<uint64_t> rows;  // packed rows, one behind another
  std::vector<InvalidItem> invalid;
  /// What admission counted for it; Node's own, given back with the outcome.
  size_t admittedBytes = 0;

  /// Of a command: where it is in the log's block, which has a place for each number.
  uint32_t place(uint32_t index) const { return places.empty() ? index : places[index]; }
  /// Places of the block.
  uint32_t span() const {
    return places.empty() ? static_cast<uint32_t>(items.size()) : places.back() + 1;
  }

  size_t bytes() const {
    return sizeof(*this) + items.size() * sizeof(CommandItem) + rows.size() * 8 +
           places.size() * sizeof(uint32_t);
  }
};

struct CommandOutcome {
  enum class What : uint8_t {
    rejected,
    duplicate,
    unknown,  // its number is older than what is remembered of the client: very probably done
  } what = What::rejected;
  uint32_t index = 0;
  RejectionRule rule = RejectionRule::check;
  std::string reason;
  std::string field;
  Position position;  // duplicate: of its last event, 0 if it had none
};

struct BatchOutcome {
  enum class What : uint8_t {
    done,     // everything accepted is durable
    refused,  // nothing was done: no room, or the node is stopping; `reason` says why and what to
              // do
    unknown,  // the log failed while it was being written: it may or may not be there
  } what = What::done;
  uint64_t ticket = 0;
  std::string reason;
  Epoch epoch;
  Position first;    // of the first event; 0 if none
  Position last;     // of the last event; 0 if none
  Position durable;  // the log's end when it was answered: what a token of this batch stands for
  uint32_t accepted = 0;
  uint32_t rejected = 0;
  uint32_t duplicates = 0;
  uint32_t unknown = 0;
  size_t admittedBytes = 0;                // see CommandBatch
  std::vector<CommandOutcome> exceptions;  // every command that was not simply accepted, in order
  std::vector<Position>
      positions;  // of each command's last event; empty if each had just one event and was accepted
};

}  // namespace facet
