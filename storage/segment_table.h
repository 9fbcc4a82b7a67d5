// SegmentTable: which segment holds which chunk. Sealed segments are opened when they are first
// read, and the last few used stay open; the active one is always open. Thread: any; changed by the
// journal's (or by main while the log is opened). Opening a segment takes long for a large one: it
// holds up other readers of closed segments, but neither append nor readers of open ones.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/seal.h"
#include "storage/segment.h"

namespace facet {

class SegmentTable {
 public:
  void addSealed(std::filesystem::path folder, const Seal& seal);
  /// The segment that is appended to: it starts after `start`. After all sealed ones.
  void addActive(std::filesystem::path folder, const LogEnd& start,
                 std::shared_ptr<Segment> segment);
  /// The active segment is sealed from now on.
  void sealActive(const Seal& seal);

  struct OpenSegment {
    std::shared_ptr<const Segment> segment;
    LogEnd start;       // before its first chunk
    ChunkNumber until;  // after its last; of the active one the largest number

    bool isSealed() const { return until != ChunkNumber{UINT64_MAX}; }
  };
  /// The segment with this chunk, or with the event at this position (1 at least); both must not be
  /// after the log's end. Throws LogDamaged if it cannot be opened.
  OpenSegment segmentOf(ChunkNumber chunk) const;
  OpenSegment segmentOf(Position position) const;

  uint64_t sealedBytes() const;
  /// Bytes of the active segment's file on disk, and of it in use; zero without one.
  EventLog::Space activeBytes() const;

 private:
  struct Entry {
    std::filesystem::path folder;
    LogEnd start;
    std::optional<Seal> seal;
    std::weak_ptr<const Segment> segment;  // never opened twice: LMDB forbids it
  };

  OpenSegment open(size_t index) const;
  std::optional<OpenSegment> ifOpen(size_t index) const;
  void keepOpen(std::shared_ptr<const Segment> segment) const;

  mutable std::mutex mutex_;    // guards all below
  mutable std::mutex opening_;  // held while a sealed segment is opened; taken before mutex_
  mutable std::vector<Entry> entries_;
  mutable std::vector<std::shared_ptr<const Segment>> recent_;  // the latest used last
  std::shared_ptr<Segment> active_;
};

}  // namespace facet
