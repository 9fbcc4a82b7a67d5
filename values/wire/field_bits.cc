#include "values/wire/field_bits.h"

#include <kj/debug.h>

namespace facet {

uint64_t loadBits(kj::ArrayPtr<const capnp::byte> data, uint32_t width, uint32_t slot) {
  if (width == 1) return slot / 8 < data.size() ? data[slot / 8] >> (slot % 8) & 1U : 0;
  const size_t bytes = width / 8;
  uint64_t out = 0;
  if ((slot + size_t{1}) * bytes <= data.size()) {
    std::memcpy(&out, data.begin() + slot * bytes, bytes);
  }
  return out;
}

void storeBits(kj::ArrayPtr<capnp::byte> data, uint32_t width, uint32_t slot, uint64_t bits) {
  if (width == 1) {
    KJ_REQUIRE(slot / 8 < data.size(), "the description is wrong");
    const unsigned mask = 1U << slot % 8;
    auto& byte = data[slot / 8];
    byte = static_cast<capnp::byte>((bits & 1) != 0 ? byte | mask : byte & ~mask);
    return;
  }
  const size_t bytes = width / 8;
  KJ_REQUIRE((slot + size_t{1}) * bytes <= data.size(), "the description is wrong");
  std::memcpy(data.begin() + slot * bytes, &bits, bytes);
}

int128 loadWide(kj::ArrayPtr<const capnp::byte> data, uint32_t slot) {
  const auto high = static_cast<uint128>(loadBits(data, 64, slot + 1));
  return static_cast<int128>(high << 64 | loadBits(data, 64, slot));
}

void storeWide(kj::ArrayPtr<capnp::byte> data, uint32_t slot, int128 wide) {
  storeBits(data, 64, slot, static_cast<uint64_t>(wide));
  storeBits(data, 64, slot + 1, static_cast<uint64_t>(wide >> 64));
}

}  // namespace facet
