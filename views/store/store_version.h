// Version: one version of a key's row in a versioned map (versioned_map.h): a header, the key's
// bytes, the value's bytes.
//
// Invariants: position, hash and key never change once a reader can find the version; weight, value
// and flags change only while its position is not published. So a reader looks at the position
// first, and at weight, value and flags only if it is not after his pin.
// Thread: made and changed by the map's writer; read by any thread that holds a pin.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "values/position.h"
#include "values/row.h"

namespace facet {

/// A version of a key's row. 40 bytes, followed by the key and the value.
struct Version {
  Position position;            // it holds from here on
  std::atomic<Version*> older;  // or null
  int64_t weight;               // 0: no row
  uint32_t hash;                // upper half of the key's hash
  uint32_t keyBytes;            // multiple of 8
  uint32_t valueBytes;          // multiple of 8
  uint32_t flags;               // for the owner: e.g. kHidden

  static constexpr uint32_t kHidden = 1;  // a group that HAVING hides
  // The upper byte of the flags is the store's own.
  static constexpr uint32_t kOwnerFlags = 0x00ffffff;
  static constexpr uint32_t kReplaced = 1u << 31;  // its place was taken at the same position
  static constexpr uint32_t kPassed = 1u << 30;    // weight 0, shadowed when the horizon passed it
  static constexpr uint32_t kUnneeded = 1u << 29;  // nobody will look at it: shadowed in a gap
  static constexpr uint32_t kAdded = 1u << 28;     // by add(): it is not in the queue

  const char* keyData() const { return reinterpret_cast<const char*>(this + 1); }
  char* keyData() { return reinterpret_cast<char*>(this + 1); }
  char* valueData() { return keyData() + keyBytes; }
  const char* valueData() const { return keyData() + keyBytes; }
  std::string_view key() const { return {keyData(), keyBytes}; }
  std::string_view value() const { return {valueData(), valueBytes}; }
  Row keyRow() const { return Row(keyData()); }
  Row valueRow() const { return Row(valueData()); }

  static size_t size(size_t keyBytes, size_t valueBytes) {
    return sizeof(Version) + keyBytes + valueBytes;
  }
  size_t size() const { return size(keyBytes, valueBytes); }
};
static_assert(sizeof(Version) == 40);

}  // namespace facet
