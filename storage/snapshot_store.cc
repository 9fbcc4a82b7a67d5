#include "storage/snapshot_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "storage/checksum.h"
#include "storage/durable_file.h"
#include "storage/end_record.h"
#include "storage/limits.h"
#include "storage/lmdb_log.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t kManifestMagic = 0x4e534346;  // "FCSN"
constexpr uint32_t kManifestFormat = 1;
constexpr std::string_view kNew = ".new";
constexpr std::string_view kGone = ".gone";
constexpr std::string_view kDamaged = ".damaged";
constexpr size_t kNameDigits = 20;

/// The manifest's first bytes. DO NOT CHANGE: it is on disk. Little endian.
struct ManifestHeader {
  uint32_t magic;
  uint32_t crc32c;  // of everything after it, to the end of the file
  uint32_t format;
  uint32_t bytes;  // of the text behind the header
  EndRecord end;   // of the data
};
static_assert(sizeof(ManifestHeader) == 80);
constexpr size_t kChecksummedFrom = offsetof(ManifestHeader, format);

[[noreturn]] void damaged(const fs::path& file, std::string_view what) {
  throw LogFailed(fmt::format("{}: {}", file.string(), what));
}

fs::path withSuffix(fs::path path, std::string_view suffix) {
  path += suffix;
  return path;
}

void removeTree(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) throwSystemError(folder, "remove", error.value());
}

void renameDurably(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) throwSystemError(to, "rename to", errno);
  syncFolder(to.parent_path());
}

bool isSnapshotName(std::string_view name) {
  if (name.size() != 2 * kNameDigits + 1 || name[kNameDigits] != '-') return false;
  const auto isDigit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  return std::count_if(name.begin(), name.end(), isDigit) == 2 * kNameDigits;
}

std::vector<std::string> namesIn(const fs::path& folder, bool (*isWanted)(std::string_view name)) {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (isWanted(name)) out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Of files; what goes meanwhile is left out.
uint64_t bytesIn(const fs::path& folder) {
  uint64_t total = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const uint64_t bytes = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) total += bytes;
  }
  return total;
}

std::string makeManifest(const LogEnd& end, std::string_view text) {
  ManifestHeader header{kManifestMagic, 0, kManifestFormat, static_cast<uint32_t>(text.size()),
                        makeEndRecord(kManifestMagic, 0, end)};
  std::string out(reinterpret_cast<const char*>(&header), sizeof(header));
  out += text;
  header.crc32c = crc32c(std::string_view(out).substr(kChecksummedFrom));
  std::memcpy(out.data(), &header, sizeof(header));
  return out;
}

/// Returns the text behind the header.
std::string readManifest(const fs::path& file, LogEnd& end) {
  const FileDescriptor fd = openFile(file, O_RDONLY);
  const uint64_t size = fileSize(fd.get(), file);
  if (size < sizeof(ManifestHeader) || size > kMaxManifestBytes) {
    damaged(file, fmt::format("it has {} bytes, which no manifest has", size));
  }
  std::string bytes(size, '\0');
  bytes.resize(readAt(fd.get(), file, bytes.data(), size, 0));
  ManifestHeader header;
  if (bytes.size() < sizeof(header)) damaged(file, "it became shorter while it was read");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kManifestMagic) damaged(file, "it is not a snapshot's manifest");
  if (crc32c(std::string_view(bytes).substr(kChecksummedFrom)) != header.crc32c) {
    damaged(file, "its checksum is wrong");
  }
  if (header.format != kManifestFormat) {
    throw LogUnreadable(fmt::format("{}: its format is {}, and this program knows {}",
                                    file.string(), header.format, kManifestFormat));
  }
  if (header.bytes != bytes.size() - sizeof(header)) damaged(file, "its size is wrong");
  end = endOf(header.end);
  return bytes.substr(sizeof(header));
}

LmdbLogOptions dataOptions(const fs::path& folder) {
  LmdbLogOptions options;
  options.path = folder / "data";
  return options;
}

class Writer final : public SnapshotWriter {
 public:
  explicit Writer(fs::path folder) : folder_(std::move(folder)) {
    removeTree(beside());
    createFolder(beside());
    createFolder(beside() / "data");
    LmdbLogOptions options = dataOptions(beside());
    options.reserves = kSnapshotReserves;
    data_ = openLmdbLog(std::move(options));
  }
  ~Writer() override {
    if (finished_) return;
    data_ = nullptr;
    std::error_code ignored;  // what stays is removed when the store is opened
    fs::remove_all(beside(), ignored);
  }

  void append(std::string_view frame) override {
    ChunkDraft draft;
    draft.kind = ChunkKind::state;
    draft.pieces = {&frame, 1};
    data_->append(draft, data_->end());
  }

