#include "actors/opened_log.h"

#include <fmt/format.h>

#include <stdexcept>

#include "actors/log/commit_clock.h"
#include "actors/replication/follower.h"
#include "actors/snapshots/log_restart.h"
#include "actors/snapshots/snapshot_search.h"
#include "storage/lmdb_log.h"
#include "values/assert.h"

namespace facet {

namespace {

/// Where the log ended when the newest snapshot was taken.
std::optional<LogEnd> newestEnd(const SnapshotStore& store) {
  const std::vector<std::string> names = store.names();
  if (names.empty()) return std::nullopt;
  try {
    return decodeManifest(store.readManifest(names.back()), names.back()).commit.end;
  } catch (const LogFailed&) {
    return std::nullopt;  // it is set aside later
  }
}

void requireClock(const OpenedLog& opened, const NodeOptions& options) {
  const LogEnd end = opened.log->end();
  if (options.acceptClock || end.next.value == 0) return;
  const std::string problem = clockProblem(options.clocks.wall->now(), end.time);
  if (!problem.empty()) {
    throw LogFailed(fmt::format("{}: {}", opened.folder->logPath().string(), problem));
  }
}

}  // namespace

OpenedLog openLog(const NodeOptions& options) {
  const int64_t began = options.clocks.steady->now();
  OpenedLog out;
  out.folder = options.folder ? options.folder : std::make_shared<DataFolder>(options.data);
  out.store = std::make_unique<SnapshotStore>(out.folder->snapshotPath());
  if (!options.beginWith.empty()) restartLog(*out.folder, *out.store, options.beginWith);
  out.log = openLmdbLog(
      {.path = out.folder->logPath(), .verified = newestEnd(*out.store), .progress = {}});
  FACET_ASSERT(out.log->begin().last <= out.log->end().last, out.log->begin().last);
  out.micros = options.clocks.steady->now() - began;
  return out;
}

LogOrigin ownLog(const OpenedLog& opened, const NodeOptions& options) {
  requireClock(opened, options);
  LogOrigin origin;
  if (!opened.folder->followed()) {
    const ChunkNumber begin = opened.log->begin().next;
    if (begin.value > 0 && opened.log->end().next == begin) {
      origin.newEpoch = "it begins anew after a snapshot";
    }
    return origin;
  }
  if (!hasModel(*opened.log)) {
    throw LogFailed(fmt::format(
        "{}: it is a replica's folder, and was not filled yet: it has neither a model nor a "
        "snapshot that its log begins with. Start it as a replica again; or remove it",
        opened.folder->path().string()));
  }
  origin.newEpoch = "a replica was made the primary";
  return origin;
}

LogOrigin followedLog(OpenedLog& opened, FeedSource& source, const NodeOptions& options) {
  const bool begun = opened.log->end().next.value > 0;
  std::optional<LogId> own;
  if (begun) own = opened.folder->followed();
  if (begun && !own) {
    // A former primary's, or older than the file that says so.
    SnapshotSearch search(*opened.folder, *opened.store, *opened.log, std::nullopt, options.notice);
    const std::vector<FoundSnapshot> found = search.find();
    if (opened.log->begin().next.value > 0 && found.empty()) search.throwNoSnapshot();
    own = historyAfter(*opened.log, found).id;
  }
  LogOrigin origin;
  origin.followed = source.agree(own);
  if (!origin.followed) throw std::runtime_error("stopped before the upstream was there");
  if (opened.folder->followed() != origin.followed) opened.folder->setFollowed(*origin.followed);
  return origin;
}

}  // namespace facet
