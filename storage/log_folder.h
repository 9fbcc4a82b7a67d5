// What is in the log's folder when it is opened: the segments, in order and without gaps, and
// whether their contents are right. Pure functions over the disk; used by main while the log is
// opened.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/seal.h"
#include "storage/segment.h"

namespace facet {

/// The name of the segment's folder: twenty digits.
std::string segmentName(ChunkNumber first);

/// Makes the folder an empty log, if it is missing or has nothing in it but the rest of a creation
/// that was cut short. Returns `log`.
const std::filesystem::path& prepareLogFolder(const std::filesystem::path& log);

/// What the log's first chunk follows, as the file `begins` in its folder says; without one
/// nothing. Throws LogFailed if it is damaged.
LogEnd readBeginning(const std::filesystem::path& log);
void writeBeginning(const std::filesystem::path& log, const LogEnd& end);

/// Whether no segment is in the folder, which may be missing: nothing was ever appended.
bool isEmptyLogFolder(const std::filesystem::path& log);

struct FoundSegment {
  std::filesystem::path folder;
  LogEnd start;              // the end of the one before
  std::optional<Seal> seal;  // all but the last have one
};

/// Finds the segments, the first of which follows `begin`; removes those whose creation was cut
/// short before anything could be in them (`acknowledged` is the high-water mark). Throws LogFailed
/// for a foreign entry, a missing segment or seals that do not follow each other.
std::vector<FoundSegment> findSegments(const std::filesystem::path& log, const LogEnd& begin,
                                       const LogEnd& acknowledged);

/// Verifies the segment's chunks that follow `start`; returns the end after them.
LogEnd verifySegment(const Segment& segment, const LogEnd& start,
                     const std::function<void(uint64_t chunks)>& progress);

}  // namespace facet
