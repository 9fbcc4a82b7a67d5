// The packed row: the one form in which facet keeps values: events in the log, keys and rows of
// tables and views, snapshots. It is written once, read in place, and compared and hashed as bytes.
//
//   word 0   u32 size: bytes of the whole row, a multiple of 8
//            u16 words: 8-byte words before the tail
//            u16 nulls: bit c set = column c is NULL, for columns 0..15
//   then     the slots of the columns in order: 8 bytes (numeric, interval: 16) each. Before
//            column 16, and before every 64th column after it, stands a word of null bits for
//            the 64 columns that follow
//   then     the tail: the bytes of text, bytes, array and composite values in column order,
//            without gaps, zero-filled to a multiple of 8
//
//   slots    integers, dates, timestamps, booleans: int64
//            floats: double, of float32 too
//            text, bytes, array, composite: u32 offset from the row's start, u32 length (length 0:
//            offset 0)
//            numeric: int128 = unscaled × 256 + scale
//            interval: micros, days, months
//
//   errors   a column that holds an error (Value::error) instead of a value has its null bit set,
//            and ErrorCode + 1 in its slot. Only in rows that the engine keeps to itself: a row of
//            the log, of a table or a view has none (isValidRow)
//
// Invariants: little endian, 8-byte aligned; the slot of a NULL is zero, so that equal values give
// equal bytes (canonical form). Columns may be added at the end: a shorter row read with a longer
// layout gives the layout's default for the missing columns. DO NOT CHANGE: logs and snapshots on
// disk have this form. Thread: layouts and rows are immutable; a RowBuilder belongs to its owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "values/value.h"

namespace facet {

/// 8-byte words of a column's slot.
constexpr uint32_t slotWords(Kind kind) {
  return kind == Kind::numeric || kind == Kind::interval ? 2 : 1;
}

/// Whether a value of this kind lies in its slot as the one word that Value::asInt() is.
constexpr bool isPlainWord(Kind kind) {
  constexpr unsigned kPlain =
      1U << static_cast<unsigned>(Kind::boolean) | 1U << static_cast<unsigned>(Kind::int16) |
      1U << static_cast<unsigned>(Kind::int32) | 1U << static_cast<unsigned>(Kind::int64) |
      1U << static_cast<unsigned>(Kind::date) | 1U << static_cast<unsigned>(Kind::timestamp) |
      1U << static_cast<unsigned>(Kind::timestamptz);
  return (kPlain >> static_cast<unsigned>(kind) & 1) != 0;
}

/// Where each column of a packed row is.
class RowLayout {
 public:
  RowLayout() = default;
  /// At most as many columns as 65,535 words have room for; anything else is a broken invariant.
  explicit RowLayout(std::vector<Type> types);
  /// From now on a row that is too short for the column has NULL in it, whatever its kind.
  void nullWhereMissing(size_t column) { slots_[column].missingIsNull = true; }

  struct Slot {
    uint32_t offset;    // bytes from the row's start to the column's slot
    uint32_t nullWord;  // bytes from the row's start to the word with the null bit (word 0's upper
                        // 16 bits are bits 48..63 of word 0: nullWord 0, nullBit 48 + c)
    uint8_t nullBit;
    Kind kind;
    Kind element;  // array: the kind of its elements
    int8_t scale;  // numeric: the scale of every value, or kAnyScale
    bool missingIsNull = false;
  };

  size_t size() const { return types_.size(); }
  const Type& type(size_t column) const { return types_[column]; }
  const std::vector<Type>& types() const { return types_; }
  const Slot& slot(size_t column) const { return slots_[column]; }
  /// 8-byte words before the tail.
  uint32_t words() const { return words_; }
  /// The words before the tail of a row whose columns are all NULL.
  const std::vector<uint64_t>& emptyRow() const { return emptyRow_; }
  /// The columns whose bytes are in the tail (text, bytes, arrays), in order.
  const std::vector<uint32_t>& tailColumns() const { return tailColumns_; }

 private:
  std::vector<Type> types_;
  std::vector<Slot> slots_;
  std::vector<uint64_t> emptyRow_ = {uint64_t{1} << 32 | 8};
  std::vector<uint32_t> tailColumns_;
  uint32_t words_ = 1;
};

/// A packed row somewhere in memory. Does not own it.
class Row {
 public:
  constexpr Row() = default;
  explicit Row(const void* data) : data_(static_cast<const char*>(data)) {}

  explicit operator bool() const { return data_ != nullptr; }
  const char* data() const { return data_; }
  uint32_t size() const { return load<uint32_t>(0); }
  /// 8-byte words before the tail.
  uint32_t words() const { return load<uint16_t>(4); }
  std::string_view bytes() const { return {data_, size()}; }

  /// The column's value; text points into the row. A column that the row is too short for is NULL
  /// (text, bytes, arrays, and what the layout says) or zero (the rest): Cap'n Proto's defaults.
  Value get(const RowLayout& layout, size_t column) const { return get(layout.slot(column)); }
  Value get(const RowLayout::Slot& slot) const;

  /// A plain value at a byte offset.
  template <typename T>
  T load(size_t offset) const {
    T out;
    std::memcpy(&out, data_ + offset, sizeof(T));
    return out;
  }

 private:
  /// Of a column whose null bit is set: NULL, or an error. Apart, so that get() is inlined.
  Value markedColumn(const RowLayout::Slot& slot) const;

