// Writing one value into its slot: shared by rows and arrays. Internal to values/. Thread: pure
// functions.
#pragma once

#include <cstring>

#include "values/row.h"

namespace facet {

/// The slot of column `index` in a row whose columns are all of kind `element`.
RowLayout::Slot arraySlot(Kind element, size_t index);

/// Whether a column of this kind has its bytes in the tail.
constexpr bool hasTail(Kind kind) {
  return kind == Kind::text || kind == Kind::bytes || kind == Kind::array;
}

template <typename T>
void storeAt(char* row, size_t offset, const T& value) {
  std::memcpy(row + offset, &value, sizeof(T));
}

inline void setNullBit(char* row, const RowLayout::Slot& slot, bool isNull) {
  uint64_t word;
  std::memcpy(&word, row + slot.nullWord, sizeof(word));
  const uint64_t bit = uint64_t{1} << slot.nullBit;
  storeAt(row, slot.nullWord, isNull ? word | bit : word & ~bit);
}

/// Writes a non-null value of the slot's kind; of text, bytes and arrays only the length (offset
/// 0).
void storeValue(char* row, const RowLayout::Slot& slot, const Value& value);

}  // namespace facet
