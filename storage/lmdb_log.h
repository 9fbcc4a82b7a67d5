// LmdbLog: the event log in LMDB, cut into segments: one environment (a folder) for each.
//
//   log/high-water               what was acknowledged last: two records of 64 bytes
//                                (end_record.h), written in turn after each commit. Not fsynced
//                                with each commit: it is a lower bound, that shows an LMDB meta
//                                page rolled back by a lost write. An empty file: an operator
//                                accepts the log's end as it is found
//   log/begins                   only where the log begins with a later chunk than 0 (a replica
//                                that began with a snapshot): what the first chunk follows
//   log/00000000000000000000/    a segment, named by its first chunk's number
//     data.mdb  lock.mdb         key: chunk number (8 bytes, MDB_INTEGERKEY); value: the chunk
//     sealed                     once sealed: where the segment starts and ends (end_record.h), and
//                                the size of data.mdb; fsynced. The last chunk's hash is, by the
//                                chain, one over all of them
//   log/00000000000000000000.new/  a segment in the making: has no chunks, removed when the log is
//                                opened
//
// Crash story: a chunk is in the log iff its LMDB transaction (full fsync; no NOSYNC, NOMETASYNC,
// WRITEMAP) committed. A new segment is made beside and renamed; folder and parent are fsynced
// before its first commit, after its predecessor was sealed. Opening finds the segments, checks
// their names against their contents, checks structure and size of a file before LMDB touches it
// (lmdb_check.h: a truncated file would be a SIGBUS), verifies the last segment and the seals of
// the others, and compares the end with the high-water mark. Sealed segments are checked when they
// are first read. Any I/O error that is not "full" latches: every later append throws LogFailed.
// Damage of a chunk or of a sealed segment, which a reader finds, does not.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "storage/event_log.h"

namespace facet {

struct LmdbLogOptions {
  std::filesystem::path path;
  uint64_t segmentBytes = uint64_t{1} << 30;  // a segment is sealed after the chunk that exceeds it
  uint64_t mapBytes =
      uint64_t{4} << 30;  // address space for each segment; larger than any segment can get
  /// Disk space that is left free: below it append throws LogFull. Nothing: storage/limits.h's.
  std::optional<uint64_t> reserveBytes = std::nullopt;
  /// How many times as much it is: more than once where a log on the same disk goes first.
  uint64_t reserves = 1;
  /// An end of the log that its owner has kept with a snapshot. If the chunk before it is still the
  /// one, the chunks up to it are not verified on opening, but, like all, when they are read.
  std::optional<LogEnd> verified = std::nullopt;
  /// Called with the chunks verified so far while opening, about ten times a second. May be empty.
  std::function<void(uint64_t chunks)> progress;
};

/// Opens the log, creating it if the folder is empty or missing. Throws LogFailed.
std::unique_ptr<EventLog> openLmdbLog(LmdbLogOptions options);

}  // namespace facet
