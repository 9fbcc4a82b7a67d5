// Files that must be there after a power loss: written beside, synced, renamed, and the folder
// synced. Pure functions and a small owner of a descriptor. Errors name the file: LogFull if the
// disk is, or else LogFailed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace facet {

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  int get() const { return fd_; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// Throws "PATH: cannot WHAT: the system's reason": LogFull if there is no space; LogUnreadable if
/// that says nothing about what is on the disk; LogFailed where something is missing, or not what
/// it should be.
[[noreturn]] void throwSystemError(const std::filesystem::path& path, std::string_view what,
                                   int error);

FileDescriptor openFile(const std::filesystem::path& path, int flags, mode_t mode = 0640);

/// Whether the path is there. Throws LogUnreadable if it can't be seen.
bool isThere(const std::filesystem::path& path);
/// Whether what the system says is about what is on the disk: a name that is not there, or another
/// kind of thing.
bool isAboutContent(int error);

/// Reads up to `size` bytes from `offset`; returns how many there were.
size_t readAt(int fd, const std::filesystem::path& path, void* to, size_t size, uint64_t offset);

/// Writes all of `bytes` at `offset`.
void writeAt(int fd, const std::filesystem::path& path, std::string_view bytes, uint64_t offset);

uint64_t fileSize(int fd, const std::filesystem::path& path);

/// Syncs what is in the folder: names, not contents.
void syncFolder(const std::filesystem::path& folder);

/// Makes the folder (its parent must be there), and makes its name durable. It may exist already.
void createFolder(const std::filesystem::path& folder);

/// Makes the folder with one file in it, at once and durably: it is never there without. Its parent
/// must be there. Uses PATH.new on the way. One that exists and has nothing in it gets the file.
void createMarkedFolder(const std::filesystem::path& folder, std::string_view file,
                        std::string_view content);

/// Makes `path` hold `content`, at once and durably: never a part of it. Uses PATH.new on the way.
void writeDurably(const std::filesystem::path& path, std::string_view content);

}  // namespace facet
