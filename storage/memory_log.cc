#include "storage/memory_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/chain.h"
#include "storage/checked_chunks.h"
#include "values/assert.h"

namespace facet {

void MemoryLog::failNext(Failure failure) {
  std::lock_guard lock(mutex_);
  next_ = failure;
}

void MemoryLog::refuse(const LogEnd& expected, size_t bytes) {
  const Failure failure = std::exchange(next_, Failure::none);
  if (failure_.empty() && failure == Failure::failed) failure_ = "the test made this append fail";
  if (failure_.empty() && expected != end_) {
    failure_ = fmt::format("the log ends at chunk {}, but the writer expected {}: another writer",
                           end_.next.value, expected.next.value);
  }
  if (!failure_.empty()) throw LogFailed(failure_);
  if (failure == Failure::full) throw LogFull("the test made this append find the log full");
  if (bytes > capacity_ - used_) {
    throw LogFull(fmt::format("the log in memory is full: {} bytes of {} are used, {} needed",
                              used_, capacity_, bytes));
  }
}

LogEnd MemoryLog::append(const ChunkDraft& draft, const LogEnd& expected) {
  std::lock_guard lock(mutex_);
  const size_t bytes = chunkBytes(draft);
  refuse(expected, bytes);
  Chunk chunk{std::make_unique_for_overwrite<uint64_t[]>(bytes / 8), bytes, {}};
  chunk.end = writeChunk(reinterpret_cast<char*>(chunk.words.get()), draft, end_);
  used_ += bytes;
  end_ = chunk.end;
  chunks_.push_back(std::move(chunk));
  return end_;
}

LogEnd MemoryLog::appendCopies(const CheckedChunks& chunks) {
  std::lock_guard lock(mutex_);
  refuse(chunks.before(), chunks.bytes());
  ChainCheck chain(end_);
  for (const ChunkRef& from : chunks.chunks()) {
    const std::string_view bytes = from.bytes();
    Chunk chunk{std::make_unique_for_overwrite<uint64_t[]>(bytes.size() / 8), bytes.size(), {}};
    std::memcpy(chunk.words.get(), bytes.data(), bytes.size());
    chain.take(chunk.view());
    chunk.end = chain.settle();
    used_ += bytes.size();
    chunks_.push_back(std::move(chunk));
  }
  return end_ = chunks.after();
}

void MemoryLog::beginAfter(const LogEnd& end) {
  std::lock_guard lock(mutex_);
  FACET_ASSERT(chunks_.empty(), chunks_.size());
  begin_ = end;
  end_ = end;
}

LogEnd MemoryLog::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

ChunkNumber MemoryLog::read(ChunkNumber from, size_t maxBytes, const Visitor& visitor) const {
  const ChunkNumber until = end().next;
  ChainCheck chain(from);
  uint64_t shown = 0;
  for (ChunkNumber at = from; at < until; ++at.value) {
    std::string_view bytes;
    {
      std::lock_guard lock(mutex_);
      bytes = chunks_[at.value - begin_.next.value].view();
    }
    shown += bytes.size() - sizeof(ChunkHeader);
    if (at != from && shown > maxBytes) return at;
    const ChunkRef chunk = chain.take(bytes);
    if (chunk.header == nullptr) throw LogFailed("the log in memory: " + chain.problem());
    if (!visitor(chunk)) return {at.value + 1};
  }
  return std::max(from, until);
}

ChunkNumber MemoryLog::find(Position position) const {
  std::lock_guard lock(mutex_);
  if (position <= begin_.last) return begin_.next;
  const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                          [&](const Chunk& c) { return c.end.last < position; });
  return {begin_.next.value + static_cast<uint64_t>(chunk - chunks_.begin())};
}

EventLog::Space MemoryLog::space() const {
  std::lock_guard lock(mutex_);
  return {used_, capacity_ - used_};
}

}  // namespace facet
