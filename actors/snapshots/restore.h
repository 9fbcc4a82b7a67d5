// Restore: a new data folder from a backup, or from a stopped node's folder: the log up to an event
// or a time, and a snapshot that is wholly before that. Every byte that is copied is verified:
// checksums, the chain of chunks, a snapshot's frames. The new log continues the old one under a
// new id, so that tokens of what was cut off are known for lost. Offline. Thread: main.
//
// A log that begins later is restored as one: with its oldest snapshot, and from there on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "storage/event_log.h"

namespace facet {

struct RestoreOptions {
  std::filesystem::path from;
  std::filesystem::path data;
  /// The last event that is restored; what was before the next one is there.
  std::optional<Position> position;
  /// Or: the last chunk with a commit time up to it, microseconds since 1970.
  std::optional<int64_t> time;
  /// Called now and then: the last position that is copied, and the source's last.
  std::function<void(Position done, Position last)> progress = [](Position, Position) {};
  /// A line for the operator.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
};

struct RestoreResult {
  LogId from;
  LogId log;
  LogEnd begin;          // what the log's first chunk follows
  LogEnd end;            // with the record of its birth
  uint64_t bytes = 0;    // of the log and the snapshot
  std::string snapshot;  // empty: none
  int64_t time = 0;      // commit time of the last chunk that was copied
};

/// Throws LogFailed, LogFull; std::invalid_argument: there is no such position or time. `data` is
/// refused by everybody until it is whole (storage/data_folder.h).
RestoreResult restore(const RestoreOptions& options);

}  // namespace facet
