// TemporaryFolder: a new folder that goes away with its owner. Thread: belongs to its owner.
#pragma once

#include <filesystem>

namespace facet {

class TemporaryFolder {
 public:
  /// Inside of `parent`; empty: where the system has its temporary files. Throws
  /// std::runtime_error.
  explicit TemporaryFolder(std::filesystem::path parent = {});
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace facet
