// EventLog: the narrow interface to the log: append a chunk, read from a chunk on. A backend stands
// behind it (lmdb_log.h today), so that a cluster can keep its log elsewhere later.
//
// The log is a sequence of chunks, numbered from 0 without gaps. A chunk holds the events of one
// group commit, or is a control record (no events). Events have dense positions from 1. Each chunk
// carries the hash of its predecessor. What storage keeps is bytes: what is in a payload, its
// writers know (model/, actors/). Thread: append and appendCopies are called by
// one thread (the journal's, or a replica's follower); everything else by any.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "storage/chunk.h"
#include "values/position.h"

namespace facet {

/// Where the log ends: what the next chunk must follow.
struct LogEnd {
  ChunkNumber next{0};  // number of the next chunk
  Position last{0};     // last event in the log
  Epoch epoch{0};       // of the last chunk
  int64_t time = 0;     // commit time of the last chunk
  ChunkHash hash{};     // of the last chunk; zero before the first
  bool operator==(const LogEnd&) const = default;
};

/// What the journal wants to have appended.
struct ChunkDraft {
  ChunkKind kind = ChunkKind::events;
  Epoch epoch;
  uint32_t events = 0;
  int64_t time = 0;  // microseconds since 1970; must not be before the log's last
  /// The payload is their concatenation; each a multiple of 8 bytes.
  std::span<const std::string_view> pieces;
};

/// There is no room for the chunk: nothing was written, the log is as it was; the caller refuses
/// the commands.
class LogFull : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The log can't be trusted or used: damaged, of another format, locked by another process, or an
/// I/O error. After it nothing may be acknowledged: the process ends, restarts and verifies. The
/// text names file, what was found, what was expected, and what to do.
class LogFailed : public std::runtime_error {
 public:
  explicit LogFailed(const std::string& text) : std::runtime_error(text), found_(text) {}
  /// "FOUND. ADVICE": for those of whom something else may be advised.
  LogFailed(const std::string& found, const std::string& advice)
      : std::runtime_error(found + ". " + advice), found_(found), advice_(advice) {}
  /// Without the advice.
  const std::string& found() const { return found_; }
  const std::string& advice() const { return advice_; }

 private:
  std::string found_;
  std::string advice_;
};

/// The system did not let it be looked at, this time: no descriptor, no memory, no lock, no right,
/// an I/O error; or another process has it open. It says nothing about the bytes: nobody takes it
/// for damage, or changes a name for it; it is told, and tried again.
class LogUnreadable : public LogFailed {
  using LogFailed::LogFailed;
};

/// What was written before is not there as it was: it is not shown. What is appended does not
/// depend on it.
class LogDamaged : public LogFailed {
 public:
  LogDamaged(const LogFailed& what, ChunkNumber chunk) : LogFailed(what), chunk_(chunk) {}
  /// The last that may be damaged.
  ChunkNumber chunk() const { return chunk_; }

 private:
  ChunkNumber chunk_;
};

class CheckedChunks;

class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Appends one chunk after `expected` and returns the new end. When it returns, the chunk is
  /// durable. Throws LogFull, LogFailed; LogFailed too if the log's end is not `expected` (another
  /// writer).
  virtual LogEnd append(const ChunkDraft& draft, const LogEnd& expected) = 0;

  /// Appends chunks of another log as they are, in one transaction: all, or none. Returns the new
  /// end. Throws like append, whose `expected` is chunks.before().
  virtual LogEnd appendCopies(const CheckedChunks& chunks) = 0;

  virtual LogEnd end() const = 0;
  /// What the first chunk follows: nothing, or, where a replica began with a snapshot, its cut.
  /// Chunks and events before it are not here; nobody asks for them.
  virtual LogEnd begin() const = 0;
  /// Has an empty log begin after `end`, durably. By the thread that appends.
  virtual void beginAfter(const LogEnd& end) = 0;

  /// Visits chunks in order from `from` until the end, until `visitor` returns false, or (after at
  /// least one) before their payloads exceed `maxBytes`. Each is verified (checksum, number,
  /// positions, hash chain within the call) before it is shown. A ChunkRef is valid only inside the
  /// visitor, which should be quick: the backend cannot reuse space while it runs. Returns the
  /// number of the chunk after the last one visited. Throws LogDamaged, LogFailed.
  using Visitor = std::function<bool(const ChunkRef&)>;
  virtual ChunkNumber read(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const = 0;

  /// The number of the chunk that holds the event at `position` (or the end's, if it is after the
  /// last).
  virtual ChunkNumber find(Position position) const = 0;

  /// The damage that readers have met: of the last chunk in the log that is damaged.
  virtual std::optional<LogDamaged> damage() const = 0;

  /// Bytes on disk, and bytes that may still be written before append throws LogFull.
  struct Space {
    uint64_t used;
    uint64_t left;
  };
  virtual Space space() const = 0;
};

}  // namespace facet
