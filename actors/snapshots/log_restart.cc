#include "actors/snapshots/log_restart.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "actors/log/recovery.h"
#include "actors/snapshots/snapshot_format.h"
#include "storage/durable_file.h"
#include "storage/lmdb_log.h"
#include "storage/log_folder.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr const char* kNew = "log.new";
constexpr const char* kReplaced = "log.replaced";

std::unique_ptr<EventLog> open(const fs::path& log) {
  return openLmdbLog({.path = log, .verified = std::nullopt, .progress = {}});
}

/// Of a snapshot of which every byte was read.
LogEnd soundEnd(const SnapshotStore& store, const std::string& snapshot) {
  if (!store.has(snapshot)) {
    throw LogFailed(
        fmt::format("{}: there is no such snapshot; --begin-with-snapshot takes the name "
                    "of a folder there",
                    (store.folder() / snapshot).string()));
  }
  const auto reader = store.open(snapshot);
  const SnapshotManifest manifest = decodeManifest(reader->manifest(), snapshot);
  if (!isKnownStateFormat(manifest.stateFormat)) {
    throw LogFailed(fmt::format("{}: it is of another version of facet: use that one",
                                (store.folder() / snapshot).string()));
  }
  reader->read([](std::string_view) {});
  return manifest.commit.end;
}

/// One that can't be opened, be it for what its high-water mark says, has lost something, too.
bool hasAll(const fs::path& log, const LogEnd& end) {
  try {
    return hasPlace(*open(log), end);
  } catch (const LogUnreadable&) {
    throw;
  } catch (const LogFailed&) {
    return false;
  }
}

void requireLoss(const fs::path& log, const LogEnd& end) {
  if (!hasAll(log, end)) return;
  throw LogFailed(
      fmt::format("{}: the log has all that the snapshot has (up to position {}): start without "
                  "--begin-with-snapshot",
                  log.string(), end.last));
}

void renameDurably(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) throwSystemError(to, "rename to", errno);
  syncFolder(to.parent_path());
}

}  // namespace

void restartLog(const DataFolder& folder, const SnapshotStore& store, const std::string& snapshot) {
  const fs::path log = folder.logPath();
  const fs::path beside = folder.path() / kNew;
  const fs::path replaced = folder.path() / kReplaced;
  const LogEnd end = soundEnd(store, snapshot);
  if (readBeginning(log) == end) {
    if (isThere(beside)) renameDurably(beside, replaced);
    return;
  }
  requireLoss(log, end);
  if (isThere(replaced)) {
    throw LogFailed(
        fmt::format("{}: a log was replaced here before; move it away", replaced.string()));
  }
  std::error_code error;
  fs::remove_all(beside, error);
  if (error) throwSystemError(beside, "remove", error.value());
  open(beside)->beginAfter(end);
  if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, log.c_str(), RENAME_EXCHANGE) != 0) {
    throwSystemError(log, "exchange with log.new", errno);
  }
  syncFolder(folder.path());
  renameDurably(beside, replaced);
}

}  // namespace facet
