// Control records: what the log says about itself (schema/log.capnp), to and from the payload of a
// control chunk. Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/load.h"
#include "storage/event_log.h"
#include "values/position.h"

namespace facet {

/// Payloads, a multiple of 8 bytes. `restoredFrom`: the id of the log that this one continues.
std::vector<uint64_t> birthRecord(LogId id, std::optional<LogId> restoredFrom = std::nullopt);
std::vector<uint64_t> modelRecord(const Model& model);
/// From here on the log is written in `epoch`; what was before ends with `end`.
std::vector<uint64_t> epochRecord(Epoch epoch, const LogEnd& end, std::string_view reason);

/// A view takes back an event, whose row and commit time the record has with it.
struct SkipRecord {
  std::string view;
  uint128 definition = 0;  // definitionHash of the view that it is about
  Position position;       // of the event
  int64_t time = 0;
  uint32_t event = 0;           // its type, by the log's index
  std::vector<uint64_t> row{};  // packed; empty: it was done, and only that is known
};
std::vector<uint64_t> skipRecord(const SkipRecord& skip);
/// Of what decides which rows a view has: another SELECT, or another key, is another view.
uint128 definitionHash(const ViewType& view);

/// Where the epochs before another one ended.
struct EpochStart {
  Epoch epoch;        // the one that begins
  ChunkNumber chunk;  // with this chunk
  Position after;     // after this event
};

struct ControlRecord {
  std::optional<LogId> birth;
  std::optional<EpochStart> epoch;
  std::optional<std::vector<ModelFile>> model;
  std::optional<SkipRecord> skip;
};
/// Throws std::runtime_error if it is none that this version knows.
ControlRecord readControlRecord(std::string_view payload);

/// A new, random log id.
LogId makeLogId();

}  // namespace facet
