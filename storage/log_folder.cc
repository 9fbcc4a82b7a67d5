#include "storage/log_folder.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "storage/chain.h"
#include "storage/durable_file.h"
#include "storage/end_record.h"
#include "storage/high_water.h"

namespace facet {

namespace fs = std::filesystem;

namespace {

constexpr const char* kAdvice =
    "Keep a copy of the folder, and restore it from a backup or a replica";
constexpr size_t kNameDigits = 20;

constexpr uint32_t kBeginsMagic = 0x4e474246;  // "FBGN"
constexpr std::string_view kBegins = "begins";

bool endsWith(const std::string& name, std::string_view end) {
  return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
}

/// The first chunk's number, if this is a segment's name.
std::optional<ChunkNumber> parseSegmentName(const std::string& name) {
  if (name.size() != kNameDigits) return std::nullopt;
  uint64_t value = 0;
  for (char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return ChunkNumber{value};
}

/// A segment's folder in the making, which has no other name yet.
bool isUnborn(const fs::path& path) {
  const std::string name = path.filename().string();
  return endsWith(name, ".new") && parseSegmentName(name.substr(0, name.size() - 4)).has_value();
}

std::vector<fs::path> entriesOf(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    found.push_back(it->path());
  }
  if (error) throwSystemError(folder, "list", error.value());
  return found;
}

void removeFolder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) throwSystemError(folder, "remove", error.value());
  syncFolder(folder.parent_path());
}

/// Numbers of the segments in the folder, ascending.
std::vector<ChunkNumber> listSegments(const fs::path& log) {
  std::vector<ChunkNumber> numbers;
  for (const fs::path& path : entriesOf(log)) {
    const std::string name = path.filename().string();
    if (name == "high-water" || name == "high-water.new") continue;
    if (name == kBegins || name == "begins.new") continue;
    if (isUnborn(path)) {
      removeFolder(path);
      continue;
    }
    const auto number = parseSegmentName(name);
    if (!number) {
      throw LogFailed(
          fmt::format("{}: it does not belong into the log's folder; move it away", path.string()));
    }
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Whether nothing was ever written into the folder.
bool isEmptySegment(const fs::path& folder) {
  if (isThere(folder / "sealed")) return false;
  std::error_code error;
  return !isThere(folder / "data.mdb") ||
         (fs::file_size(folder / "data.mdb", error) == 0 && !error);
}

[[noreturn]] void throwMissing(const fs::path& log, ChunkNumber first, ChunkNumber found) {
  const char* const orBegins =
      first.value == 0 ? ", and no file `begins` says that the log begins later" : "";
  throw LogFailed(
      fmt::format(
          "{}: the segment that starts with chunk {} is missing{}; the next one found starts with "
          "{}",
          (log / segmentName(first)).string(), first.value, orBegins, found.value),
      kAdvice);
}

void checkSeal(const FoundSegment& found) {
  const Seal& seal = *found.seal;
  if (seal.start != found.start || seal.end.next <= seal.start.next) {
    throw LogFailed(
        fmt::format("{}: the segment was sealed as chunks {} to {}, which does not follow chunk {} "
                    "before it",
                    (found.folder / "sealed").string(), seal.start.next.value, seal.end.next.value,
                    found.start.next.value),
        kAdvice);
  }
  std::error_code error;
  const fs::path data = found.folder / "data.mdb";
  const uint64_t bytes = fs::file_size(data, error);
  if (error && !isAboutContent(error.value())) throwSystemError(data, "look at", error.value());
  if (error || bytes != seal.dataBytes) {
    throw LogFailed(fmt::format("{}: it has {} bytes, but was sealed with {}", data.string(),
                                error ? 0 : bytes, seal.dataBytes),
                    kAdvice);
  }
}

}  // namespace

std::string segmentName(ChunkNumber first) {
  return fmt::format("{:0{}}", first.value, kNameDigits);
}

const fs::path& prepareLogFolder(const fs::path& log) {
  if (isEmptyLogFolder(log) && !isThere(log / "high-water")) {
    createFolder(log);
    HighWater::create(log / "high-water");
  }
  return log;
}

bool isEmptyLogFolder(const fs::path& log) {
  if (!isThere(log)) return true;
  const std::vector<fs::path> entries = entriesOf(log);
  return std::all_of(entries.begin(), entries.end(), [](const fs::path& path) {
    return path.filename() == "high-water" || path.filename() == "high-water.new";
  });
}

LogEnd readBeginning(const fs::path& log) {
  const fs::path file = log / kBegins;
  if (!isThere(file)) return {};
  const FileDescriptor fd = openFile(file, O_RDONLY);
  EndRecord record{};
  const bool whole = fileSize(fd.get(), file) == sizeof record &&
                     readAt(fd.get(), file, &record, sizeof record, 0) == sizeof record;
  if (!whole || !isIntact(record, kBeginsMagic)) {
    throw LogFailed(
        fmt::format("{}: it is damaged (one record with a right checksum expected), so it can't be "
                    "seen where the log begins",
                    file.string()),
        kAdvice);
  }
  return endOf(record);
}

void writeBeginning(const fs::path& log, const LogEnd& end) {
  const EndRecord record = makeEndRecord(kBeginsMagic, 0, end);
  writeDurably(log / kBegins, {reinterpret_cast<const char*>(&record), sizeof record});
}

std::vector<FoundSegment> findSegments(const fs::path& log, const LogEnd& begin,
                                       const LogEnd& acknowledged) {
  std::vector<ChunkNumber> numbers = listSegments(log);
  if (acknowledged.next.value > 0 && acknowledged.next < begin.next) {
    throw LogFailed(
        fmt::format("{}: the log begins after chunk {}, it says, but chunk {} was the last one "
                    "acknowledged: "
                    "the file is another log's",
                    (log / kBegins).string(), begin.next.value - 1, acknowledged.next.value - 1),
        kAdvice);
  }
  if (!numbers.empty() && acknowledged.next <= numbers.back()) {
    const fs::path last = log / segmentName(numbers.back());
    if (isEmptySegment(last)) {
      removeFolder(last);
      numbers.pop_back();
    }
  }
  std::vector<FoundSegment> found;
  LogEnd end = begin;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const fs::path folder = log / segmentName(numbers[i]);
    if (numbers[i] != end.next) throwMissing(log, end.next, numbers[i]);
    found.push_back({folder, end, readSeal(folder)});
    if (found.back().seal) {
      checkSeal(found.back());
      end = found.back().seal->end;
    } else if (i + 1 < numbers.size()) {
      throw LogFailed(
          fmt::format("{}: missing, though another segment follows", (folder / "sealed").string()),
          kAdvice);
    }
  }
  return found;
}

LogEnd verifySegment(const Segment& segment, const LogEnd& start,
                     const std::function<void(uint64_t chunks)>& progress) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kReportEvery{100};
  ChainCheck chain(start);
  uint64_t verified = 0;
  Clock::time_point reported = Clock::now();
  segment.read(start.next, segment.endAtOpen(), [&](std::string_view bytes) {
    if (chain.take(bytes).header == nullptr) {
      throw LogFailed(fmt::format("{}: {}", segment.dataFile().string(), chain.problem()), kAdvice);
    }
    ++verified;
    if (progress && verified % 64 == 0 && Clock::now() - reported >= kReportEvery) {
      reported = Clock::now();
      progress(verified);
    }
    return true;
  });
  return chain.settle();
}

}  // namespace facet
