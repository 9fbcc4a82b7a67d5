#include "storage/segment_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

std::shared_ptr<const Segment> openAsSealed(const std::filesystem::path& folder, const Seal& seal) {
  auto segment = Segment::openSealed(folder, seal.start.next);
  if (segment->endAtOpen() != seal.end.next || segment->fileBytes() != seal.dataBytes) {
    throw LogFailed(
        fmt::format("{}: it has {} bytes and ends before chunk {}, but was sealed with {} bytes "
                    "before chunk {}",
                    segment->dataFile().string(), segment->fileBytes(), segment->endAtOpen().value,
                    seal.dataBytes, seal.end.next.value),
        "Restore the segment from a backup or a replica");
  }
  return segment;
}

}  // namespace

void SegmentTable::addSealed(std::filesystem::path folder, const Seal& seal) {
  std::lock_guard lock(mutex_);
  FACET_ASSERT(active_ == nullptr);
  entries_.push_back({std::move(folder), seal.start, seal, {}});
}

void SegmentTable::addActive(std::filesystem::path folder, const LogEnd& start,
                             std::shared_ptr<Segment> segment) {
  std::lock_guard lock(mutex_);
  FACET_ASSERT(active_ == nullptr);
  entries_.push_back({std::move(folder), start, std::nullopt, segment});
  active_ = std::move(segment);
}

void SegmentTable::sealActive(const Seal& seal) {
  std::lock_guard lock(mutex_);
  FACET_ASSERT(active_ != nullptr);
  entries_.back().seal = seal;
  keepOpen(std::move(active_));
}

void SegmentTable::keepOpen(std::shared_ptr<const Segment> segment) const {
  std::erase(recent_, segment);
  if (recent_.size() == kOpenSealedSegments) recent_.erase(recent_.begin());
  recent_.push_back(std::move(segment));
}

std::optional<SegmentTable::OpenSegment> SegmentTable::ifOpen(size_t index) const {
  std::lock_guard lock(mutex_);
  const Entry& entry = entries_[index];
  std::shared_ptr<const Segment> segment = entry.segment.lock();
  if (segment == nullptr) return std::nullopt;
  if (entry.seal) keepOpen(segment);
  const ChunkNumber until = entry.seal ? entry.seal->end.next : ChunkNumber{UINT64_MAX};
  return OpenSegment{std::move(segment), entry.start, until};
}

SegmentTable::OpenSegment SegmentTable::open(size_t index) const {
  if (auto place = ifOpen(index)) return *place;
  std::lock_guard opening(opening_);
  if (auto place = ifOpen(index)) return *place;
  std::filesystem::path folder;
  Seal seal;
  {
    std::lock_guard lock(mutex_);
    folder = entries_[index].folder;
    seal = entries_[index].seal.value();
  }
  std::shared_ptr<const Segment> segment;
  try {
    segment = openAsSealed(folder, seal);
  } catch (const LogUnreadable&) {
    throw;
  } catch (const LogFailed& failure) {
    throw LogDamaged(failure, {seal.end.next.value - 1});
  }
  std::lock_guard lock(mutex_);
  entries_[index].segment = segment;
  keepOpen(segment);
  return {std::move(segment), seal.start, seal.end.next};
}

SegmentTable::OpenSegment SegmentTable::segmentOf(ChunkNumber chunk) const {
  size_t index = 0;
  {
    std::lock_guard lock(mutex_);
    const auto after = std::partition_point(entries_.begin(), entries_.end(),
                                            [&](const Entry& e) { return e.start.next <= chunk; });
    FACET_ASSERT(after != entries_.begin(), chunk.value);
    index = static_cast<size_t>(after - entries_.begin()) - 1;
  }
  return open(index);
}

SegmentTable::OpenSegment SegmentTable::segmentOf(Position position) const {
  size_t index = 0;
  {
    std::lock_guard lock(mutex_);
    const auto after = std::partition_point(
        entries_.begin(), entries_.end(), [&](const Entry& e) { return e.start.last < position; });
    FACET_ASSERT(after != entries_.begin(), position.value);
    index = static_cast<size_t>(after - entries_.begin()) - 1;
  }
  return open(index);
}

uint64_t SegmentTable::sealedBytes() const {
  std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const Entry& entry : entries_) bytes += entry.seal ? entry.seal->dataBytes : 0;
  return bytes;
}

EventLog::Space SegmentTable::activeBytes() const {
  std::lock_guard lock(mutex_);
  if (active_ == nullptr) return {0, 0};
  return {active_->fileBytes(), active_->fileBytes() - active_->usedBytes()};
}

}  // namespace facet
