#include "storage/chain.h"

#include <fmt/format.h>

#include <cstring>

#include "storage/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

/// "chunk 7 (positions 12 to 20)", as far as a damaged chunk lets us know.
std::string describePlace(const LogEnd& end, bool believed, std::string_view bytes) {
  const std::string number = fmt::format("chunk {}", end.next.value);
  if (bytes.size() < sizeof(ChunkHeader)) {
    return believed ? number : fmt::format("{} (positions from {})", number, end.last.value + 1);
  }
  const auto& header = *reinterpret_cast<const ChunkHeader*>(bytes.data());
  const uint64_t first = believed ? header.first.value : end.last.value + 1;
  if (header.events == 0) return fmt::format("{} (before position {})", number, first);
  return fmt::format("{} (positions {} to {}, by its header)", number, first,
                     first + header.events - 1);
}

/// The header of the chunk that `draft` becomes after `end`; without its checksum.
ChunkHeader headerAfter(const LogEnd& end, const ChunkDraft& draft) {
  const uint64_t payload = chunkBytes(draft) - sizeof(ChunkHeader);
  FACET_ASSERT(payload <= kMaxPayloadBytes, payload);
  FACET_ASSERT(draft.time >= end.time, draft.time, end.time);
  FACET_ASSERT(draft.epoch >= end.epoch, draft.epoch.value, end.epoch.value);
  FACET_ASSERT(draft.events <= mostPositions(draft.kind), draft.events);
  return {.magic = kChunkMagic,
          .crc32c = 0,
          .format = kChunkFormat,
          .kind = draft.kind,
          .epoch = draft.epoch,
          .number = end.next,
          .first = end.last + 1,
          .events = draft.events,
          .reserved = 0,
          .time = draft.time,
          .payloadBytes = payload,
          .previous = end.hash};
}

/// The end of the log after the chunk with this header and hash.
LogEnd endAfter(const ChunkHeader& header, const ChunkHash& hash) {
  return {.next = {header.number.value + 1},
          .last = {header.first.value + header.events - 1},
          .epoch = header.epoch,
          .time = header.time,
          .hash = hash};
}

}  // namespace

size_t chunkBytes(const ChunkDraft& draft) {
  size_t bytes = sizeof(ChunkHeader);
  for (std::string_view piece : draft.pieces) {
    FACET_ASSERT(piece.size() % 8 == 0, piece.size());
    bytes += piece.size();
  }
  return bytes;
}

LogEnd writeChunk(char* out, const ChunkDraft& draft, const LogEnd& end) {
  FACET_ASSERT(reinterpret_cast<uintptr_t>(out) % alignof(ChunkHeader) == 0);
  ChunkHeader header = headerAfter(end, draft);
  char* at = out + sizeof header;
  for (std::string_view piece : draft.pieces) {
    if (!piece.empty()) std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  const std::string_view payload{out + sizeof header, header.payloadBytes};
  header.crc32c = chunkChecksum(header, {&payload, 1});
  std::memcpy(out, &header, sizeof header);
  return endAfter(header, hashChunk({out, sizeof header + payload.size()}));
}

std::string ChainCheck::orderProblem(const ChunkHeader& header) const {
  if (header.number != end_.next) {
    return fmt::format("it says that it is chunk {}", header.number.value);
  }
  if (firstBelieved_) return {};
  if (header.first != end_.last + 1) {
    return fmt::format("its first position is {}, expected {}", header.first.value,
                       end_.last.value + 1);
  }
  if (header.epoch < end_.epoch) {
    return fmt::format("its epoch {} is before {}", header.epoch.value, end_.epoch.value);
  }
  if (header.time < end_.time) {
    return fmt::format("its time {} is before {}", header.time, end_.time);
  }
  if (header.previous != end_.hash) {
    return "it does not follow its predecessor: another hash is written in it";
  }
  return {};
}

ChunkRef ChainCheck::take(std::string_view bytes) {
  settle();
  std::string problem;
  const ChunkRef chunk = parseChunk(bytes, problem);
  if (problem.empty()) problem = orderProblem(*chunk.header);
  if (!problem.empty()) {
    problem_ =
        fmt::format("{} is damaged: {}", describePlace(end_, firstBelieved_, bytes), problem);
    return {};
  }
  end_ = endAfter(*chunk.header, {});
  firstBelieved_ = false;
  unhashed_ = chunk;
  return chunk;
}

const LogEnd& ChainCheck::settle() {
  if (unhashed_.header != nullptr) {
    end_.hash = hashChunk(unhashed_.bytes());
    unhashed_ = {};
  }
  return end_;
}

}  // namespace facet
