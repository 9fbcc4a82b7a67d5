// Numbers of 1 to 128 bits in the data of a Cap'n Proto struct, by slot: in units of their width.
// Internal to values/wire/. Thread: pure functions.
#pragma once

#include <capnp/common.h>
#include <kj/common.h>

#include <cstdint>
#include <cstring>

#include "values/int128.h"

namespace facet {

/// Zero where the struct is too short, as an older sender's may be.
uint64_t loadBits(kj::ArrayPtr<const capnp::byte> data, uint32_t width, uint32_t slot);
/// Outside of the struct: the layout is not that of the struct, a kj::Exception.
void storeBits(kj::ArrayPtr<capnp::byte> data, uint32_t width, uint32_t slot, uint64_t bits);

/// Two words: the low one at `slot`, the high one behind it.
int128 loadWide(kj::ArrayPtr<const capnp::byte> data, uint32_t slot);
void storeWide(kj::ArrayPtr<capnp::byte> data, uint32_t slot, int128 wide);

inline int64_t signExtend(uint64_t bits, uint32_t width) {
  return static_cast<int64_t>(bits << (64 - width)) >> (64 - width);
}

template <typename T>
T fromBits(uint64_t bits) {
  T out;
  std::memcpy(&out, &bits, sizeof(out));
  return out;
}

template <typename T>
uint64_t toBits(T value) {
  uint64_t out = 0;
  std::memcpy(&out, &value, sizeof(value));
  return out;
}

}  // namespace facet
