// Cutting a chunk's payload at an event: a restore ends where it was asked to, be it inside of a
// chunk, of a batch, or of a command. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/record.h"

namespace facet {

struct PayloadCut {
  std::vector<uint64_t> payload;  // may be empty
  uint32_t events = 0;
  /// The cut lies in a batch of which only some commands have a stream: which they are, is not
  /// recorded. Then `payload` ends before that batch, and `batch` is the number of its events.
  uint32_t unclearBatch = 0;
};

/// What the payload had before its event number `events` (0 is the first), which is in it: the
/// blocks before, and of the block that holds it the commands before. A command whose events it
/// lies between stays, with those before it.
PayloadCut cutPayload(std::string_view payload, uint32_t events);

}  // namespace facet
