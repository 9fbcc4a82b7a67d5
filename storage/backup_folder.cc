#include "storage/backup_folder.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "storage/checksum.h"
#include "storage/end_record.h"
#include "storage/folder_lock.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMarkerFile = "facet-backup";
constexpr std::string_view kBegun = "begun";
constexpr uint32_t kMagic = 0x50424346;  // "FCBP"
constexpr uint32_t kFormat = 1;
constexpr size_t kNameBytes = 48;

/// The marker. DO NOT CHANGE: it is on disk. Little endian.
struct Marker {
  uint32_t magic;
  uint32_t crc32c;  // of everything after it
  uint32_t format;
  uint32_t reserved;  // zero
  uint64_t logHigh;
  uint64_t logLow;
  int64_t time;
  EndRecord end;
  char snapshot[kNameBytes];  // its name, zeros behind it
};
static_assert(sizeof(Marker) == 152);

uint32_t checksum(const Marker& marker) {
  constexpr size_t kFrom = offsetof(Marker, format);
  return crc32c({reinterpret_cast<const char*>(&marker) + kFrom, sizeof marker - kFrom});
}

std::string markerOf(const BackupState& state) {
  Marker marker{};
  marker.magic = kMagic;
  marker.format = kFormat;
  marker.logHigh = state.log.high;
  marker.logLow = state.log.low;
  marker.time = state.time;
  marker.end = makeEndRecord(kMagic, 0, state.end);
  state.snapshot.copy(marker.snapshot, kNameBytes - 1);
  marker.crc32c = checksum(marker);
  return {reinterpret_cast<const char*>(&marker), sizeof marker};
}

BackupState readMarker(const fs::path& file) {
  const FileDescriptor fd = openFile(file, O_RDONLY);
  Marker marker{};
  const size_t size = readAt(fd.get(), file, &marker, sizeof marker, 0);
  if (size != sizeof marker || fileSize(fd.get(), file) != size || marker.magic != kMagic ||
      marker.crc32c != checksum(marker)) {
    throw LogFailed(
        fmt::format("{}: it is damaged: its checksum is wrong. Use another backup; `facet backup` "
                    "makes a new one in a new folder",
                    file.string()));
  }
  if (marker.format != kFormat) {
    throw LogFailed(
        fmt::format("{}: the backup has format {}, this program knows {}: use the version of facet "
                    "that wrote it, or a newer one",
                    file.string(), marker.format, kFormat));
  }
  const std::string_view name(marker.snapshot, kNameBytes);
  return {{marker.logHigh, marker.logLow},
          endOf(marker.end),
          marker.time,
          std::string(name.substr(0, name.find('\0')))};
}

bool isIn(const fs::path& folder, std::string_view name) {
  return isThere(folder / name);
}

/// What a beginning cut short leaves behind is no matter.
void requireEmpty(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> kOurs{"lock", "lost+found", "begun.new"};
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) continue;
    throw LogFailed(
        fmt::format("{}: the folder is not empty ({}), and not a backup (no file {}); name a new "
                    "or empty one",
                    folder.string(), name, kMarkerFile));
  }
  if (error) throwSystemError(folder, "list", error.value());
}

}  // namespace

BackupFolder::BackupFolder(fs::path path, LogId log) : path_(std::move(path)) {
  std::error_code error;
  const bool exists = isThere(path_);
  if (exists && !fs::is_directory(path_, error)) {
    throw LogFailed(fmt::format("{}: it is not a folder; name another", path_.string()));
  }
  const bool isBackup = exists && isOne(path_);
  if (exists && !isBackup) requireEmpty(path_);
  // Before the lock: whatever is cut short, no folder is left that a node takes for a new one.
  if (!isBackup) createMarkedFolder(path_, kBegun, markerOf({log, {}, 0, {}}));
  lock_ = lockFolder(path_);
  begin(log);
}

void BackupFolder::begin(LogId log) {
  if (isIn(path_, kMarkerFile)) state_ = readMarker(path_ / kMarkerFile);
  const LogId of = state_ ? state_->log : readMarker(path_ / kBegun).log;
  if (of == log) return;
  throw LogFailed(
      fmt::format("{}: it is a backup of log {}, and the server's is {}: another one, or restored "
                  "since. Name another folder",
                  path_.string(), logIdText(of), logIdText(log)));
}

BackupFolder::BackupFolder(fs::path path) : path_(std::move(path)), lock_(lockFolder(path_)) {
  if (!isIn(path_, kMarkerFile)) {
    throw LogFailed(
        fmt::format("{}: the backup is not whole: it was cut short before its end. Run `facet "
                    "backup` again with this folder: it goes on with what is there",
                    path_.string()));
  }
  state_ = readMarker(path_ / kMarkerFile);
}

bool BackupFolder::isOne(const fs::path& path) {
  return isIn(path, kMarkerFile) || isIn(path, kBegun);
}

void BackupFolder::finish(const BackupState& state) {
  writeDurably(path_ / kMarkerFile, markerOf(state));
  std::error_code ignored;  // it says nothing beside a marker
  fs::remove(path_ / kBegun, ignored);
  state_ = state;
}

}  // namespace facet
