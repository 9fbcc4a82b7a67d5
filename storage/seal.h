// The file `sealed` in a segment's folder: the segment is complete and never changes again.
// Two EndRecords: where the segment starts and where it ends. The chain of hashes makes the end's
// hash one over all its chunks. DO NOT CHANGE: it is on disk. Pure functions.
#pragma once

#include <filesystem>
#include <optional>

#include "storage/event_log.h"

namespace facet {

struct Seal {
  LogEnd start;        // before the segment's first chunk
  LogEnd end;          // after its last
  uint64_t dataBytes;  // size of data.mdb, exactly
};

/// Writes the seal durably into the segment's folder.
void writeSeal(const std::filesystem::path& folder, const Seal& seal);

/// The seal in the folder; none if there is none. Throws LogFailed if it is damaged.
std::optional<Seal> readSeal(const std::filesystem::path& folder);

}  // namespace facet
