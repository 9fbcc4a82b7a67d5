#include "storage/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "storage/event_log.h"

namespace facet {

namespace {

std::string firstLine(int fd, const std::filesystem::path& file) {
  std::array<char, 32> bytes;
  const std::string text(bytes.data(), readAt(fd, file, bytes.data(), bytes.size(), 0));
  return text.substr(0, text.find('\n'));
}

/// It may have been removed after it was opened: then its lock is nobody's.
bool isStillThere(int fd, const std::filesystem::path& file) {
  struct stat opened {};
  struct stat there {};
  return ::fstat(fd, &opened) == 0 && ::stat(file.c_str(), &there) == 0 &&
         opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

}  // namespace

FileDescriptor lockFolder(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "lock";
  FileDescriptor fd = openFile(file, O_RDWR | O_CREAT);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throwSystemError(file, "lock", errno);
    const std::string holder = firstLine(fd.get(), file);
    throw LogFailed(fmt::format("{}: the folder is in use by {}; stop it, or name another folder",
                                folder.string(),
                                holder.empty() ? "another process" : "process " + holder));
  }
  if (!isStillThere(fd.get(), file)) return lockFolder(folder);
  if (::ftruncate(fd.get(), 0) != 0) throwSystemError(file, "write", errno);
  writeAt(fd.get(), file, fmt::format("{}\n", ::getpid()), 0);
  return fd;
}

void removeLock(const std::filesystem::path& folder, FileDescriptor& lock) {
  // While it is held: whoever has opened it already, and locks it next, finds it gone.
  std::error_code ignored;
  std::filesystem::remove(folder / "lock", ignored);
  lock.close();
}

}  // namespace facet