  const char* data_ = nullptr;
};

/// What a row that is too short for a column has in it: NULL for text, bytes and arrays, and where
/// the layout says so, else a zero (of the column's scale).
Value missingColumn(const RowLayout::Slot& slot);

inline Value Row::get(const RowLayout::Slot& slot) const {
  if (__builtin_expect(slot.offset >= words() * 8, 0)) return missingColumn(slot);
  if ((load<uint64_t>(slot.nullWord) >> slot.nullBit & 1) != 0) return markedColumn(slot);
  switch (slot.kind) {
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
    case Kind::composite: {
      const std::string_view bytes(data_ + load<uint32_t>(slot.offset),
                                   load<uint32_t>(slot.offset + 4));
      if (slot.kind == Kind::text) return Value::text(bytes);
      if (slot.kind == Kind::bytes) return Value::bytes(bytes);
      return slot.kind == Kind::array ? Value::array(bytes, slot.element) : Value::composite(bytes);
    }
    case Kind::numeric: {
      const auto wide = load<int128>(slot.offset);
      return Value::numeric(wide >> 8, static_cast<uint8_t>(wide));
    }
    case Kind::float32:
      return Value::float32(static_cast<float>(load<double>(slot.offset)));
    case Kind::float64:
      return Value::float64(load<double>(slot.offset));
    case Kind::interval:
      return Value::interval(load<Interval>(slot.offset));
    default:
      return Value::integer(slot.kind, load<int64_t>(slot.offset));
  }
}

/// Whether `bytes` is a row of the layout, or of its first columns, in canonical form: sizes,
/// offsets, null bits, and every value within the range of its type (UTF-8 is not looked at). To be
/// asked before a row from outside the process is read; safe for any bytes.
bool isValidRow(const RowLayout& layout, std::string_view bytes);

/// Copies 8-byte words. Of few of them without the call of memcpy, which costs more than its work.
inline void copyWords(void* to, const void* from, size_t words) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (words > 8) {
    std::memcpy(to, from, words * kWord);
    return;
  }
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  for (size_t i = 0; i < words; ++i) std::memcpy(out + i * kWord, in + i * kWord, kWord);
}

/// Builds packed rows, one after another, in a buffer that it reuses: no allocation once warm.
class RowBuilder {
 public:
  /// Begins a row: every column NULL. The layout stays alive until it is finished.
  void start(const RowLayout& layout) {
    layout_ = &layout;
    tailBytes_ = 0;
    if (layout.words() > columns_) reserveColumns(layout.words());
    copyWords(buffer_.get(), layout.emptyRow().data(), layout.words());
  }
  /// Sets a column of the row, in any order. The value must be of the column's kind (a numeric of
  /// the column's scale, if that is fixed), NULL, or an error. The bytes of text stay where they
  /// are until finish(), which puts the tail into column order, so that the form is canonical; they
  /// are not in this builder's own row.
  void set(size_t column, const Value& value);
  /// As set(), in the form that values have in keys (canonicalKeyValue).
  void setKey(size_t column, const Value& value);
  /// Bytes of the row as it is now: a multiple of 8.
  size_t size() const { return size_t{layout_->words()} * 8 + (tailBytes_ + 7) / 8 * 8; }
  /// The finished row; valid until the next start().
  Row finish();
  /// The finished row elsewhere: in size() bytes at `to`, 8-byte aligned.
  Row finishAt(char* to, size_t size);

 private:
  void reserve(size_t words);
  void reserveColumns(size_t words);
  void setTail(size_t column, const RowLayout::Slot& slot, std::string_view bytes) {
    uint64_t& word = buffer_[slot.offset / 8];
    tailBytes_ += bytes.size() - (word >> 32);
    word = uint64_t{bytes.size()} << 32;
    tails_[column] = bytes.data();
  }
  /// NULLs, errors, and the kinds that set() does not do itself.
  void setOther(size_t column, const Value& value);
  void clearNullBit(const RowLayout::Slot& slot) {
    buffer_[slot.nullWord / 8] &= ~(uint64_t{1} << slot.nullBit);
  }

  const RowLayout* layout_ = nullptr;
  std::unique_ptr<uint64_t[]> buffer_;
  std::unique_ptr<const char*[]> tails_;  // by column: its bytes; their length is in the slot
  size_t tailBytes_ = 0;                  // of all columns
  size_t room_ = 0;                       // words of buffer_
  size_t columns_ = 0;                    // that tails_ has room for; never more than room_
  std::vector<std::string> forms_;        // by column: what setKey() had to change
};

inline void RowBuilder::set(size_t column, const Value& value) {
  const RowLayout::Slot& slot = layout_->slot(column);
  if (value.kind() == slot.kind && isPlainWord(slot.kind)) {
    clearNullBit(slot);
    buffer_[slot.offset / 8] = static_cast<uint64_t>(value.asInt());
  } else if (value.kind() == slot.kind && slot.kind == Kind::text &&
             value.asText().size() <= UINT32_MAX) {
    clearNullBit(slot);
    setTail(column, slot, value.asText());
  } else {
    setOther(column, value);
  }
}

/// 64-bit hash of a row's bytes, for tables and shards: the same on every machine and in every
/// version.
uint64_t hashRow(std::string_view bytes);

/// 128-bit hash of a row's bytes, for digests.
uint128 hashRow128(std::string_view bytes);

/// Appends bytes whose memcmp order is ORDER BY's order of the values: for ordered indexes.
/// NULLs last (first if `nullsFirst`); `descending` turns the order of the values round.
void appendOrderedKey(std::string& out, const Value& value, bool descending = false,
                      bool nullsFirst = false);

/// The form of a value that is used in keys: equal in SQL gives equal bytes (-0.0 becomes 0.0,
/// every NaN the same; a numeric of any scale loses trailing zeros when `type` has no fixed scale;
/// '30 days' becomes '1 mon'; in arrays and composites too). An array or a composite that is not in
/// this form yet is copied to `scratch`; it may lie there already.
Value canonicalKeyValue(const Type& type, const Value& value, std::string& scratch);

}  // namespace facet
