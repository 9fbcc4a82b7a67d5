#include "values/array.h"

#include <vector>

#include "values/assert.h"
#include "values/row_slot.h"

namespace facet {

size_t arraySizeFromWords(Kind element, size_t words) {
  const size_t width = slotWords(element);
  constexpr size_t kInline = 16;
  if (words == 0) return SIZE_MAX;
  size_t rest = words - 1;
  if (rest <= kInline * width) return rest % width == 0 ? rest / width : SIZE_MAX;
  rest -= kInline * width;
  const size_t group = 1 + 64 * width;  // a word of null bits and its 64 elements
  const size_t last = rest % group;
  if (last == 0) return kInline + rest / group * 64;
  if (last == 1 || (last - 1) % width != 0) return SIZE_MAX;
  return kInline + rest / group * 64 + (last - 1) / width;
}

size_t arraySize(const Value& array) {
  const size_t size = arraySizeFromWords(array.element(), Row(array.asText().data()).words());
  FACET_ASSERT(size != SIZE_MAX);
  return size;
}

Value arrayElement(const Value& array, size_t index) {
  return Row(array.asText().data()).get(arraySlot(array.element(), index));
}

Value packArray(Kind element, std::span<const Value> elements, std::string& out) {
  FACET_ASSERT(elements.size() <= kMaxArrayElements, elements.size());
  FACET_ASSERT(element != Kind::array && element != Kind::error);
  size_t words = 1;
  size_t tail = 0;
  if (!elements.empty()) {
    words = arraySlot(element, elements.size() - 1).offset / 8 + slotWords(element);
  }
  if (hasTail(element)) {
    for (const Value& value : elements) tail += value.isNull() ? 0 : value.asText().size();
  }
  const size_t size = words * 8 + (tail + 7) / 8 * 8;
  FACET_ASSERT(size <= UINT32_MAX, size);
  out.assign(size, '\0');
  char* row = out.data();
  storeAt(row, 0, uint64_t{words} << 32 | size);
  size_t cursor = words * 8;
  for (size_t i = 0; i < elements.size(); ++i) {
    const RowLayout::Slot slot = arraySlot(element, i);
    if (elements[i].isNull()) {
      setNullBit(row, slot, true);
      continue;
    }
    storeValue(row, slot, elements[i]);
    if (!hasTail(element)) continue;
    const std::string_view bytes = elements[i].asText();
    if (bytes.empty()) continue;
    storeAt(row, slot.offset, static_cast<uint32_t>(cursor));
    bytes.copy(row + cursor, bytes.size());
    cursor += bytes.size();
  }
  return Value::array(out, element);
}

Value packComposites(std::string_view bytes, std::span<const size_t> ends, std::string& out) {
  std::vector<Value> elements;
  elements.reserve(ends.size());
  size_t at = 0;
  for (const size_t end : ends) {
    elements.push_back(Value::composite(bytes.substr(at, end - at)));
    at = end;
  }
  return packArray(Kind::composite, elements, out);
}

}  // namespace facet
