// Backup of a running node, hot and consistent: its log up to where it ended when the backup began,
// and a snapshot, pulled over RPC into a folder where this runs (storage/backup_folder.h). What the
// folder has already is not fetched again. Thread: main; blocks, and turns the event loop
// meanwhile.
//
// Where the node's log begins later, the backup begins with the oldest snapshot that the node has,
// and keeps that one for ever beside the newest: without it nothing could be restored from its log.
#pragma once

#include <kj/async-io.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "schema/facet.capnp.h"
#include "storage/backup_folder.h"

namespace facet {

struct BackupOptions {
  std::filesystem::path folder;
  /// Called now and then: the last position that is in the backup, and the one that it goes to;
  /// bytes fetched so far.
  std::function<void(Position done, Position target, uint64_t bytes)> progress =
      [](Position, Position, uint64_t) {};
  /// A line for the operator.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
};

/// What was done.
struct BackupResult {
  BackupState state;
  uint64_t chunks = 0;  // fetched
  uint64_t bytes = 0;   // fetched: of the log, and of the snapshot
  double seconds = 0;
  /// Where the backup's log begins later: the earliest position that can be restored from it.
  std::optional<Position> earliest;
};

/// Throws LogFailed (the folder is another's, in use or damaged), LogFull, and what calls of the
/// node fail with (kj::Exception). The folder is left so that the next backup goes on with it; a
/// backup that was whole before stays so.
BackupResult backUp(wire::Session::Client session, kj::AsyncIoContext& io,
                    const BackupOptions& options);

}  // namespace facet
