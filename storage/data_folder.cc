#include "storage/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "storage/durable_file.h"
#include "storage/event_log.h"
#include "storage/folder_lock.h"
#include "storage/log_folder.h"
#include "storage/log_id.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMarker = "facet data folder, format ";
constexpr int kFormat = 1;
constexpr std::string_view kMarkerFile = "facet-data";
constexpr std::string_view kFollows = "follows";
/// The marker while a restore fills the folder.
constexpr std::string_view kUnfinished = "restoring";

std::string markerText() {
  return fmt::format("{}{}\n", kMarker, kFormat);
}

bool isIn(const fs::path& folder, std::string_view name) {
  return isThere(folder / name);
}

std::string readStart(const fs::path& file) {
  const FileDescriptor fd = openFile(file, O_RDONLY);
  std::array<char, 128> bytes;
  return {bytes.data(), readAt(fd.get(), file, bytes.data(), bytes.size(), 0)};
}

/// Refuses a folder that holds something else. What a creation cut short leaves behind is ours.
void requireOursOrEmpty(const fs::path& folder) {
  constexpr std::array<std::string_view, 4> kOurs{"facet-data", "facet-data.new", "lock",
                                                  "lost+found"};
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw LogFailed(fmt::format("{}: it is not a folder; name another", folder.string()));
  }
  if (isIn(folder, kMarkerFile)) return;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) continue;
    if (name == "log" && isEmptyLogFolder(it->path())) continue;
    throw LogFailed(fmt::format(
        "{}: the folder is not empty ({}) and not facet's (no file facet-data); name an empty one",
        folder.string(), name));
  }
  if (error) throwSystemError(folder, "list", error.value());
}

void checkMarker(const fs::path& file) {
  const std::string text = readStart(file);
  int format = 0;
  const char* from = text.data() + std::min(kMarker.size(), text.size());
  const char* to = text.data() + text.size();
  const auto parsed = std::from_chars(from, to, format);
  if (!text.starts_with(kMarker) || parsed.ec != std::errc{} || parsed.ptr == to ||
      *parsed.ptr != '\n') {
    throw LogFailed(
        fmt::format("{}: it does not say \"{}{}\"; restore the file, or name another folder",
                    file.string(), kMarker, kFormat));
  }
  if (format != kFormat) {
    throw LogFailed(
        fmt::format("{}: the folder has format {}, this program knows {}: use the version of facet "
                    "that wrote it, "
                    "or a newer one",
                    file.string(), format, kFormat));
  }
}

void requireLog(const fs::path& log) {
  std::error_code error;
  if (isThere(log) && fs::is_directory(log, error) && !fs::is_empty(log, error)) return;
  if (error) throwSystemError(log, "list", error.value());
  throw LogFailed(
      fmt::format("{}: the event log is missing from the folder; restore it from a backup "
                  "or a replica, or name another folder to start anew",
                  log.string()));
}

void refuseUnfinished(const fs::path& folder) {
  if (!isIn(folder, kUnfinished)) return;
  throw LogFailed(
      fmt::format("{}: a restore into this folder is under way, or was cut short: it is not whole. "
                  "Remove it, and restore again",
                  folder.string()));
}

/// Refuses a folder with anything in it. What a beginning cut short leaves behind is no matter.
void requireEmpty(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> kOurs{"lock", "lost+found", "restoring.new"};
  refuseUnfinished(folder);
  if (isIn(folder, kMarkerFile)) {
    throw LogFailed(
        fmt::format("{}: it is the folder of a node already; name a new one", folder.string()));
  }
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) continue;
    throw LogFailed(fmt::format("{}: the folder is not empty ({}); name a new or empty one",
                                folder.string(), name));
  }
  if (error) throwSystemError(folder, "list", error.value());
}

}  // namespace

DataFolder::DataFolder(fs::path path) : path_(std::move(path)) {
  try {
    std::error_code error;
    if (!isThere(path_)) createFolder(path_);
    refuseUnfinished(path_);
    requireOursOrEmpty(path_);
    FileDescriptor lock = lockFolder(path_);
    refuseUnfinished(path_);  // a restore may have taken it meanwhile
    const fs::path marker = path_ / kMarkerFile;
    isNew_ = !isThere(marker);
    if (isNew_) {
      // The log comes first: in a folder with a marker a missing log is a loss, not a beginning.
      prepareLogFolder(logPath());
      writeDurably(marker, markerText());
    } else {
      checkMarker(marker);
      requireLog(logPath());
    }
    lock_ = lock.release();
  } catch (const LogFull& full) {
    throw LogFailed(full.what());
  }
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

std::optional<LogId> DataFolder::followed() const {
  const fs::path file = path_ / kFollows;
  if (!isIn(path_, kFollows)) return std::nullopt;
  const std::string text = readStart(file);
  const std::optional<LogId> id = parseLogId(std::string_view(text).substr(0, text.find('\n')));
  if (id) return id;
  throw LogFailed(fmt::format("{}: it names no log. Remove the replica's folder: it is filled anew",
                              file.string()));
}

void DataFolder::setFollowed(LogId id) {
  writeDurably(path_ / kFollows, logIdText(id) + "\n");
}

void DataFolder::forgetFollowed() {
  std::error_code error;
  if (fs::remove(path_ / kFollows, error)) syncFolder(path_);
}

bool DataFolder::isOne(const fs::path& path) {
  return isIn(path, kMarkerFile);
}

UnfinishedDataFolder::UnfinishedDataFolder(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  isNew_ = !isThere(path_);
  if (!isNew_ && !fs::is_directory(path_, error)) {
    throw LogFailed(fmt::format("{}: it is not a folder; name another", path_.string()));
  }
  if (!isNew_) requireEmpty(path_);
  // Before the lock: whatever is cut short, no folder is left that looks like a new one.
  createMarkedFolder(path_, kUnfinished, markerText());
  try {
    lock_ = lockFolder(path_);
  } catch (...) {
    takeMarkerBack();
    throw;
  }
  takeMarkerBack();
}

/// Whoever had the lock has made it a node's folder meanwhile: it stays one.
void UnfinishedDataFolder::takeMarkerBack() {
  if (!isIn(path_, kMarkerFile)) return;
  std::error_code error;
  fs::remove(path_ / kUnfinished, error);
  requireEmpty(path_);
}

UnfinishedDataFolder::~UnfinishedDataFolder() {
  if (!finished_) giveUp();
}

void UnfinishedDataFolder::giveUp() {
  std::error_code ignored;
  fs::remove_all(logPath(), ignored);
  fs::remove_all(snapshotPath(), ignored);
  fs::remove(path_ / kUnfinished, ignored);
  removeLock(path_, lock_);
  if (isNew_) fs::remove(path_, ignored);
}

void UnfinishedDataFolder::finish() {
  const fs::path marker = path_ / kMarkerFile;
  if (std::rename((path_ / kUnfinished).c_str(), marker.c_str()) != 0) {
    throwSystemError(marker, "rename to", errno);
  }
  finished_ = true;
  syncFolder(path_);
  lock_.close();
}

}  // namespace facet
