// Every bound of this room, with its unit and why it is neither higher nor lower.
#pragma once

#include <cstddef>

namespace facet {

/// Bytes of the events of one command. Lower: a command of the largest message (32 MiB) could not
/// record its fields twice; higher: one command's events are copied whole by stage, journal and
/// views.
constexpr size_t kMaxCommandEventBytes = size_t{64} << 20;

/// Bytes of the events, and names of streams, of one batch. Lower: a batch that the door takes (128
/// MiB of rows) could not be recorded as it is; higher: it is one chunk's payload, of which the log
/// takes kMaxPayloadBytes, with room for outcomes beside them.
constexpr size_t kMaxBatchEventBytes = size_t{192} << 20;

/// Bytes of a key's value that a rejection tells. Lower: people don't know their ids; higher: the
/// answer to a batch with long keys, which is about as large as the batch, would not fit into a
/// message.
constexpr size_t kMaxToldValue = 100;

}  // namespace facet
