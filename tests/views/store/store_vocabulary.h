// Keys, hashes and a writer, for tests of the versioned row store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "views/store/cuts.h"
#include "views/store/versioned_map.h"

namespace facet::test {

inline uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

inline std::string keyOf(uint64_t number, size_t words = 1) {
  std::string key(words * 8, 'k');
  std::memcpy(key.data() + key.size() - 8, &number, 8);
  return key;
}

using Hash = uint64_t (*)(uint64_t);
inline constexpr auto kGood = [](uint64_t key) { return mix(key + 1); };
inline constexpr auto kAllEqual = [](uint64_t) { return uint64_t{0x1234567890abcdef}; };
inline constexpr auto kFewHashes = [](uint64_t key) { return mix(key % 13); };
inline constexpr auto kEqualTopBits = [](uint64_t key) { return mix(key + 1) >> 26; };
inline constexpr auto kEqualLastBits = [](uint64_t key) { return mix(key + 1) << 36; };

/// One writer without readers but the pins that a test takes.
struct Writer {
  VersionedMap map;
  Cuts cuts{1, {0}};
  uint64_t position = 1;

  Version& write(uint64_t key, uint32_t bytes = 40) {
    return *map.write(keyOf(key), kGood(key), {position}, bytes);
  }
  void publish() {
    cuts.publish(0, {position});
    map.reclaim(cuts.horizon(), {position + 1});
    ++position;
  }
  /// As a view that is degraded: it is read at `held` alone.
  void publishHeld(Position held) {
    cuts.publish(0, {position});
    ReaderNeeds needs = ReaderNeeds::from(std::min(held, cuts.horizon()));
    needs.gapAfter = held;
    needs.gapEnd = {position};
    needs.tick = cuts.tick();
    needs.quiescent = cuts.quiescent();
    map.reclaim(needs, {position + 1});
    ++position;
  }
  void add(uint64_t first, uint64_t count) {
    for (uint64_t key = first; key < first + count; ++key) {
      map.add(keyOf(key), kGood(key), {position}, std::string(40, 'a'), 1);
    }
  }
  void insertAndPublish(uint64_t first, uint64_t count) {
    for (uint64_t key = first; key < first + count; ++key) write(key).weight = 1;
    publish();
  }
  void erase(uint64_t first, uint64_t count) {
    for (uint64_t key = first; key < first + count; ++key) write(key).weight = 0;
  }
};

}  // namespace facet::test
