#include "storage/segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/chain.h"
#include "storage/checked_chunks.h"
#include "storage/durable_file.h"
#include "storage/limits.h"
#include "storage/lmdb_check.h"
#include "values/assert.h"

namespace facet {

namespace {

static_assert(sizeof(size_t) == sizeof(uint64_t), "MDB_INTEGERKEY's keys are size_t");

constexpr unsigned kFlags = MDB_NOTLS;
constexpr mdb_mode_t kMode = 0640;

bool isFull(int error) {
  return error == MDB_MAP_FULL || error == ENOSPC || error == EDQUOT;
}

/// Whether it says nothing about the file: LMDB's own limits, and what the system says (its numbers
/// are above 0) but for a missing file.
bool isPassing(int error) {
  if (error > 0) return !isAboutContent(error);
  return error == MDB_READERS_FULL || error == MDB_TLS_FULL || error == MDB_MAP_RESIZED;
}

/// Ends the transaction if nobody has.
class Transaction {
 public:
  Transaction(MDB_env* env, unsigned flags) : error_(mdb_txn_begin(env, nullptr, flags, &txn_)) {}
  ~Transaction() {
    if (txn_ != nullptr && error_ == 0) mdb_txn_abort(txn_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  int error() const { return error_; }
  MDB_txn* get() const { return txn_; }
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_ = nullptr;
  int error_;
};

class Cursor {
 public:
  Cursor(MDB_txn* txn, MDB_dbi dbi) : error_(mdb_cursor_open(txn, dbi, &cursor_)) {}
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  int error() const { return error_; }
  MDB_cursor* get() const { return cursor_; }

 private:
  MDB_cursor* cursor_ = nullptr;
  int error_;
};

std::string_view viewOf(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

}  // namespace

Segment::Segment(std::filesystem::path folder, ChunkNumber first)
    : folder_(std::move(folder)), first_(first) {}

Segment::~Segment() {
  if (env_ != nullptr) mdb_env_close(env_);
}

void Segment::fail(std::string_view what, int error) const {
  const std::string text =
      fmt::format("{}: cannot {}: {}", dataFile().string(), what, mdb_strerror(error));
  if (isFull(error)) throw LogFull(text);
  if (isPassing(error)) throw LogUnreadable(text);
  throw LogFailed(text);
}

void Segment::create(const std::filesystem::path& folder, uint64_t mapBytes) {
  std::filesystem::path beside = folder;
  beside += ".new";
  std::error_code error;
  std::filesystem::remove_all(beside, error);
  createFolder(beside);
  {
    Segment segment(beside, {});
    segment.open(kFlags, mapBytes);
    Transaction txn(segment.env_, 0);
    if (txn.error() != 0) segment.fail("begin", txn.error());
    MDB_dbi dbi = 0;
    const int opened = mdb_dbi_open(txn.get(), nullptr, MDB_INTEGERKEY | MDB_CREATE, &dbi);
    if (opened != 0) segment.fail("create the tree", opened);
    const int committed = txn.commit();
    if (committed != 0) segment.fail("commit", committed);
  }
  syncFolder(beside);
  if (::rename(beside.c_str(), folder.c_str()) != 0) throwSystemError(folder, "rename to", errno);
  syncFolder(folder.parent_path());
}

void Segment::open(unsigned flags, uint64_t mapBytes) {
  int error = mdb_env_create(&env_);
  if (error != 0) fail("create the environment", error);
  mapBytes_ = mapBytes;
  error = mdb_env_set_mapsize(env_, mapBytes);
  if (error == 0) error = mdb_env_set_maxreaders(env_, kMaxReaders);
  if (error == 0) error = mdb_env_open(env_, folder_.c_str(), flags, kMode);
  if (error != 0) fail("open", error);
}

std::shared_ptr<Segment> Segment::openForAppend(const std::filesystem::path& folder,
                                                ChunkNumber first, uint64_t mapBytes) {
  std::shared_ptr<Segment> segment(new Segment(folder, first));
  const LmdbShape shape = checkLmdbFile(segment->dataFile(), first.value);
  segment->endAtOpen_ = {first.value + shape.entries};
  segment->pageBytes_ = shape.pageBytes;
  segment->open(kFlags, std::max(mapBytes, shape.pages * shape.pageBytes));
  // Readers that died with an earlier process would keep their pages for ever.
  int dead = 0;
  mdb_reader_check(segment->env_, &dead);
  segment->openTree();
  segment->noteUsed();
  return segment;
}

std::shared_ptr<const Segment> Segment::openSealed(const std::filesystem::path& folder,
                                                   ChunkNumber first) {
  std::shared_ptr<Segment> segment(new Segment(folder, first));
  const LmdbShape shape = checkLmdbFile(segment->dataFile(), first.value);
  segment->endAtOpen_ = {first.value + shape.entries};
  segment->pageBytes_ = shape.pageBytes;
  segment->open(kFlags | MDB_RDONLY | MDB_NOLOCK, shape.pages * shape.pageBytes);
  segment->openTree();
  segment->noteUsed();
  return segment;
}

/// Gets the tree's handle, and sees that a transaction can begin.
void Segment::openTree() {
  Transaction txn(env_, MDB_RDONLY);
  if (txn.error() != 0) fail("begin", txn.error());
  MDB_dbi dbi = 0;
  const int error = mdb_dbi_open(txn.get(), nullptr, 0, &dbi);
  if (error != 0) fail("open the tree", error);
  dbi_ = dbi;
}

void Segment::noteUsed() {
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  used_.store((info.me_last_pgno + 1) * pageBytes_, std::memory_order_relaxed);
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  fileBytes_.store(fileSize(fd, dataFile()), std::memory_order_relaxed);
}

void Segment::growFor(uint64_t chunkBytes, uint64_t room) {
  // The space is taken before LMDB writes: a full disk is then seen here, and not as a short write,
  // which LMDB reports like any other I/O error.
  const uint64_t file = fileBytes();
  const uint64_t pages = chunkBytes / pageBytes_ + 1 + kCommitSlackPages;
  const uint64_t needed = std::min(usedBytes() + pages * pageBytes_, mapBytes_);
  if (needed <= file) return;
  if (needed - file > room) {
    throw LogFull(
        fmt::format("{}: it must grow by {} bytes, and {} are left on its disk beside the reserve "
                    "that is kept. "
                    "Make space, or move the folder to a larger disk",
                    dataFile().string(), needed - file, room));
  }
  const uint64_t ahead = std::min(file + std::min(file / 4, kMaxGrowBytes), mapBytes_);
  const uint64_t most = std::min(std::max(needed, ahead), file + room);
  const uint64_t target = most / pageBytes_ * pageBytes_;
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  int error = 0;
  do {
    error = ::posix_fallocate(fd, static_cast<off_t>(file), static_cast<off_t>(target - file));
  } while (error == EINTR);
  if (error != 0) fail("grow the file", error);
  fileBytes_.store(target, std::memory_order_relaxed);
}

char* Segment::reserve(MDB_txn* txn, ChunkNumber number, size_t bytes) {
  size_t next = number.value;
  MDB_val key{sizeof next, &next};
  MDB_val value{bytes, nullptr};
  const int put = mdb_put(txn, dbi_, &key, &value, MDB_RESERVE | MDB_APPEND);
  if (put == MDB_KEYEXIST) {
    throw LogFailed(fmt::format("{}: chunk {} is in the log already: another process writes it",
                                dataFile().string(), next));
  }
  if (put != 0) fail("append", put);
  return static_cast<char*>(value.mv_data);
}

void Segment::finish(int committed) {
  if (committed != 0) {
    // Without space the transaction is undone, unless the meta page itself could not be written:
    // then LMDB refuses to go on, and nobody knows what a restart will find.
    if (isFull(committed) && Transaction(env_, 0).error() != 0) {
      throw LogFailed(
          fmt::format("{}: the disk filled up in the middle of a commit ({}); make space "
                      "and restart",
                      dataFile().string(), mdb_strerror(committed)));
    }
    fail("commit", committed);
  }
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  used_.store((info.me_last_pgno + 1) * pageBytes_, std::memory_order_relaxed);
}

LogEnd Segment::append(const ChunkDraft& draft, const LogEnd& end, uint64_t room) {
  const size_t bytes = chunkBytes(draft);
  growFor(bytes, room);
  Transaction txn(env_, 0);
  if (txn.error() != 0) fail("begin", txn.error());
  const LogEnd after = writeChunk(reserve(txn.get(), end.next, bytes), draft, end);
  finish(txn.commit());
  return after;
}

LogEnd Segment::appendCopies(const CheckedChunks& chunks, uint64_t room) {
  // Each chunk begins on a page of its own if it is large, and leaves a part of one if it is not.
  growFor(chunks.bytes() + chunks.chunks().size() * pageBytes_, room);
  Transaction txn(env_, 0);
  if (txn.error() != 0) fail("begin", txn.error());
  for (const ChunkRef& chunk : chunks.chunks()) {
    const std::string_view bytes = chunk.bytes();
    std::memcpy(reserve(txn.get(), chunk.header->number, bytes.size()), bytes.data(), bytes.size());
  }
  finish(txn.commit());
  return chunks.after();
}

ChunkNumber Segment::read(ChunkNumber from, ChunkNumber until, const Show& show) const {
  const Transaction txn(env_, MDB_RDONLY);
  if (txn.error() != 0) fail("begin to read", txn.error());
  const Cursor cursor(txn.get(), dbi_);
  if (cursor.error() != 0) fail("read", cursor.error());
  size_t number = from.value;
  MDB_val key{sizeof number, &number};
  MDB_val value{};
  for (MDB_cursor_op step = MDB_SET_KEY; from < until; step = MDB_NEXT) {
    const int error = mdb_cursor_get(cursor.get(), &key, &value, step);
    if (error != 0) fail(fmt::format("read chunk {}", from.value), error);
    if (!show(viewOf(value))) return from;
    ++from.value;
  }
  return from;
}

ChunkNumber Segment::find(Position position, ChunkNumber from, ChunkNumber until) const {
  const Transaction txn(env_, MDB_RDONLY);
  if (txn.error() != 0) fail("begin to read", txn.error());
  while (from.value + 1 < until.value) {
    size_t middle = from.value + (until.value - from.value) / 2;
    MDB_val key{sizeof middle, &middle};
    MDB_val value{};
    int error = mdb_get(txn.get(), dbi_, &key, &value);
    if (error == 0 && value.mv_size < sizeof(ChunkHeader)) error = MDB_CORRUPTED;
    if (error != 0) fail(fmt::format("read chunk {}", middle), error);
    const bool notAfter = static_cast<const ChunkHeader*>(value.mv_data)->first <= position;
    (notAfter ? from : until).value = middle;
  }
  return from;
}

void Segment::trim() {
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  if (::ftruncate(fd, static_cast<off_t>(usedBytes())) != 0) fail("trim the file", errno);
  fileBytes_.store(usedBytes(), std::memory_order_relaxed);
  if (::fsync(fd) != 0) fail("sync", errno);
}

}  // namespace facet
