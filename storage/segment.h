// Segment: one LMDB environment: chunks with dense numbers, in one folder. The only file that sees
// LMDB's header is segment.cc.
//
// Flags: MDB_NOTLS always; never WRITEMAP, NOSYNC or NOMETASYNC. No NORDAHEAD: reading a log is
// sequential, and read-ahead is what makes it fast. A sealed segment is opened read only and
// without LMDB's lock file: nobody writes it. Thread: append and release of space by the journal's;
// everything else by any, beside it.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "storage/event_log.h"

struct MDB_env;
struct MDB_txn;

namespace facet {

class Segment {
 public:
  /// Makes the folder with an empty environment, durably and at once: it is built beside and
  /// renamed.
  static void create(const std::filesystem::path& folder, uint64_t mapBytes);

  /// Checks the file's structure (lmdb_check.h) and opens it. Throws LogFailed.
  static std::shared_ptr<Segment> openForAppend(const std::filesystem::path& folder,
                                                ChunkNumber first, uint64_t mapBytes);
  static std::shared_ptr<const Segment> openSealed(const std::filesystem::path& folder,
                                                   ChunkNumber first);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Appends the chunk that follows `end` in one transaction; durable when it returns the new end.
  /// `room`: by how many bytes the file may grow. Throws LogFull (nothing has changed), or
  /// LogFailed (the environment must not be used any more).
  LogEnd append(const ChunkDraft& draft, const LogEnd& end, uint64_t room);

  /// Appends chunks that follow this log's end, as they are, in one transaction. Throws the same.
  LogEnd appendCopies(const CheckedChunks& chunks, uint64_t room);

  /// Shows the chunks' bytes, from `from` until before `until`, as long as `show` returns true; all
  /// of one call are in the map at the same time. Returns the number after the last for which it
  /// did. Throws LogFailed if one is missing.
  using Show = std::function<bool(std::string_view)>;
  ChunkNumber read(ChunkNumber from, ChunkNumber until, const Show& show) const;

  /// The last chunk of [from, until) that starts at or before `position`; by binary search.
  ChunkNumber find(Position position, ChunkNumber from, ChunkNumber until) const;

  ChunkNumber first() const { return first_; }
  /// The number after the last chunk when the segment was opened.
  ChunkNumber endAtOpen() const { return endAtOpen_; }
  std::filesystem::path dataFile() const { return folder_ / "data.mdb"; }

  /// Bytes in use, and bytes that the file takes on disk (it grows ahead of the writes).
  uint64_t usedBytes() const { return used_.load(std::memory_order_relaxed); }
  uint64_t fileBytes() const { return fileBytes_.load(std::memory_order_relaxed); }

  /// Gives back what was grown ahead, durably; the file then has usedBytes(). For sealing.
  void trim();

 private:
  Segment(std::filesystem::path folder, ChunkNumber first);
  void open(unsigned flags, uint64_t mapBytes);
  void growFor(uint64_t chunkBytes, uint64_t room);
  void noteUsed();
  /// Room for the chunk in the open transaction, to be filled before it commits.
  char* reserve(MDB_txn* txn, ChunkNumber number, size_t bytes);
  void finish(int committed);
  [[noreturn]] void fail(std::string_view what, int error) const;
  void openTree();

  std::filesystem::path folder_;
  ChunkNumber first_;
  ChunkNumber endAtOpen_;
  uint32_t pageBytes_ = 0;
  uint64_t mapBytes_ = 0;
  MDB_env* env_ = nullptr;
  unsigned dbi_ = 0;
  std::atomic<uint64_t> used_{0};
  std::atomic<uint64_t> fileBytes_{0};
};

}  // namespace facet
