#include "actors/snapshots/restore_source.h"

#include <fmt/format.h>

#include "actors/log/recovery.h"
#include "storage/lmdb_log.h"

namespace facet {

namespace fs = std::filesystem;

RestoreSource::RestoreSource(const fs::path& path) : path_(path) {
  if (BackupFolder::isOne(path)) {
    backup_.emplace(path);
  } else if (DataFolder::isOne(path)) {
    node_.emplace(path);
  } else {
    throw LogFailed(fmt::format(
        "{}: it is neither a backup (no file facet-backup) nor a node's folder (no file "
        "facet-data)",
        path.string()));
  }
  log_ = openLmdbLog({.path = backup_ ? backup_->logPath() : node_->logPath(),
                      .verified = backup_ ? std::optional(backup_->state()->end) : std::nullopt,
                      .progress = {}});
  end_ = backup_ ? backup_->state()->end : log_->end();
  requireEnd();
  store_.emplace(backup_ ? backup_->snapshotPath() : node_->snapshotPath());
  if (beginsLater()) findBase();
}

std::optional<LogId> RestoreSource::logId() const {
  if (!backup_) return std::nullopt;
  return backup_->state()->log;
}

void RestoreSource::requireEnd() const {
  if (hasPlace(*log_, end_)) return;
  if (end_.next.value == 0) {
    throw LogFailed(fmt::format("{}: its log is empty", path_.string()));
  }
  throw LogFailed(
      fmt::format("{}: its log is not the one that its marker tells of: it has not chunk {} "
                  "(position {}). Use another backup",
                  path_.string(), end_.next.value - 1, end_.last));
}

void RestoreSource::findBase() {
  const std::vector<std::string> names = store_->names();
  bool ofAnotherVersion = false;
  for (const std::string& name : names) {
    SnapshotManifest manifest;
    try {
      manifest = decodeManifest(store_->readManifest(name), name);
    } catch (const LogUnreadable&) {
      throw;
    } catch (const LogFailed& e) {
      throw LogFailed(
          fmt::format("{}. Use another backup; or remove the folder {}: then later snapshots are "
                      "used, if there are any",
                      e.found(), (store_->folder() / name).string()));
    }
    if (!isOfThisLog(manifest.commit.end)) continue;
    if (isKnownStateFormat(manifest.stateFormat)) {
      base_ = {name, std::move(manifest)};
      return;
    }
    ofAnotherVersion = true;
  }
  throw LogFailed(fmt::format(
      "{}: its log begins after position {}, and the snapshot with what was before is {}: nothing "
      "can be restored from it. Use another backup, or a backup of the primary",
      path_.string(), log_->begin().last,
      ofAnotherVersion ? "of another version of facet" : "not there"));
}

/// And of what is whole of it.
bool RestoreSource::isOfThisLog(const LogEnd& end) const {
  return end.next <= end_.next && hasPlace(*log_, end);
}

}  // namespace facet
