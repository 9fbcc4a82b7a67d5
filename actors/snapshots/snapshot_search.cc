#include "actors/snapshots/snapshot_search.h"

#include <fmt/format.h>

#include <utility>

#include "actors/snapshots/snapshot_match.h"
#include "values/assert.h"

namespace facet {

std::string viewNames(const Model& model, const std::vector<uint32_t>& views) {
  std::string out = views.size() == 1 ? "the view " : "the views ";
  for (size_t i = 0; i < views.size(); ++i) {
    out += (i > 0 ? ", " : "") + model.views()[views[i]].name;
  }
  return out;
}

LogHistory historyAfter(const EventLog& log, const std::vector<FoundSnapshot>& found) {
  if (found.empty()) return readHistory(log);
  const SnapshotManifest& newest = found.front().manifest;
  return readHistory(log, newest.controls, newest.commit.end.next);
}

std::string whyUnused(const SnapshotManifest& manifest, const Model& model, const EventLog& log) {
  if (!isKnownStateFormat(manifest.stateFormat)) return "it is of another version of facet";
  const SnapshotMatch match = matchSnapshot(manifest, model);
  if (!match.hindrance.empty()) return match.hindrance;
  if (match.isWhole()) return {};
  // Filling all of them beside takes longer than folding the whole log at once.
  const bool isAny = match.newViews.size() < model.views().size();
  if (isAny && log.begin().next.value == 0) return {};
  return fmt::format("it is of another model, and has not {}", viewNames(model, match.newViews));
}

SnapshotSearch::SnapshotSearch(const DataFolder& folder, SnapshotStore& store, const EventLog& log,
                               std::optional<LogId> followed, Notice notice)
    : folder_(folder), store_(store), log_(log), followed_(followed), notice_(std::move(notice)) {}

std::vector<FoundSnapshot> SnapshotSearch::find() {
  std::vector<FoundSnapshot> found;
  std::vector<FoundSnapshot> foreign;
  for (const std::string& name : store_.names()) {
    std::optional<SnapshotManifest> manifest = manifestOf(name);
    if (!manifest) continue;
    const bool ours = isOfThisLog(name, manifest->commit.end);
    auto& those = ours ? found : foreign;
    those.insert(those.begin(), {name, std::move(*manifest)});
  }
  for (const FoundSnapshot& one : foreign) explainForeign(one, found);
  return found;
}

/// Nothing: it was set aside, or can't be read now.
std::optional<SnapshotManifest> SnapshotSearch::manifestOf(const std::string& name) {
  try {
    return patiently([&] { return decodeManifest(store_.readManifest(name), name); });
  } catch (const LogUnreadable& e) {
    leaveUnread(name, e);
  } catch (const LogFailed& e) {
    setAside(name, e.what());
  }
  return std::nullopt;
}

/// Damage of the log there says nothing about the snapshot.
bool SnapshotSearch::isOfThisLog(const std::string& name, const LogEnd& end) {
  try {
    return hasPlace(log_, end);
  } catch (const LogDamaged& damage) {
    notice_(fmt::format("it can't be seen whether snapshot {} is of this log: {}", name,
                        damage.what()));
    return false;
  }
}

/// One that has no place in the log. One of the same log proves that a primary's has lost
/// something; a replica gets it again.
void SnapshotSearch::explainForeign(const FoundSnapshot& one,
                                    const std::vector<FoundSnapshot>& found) {
  const std::string& name = one.name;
  const LogEnd& end = one.manifest.commit.end;
  const std::optional<LogId> own = ownId(found);
  if (own && *own != one.manifest.logId) return setAside(name, "it is of another log");
  const bool before = end.next < log_.begin().next;
  if (before || followed_ || log_.damage()) {
    const char* const why = before ? "from before the log's beginning"
                                   : "of a place that the log has not, or not in that way";
    return notice_(fmt::format("snapshot {} is not used: it is {}", name, why));
  }
  throwLost(name, end);
}

/// Of the log; nothing: that can't be seen from it.
std::optional<LogId> SnapshotSearch::ownId(const std::vector<FoundSnapshot>& found) const {
  if (followed_) return followed_;
  try {
    const LogHistory history = historyAfter(log_, found);
    if (!history.empty) return history.id;
  } catch (const LogDamaged&) {
    throw;
  } catch (const LogFailed&) {
    // It begins later, and the snapshot with its birth is the one that is asked about.
  }
  return std::nullopt;
}

void SnapshotSearch::throwLost(const std::string& name, const LogEnd& end) const {
  const LogEnd& own = log_.end();
  const std::string folder = (store_.folder() / name).string();
  const std::string found =
      own.next < end.next
          ? fmt::format(
                "the log ends with position {} (before chunk {}), but there is a snapshot of "
                "it at position {} (before chunk {}): {}. An older copy of the log was put "
                "back, or the disk lost writes that it had confirmed",
                own.last, own.next.value, end.last, end.next.value, folder)
          : fmt::format(
                "chunk {} is not the one that a snapshot of this log, {}, was taken after: "
                "the log has another history from there on than the one that was served",
                end.next.value - 1, folder);
  throw LogFailed(
      fmt::format("{}: {}", folder_.logPath().string(), found),
      fmt::format("Keep a copy, and restore from a backup or promote a replica; or start with "
                  "--begin-with-snapshot {}: everything up to position {} is there again, what "
                  "came after it "
                  "is lost, and the log here is kept as log.replaced. Only if you accept what this "
                  "log has, "
                  "move {} away",
                  name, end.last, folder));
}

std::vector<FoundSnapshot> SnapshotSearch::takeBackSound() {
  const std::vector<std::string> aside = store_.setAsideNames();
  for (auto name = aside.rbegin(); name != aside.rend(); ++name) {
    const std::string plain = SnapshotStore::nameOf(*name);
    if (store_.has(plain)) continue;
    try {
      SnapshotManifest manifest = patiently([&] {
        const auto reader = store_.open(*name);
        reader->read([](std::string_view) {});
        return decodeManifest(reader->manifest(), plain);
      });
      if (!isOfThisLog(plain, manifest.commit.end)) continue;
      notice_(fmt::format(
          "snapshot {} was set aside, and is sound: it has its name again, and is used", plain));
      store_.takeBack(*name);
      return {{plain, std::move(manifest)}};
    } catch (const LogUnreadable& e) {
      unread_ = fmt::format("snapshot {} can't be read: {}", *name, e.what());
    } catch (const LogFailed&) {
      // It is what it was said to be.
    }
  }
  return {};
}

void SnapshotSearch::setAside(const std::string& name, const std::string& why) {
  notice_(fmt::format("snapshot {} is not used, and now set aside as {}: {}. {}", name,
                      store_.setAside(name).string(), why, kDamagedSnapshotAdvice));
}

void SnapshotSearch::leaveUnread(const std::string& name, const LogUnreadable& why) {
  unread_ = fmt::format("snapshot {} can't be read: {}", name, why.what());
  notice_(unread_ + ". It is not used, and stays as it is");
}

void SnapshotSearch::throwNoSnapshot() const {
  FACET_ASSERT(log_.begin().next.value > 0);
  const std::string begins = fmt::format(
      "{}: the log begins after position {}: what was before is in a snapshot only, and ",
      store_.folder().string(), log_.begin().last);
  if (!unread_.empty()) {
    throw LogUnreadable(begins + unread_ + ". It stays as it is: start again when it can be read");
  }
  const char* const those =
      store_.names().empty()
          ? "there is no sound one"
          : "those that are there are of another model than the log's last, or of another version "
            "of facet";
  throw LogFailed(fmt::format(
      "{}{}. Nothing is served without it. Restore the folder from a backup; a replica's can be "
      "removed, and is filled anew",
      begins, those));
}

}  // namespace facet
