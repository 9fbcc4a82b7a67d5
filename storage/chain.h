// The rules by which chunks follow each other, in one place for every backend: numbers and
// positions without gaps, epoch and time that never go back, and the hash of the predecessor.
//
// ChainCheck: a value of its reader's thread. The bytes of the last chunk taken must stay where
// they are until the next take() or settle(): its hash is computed only if something needs it.
#pragma once

#include <string>
#include <string_view>

#include "storage/chunk.h"
#include "storage/event_log.h"

namespace facet {

/// The bytes of the chunk that `draft` becomes.
size_t chunkBytes(const ChunkDraft& draft);

/// Writes the chunk that follows `end` to `out` (8-byte aligned, chunkBytes long), the one copy of
/// an event's bytes on its way to the disk; returns the end after it. Asserts that the draft keeps
/// the rules: it is made by this program.
LogEnd writeChunk(char* out, const ChunkDraft& draft, const LogEnd& end);

class ChainCheck {
 public:
  /// Follows a known chunk.
  explicit ChainCheck(const LogEnd& end) : end_(end) {}
  /// Starts at `next` with an unknown predecessor: the first chunk's claims about it are believed.
  explicit ChainCheck(ChunkNumber next) : firstBelieved_(true) { end_.next = next; }

  /// Checks that `bytes` are a whole chunk, and the next one. Otherwise returns a null chunk, and
  /// problem() says what is wrong with which chunk.
  ChunkRef take(std::string_view bytes);
  const std::string& problem() const { return problem_; }

  /// Forgets the bytes of the last chunk, and returns the end after it.
  const LogEnd& settle();
  ChunkNumber next() const { return end_.next; }

 private:
  std::string orderProblem(const ChunkHeader& header) const;

  LogEnd end_;
  bool firstBelieved_ = false;
  ChunkRef unhashed_;  // the last chunk, while end_.hash is not computed yet
  std::string problem_;
};

}  // namespace facet
