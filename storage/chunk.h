// The plain layout of a chunk, in the log and on the wire to replicas. DO NOT CHANGE: it is on
// disk.
//
// A chunk is its header followed by the payload. Little endian; 8-byte aligned. crc32c covers
// everything after the crc32c field up to the end of the payload; previous is the hash (XXH3-128
// over the whole chunk) of the chunk before, so that a lost, swapped or replaced chunk is seen.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "values/position.h"

namespace facet {

/// The number of a chunk in the log, dense from 0.
struct ChunkNumber {
  uint64_t value = 0;
  auto operator<=>(const ChunkNumber&) const = default;
};
inline auto format_as(ChunkNumber n) {
  return n.value;
}

struct ChunkHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const ChunkHash&) const = default;
};

enum class ChunkKind : uint16_t {
  events = 1,
  control = 2,  // schema/log.capnp: birth, epoch, model; skip, which takes a position
  state = 3,    // a frame of a snapshot, in the snapshot's own log (snapshot_store.h)
};

/// Positions that a chunk of the kind can take (ChunkHeader::events). What changes what views show
/// has a position of its own: so has a control record of that kind.
constexpr uint32_t mostPositions(ChunkKind kind) {
  if (kind == ChunkKind::events) return UINT32_MAX;
  return kind == ChunkKind::control ? 1 : 0;
}

constexpr uint32_t kChunkMagic = 0x4b484346;  // "FCHK"
constexpr uint16_t kChunkFormat = 1;

struct ChunkHeader {
  uint32_t magic;
  uint32_t crc32c;
  uint16_t format;
  ChunkKind kind;
  Epoch epoch;
  ChunkNumber number;
  Position first;  // position of the first event; of the next event, if the chunk has none
  uint32_t events;
  uint32_t reserved;      // zero
  int64_t time;           // commit time, microseconds since 1970; never before the previous chunk's
  uint64_t payloadBytes;  // a multiple of 8
  ChunkHash previous;
};
static_assert(sizeof(ChunkHeader) == 72);

/// A whole chunk somewhere in memory.
struct ChunkRef {
  const ChunkHeader* header = nullptr;
  std::string_view payload;

  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(header), sizeof(ChunkHeader) + payload.size()};
  }
  Position last() const { return {header->first.value + header->events - 1}; }
};

/// The checksum of header and payload pieces as it belongs into header.crc32c.
uint32_t chunkChecksum(const ChunkHeader& header, std::span<const std::string_view> pieces);
/// The hash that the next chunk's `previous` must have.
ChunkHash hashChunk(const ChunkHeader& header, std::span<const std::string_view> pieces);
/// The same of a whole chunk, in one piece.
ChunkHash hashChunk(std::string_view chunk);

/// The chunk in `bytes` if magic, format, sizes and checksum are right; otherwise `problem` says
/// what is wrong and the header is null. `bytes` must be 8-byte aligned.
ChunkRef parseChunk(std::string_view bytes, std::string& problem);

}  // namespace facet
