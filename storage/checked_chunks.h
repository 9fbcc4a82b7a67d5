// CheckedChunks: whole chunks that another log made, found to be sound and to follow this log's
// end: what a replica may append as it is. The only way to get one is the check. Thread: a value;
// the bytes stay the caller's, who keeps them.
#pragma once

#include <stdexcept>
#include <string_view>
#include <vector>

#include "storage/event_log.h"

namespace facet {

/// The bytes are no chunks, are damaged, or do not follow. Whoever sent them is wrong; this log is
/// as it was.
class BadChunk : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class CheckedChunks {
 public:
  /// `bytes`: the chunks one behind the other, 8-byte aligned; `end`: of the log that they are to
  /// follow. Checks checksums, numbers, positions, epochs, times, and the chain of hashes. Throws
  /// BadChunk.
  CheckedChunks(std::string_view bytes, const LogEnd& end);

  const std::vector<ChunkRef>& chunks() const { return chunks_; }
  size_t bytes() const { return bytes_; }
  /// The log's end before and after them.
  const LogEnd& before() const { return before_; }
  const LogEnd& after() const { return after_; }

 private:
  std::vector<ChunkRef> chunks_;
  size_t bytes_;
  LogEnd before_;
  LogEnd after_;
};

}  // namespace facet
