#include "storage/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "storage/durable_file.h"
#include "storage/event_log.h"
#include "storage/recovery.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMarker = "facet data folder, format ";
constexpr int kFormat = 1;

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
  if (fs::exists(folder / "facet-data", error)) return;
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
  if (fs::is_directory(log, error) && !fs::is_empty(log, error)) return;
  throw LogFailed(
      fmt::format("{}: the event log is missing from the folder; restore it from a backup "
                  "or a replica, or name another folder to start anew",
                  log.string()));
}

FileDescriptor takeLock(const fs::path& file) {
  FileDescriptor fd = openFile(file, O_RDWR | O_CREAT);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throwSystemError(file, "lock", errno);
    std::string holder = readStart(file);
    holder = holder.substr(0, holder.find('\n'));
    throw LogFailed(fmt::format("{}: the folder is in use by {}; stop it, or name another folder",
                                file.parent_path().string(),
                                holder.empty() ? "another process" : "process " + holder));
  }
  if (::ftruncate(fd.get(), 0) != 0) throwSystemError(file, "write", errno);
  writeAt(fd.get(), file, fmt::format("{}\n", ::getpid()), 0);
  return fd;
}

}  // namespace

DataFolder::DataFolder(fs::path path) : path_(std::move(path)) {
  try {
    std::error_code error;
    if (!fs::exists(path_, error)) createFolder(path_);
    requireOursOrEmpty(path_);
    FileDescriptor lock = takeLock(path_ / "lock");
    const fs::path marker = path_ / "facet-data";
    isNew_ = !fs::exists(marker, error);
    if (isNew_) {
      // The log comes first: in a folder with a marker a missing log is a loss, not a beginning.
      prepareLogFolder(logPath());
      writeDurably(marker, fmt::format("{}{}\n", kMarker, kFormat));
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

}  // namespace facet
