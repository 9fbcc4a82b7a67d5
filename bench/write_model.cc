#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <system_error>

#include "bench/embedded_model.h"

namespace facet {
namespace {

namespace fs = std::filesystem;

void writeFile(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error(fmt::format("can't write {}", path.string()));
}

}  // namespace

void writeBenchModel(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw std::runtime_error(fmt::format("can't make {}: {}", folder.string(), error.message()));
  }
  writeFile(folder / "orders.capnp", kBenchOrdersCapnp);
  writeFile(folder / "views.sql", kBenchViewsSql);
}

}  // namespace facet
