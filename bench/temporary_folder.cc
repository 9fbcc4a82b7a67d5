#include "bench/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace facet {

TemporaryFolder::TemporaryFolder(std::filesystem::path parent) {
  if (parent.empty()) parent = std::filesystem::temp_directory_path();
  std::string name = (std::filesystem::absolute(parent) / "facet-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error(
        fmt::format("can't make a folder in {}: {}", parent.string(), std::strerror(errno)));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what is left is in a temporary place
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace facet
