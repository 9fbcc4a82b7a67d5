#include "values/wire/wire_column.h"

namespace facet {

uint32_t bitsOf(Wire wire) {
  switch (wire) {
    case Wire::boolean:
      return 1;
    case Wire::int8:
    case Wire::uint8:
      return 8;
    case Wire::int16:
    case Wire::uint16:
    case Wire::enumerant:
      return 16;
    case Wire::int32:
    case Wire::uint32:
    case Wire::float32:
      return 32;
    case Wire::int64:
    case Wire::uint64:
    case Wire::float64:
      return 64;
    case Wire::wide:
      return 128;
    default:
      return 0;
  }
}

const WireColumn* WireLayout::find(std::string_view name) const {
  for (const WireColumn& column : columns) {
    if (column.name == name || column.field == name) return &column;
  }
  return nullptr;
}

}  // namespace facet