  LogEnd end() const override { return data_->end(); }

  void finish(std::string_view manifest) override {
    const LogEnd end = data_->end();
    data_ = nullptr;
    writeDurably(beside() / "manifest", makeManifest(end, manifest));
    renameDurably(beside(), folder_);
    finished_ = true;
  }

 private:
  fs::path beside() const { return withSuffix(folder_, kNew); }

  fs::path folder_;
  std::unique_ptr<EventLog> data_;
  bool finished_ = false;
};

/// What is advised of a log's damage is not what a snapshot's needs.
template <typename Call>
auto withoutAdvice(Call&& call) {
  try {
    return call();
  } catch (const LogUnreadable&) {
    throw;
  } catch (const LogFailed& failure) {
    throw LogFailed(failure.found());
  }
}

class Reader final : public SnapshotReader {
 public:
  explicit Reader(const fs::path& folder) : folder_(folder) {
    manifest_ = readManifest(folder / "manifest", end_);
    // What is read is verified then.
    LmdbLogOptions options = dataOptions(folder);
    options.verified = end_;
    data_ = withoutAdvice([&] { return openLmdbLog(std::move(options)); });
    requireEnd(data_->end());
  }

  const std::string& manifest() const override { return manifest_; }

  const LogEnd& end() const override { return end_; }

  void read(const std::function<void(std::string_view frame)>& visit) const override {
    for (uint64_t next = 0; next < end_.next.value;) {
      next = readSome(next, kSnapshotReadBytes, visit);
    }
  }

  uint64_t readSome(uint64_t from, size_t maxBytes,
                    const std::function<void(std::string_view frame)>& visit) const override {
    const auto show = [&](const ChunkRef& chunk) {
      visit(chunk.payload);
      return true;
    };
    return withoutAdvice([&] { return data_->read({from}, maxBytes, show).value; });
  }

 private:
  void requireEnd(const LogEnd& end) const {
    if (end == end_) return;
    damaged(folder_ / "data",
            fmt::format("its data ends before frame {}, with another hash than the manifest has "
                        "for frame {}",
                        end.next.value, end_.next.value));
  }

  fs::path folder_;
  std::string manifest_;
  LogEnd end_;
  std::unique_ptr<EventLog> data_;
};

}  // namespace

std::string snapshotName(Position position, ChunkNumber next) {
  return fmt::format("{:020}-{:020}", position.value, next.value);
}

SnapshotStore::SnapshotStore(fs::path folder) : folder_(std::move(folder)) {
  createFolder(folder_);
  std::vector<fs::path> rest;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::string suffix = entry.path().extension().string();
    if (suffix == kNew || suffix == kGone) rest.push_back(entry.path());
  }
  for (const fs::path& path : rest) removeTree(path);
}

std::vector<std::string> SnapshotStore::names() const {
  return namesIn(folder_, isSnapshotName);
}

std::vector<std::string> SnapshotStore::setAsideNames() const {
  return namesIn(folder_, [](std::string_view name) {
    if (!name.ends_with(kDamaged)) return false;
    name.remove_suffix(kDamaged.size());
    return isSnapshotName(name);
  });
}

bool SnapshotStore::has(const std::string& name) const {
  return isSnapshotName(name) && isThere(folder_ / name);
}

uint64_t SnapshotStore::bytes(const std::string& name) const {
  return bytesIn(folder_ / name);
}

uint64_t SnapshotStore::bytes() const {
  return bytesIn(folder_);
}

std::string SnapshotStore::readManifest(const std::string& name) const {
  LogEnd end;
  return facet::readManifest(folder_ / name / "manifest", end);
}

std::unique_ptr<SnapshotWriter> SnapshotStore::begin(const std::string& name) {
  return std::make_unique<Writer>(folder_ / name);
}

std::unique_ptr<SnapshotReader> SnapshotStore::open(const std::string& name) const {
  return std::make_unique<Reader>(folder_ / name);
}

void SnapshotStore::remove(const std::string& name) {
  const fs::path gone = withSuffix(folder_ / name, kGone);
  removeTree(gone);
  renameDurably(folder_ / name, gone);
  removeTree(gone);
}

fs::path SnapshotStore::setAside(const std::string& name) {
  fs::path aside = withSuffix(folder_ / name, kDamaged);
  removeTree(aside);
  renameDurably(folder_ / name, aside);
  return aside;
}

std::string SnapshotStore::takeBack(const std::string& aside) {
  std::string name = nameOf(aside);
  renameDurably(folder_ / aside, folder_ / name);
  return name;
}

std::string SnapshotStore::nameOf(const std::string& aside) {
  return aside.ends_with(kDamaged) ? aside.substr(0, aside.size() - kDamaged.size()) : aside;
}

}  // namespace facet
