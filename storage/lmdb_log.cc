#include "storage/lmdb_log.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "storage/chain.h"
#include "storage/checked_chunks.h"
#include "storage/durable_file.h"
#include "storage/high_water.h"
#include "storage/limits.h"
#include "storage/log_folder.h"
#include "storage/segment_table.h"
#include "values/assert.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

uint64_t roundToPages(uint64_t bytes) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::max(bytes / page, uint64_t{16}) * page;
}

class LmdbLog final : public EventLog {
 public:
  explicit LmdbLog(LmdbLogOptions options);
  ~LmdbLog() override;

  LogEnd append(const ChunkDraft& draft, const LogEnd& expected) override;
  LogEnd appendCopies(const CheckedChunks& chunks) override;
  LogEnd end() const override;
  LogEnd begin() const override;
  void beginAfter(const LogEnd& end) override;
  ChunkNumber read(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const override;
  ChunkNumber find(Position position) const override;
  std::optional<LogDamaged> damage() const override;
  Space space() const override;

 private:
  void recover();
  LogEnd verifiedFrom(const LogEnd& start) const;
  void compareWithMark() const;
  void requireHealthy() const;
  void requireSpace(size_t bytes) const;
  uint64_t room() const;
  struct Disk {
    uint64_t free = 0;
    uint64_t reserve = 0;  // of it, in bytes
  };
  Disk disk() const;
  Segment& segmentForAppend();
  /// The steps around a segment's own append: returns the end that it returns.
  LogEnd appendBytes(size_t bytes, const LogEnd& expected,
                     const std::function<LogEnd(Segment&)>& appendTo);
  void sealActive();
  void latch(const std::string& failure) const;
  void note(const LogDamaged& damage) const;
  template <typename Read>
  static auto readFrom(const SegmentTable::OpenSegment& place, Read&& read);
  ChunkNumber readVerified(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const;
  ChunkNumber findVerified(Position position) const;
  template <typename Read>
  ChunkNumber noting(Read&& read) const;

  const LmdbLogOptions options_;
  SegmentTable segments_;

  // The journal thread's own.
  HighWater highWater_;
  std::shared_ptr<Segment> active_;  // none before the first chunk and after sealing
  LogEnd activeStart_;

  mutable std::mutex mutex_;  // guards what follows
  LogEnd begin_;
  LogEnd end_;
  mutable std::string failure_;  // the first; nothing is appended after it
  mutable std::optional<LogDamaged> damage_;
};

LmdbLog::LmdbLog(LmdbLogOptions options)
    : options_([&] {
        options.mapBytes = roundToPages(options.mapBytes);
        return std::move(options);
      }()),
      highWater_(prepareLogFolder(options_.path) / "high-water") {
  recover();
}

LmdbLog::~LmdbLog() {
  try {
    highWater_.sync();
  } catch (const std::exception&) {
    // It stays a lower bound, which is all that it has to be.
  }
}

void LmdbLog::recover() {
  begin_ = readBeginning(options_.path);
  end_ = begin_;
  for (FoundSegment& found : findSegments(options_.path, begin_, highWater_.mark())) {
    if (found.seal) {
      segments_.addSealed(found.folder, *found.seal);
      end_ = found.seal->end;
      continue;
    }
    active_ = Segment::openForAppend(found.folder, found.start.next, options_.mapBytes);
    activeStart_ = found.start;
    end_ = verifySegment(*active_, verifiedFrom(found.start), options_.progress);
    segments_.addActive(found.folder, found.start, active_);
  }
  if (active_ == nullptr && end_.next > begin_.next) {
    const auto place = segments_.segmentOf(ChunkNumber{end_.next.value - 1});
    if (verifySegment(*place.segment, place.start, options_.progress) != end_) {
      throw LogFailed(fmt::format("{}: its chunks are not those that were sealed",
                                  place.segment->dataFile().string()),
                      "Restore it from a backup or a replica");
    }
  }
  compareWithMark();
  if (highWater_.mark() != end_) highWater_.write(end_);
}

/// Where verifying the active segment, which follows `start`, begins.
LogEnd LmdbLog::verifiedFrom(const LogEnd& start) const {
  if (!options_.verified) return start;
  const LogEnd& verified = *options_.verified;
  if (verified.next <= start.next || verified.next > active_->endAtOpen()) return start;
  bool same = false;
  active_->read({verified.next.value - 1}, verified.next, [&](std::string_view chunk) {
    same = chunk.size() >= sizeof(ChunkHeader) && hashChunk(chunk) == verified.hash;
    return false;
  });
  return same ? verified : start;
}

void LmdbLog::compareWithMark() const {
  const LogEnd& mark = highWater_.mark();
  const std::string file = (options_.path / "high-water").string();
  if (end_.next < mark.next) {
    throw LogFailed(fmt::format("{}: the log ends with position {} (before chunk {}), but position "
                                "{} (before chunk {}) "
                                "was "
                                "acknowledged, says {}. It was rolled back: replaced by an older "
                                "copy, or the disk lost "
                                "writes that it had confirmed",
                                options_.path.string(), end_.last.value, end_.next.value,
                                mark.last.value, mark.next.value, file),
                    fmt::format("Keep a copy, and restore from a backup or promote a replica; only "
                                "if you accept the loss, "
                                "make {} an empty file",
                                file));
  }
  bool same = mark.next != end_.next || mark == end_;
  if (mark.next < end_.next && mark.next.value > 0) {
    readVerified(mark.next, 0, [&](const ChunkRef& chunk) {
      same = chunk.header->previous == mark.hash && chunk.header->first == mark.last + 1;
      return false;
    });
  }
  if (!same) {
    throw LogFailed(
        fmt::format("{}: chunk {} is not the one that was acknowledged, says {}: the log was "
                    "replaced by another",
                    options_.path.string(), mark.next.value - 1, file),
        fmt::format("Put the right one back; only if you accept this one, make {} an empty file",
                    file));
  }
}

void LmdbLog::requireHealthy() const {
  std::lock_guard lock(mutex_);
  if (failure_.empty()) return;
  throw LogFailed("the log takes nothing more since it failed: " + failure_);
}

void LmdbLog::latch(const std::string& failure) const {
  std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = failure;
}

void LmdbLog::note(const LogDamaged& damage) const {
  std::lock_guard lock(mutex_);
  if (!damage_ || damage_->chunk() < damage.chunk()) damage_ = damage;
}

std::optional<LogDamaged> LmdbLog::damage() const {
  std::lock_guard lock(mutex_);
  return damage_;
}

LmdbLog::Disk LmdbLog::disk() const {
  struct statvfs disk {};
  if (::statvfs(options_.path.c_str(), &disk) != 0) {
    throwSystemError(options_.path, "ask for free space", errno);
  }
  const uint64_t all = uint64_t{disk.f_blocks} * disk.f_frsize;
  const uint64_t reserve =
      options_.reserveBytes.value_or(std::min(kReserveBytes, all / kReserveShare));
  return {uint64_t{disk.f_bavail} * disk.f_frsize, reserve * options_.reserves};
}

/// What the log may take of its disk.
uint64_t LmdbLog::room() const {
  const auto [free, reserve] = disk();
  return free > reserve ? free - reserve : 0;
}

void LmdbLog::requireSpace(size_t bytes) const {
  const auto [free, reserve] = disk();
  const uint64_t grownAhead = segments_.activeBytes().left;
  const uint64_t fromDisk = bytes > grownAhead ? bytes - grownAhead : 0;
  if (free >= reserve && free - reserve >= fromDisk) return;
  throw LogFull(
      fmt::format("{}: the disk has {} bytes free; {} are kept in reserve and {} needed. "
                  "Make space, or move the folder to a larger disk",
                  options_.path.string(), free, reserve, fromDisk));
}

void LmdbLog::sealActive() {
  active_->trim();
  const Seal seal{activeStart_, end_, active_->usedBytes()};
  writeSeal(options_.path / segmentName(activeStart_.next), seal);
  segments_.sealActive(seal);
  active_ = nullptr;
  highWater_.sync();
}

Segment& LmdbLog::segmentForAppend() {
  if (active_ != nullptr && active_->usedBytes() > options_.segmentBytes &&
      end_.next > activeStart_.next) {
    sealActive();
  }
  if (active_ == nullptr) {
    const fs::path folder = options_.path / segmentName(end_.next);
    Segment::create(folder, options_.mapBytes);
    active_ = Segment::openForAppend(folder, end_.next, options_.mapBytes);
    activeStart_ = end_;
    segments_.addActive(folder, end_, active_);
  }
  return *active_;
}

LogEnd LmdbLog::append(const ChunkDraft& draft, const LogEnd& expected) {
  return appendBytes(chunkBytes(draft), expected,
                     [&](Segment& segment) { return segment.append(draft, end_, room()); });
}

LogEnd LmdbLog::appendCopies(const CheckedChunks& chunks) {
  if (chunks.chunks().empty()) return end();
  return appendBytes(chunks.bytes(), chunks.before(),
                     [&](Segment& segment) { return segment.appendCopies(chunks, room()); });
}

LogEnd LmdbLog::appendBytes(size_t bytes, const LogEnd& expected,
                            const std::function<LogEnd(Segment&)>& appendTo) {
  requireHealthy();
  try {
    if (expected != end_) {
      throw LogFailed(
          fmt::format("{}: the log ends before chunk {}, but its writer expected {}: "
                      "there is another writer",
                      options_.path.string(), end_.next.value, expected.next.value));
    }
    requireSpace(bytes);
    const LogEnd after = appendTo(segmentForAppend());
    try {
      highWater_.write(after);
    } catch (const LogFull& full) {
      throw LogFailed(full.what());  // the chunk is in the log: "full" would be a lie
    }
    std::lock_guard lock(mutex_);
    end_ = after;
    return after;
  } catch (const LogFailed& failure) {
    latch(failure.what());
    throw;
  }
}

LogEnd LmdbLog::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

LogEnd LmdbLog::begin() const {
  std::lock_guard lock(mutex_);
  return begin_;
}

void LmdbLog::beginAfter(const LogEnd& end) {
  requireHealthy();
  FACET_ASSERT(end_ == begin_, end_.next.value, begin_.next.value);
  writeBeginning(options_.path, end);
  highWater_.write(end);
  std::lock_guard lock(mutex_);
  begin_ = end;
  end_ = end;
}

ChunkNumber LmdbLog::read(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const {
  return noting([&] { return readVerified(from, maxBytes, visitor); });
}

template <typename Read>
ChunkNumber LmdbLog::noting(Read&& read) const {
  try {
    return read();
  } catch (const LogDamaged& damage) {
    note(damage);
    throw;
  } catch (const LogUnreadable&) {
    throw;  // the next one may read it; what is appended does not depend on it
  } catch (const LogFailed& failure) {
    latch(failure.what());
    throw;
  }
}

/// What is wrong with a sealed segment does not concern what is appended.
template <typename Read>
auto LmdbLog::readFrom(const SegmentTable::OpenSegment& place, Read&& read) {
  try {
    return read();
  } catch (const LogDamaged&) {
    throw;
  } catch (const LogUnreadable&) {
    throw;
  } catch (const LogFailed& failure) {
    if (!place.isSealed()) throw;
    throw LogDamaged(failure, {place.until.value - 1});
  }
}

ChunkNumber LmdbLog::readVerified(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const {
  const ChunkNumber until = end().next;
  FACET_ASSERT(from >= begin().next, from.value, begin().next.value);
  ChunkNumber next = from;
  ChainCheck chain(from);
  uint64_t shown = 0;
  bool goOn = true;
  while (goOn && next < until) {
    const SegmentTable::OpenSegment place = segments_.segmentOf(next);
    // At a segment's start the predecessor's hash costs nothing, so the chain is checked there too.
    if (next == from && next == place.start.next) chain = ChainCheck(place.start);
    const auto show = [&](std::string_view bytes) {
      shown += bytes.size() - std::min(bytes.size(), sizeof(ChunkHeader));
      if (shown > maxBytes && next != from) return goOn = false;
      const ChunkRef chunk = chain.take(bytes);
      if (chunk.header == nullptr) {
        throw LogDamaged(
            LogFailed(fmt::format("{}: {}", place.segment->dataFile().string(), chain.problem()),
                      "Keep a copy of the folder, and restore it from a backup or a replica"),
            next);
      }
      next = {chunk.header->number.value + 1};
      return goOn = visitor(chunk);
    };
    readFrom(place, [&] { place.segment->read(next, std::min(until, place.until), show); });
    chain.settle();
  }
  return next;
}

ChunkNumber LmdbLog::find(Position position) const {
  return noting([&] { return findVerified(position); });
}

ChunkNumber LmdbLog::findVerified(Position position) const {
  const LogEnd end = this->end();
  if (position > end.last) return end.next;
  if (const LogEnd begin = this->begin(); position <= begin.last) return begin.next;
  const SegmentTable::OpenSegment place = segments_.segmentOf(position);
  const ChunkNumber found = readFrom(place, [&] {
    return place.segment->find(position, place.start.next, std::min(end.next, place.until));
  });
  // The search trusts headers that it has not verified; the chunk that it leads to is verified.
  bool holds = false;
  readVerified(found, 0, [&](const ChunkRef& chunk) {
    holds = chunk.header->first <= position && position <= chunk.last();
    return false;
  });
  if (!holds) {
    throw LogDamaged(
        LogFailed(fmt::format("{}: the search for position {} led to chunk {}, which does not hold "
                              "it: a header is damaged",
                              place.segment->dataFile().string(), position.value, found.value),
                  "Restore the folder from a backup or a replica"),
        {std::min(end.next, place.until).value - 1});
  }
  return found;
}

EventLog::Space LmdbLog::space() const {
  const Space active = segments_.activeBytes();  // what is left is grown ahead of the writes
  const auto [free, reserve] = disk();
  uint64_t left = free > reserve ? free - reserve + active.left : 0;
  if (options_.mapBytes <= options_.segmentBytes) {
    left =
        std::min(left, options_.mapBytes - std::min(options_.mapBytes, active.used - active.left));
  }
  return {segments_.sealedBytes() + active.used, left};
}

}  // namespace

std::unique_ptr<EventLog> openLmdbLog(LmdbLogOptions options) {
  try {
    return std::make_unique<LmdbLog>(std::move(options));
  } catch (const LogFull& full) {
    throw LogUnreadable(full.what());  // it is as it was
  }
}

}  // namespace facet
