// A folder → the files of its model.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "model/limits.h"
#include "model/load.h"
#include "model/schema_files.h"

namespace facet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& file, std::string message) {
  throw ModelError({{file, 0, 0, "", std::move(message), ""}});
}

std::string readFile(const fs::path& path, const std::string& name) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) fail(name, "it is not a regular file");
  // A byte more than is allowed is enough to see that it is too long.
  std::ifstream in(path, std::ios::binary);
  std::string content(kMaxModelFileBytes + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!in.is_open() || in.bad())
    fail(name, fmt::format("it cannot be read: {}", std::strerror(errno)));
  content.resize(static_cast<size_t>(in.gcount()));
  constexpr std::string_view kMark = "\xef\xbb\xbf";  // some editors begin UTF-8 with it
  if (content.starts_with(kMark)) content.erase(0, kMark.size());
  return content;
}

/// Names of the .capnp and .sql files in the folder itself, sorted.
std::vector<std::string> listFolder(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with('.') || !(isSchemaFile(name) || name.ends_with(".sql"))) continue;
    names.push_back(name);
    if (names.size() > kMaxModelFiles)
      fail("", fmt::format("the model has more than {} files", kMaxModelFiles));
  }
  if (error)
    fail("", fmt::format("the folder {} cannot be read: {}", folder.string(), error.message()));
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::vector<ModelFile> readModelFiles(const fs::path& folder) {
  std::vector<std::string> names = listFolder(folder);
  if (names.empty()) {
    fail("", fmt::format("there is no .capnp and no .sql file in {}", folder.string()));
  }
  std::set<std::string> known(names.begin(), names.end());
  std::vector<ModelFile> files;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i];
    files.push_back({name, readFile(folder / name, name)});
    if (!isSchemaFile(name)) continue;
    for (const std::string& path : importedPaths(files.back().content)) {
      const std::string imported = isBuiltIn(path) ? std::string() : resolveImport(name, path);
      std::error_code error;
      // What is not there is reported by the parser, which knows the place.
      if (imported.empty() || known.contains(imported) || !fs::exists(folder / imported, error))
        continue;
      if (known.size() >= kMaxModelFiles)
        fail("", fmt::format("the model has more than {} files", kMaxModelFiles));
      known.insert(imported);
      names.push_back(imported);
    }
  }
  std::ranges::sort(files, {}, &ModelFile::name);
  return files;
}

}  // namespace facet
