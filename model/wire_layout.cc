#include <memory>
#include <optional>
#include <utility>

#include "model/codec.h"
#include "model/names.h"
#include "values/composite.h"

namespace facet {
namespace {

bool isPointer(Wire wire) {
  return bitsOf(wire) == 0;
}

/// The smallest wire type that holds every value of a column.
Wire wireOf(const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
      return Wire::boolean;
    case Kind::int16:
      return Wire::int16;
    case Kind::int32:
    case Kind::date:
      return Wire::int32;
    case Kind::int64:
    case Kind::timestamp:
    case Kind::timestamptz:
      return Wire::int64;
    case Kind::numeric:
      return type.scale >= 0 && type.scale <= 18 ? Wire::int64 : Wire::numericText;
    case Kind::float32:
      return Wire::float32;
    case Kind::float64:
      return Wire::float64;
    case Kind::bytes:
      return Wire::data;
    case Kind::array:
    case Kind::interval:
      return Wire::valueText;
    default:
      return Wire::text;
  }
}

/// The wire type of a list's elements, for what a list in a model can have (a numeric is of a
/// UInt64 there); nothing: the array is a text.
std::optional<Wire> elementOf(const Type& element) {
  switch (element.kind) {
    case Kind::composite:
      return Wire::structure;
    case Kind::numeric:
      return element.scale == 0 ? std::optional(Wire::uint64) : std::nullopt;
    case Kind::boolean:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::float32:
    case Kind::float64:
    case Kind::text:
    case Kind::bytes:
      return wireOf(element);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<RelationColumn> relationColumns(const Composite& composite) {
  std::vector<RelationColumn> columns;
  for (const Composite::Column& column : composite.columns()) {
    columns.push_back({column.name, column.type, column.nullable, column.isUnsigned});
  }
  return columns;
}

WireColumn wireColumn(const RelationColumn& column) {
  WireColumn out;
  out.name = column.name;
  out.field = camelCase(column.name, FirstLetter::lower);
  out.type = column.type;
  out.wire = column.isUnsigned ? Wire::uint64 : wireOf(column.type);
  out.isWide = column.isWide;
  if (column.isWide) out.wire = Wire::wide;
  out.nullable = column.nullable;
  if (column.type.kind != Kind::array) return out;
  if (const auto element = elementOf(column.type.elementType())) {
    out.wire = Wire::list;
    out.element = *element;
  }
  return out;
}

WireLayout layoutForColumns(const std::vector<RelationColumn>& columns) {
  WireLayout layout;
  uint32_t words = 0;
  uint32_t nullBits = 0;
  for (const RelationColumn& column : columns) {
    WireColumn wire = wireColumn(column);
    if (wire.wire == Wire::wide) wire.wire = Wire::numericText;
    if (wire.element == Wire::structure) {
      wire.elements = std::make_shared<const WireLayout>(
          layoutForColumns(relationColumns(*column.type.composite)));
    }
    if (isPointer(wire.wire)) {
      wire.slot = layout.pointers++;
    } else {
      wire.slot = words++ * (64 / bitsOf(wire.wire));
      if (wire.nullable) wire.nullSlot = nullBits++;
    }
    layout.columns.push_back(std::move(wire));
  }
  for (WireColumn& column : layout.columns) column.nullSlot += words * 64;
  layout.dataWords = static_cast<uint16_t>(words + (nullBits + 63) / 64);
  return layout;
}

}  // namespace facet
