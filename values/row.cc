#include "values/row.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "values/assert.h"
#include "values/numeric.h"
#include "values/row_slot.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace facet {
namespace {

constexpr uint32_t kMaxWords = 0xffff;
constexpr uint64_t kHashSeed = 0x66616365745f3031;  // part of the disk format: never change it

constexpr size_t kInlineNulls = 16;  // columns with their null bit in word 0
constexpr size_t kNullsPerWord = 64;

bool beginsNullWord(size_t column) {
  return column >= kInlineNulls && (column - kInlineNulls) % kNullsPerWord == 0;
}

/// memcpy, which for the usual short text costs more for its call than for its work.
inline void copyBytes(char* to, const char* from, size_t length) {
  const auto copyEnds = [&]<typename Word>(Word first, Word last) {
    std::memcpy(&first, from, sizeof(Word));
    std::memcpy(&last, from + length - sizeof(Word), sizeof(Word));
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + length - sizeof(Word), &last, sizeof(Word));
  };
  if (length > 16) {
    std::memcpy(to, from, length);
  } else if (length >= 8) {
    copyEnds(uint64_t{}, uint64_t{});
  } else if (length >= 4) {
    copyEnds(uint32_t{}, uint32_t{});
  } else {
    for (size_t i = 0; i < length; ++i) to[i] = from[i];
  }
}

}  // namespace

RowLayout::Slot SlotWalk::next(Kind kind) {
  if (beginsNullWord(column_)) nullWord_ = words_++;
  const size_t bit =
      column_ < kInlineNulls ? 48 + column_ : (column_ - kInlineNulls) % kNullsPerWord;
  const RowLayout::Slot slot{words_ * 8, nullWord_ * 8, static_cast<uint8_t>(bit),
                             kind,       Kind::null,    kAnyScale};
  words_ += slotWords(kind);
  ++column_;
  return slot;
}

RowLayout::RowLayout(std::vector<Type> types) : types_(std::move(types)) {
  slots_.reserve(types_.size());
  SlotWalk walk;
  for (size_t c = 0; c < types_.size(); ++c) {
    const Type& type = types_[c];
    FACET_ASSERT(type.kind != Kind::error);
    FACET_ASSERT(type.scale >= kAnyScale && type.scale <= kMaxScale, type.scale);
    FACET_ASSERT(type.element != Kind::composite || type.composite != nullptr);
    Slot slot = walk.next(type.kind);
    slot.element = type.element;
    slot.scale = static_cast<int8_t>(type.scale);
    slots_.push_back(slot);
    words_ = walk.words();
    FACET_ASSERT(words_ <= kMaxWords, words_);
    if (hasTail(type.kind)) tailColumns_.push_back(static_cast<uint32_t>(c));
  }
  emptyRow_.assign(words_, 0);
  emptyRow_[0] = uint64_t{words_} << 32 | uint64_t{words_} * 8;
  for (const Slot& slot : slots_) emptyRow_[slot.nullWord / 8] |= uint64_t{1} << slot.nullBit;
}

RowLayout::Slot arraySlot(Kind element, size_t index) {
  const uint32_t width = slotWords(element);
  if (index < kInlineNulls) {
    const auto word = static_cast<uint32_t>(1 + index * width);
    return {word * 8, 0, static_cast<uint8_t>(48 + index), element, Kind::null, kAnyScale};
  }
  const size_t group = (index - kInlineNulls) / kNullsPerWord;
  const auto word = static_cast<uint32_t>(2 + group + index * width);
  const size_t first = kInlineNulls + group * kNullsPerWord;
  const auto nullWord = static_cast<uint32_t>(1 + group + first * width);
  return {word * 8, nullWord * 8, static_cast<uint8_t>(index - first),
          element,  Kind::null,   kAnyScale};
}

Value missingColumn(const RowLayout::Slot& slot) {
  if (slot.missingIsNull) return Value::null();
  switch (slot.kind) {
    case Kind::null:
    case Kind::error:
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
    case Kind::composite:
      return Value::null();
    case Kind::numeric:
      return Value::numeric(0, static_cast<uint8_t>(std::max<int8_t>(slot.scale, 0)));
    case Kind::float32:
      return Value::float32(0);
    case Kind::float64:
      return Value::float64(0);
    case Kind::interval:
      return Value::interval({});
    default:
      return Value::integer(slot.kind, 0);
  }
}

