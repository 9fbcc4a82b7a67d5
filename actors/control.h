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
};
/// Throws std::runtime_error if it is none that this version knows.
ControlRecord readControlRecord(std::string_view payload);

/// A new, random log id.
LogId makeLogId();

}  // namespace facet
