// The vocabulary of storage's tests: temporary folders, chunks with contents that their number
// determines, and what a log holds.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "storage/event_log.h"
#include "storage/lmdb_log.h"

namespace facet::test {

/// A folder of its own, in memory where there is such a file system; removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Options with no reserve (the temporary disk may be small), and segments of this size.
LmdbLogOptions optionsFor(const std::filesystem::path& path,
                          uint64_t segmentBytes = uint64_t{1} << 30);

/// The payload of chunk `number`: `bytes` bytes that follow from the number.
std::string payloadOf(ChunkNumber number, size_t bytes);

/// Appends one chunk with `events` events and such a payload, in two pieces.
LogEnd appendChunk(EventLog& log, uint32_t events, size_t bytes);
/// Appends `count` chunks of one to three events each.
void appendChunks(EventLog& log, unsigned count, size_t bytes);

/// The bytes of every chunk.
std::vector<std::string> contentsOf(const EventLog& log);

/// Bytes where a chunk may lie.
struct Words {
  std::vector<uint64_t> words;
  std::string_view view() const {
    return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
  }
  char* data() { return reinterpret_cast<char*>(words.data()); }
};
/// At most `count` chunks from `from` on, one behind the other.
Words chunksOf(const EventLog& log, ChunkNumber from, unsigned count);

/// Where the log of these options ends when it is opened (and closed).
LogEnd reopenedEnd(const LmdbLogOptions& options);

/// The text of the LogFailed (or LogFull) that the action throws; empty if it throws none.
std::string failureOf(const std::function<void()>& action);
std::string fullnessOf(const std::function<void()>& action);

bool contains(const std::string& text, const std::string& part);

std::string readFile(const std::filesystem::path& file);
void writeFile(const std::filesystem::path& file, const std::string& bytes);

}  // namespace facet::test
