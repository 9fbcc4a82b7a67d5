// Where slots are, and writing one value into its slot: shared by rows, arrays and composites.
// Internal to values/, but for SlotWalk. Thread: pure functions; a SlotWalk belongs to its owner.
#pragma once

#include <cstring>

#include "values/row.h"

namespace facet {

/// The slot of column `index` in a row whose columns are all of kind `element`.
RowLayout::Slot arraySlot(Kind element, size_t index);

/// The slots of a row's columns, one after another.
class SlotWalk {
 public:
  /// Of the next column. Its element and scale are the caller's to fill in.
  RowLayout::Slot next(Kind kind);
  /// 8-byte words up to behind the last slot.
  uint32_t words() const { return words_; }

 private:
  size_t column_ = 0;
  uint32_t words_ = 1;
  uint32_t nullWord_ = 0;
};

/// Whether a column of this kind has its bytes in the tail.
constexpr bool hasTail(Kind kind) {
  return kind == Kind::text || kind == Kind::bytes || kind == Kind::array ||
         kind == Kind::composite;
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

/// Writes a non-null value of the slot's kind; of what has its bytes in the tail only the length
/// (offset 0).
void storeValue(char* row, const RowLayout::Slot& slot, const Value& value);

}  // namespace facet
