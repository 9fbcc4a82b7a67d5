// SnapshotSearch: which of a folder's snapshots a start can use: those that are whole and of this
// log. What is damaged, or of another log, is set aside, and told; what can't be read now stays as
// it is. Thread: main, before the node takes commands.
#pragma once

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/log/notice.h"
#include "actors/log/recovery.h"
#include "actors/snapshots/limits.h"
#include "actors/snapshots/snapshot_format.h"
#include "model/model.h"
#include "storage/data_folder.h"
#include "storage/snapshot_store.h"

namespace facet {

struct FoundSnapshot {
  std::string name;
  SnapshotManifest manifest;
};

/// Tries again what the system does not let be looked at. A start has nothing else to do meanwhile.
template <typename Call>
auto patiently(Call&& call) {
  for (int tries = 1;; ++tries) {
    try {
      return call();
    } catch (const LogUnreadable&) {
      if (tries >= kSnapshotTries) throw;
    }
    std::this_thread::sleep_for(kSnapshotTryPause);
  }
}

/// What the log says of itself; before its beginning by the newest of these.
LogHistory historyAfter(const EventLog& log, const std::vector<FoundSnapshot>& found);

/// Why a start with the model has no use for the snapshot; empty: it has.
std::string whyUnused(const SnapshotManifest& manifest, const Model& model, const EventLog& log);

/// "the view a", "the views a, b": for people.
std::string viewNames(const Model& model, const std::vector<uint32_t>& views);

class SnapshotSearch {
 public:
  /// `followed`: of a replica: the log that it copies. Folder, store and log outlive it.
  SnapshotSearch(const DataFolder& folder, SnapshotStore& store, const EventLog& log,
                 std::optional<LogId> followed, Notice notice);

  /// Newest first. Throws LogFailed if one is of this log, and of what that has not.
  std::vector<FoundSnapshot> find();
  /// Before a node does without: the newest of those that were set aside, and are sound: that may
  /// have been for a reason that is gone.
  std::vector<FoundSnapshot> takeBackSound();

  void setAside(const std::string& name, const std::string& why);
  /// It stays as it is.
  void leaveUnread(const std::string& name, const LogUnreadable& why);

  /// Of a log that begins later: nothing is served without a snapshot.
  [[noreturn]] void throwNoSnapshot() const;

 private:
  std::optional<SnapshotManifest> manifestOf(const std::string& name);
  bool isOfThisLog(const std::string& name, const LogEnd& end);
  void explainForeign(const FoundSnapshot& one, const std::vector<FoundSnapshot>& found);
  std::optional<LogId> ownId(const std::vector<FoundSnapshot>& found) const;
  [[noreturn]] void throwLost(const std::string& name, const LogEnd& end) const;

  const DataFolder& folder_;
  SnapshotStore& store_;
  const EventLog& log_;
  const std::optional<LogId> followed_;
  const Notice notice_;
  std::string unread_;  // which one could not be read, and why
};

}  // namespace facet
