#include "storage/checked_chunks.h"

#include <fmt/format.h>

#include "storage/chain.h"
#include "storage/limits.h"

namespace facet {

namespace {

/// The first chunk of `bytes`, by its header's claim; what is too short is left to the check.
std::string_view firstChunk(std::string_view bytes) {
  if (bytes.size() < sizeof(ChunkHeader)) return bytes;
  const uint64_t payload = reinterpret_cast<const ChunkHeader*>(bytes.data())->payloadBytes;
  if (payload > kMaxPayloadBytes) return bytes;
  return bytes.substr(0, sizeof(ChunkHeader) + payload);
}

}  // namespace

CheckedChunks::CheckedChunks(std::string_view bytes, const LogEnd& end)
    : bytes_(bytes.size()), before_(end) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(ChunkHeader) != 0) {
    throw BadChunk("chunks must lie at a multiple of 8 bytes");
  }
  ChainCheck chain(end);
  while (!bytes.empty()) {
    const std::string_view one = firstChunk(bytes);
    const ChunkRef chunk = chain.take(one);
    if (chunk.header == nullptr) throw BadChunk(chain.problem());
    chunks_.push_back(chunk);
    bytes.remove_prefix(one.size());
  }
  after_ = chain.settle();
}

}  // namespace facet
