// isValidRow: nothing in the bytes is believed before it is checked, and nothing is read outside
// them.
#include <cmath>
#include <limits>

#include "values/array.h"
#include "values/composite.h"
#include "values/datetime.h"
#include "values/numeric.h"
#include "values/row.h"
#include "values/row_slot.h"

namespace facet {
namespace {

bool isWithin(int64_t value, int64_t low, int64_t high) {
  return value >= low && value <= high;
}

bool isValidInteger(Kind kind, int64_t value) {
  switch (kind) {
    case Kind::boolean:
      return isWithin(value, 0, 1);
    case Kind::int16:
      return isWithin(value, std::numeric_limits<int16_t>::min(),
                      std::numeric_limits<int16_t>::max());
    case Kind::int32:
      return isWithin(value, std::numeric_limits<int32_t>::min(),
                      std::numeric_limits<int32_t>::max());
    case Kind::int64:
      return true;
    case Kind::date:
      return isDate(value);
    case Kind::timestamp:
    case Kind::timestamptz:
      return isTimestamp(value);
    default:
      return false;
  }
}

bool isValidNumeric(int128 slot, int16_t fixedScale) {
  const int scale = static_cast<uint8_t>(slot);
  const int128 unscaled = slot >> 8;
  if (unscaled < -kMaxUnscaled || scale > kMaxScale) return false;
  return fixedScale == kAnyScale || scale == fixedScale;
}

bool isValidFloat32(double d) {
  if (std::isnan(d) || std::isinf(d)) return true;
  if (std::fabs(d) > std::numeric_limits<float>::max()) return false;
  return static_cast<double>(static_cast<float>(d)) == d;
}

/// Walks the columns of one row whose header has been checked. `slotAt(c)` says where column c is.
class ColumnChecker {
 public:
  explicit ColumnChecker(std::string_view bytes)
      : row_(bytes.data()), size_(bytes.size()), cursor_(size_t{row_.words()} * 8) {}

  bool check(const RowLayout::Slot& slot, const Type& type) {
    if (isNull(slot)) return isZero(slot.offset, slotWords(slot.kind) * 8);
    if (hasTail(slot.kind)) return checkTail(slot, type);
    switch (slot.kind) {
      case Kind::numeric:
        return isValidNumeric(row_.load<int128>(slot.offset), type.scale);
      case Kind::float32:
        return isValidFloat32(row_.load<double>(slot.offset));
      case Kind::float64:
      case Kind::interval:
        return true;
      default:
        return isValidInteger(slot.kind, row_.load<int64_t>(slot.offset));
    }
  }

  /// Whether the tail ends where the row does, with zeros to its last word.
  bool checkEnd() const {
    return (cursor_ + 7) / 8 * 8 == size_ && isZero(cursor_, size_ - cursor_);
  }

 private:
  bool isNull(const RowLayout::Slot& slot) const {
    return (row_.load<uint64_t>(slot.nullWord) >> slot.nullBit & 1) != 0;
  }
  bool isZero(size_t offset, size_t length) const {
    return std::string_view(row_.data() + offset, length).find_first_not_of('\0') ==
           std::string_view::npos;
  }
  bool checkTail(const RowLayout::Slot& slot, const Type& type);

  Row row_;
  size_t size_;
  size_t cursor_;  // where the next bytes of the tail must begin
};

/// Whether size and words are those of a row that may be read up to its tail.
bool hasValidHeader(std::string_view bytes) {
  if (bytes.size() < 8 || bytes.size() % 8 != 0) return false;
  const Row row(bytes.data());
  return row.size() == bytes.size() && row.words() >= 1 && size_t{row.words()} * 8 <= bytes.size();
}

/// Whether the null bits after the last of `columns` columns are zero.
bool hasNoStrayNulls(std::string_view bytes, size_t columns, uint32_t lastNullWord) {
  const Row row(bytes.data());
  if (columns < 16 && row.load<uint16_t>(6) >> columns != 0) return false;
  const size_t used = columns <= 16 ? 0 : (columns - 16) % 64;
  return used == 0 || row.load<uint64_t>(lastNullWord) >> used == 0;
}

bool isValidArray(const Type& type, std::string_view bytes) {
  if (!hasValidHeader(bytes) || type.element == Kind::array) return false;
  const size_t columns = arraySizeFromWords(type.element, Row(bytes.data()).words());
  if (columns == SIZE_MAX || columns > kMaxArrayElements) return false;
  const Type element = type.elementType();
  ColumnChecker checker(bytes);
  uint32_t nullWord = 0;
  for (size_t c = 0; c < columns; ++c) {
    const RowLayout::Slot slot = arraySlot(type.element, c);
    nullWord = slot.nullWord;
    if (!checker.check(slot, element)) return false;
  }
  return hasNoStrayNulls(bytes, columns, nullWord) && checker.checkEnd();
}

bool ColumnChecker::checkTail(const RowLayout::Slot& slot, const Type& type) {
  const auto offset = row_.load<uint32_t>(slot.offset);
  const auto length = row_.load<uint32_t>(slot.offset + 4);
  const bool isPacked = slot.kind == Kind::array || slot.kind == Kind::composite;
  if (length == 0) return offset == 0 && !isPacked;
  if (offset != cursor_ || length > size_ - cursor_) return false;
  cursor_ += length;
  const std::string_view bytes(row_.data() + offset, length);
  if (slot.kind == Kind::array) return isValidArray(type, bytes);
  return slot.kind != Kind::composite || isValidComposite(*type.composite, bytes);
}

/// Number of the layout's first columns whose row has exactly `words` words, or SIZE_MAX.
size_t columnsOf(const RowLayout& layout, uint32_t words) {
  if (words == layout.words()) return layout.size();
  size_t columns = 0;
  uint32_t end = 1;
  while (columns < layout.size() && end < words) {
    const RowLayout::Slot& slot = layout.slot(columns++);
    end = slot.offset / 8 + slotWords(slot.kind);
  }
  return end == words ? columns : SIZE_MAX;
}

}  // namespace

bool isValidRow(const RowLayout& layout, std::string_view bytes) {
  if (!hasValidHeader(bytes)) return false;
  const size_t columns = columnsOf(layout, Row(bytes.data()).words());
  if (columns == SIZE_MAX) return false;
  ColumnChecker checker(bytes);
  for (size_t c = 0; c < columns; ++c) {
    if (!checker.check(layout.slot(c), layout.type(c))) return false;
  }
  const uint32_t nullWord = columns == 0 ? 0 : layout.slot(columns - 1).nullWord;
  return hasNoStrayNulls(bytes, columns, nullWord) && checker.checkEnd();
}

}  // namespace facet
