#include "storage/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/event_log.h"

namespace facet {

namespace {

void syncFile(int fd, const std::filesystem::path& path) {
  if (::fsync(fd) != 0) throwSystemError(path, "sync", errno);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  close();
  fd_ = other.release();
  return *this;
}

int FileDescriptor::release() {
  return std::exchange(fd_, -1);
}

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(release());
}

void throwSystemError(const std::filesystem::path& path, std::string_view what, int error) {
  const std::string text =
      fmt::format("{}: cannot {}: {}", path.string(), what, std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) throw LogFull(text);
  if (isAboutContent(error)) throw LogFailed(text);
  throw LogUnreadable(text);
}

bool isAboutContent(int error) {
  return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ELOOP;
}

bool isThere(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (!isAboutContent(errno)) throwSystemError(path, "look at", errno);
  return false;
}

FileDescriptor openFile(const std::filesystem::path& path, int flags, mode_t mode) {
  FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (fd.get() < 0) throwSystemError(path, "open", errno);
  return fd;
}

size_t readAt(int fd, const std::filesystem::path& path, void* to, size_t size, uint64_t offset) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(fd, static_cast<char*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throwSystemError(path, "read", errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

void writeAt(int fd, const std::filesystem::path& path, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throwSystemError(path, "write", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

uint64_t fileSize(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throwSystemError(path, "look at", errno);
  return static_cast<uint64_t>(status.st_size);
}

void syncFolder(const std::filesystem::path& folder) {
  const FileDescriptor fd = openFile(folder, O_RDONLY | O_DIRECTORY);
  syncFile(fd.get(), folder);
}

void createFolder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
    throwSystemError(folder, "create the folder", errno);
  }
  const std::filesystem::path parent = folder.parent_path();
  syncFolder(parent.empty() ? "." : parent);
}

void createMarkedFolder(const std::filesystem::path& folder, std::string_view file,
                        std::string_view content) {
  if (isThere(folder)) return writeDurably(folder / file, content);
  std::filesystem::path beside = folder.has_filename() ? folder : folder.parent_path();
  const std::filesystem::path there = beside;
  beside += ".new";
  std::error_code error;
  std::filesystem::remove_all(beside, error);
  if (error) throwSystemError(beside, "remove", error.value());
  createFolder(beside);
  writeDurably(beside / file, content);
  // Over an empty folder that somebody made meanwhile; not over one with anything in it.
  if (::rename(beside.c_str(), there.c_str()) != 0) throwSystemError(there, "rename to", errno);
  const std::filesystem::path parent = there.parent_path();
  syncFolder(parent.empty() ? "." : parent);
}

void writeDurably(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path beside = path;
  beside += ".new";
  {
    const FileDescriptor fd = openFile(beside, O_WRONLY | O_CREAT | O_TRUNC);
    writeAt(fd.get(), beside, content, 0);
    syncFile(fd.get(), beside);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) throwSystemError(path, "rename to", errno);
  const std::filesystem::path parent = path.parent_path();
  syncFolder(parent.empty() ? "." : parent);
}

}  // namespace facet
