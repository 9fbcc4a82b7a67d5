#include "actors/snapshots/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "actors/snapshots/limits.h"
#include "actors/snapshots/snapshot_match.h"
#include "actors/threads/thread_priority.h"
#include "actors/threads/threads.h"
#include "schema/version.h"
#include "values/assert.h"

namespace facet {

namespace {

double secondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Nothing is known of its bytes: it is none that is damaged.
std::string unreadText(const std::string& name, const std::string& why) {
  return fmt::format("snapshot {} could not be read, and stays as it is: {}. Try again", name, why);
}

}  // namespace

std::string damageText(const LogDamaged& damage) {
  return fmt::format(
      "the log is damaged: {}. Commands, views and replicas that are not behind go on; a backup, "
      "verify, and whoever reads the log there, fail. {}",
      damage.found(), damage.advice());
}

Snapshots::Snapshots(SnapshotStore& store, Options options)
    : store_(store), options_(std::move(options)), last_(options_.last.value) {
  thread_ = startThread([this] { run(); });
}

Snapshots::~Snapshots() {
  stop();
}

void Snapshots::stop() {
  {
    const std::lock_guard lock(waitMutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard untilDone(mutex_);
}

/// One that the node needs, when it can be of use, and not too soon after an attempt that failed.
bool Snapshots::isDue() const {
  if (options_.every > 0 && options_.lag->head().value >= last_ + options_.every) return true;
  return missing_ && std::chrono::steady_clock::now() >= nextTry_ &&
         options_.log->end().next >= leastEnd();
}

/// The least end of a snapshot that the node can start from; 0: it needs none. The chunk that one
/// ends with must be readable, so it is not the damaged one.
ChunkNumber Snapshots::leastEnd() const {
  const ChunkNumber begin = options_.log->begin().next;
  const std::optional<LogDamaged> damage = options_.log->damage();
  return damage ? std::max(begin, ChunkNumber{damage->chunk().value + 2}) : begin;
}

/// Tells of damage, and sees to it that one is taken behind it: what is in memory is whole.
void Snapshots::lookAtLog() {
  const std::optional<LogDamaged> damage = options_.log->damage();
  if (!damage) return;
  if (!damaged_ || *damaged_ < damage->chunk()) {
    options_.notice(damageText(*damage));
    damaged_ = damage->chunk();
    behindDamage_ = true;
  }
  if (!behindDamage_ || options_.log->end().next < leastEnd()) return;
  behindDamage_ = false;
  missing_ = true;  // until one is found
  missing_ = !hasUsable();
}

bool Snapshots::hasUsable() const {
  const std::vector<std::string> names = store_.names();
  return std::any_of(names.rbegin(), names.rend(), [this](const std::string& name) {
    const SnapshotInfo info = read(name);
    return info.problem.empty() && isUsable(info.manifest);
  });
}

void Snapshots::run() {
  lowerThreadPriority();
  // Where there are some, and none has all views, one that has helps starts and replicas.
  bool outdated = options_.every > 0 && !store_.names().empty() && !hasUsable();
  while (waitForLook()) {
    const uint64_t before = last_;
    try {
      lookAtLog();
      if (!isDue() && !std::exchange(outdated, false)) continue;
      create();
      failures_ = 0;
    } catch (const std::exception& e) {
      if (!stopping_) onFailure(e.what(), before);
    }
  }
}

/// False: it is to stop. What takes long is done without the lock: stop() wants it.
bool Snapshots::waitForLook() {
  std::unique_lock lock(waitMutex_);
  if (!stopping_) changed_.wait_for(lock, kSnapshotLook);
  return !stopping_;
}

/// Not at once again: what is in the way of it, may stay. One that the node needs is tried again,
/// after longer and longer pauses, and only the first failure is told.
void Snapshots::onFailure(const std::string& why, uint64_t before) {
  if (last_ == before) last_ = options_.lag->head().value;
  if (!missing_) return options_.notice(fmt::format("no snapshot was taken: {}", why));
  const auto pause = kSnapshotLook * (1 << std::min(failures_, 16));
  nextTry_ = std::chrono::steady_clock::now() + std::min(pause, kSnapshotRetry);
  {
    const std::lock_guard lock(waitMutex_);
    whyMissing_ = why;
  }
  if (failures_++ == 0) options_.notice(problem());
}

std::string Snapshots::problem() const {
  const std::lock_guard lock(waitMutex_);
  if (!missing_ || whyMissing_.empty()) return {};
  return fmt::format(
      "this node can't start again without a snapshot, and none was taken: {}. It is tried again "
      "until there is one",
      whyMissing_);
}

SnapshotInfo Snapshots::create() {
  const std::lock_guard one(mutex_);
  lowerThreadPriority();
  const auto began = std::chrono::steady_clock::now();
  Capture capture(
      options_.sources, options_.lag->head(), [this](const std::function<bool()>& condition) {
        const bool isSo =
            options_.changes->until([&] { return stopping_ || condition(); }, kCaptureTimeout);
        return isSo && !stopping_ && !options_.changes->areOver();
      });
  const LogEnd& end = capture.commit().end;
  const std::string name = snapshotName(end.last, end.next);
  makeRoom(name);
  if (!store_.has(name)) write(capture, name);
  last_ = end.last.value;
  SnapshotInfo info = read(name);
  check(info);
  if (!info.problem.empty()) throw std::runtime_error(info.problem);
  if (isUsable(info.manifest)) missing_ = false;
  pruneTo(kSnapshotsKept);
  info.seconds = secondsSince(began);
  return info;
}

/// One of the same cut that this node can't load, since another version of facet took it, goes.
void Snapshots::makeRoom(const std::string& name) {
  if (!store_.has(name)) return;
  const SnapshotInfo info = read(name);
  if (!info.problem.empty() || isKnownStateFormat(info.manifest.stateFormat)) return;
  const std::lock_guard one(storeMutex_);
  readers_.forget(name);
  store_.remove(name);
}

void Snapshots::write(Capture& capture, const std::string& name) {
  SnapshotManifest manifest;
  manifest.logId = options_.logId;
  manifest.commit = capture.commit();
  manifest.controls = options_.history->before(capture.commit().end.next);
  manifest.modelHash = options_.sources.model->hash();
  manifest.program = kVersion;
  manifest.created = options_.wall->now();
  const auto writer = store_.begin(name);
  Pace pace = startPace();
  capture.run([&](std::string_view frame) {
    if (stopping_) throw std::runtime_error("the node stops");
    writer->append(frame);
    appendFrame(frame, manifest.frames);
    rest(pace);
  });
  manifest.tables = capture.tables();
  manifest.views = capture.views();
  writer->finish(encodeManifest(manifest));
}

Snapshots::Pace Snapshots::startPace() {
  return {std::chrono::steady_clock::now(), options_.lag->head()};
}

void Snapshots::rest(Pace& pace) {
  const bool written = options_.lag->head() != pace.head;
  const auto worked = std::chrono::steady_clock::now() - pace.since;
  if (written) {
    std::unique_lock lock(waitMutex_);
    changed_.wait_for(lock, worked * kSnapshotRest, [this] { return stopping_.load(); });
  }
  pace = startPace();
}

SnapshotInfo Snapshots::read(const std::string& name) const {
  SnapshotInfo info;
  info.name = name;
  info.bytes = store_.bytes(name);
  try {
    info.manifest = decodeManifest(store_.readManifest(name), name);
  } catch (const LogUnreadable& e) {
    info.problem = unreadText(name, e.what());
    info.isUnread = true;
  } catch (const LogFailed& e) {
    info.problem = e.what();
  }
  return info;
}

/// All bytes, against the checksums and the hash in the manifest.
void Snapshots::check(SnapshotInfo& info) {
  const auto began = std::chrono::steady_clock::now();
  try {
    if (info.problem.empty()) {
      const auto reader = hold(info.name);
      if (!reader) throw LogFailed("it was set aside meanwhile");
      Pace pace = startPace();
      reader->read([&](std::string_view frame) {
        if (stopping_) throw std::runtime_error("the node stops");
        forEachEntry(frame, [](const StateEntry&) {});
        rest(pace);
      });
    }
  } catch (const LogUnreadable& e) {
    info.problem = unreadText(info.name, e.what());
    info.isUnread = true;
  } catch (const LogFailed& e) {
    info.problem = e.what();
  }
  if (!info.problem.empty() && !info.isUnread) info.problem = setAside(info.name, info.problem);
  info.seconds = secondsSince(began);
}

/// Returns what it tells the operator.
std::string Snapshots::setAside(const std::string& name, const std::string& what) {
  std::string aside;
  {
    const std::lock_guard one(storeMutex_);
    if (!store_.has(name)) return fmt::format("snapshot {} is damaged: {}", name, what);
    aside = store_.setAside(name).string();
    readers_.forget(name);
  }
  std::string text = fmt::format("snapshot {} is damaged, and now set aside as {}: {}. {}", name,
                                 aside, what, kDamagedSnapshotAdvice);
  options_.notice(text);
  if (isNeeded() && !hasUsable()) {
    options_.notice(
        "the log here is not whole, and no snapshot is left that this node could start from again: "
        "one is taken now");
    missing_ = true;
    changed_.notify_all();
  }
  return text;
}

void Snapshots::reportDamage(const std::string& name, const std::string& what) {
  setAside(name, what);
}

std::optional<Snapshots::Opened> Snapshots::open(const std::string& name) {
  std::vector<std::string> names = name.empty() ? store_.names() : std::vector{name};
  for (; !names.empty(); names.pop_back()) {
    try {
      if (name.empty() &&
          !isUsable(decodeManifest(store_.readManifest(names.back()), names.back())))
        continue;
      if (auto reader = hold(names.back())) return Opened{names.back(), std::move(reader)};
    } catch (const LogUnreadable& e) {
      throw LogUnreadable(unreadText(names.back(), e.what()));
    } catch (const LogFailed& e) {
      setAside(names.back(), e.what());
    }
  }
  return std::nullopt;
}

/// Null: it is not there any more. Throws LogFailed.
std::shared_ptr<const SnapshotReader> Snapshots::hold(const std::string& name) {
  const std::lock_guard one(storeMutex_);
  if (auto shared = readers_.share(name)) return shared;
  if (!store_.has(name)) return nullptr;
  std::unique_ptr<SnapshotReader> reader = store_.open(name);
  decodeManifest(reader->manifest(), name);  // throws if it is another one's
  return readers_.add(name, std::move(reader));
}

std::vector<SnapshotInfo> Snapshots::list() const {
  std::vector<SnapshotInfo> out = setAsideInfos();
  for (const std::string& name : store_.names()) {
    SnapshotInfo info = read(name);
    const bool wentMeanwhile = !info.problem.empty() && !store_.has(name);
    if (!wentMeanwhile) out.push_back(std::move(info));
  }
  std::sort(out.begin(), out.end(),
            [](const SnapshotInfo& a, const SnapshotInfo& b) { return a.name < b.name; });
  return out;
}

std::vector<SnapshotInfo> Snapshots::setAsideInfos() const {
  std::vector<SnapshotInfo> out;
  for (const std::string& name : store_.setAsideNames()) {
    SnapshotInfo& info = out.emplace_back();
    info.name = name;
    info.bytes = store_.bytes(name);
    info.problem = fmt::format(
        "snapshot {} is damaged, and was set aside: when you have looked at it, and at the disk, "
        "`facet snapshot prune` removes it",
        name);
    info.isSetAside = true;
  }
  return out;
}

std::vector<SnapshotInfo> Snapshots::verify() {
  const std::lock_guard one(mutex_);
  std::vector<SnapshotInfo> out;
  for (const std::string& name : store_.names()) {
    SnapshotInfo info = read(name);
    check(info);
    out.push_back(std::move(info));
  }
  return out;
}

std::vector<SnapshotInfo> Snapshots::prune(size_t keep) {
  const std::lock_guard one(mutex_);
  const Kept kept = withSound(std::max<size_t>(keep, 1));
  std::vector<SnapshotInfo> out = pruneTo(kept.count);
  if (!kept.sound) return out;  // one that was set aside may be the last hope
  const std::lock_guard lock(storeMutex_);
  for (SnapshotInfo& info : setAsideInfos()) {
    store_.remove(info.name);
    out.push_back(std::move(info));
  }
  return out;
}

/// How many to keep, so that one that the node can start from is among them if it needs one.
Snapshots::Kept Snapshots::withSound(size_t keep) {
  if (!isNeeded()) return {keep, true};
  const std::vector<std::string> names = store_.names();
  size_t kept = 0;
  bool sound = false;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    SnapshotInfo info = read(*name);
    check(info);
    if (!info.problem.empty() && !info.isUnread) continue;  // it was set aside
    ++kept;
    sound = info.problem.empty() && isUsable(info.manifest);
    if (sound) break;
  }
  return {std::max(keep, kept), sound};
}

bool Snapshots::isUsable(const SnapshotManifest& manifest) const {
  return isKnownStateFormat(manifest.stateFormat) && manifest.commit.end.next >= leastEnd() &&
         matchSnapshot(manifest, *options_.sources.model).isWhole();
}

std::vector<SnapshotInfo> Snapshots::pruneTo(size_t keep) {
  std::vector<SnapshotInfo> out;
  const std::lock_guard one(storeMutex_);
  const std::vector<std::string> names = store_.names();
  size_t left = kSnapshotsHeld;
  for (size_t i = names.size() - std::min(keep, names.size()); i-- > 0;) {
    if (left > 0 && readers_.isHeld(names[i])) {
      --left;
      continue;
    }
    readers_.forget(names[i]);
    out.push_back(read(names[i]));
    store_.remove(names[i]);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace facet
