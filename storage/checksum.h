// CRC32C (Castagnoli), the checksum of everything that storage writes. Pure functions; in chunk.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace facet {

/// The CRC32C of what `crc` is the CRC32C of (0 for nothing), followed by `bytes`.
uint32_t extendCrc32c(uint32_t crc, std::string_view bytes);

inline uint32_t crc32c(std::string_view bytes) {
  return extendCrc32c(0, bytes);
}

}  // namespace facet
