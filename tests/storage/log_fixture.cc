#include "tests/storage/log_fixture.h"

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace facet::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  const fs::path memory = "/dev/shm";
  const bool hasMemory = fs::is_directory(memory, error) && ::access(memory.c_str(), W_OK) == 0;
  std::string name = ((hasMemory ? memory : fs::temp_directory_path()) / "facet-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

LmdbLogOptions optionsFor(const fs::path& path, uint64_t segmentBytes) {
  LmdbLogOptions options;
  options.path = path;
  options.segmentBytes = segmentBytes;
  options.mapBytes = uint64_t{64} << 20;
  options.reserveBytes = 0;
  return options;
}

std::string payloadOf(ChunkNumber number, size_t bytes) {
  std::string payload(bytes, '\0');
  uint64_t state = number.value * 0x9e3779b97f4a7c15 + 1;
  for (char& c : payload) {
    state = state * 6364136223846793005 + 1442695040888963407;
    c = static_cast<char>(state >> 56);
  }
  return payload;
}

LogEnd appendChunk(EventLog& log, uint32_t events, size_t bytes) {
  const LogEnd end = log.end();
  const std::string payload = payloadOf(end.next, bytes);
  const size_t half = bytes / 16 * 8;
  const std::string_view pieces[] = {std::string_view(payload).substr(0, half),
                                     std::string_view(payload).substr(half)};
  const ChunkDraft draft{.kind = ChunkKind::events,
                         .epoch = {1},
                         .events = events,
                         .time = end.time + 1000,
                         .pieces = pieces};
  return log.append(draft, end);
}

void appendChunks(EventLog& log, unsigned count, size_t bytes) {
  for (unsigned i = 0; i < count; ++i) {
    appendChunk(log, 1 + static_cast<uint32_t>(log.end().next.value % 3), bytes);
  }
}

std::vector<std::string> contentsOf(const EventLog& log) {
  std::vector<std::string> contents;
  log.read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    contents.emplace_back(chunk.bytes());
    return true;
  });
  return contents;
}

Words chunksOf(const EventLog& log, ChunkNumber from, unsigned count) {
  Words out;
  if (count == 0) return out;
  log.read(from, SIZE_MAX, [&](const ChunkRef& chunk) {
    const std::string_view bytes = chunk.bytes();
    const size_t before = out.words.size();
    out.words.resize(before + bytes.size() / sizeof(uint64_t));
    std::memcpy(out.words.data() + before, bytes.data(), bytes.size());
    return --count > 0;
  });
  return out;
}

LogEnd reopenedEnd(const LmdbLogOptions& options) {
  return openLmdbLog(options)->end();
}

std::string failureOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const LogFailed& failure) {
    return failure.what();
  }
  return {};
}

std::string fullnessOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const LogFull& full) {
    return full.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string readFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (fs::file_size(file) > 0) bytes << in.rdbuf();
  return bytes.str();
}

void writeFile(const fs::path& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << bytes;
}

}  // namespace facet::test
