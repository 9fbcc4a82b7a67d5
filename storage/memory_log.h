// MemoryLog: the event log in memory, for simulations and tests: the same checks and semantics as
// lmdb_log.h, without a disk; and it fails when it is told to.
// Thread: append by one thread, everything else by any.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "storage/event_log.h"

namespace facet {

class MemoryLog final : public EventLog {
 public:
  /// How the next append fails: the log is as it was after both; failed latches, as in the real
  /// log.
  enum class Failure { none, full, failed };

  /// Throws LogFull when all chunks together would exceed `capacityBytes`.
  explicit MemoryLog(uint64_t capacityBytes = UINT64_MAX) : capacity_(capacityBytes) {}

  void failNext(Failure failure);

  LogEnd append(const ChunkDraft& draft, const LogEnd& expected) override;
  LogEnd appendCopies(const CheckedChunks& chunks) override;
  LogEnd end() const override;
  LogEnd begin() const override { return begin_; }
  void beginAfter(const LogEnd& end) override;
  ChunkNumber read(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const override;
  ChunkNumber find(Position position) const override;
  std::optional<LogDamaged> damage() const override { return std::nullopt; }
  Space space() const override;

 private:
  struct Chunk {
    std::unique_ptr<uint64_t[]> words;  // aligned for the header
    size_t bytes;
    LogEnd end;  // after it
    std::string_view view() const { return {reinterpret_cast<const char*>(words.get()), bytes}; }
  };

  void refuse(const LogEnd& expected, size_t bytes);

  mutable std::mutex mutex_;  // guards all below; a chunk, once in, never moves or changes
  std::deque<Chunk> chunks_;
  LogEnd begin_;
  LogEnd end_;
  uint64_t used_ = 0;
  uint64_t capacity_;
  Failure next_ = Failure::none;
  std::string failure_;
};

}  // namespace facet