Value Row::markedColumn(const RowLayout::Slot& slot) const {
  const auto word = load<uint64_t>(slot.offset);
  return word == 0 ? Value::null() : Value::error(static_cast<ErrorCode>(word - 1));
}

void storeValue(char* row, const RowLayout::Slot& slot, const Value& value) {
  FACET_ASSERT(value.kind() == slot.kind, static_cast<int>(value.kind()),
               static_cast<int>(slot.kind));
  switch (slot.kind) {
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
    case Kind::composite: {
      const size_t length = value.asText().size();
      FACET_ASSERT(length <= std::numeric_limits<uint32_t>::max(), length);
      storeAt(row, slot.offset, uint64_t{length} << 32);
      return;
    }
    case Kind::numeric:
      FACET_ASSERT(slot.scale == kAnyScale || slot.scale == value.scale(), slot.scale,
                   value.scale());
      FACET_ASSERT(value.unscaled() <= kMaxUnscaled && value.unscaled() >= -kMaxUnscaled);
      storeAt(row, slot.offset, value.unscaled() * 256 + value.scale());
      return;
    case Kind::float32:
    case Kind::float64: {
      const double d = value.asDouble();
      storeAt(row, slot.offset, std::isnan(d) ? std::numeric_limits<double>::quiet_NaN() : d);
      return;
    }
    case Kind::interval:
      storeAt(row, slot.offset, value.asInterval());
      return;
    default:
      storeAt(row, slot.offset, value.asInt());
  }
}

/// Room for so many words; what the row has so far stays.
void RowBuilder::reserve(size_t words) {
  if (words <= room_) return;
  words = std::max(words, 2 * room_);
  auto buffer = std::make_unique_for_overwrite<uint64_t[]>(words);
  std::copy_n(buffer_.get(), room_, buffer.get());
  buffer_ = std::move(buffer);
  room_ = words;
}

/// Before a row begins that has so many words before its tail, and fewer columns.
void RowBuilder::reserveColumns(size_t words) {
  reserve(words);
  tails_ = std::make_unique<const char*[]>(words);
  columns_ = words;
}

void RowBuilder::setOther(size_t column, const Value& value) {
  const RowLayout::Slot& slot = layout_->slot(column);
  char* row = reinterpret_cast<char*>(buffer_.get());
  if (hasTail(slot.kind)) setTail(column, slot, {});
  if (value.isNull() || value.isError()) {
    setNullBit(row, slot, true);
    std::memset(row + slot.offset, 0, slotWords(slot.kind) * 8);
    if (value.isError()) {
      storeAt(row, slot.offset, static_cast<uint64_t>(value.errorCode()) + 1);
    }
    return;
  }
  clearNullBit(slot);
  storeValue(row, slot, value);
  if (hasTail(slot.kind)) {
    tails_[column] = value.asText().data();
    tailBytes_ += value.asText().size();
  }
}

Row RowBuilder::finish() {
  const size_t bytes = size();
  reserve(bytes / 8);
  return finishAt(reinterpret_cast<char*>(buffer_.get()), bytes);
}

Row RowBuilder::finishAt(char* to, size_t size) {
  FACET_ASSERT(size <= std::numeric_limits<uint32_t>::max(), size);
  const char* own = reinterpret_cast<char*>(buffer_.get());
  size_t cursor = size_t{layout_->words()} * 8;
  if (to != own) copyWords(to, own, layout_->words());
  storeAt(to, 0, static_cast<uint32_t>(size));
  if (size == cursor) return Row(to);
  storeAt(to, size - 8, uint64_t{0});
  for (uint32_t c : layout_->tailColumns()) {
    const uint32_t offset = layout_->slot(c).offset;
    const uint64_t slot = buffer_[offset / 8];
    const size_t length = slot >> 32;
    if (length == 0) continue;
    copyBytes(to + cursor, tails_[c], length);
    storeAt(to, offset, slot | cursor);
    cursor += length;
  }
  return Row(to);
}

uint64_t hashRow(std::string_view bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), kHashSeed);
}

uint128 hashRow128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), kHashSeed);
  return static_cast<uint128>(hash.high64) << 64 | hash.low64;
}

}  // namespace facet
