#include <capnp/dynamic.h>

#include <cstring>

#include "model/codec.h"
#include "model/fields.h"
#include "model/names.h"
#include "values/array.h"
#include "values/assert.h"
#include "values/composite.h"
#include "values/numeric.h"
#include "values/text.h"

namespace facet {
namespace {

/// Longest Text or Data that a pointer can describe, less the NUL.
constexpr size_t kMaxBlob = (size_t{1} << 29) - 2;

bool isPointer(Wire wire) {
  return bitsOf(wire) == 0;
}

template <typename T>
void storeBits(kj::ArrayPtr<capnp::byte> data, uint32_t slot, uint64_t bits) {
  const size_t offset = size_t{slot} * sizeof(T);
  FACET_ASSERT(offset + sizeof(T) <= data.size(), offset, data.size());
  const T value = static_cast<T>(bits);
  std::memcpy(data.begin() + offset, &value, sizeof(T));
}

void storeBits(kj::ArrayPtr<capnp::byte> data, uint32_t width, uint32_t slot, uint64_t bits) {
  switch (width) {
    case 1: {
      FACET_ASSERT(slot / 8 < data.size(), slot, data.size());
      const auto bit = static_cast<capnp::byte>(1U << (slot % 8));
      auto& byte = data[slot / 8];
      byte = static_cast<capnp::byte>((bits & 1) != 0 ? byte | bit : byte & ~bit);
      break;
    }
    case 8:
      return storeBits<uint8_t>(data, slot, bits);
    case 16:
      return storeBits<uint16_t>(data, slot, bits);
    case 32:
      return storeBits<uint32_t>(data, slot, bits);
    default:
      return storeBits<uint64_t>(data, slot, bits);
  }
}

template <typename T>
uint64_t loadBits(kj::ArrayPtr<const capnp::byte> data, uint32_t slot) {
  const size_t offset = size_t{slot} * sizeof(T);
  T value = 0;
  if (offset + sizeof(T) <= data.size()) std::memcpy(&value, data.begin() + offset, sizeof(T));
  return value;
}

/// Zero where the struct is too short.
uint64_t loadBits(kj::ArrayPtr<const capnp::byte> data, uint32_t width, uint32_t slot) {
  switch (width) {
    case 1:
      return slot / 8 < data.size() ? data[slot / 8] >> (slot % 8) & 1 : 0;
    case 8:
      return loadBits<uint8_t>(data, slot);
    case 16:
      return loadBits<uint16_t>(data, slot);
    case 32:
      return loadBits<uint32_t>(data, slot);
    default:
      return loadBits<uint64_t>(data, slot);
  }
}

template <typename T>
uint64_t bitsFrom(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

/// The number as an Int64 in units of 10^-scale, or as a UInt64; nullopt if it does not fit.
std::optional<uint64_t> scaledBits(const Value& value, int16_t scale, bool isSigned) {
  const Value scaled =
      value.scale() == scale || scale == kAnyScale ? value : numericRescale(value, scale);
  if (scaled.isError()) return std::nullopt;
  const int128 wide = scaled.unscaled();
  const int128 low = isSigned ? INT64_MIN : 0;
  const int128 high = isSigned ? int128{INT64_MAX} : int128{UINT64_MAX};
  if (wide < low || wide > high) return std::nullopt;
  return static_cast<uint64_t>(wide);
}

std::optional<uint64_t> enumerantOf(const std::vector<std::string>& enumerants,
                                    std::string_view text) {
  for (size_t i = 0; i < enumerants.size(); ++i) {
    if (enumerants[i] == text) return i;
  }
  return std::nullopt;
}

void storeWide(kj::ArrayPtr<capnp::byte> data, uint32_t slot, int128 wide) {
  storeBits<uint64_t>(data, slot, static_cast<uint64_t>(wide));
  storeBits<uint64_t>(data, slot + 1, static_cast<uint64_t>(wide >> 64));
}

int128 loadWide(kj::ArrayPtr<const capnp::byte> data, uint32_t slot) {
  const uint128 high = loadBits<uint64_t>(data, slot + 1);
  return static_cast<int128>(high << 64 | loadBits<uint64_t>(data, slot));
}

/// The number of a wide field, or nothing if no numeric is so large.
std::optional<Value> wideValue(const Type& type, int128 wide) {
  if (wide > kMaxUnscaled || wide < -kMaxUnscaled) return std::nullopt;
  return Value::numeric(wide, static_cast<uint8_t>(type.scale));
}

/// A value that is no pointer as its bits on the wire, without the default's mask.
std::optional<uint64_t> bitsOfValue(Wire wire, const Type& type,
                                    const std::vector<std::string>& enumerants,
                                    const Value& value) {
  if (value.kind() == Kind::numeric) return scaledBits(value, type.scale, wire != Wire::uint64);
  switch (wire) {
    case Wire::float32:
      return bitsFrom(static_cast<float>(value.asDouble()));
    case Wire::float64:
      return bitsFrom(value.asDouble());
    case Wire::enumerant:
      return enumerantOf(enumerants, value.asText());
    default:
      return static_cast<uint64_t>(value.asInt());
  }
}

int64_t signExtend(uint64_t bits, uint32_t width) {
  return static_cast<int64_t>(bits << (64 - width)) >> (64 - width);
}

std::optional<Value> valueOfBits(Wire wire, const Type& type,
                                 const std::vector<std::string>& enumerants, uint64_t bits) {
  switch (wire) {
    case Wire::boolean:
      return Value::boolean(bits != 0);
    case Wire::float32: {
      float f;
      std::memcpy(&f, &bits, sizeof(f));
      return Value::float32(f);
    }
    case Wire::float64: {
      double d;
      std::memcpy(&d, &bits, sizeof(d));
      return Value::float64(d);
    }
    case Wire::enumerant:
      if (bits >= enumerants.size()) return std::nullopt;
      return Value::text(enumerants[bits]);
    case Wire::uint64:
      return Value::numeric(static_cast<int128>(bits), 0);
    case Wire::int8:
    case Wire::int16:
    case Wire::int32:
    case Wire::int64:
      if (type.kind == Kind::numeric) {
        return Value::numeric(static_cast<int64_t>(bits), static_cast<uint8_t>(type.scale));
      }
      return Value::integer(type.kind, signExtend(bits, bitsOf(wire)));
    default:
      return Value::integer(type.kind, static_cast<int64_t>(bits));
  }
}

bool setBlob(capnp::AnyPointer::Builder out, Wire wire, std::string_view bytes) {
  if (bytes.size() > kMaxBlob) return false;
  if (wire == Wire::data) {
    auto blob = out.initAs<capnp::Data>(static_cast<uint32_t>(bytes.size()));
    bytes.copy(reinterpret_cast<char*>(blob.begin()), bytes.size());
  } else {
    auto blob = out.initAs<capnp::Text>(static_cast<uint32_t>(bytes.size()));
    bytes.copy(blob.begin(), bytes.size());
  }
  return true;
}

template <typename T, typename Convert>
void setList(capnp::AnyPointer::Builder out, const Value& array, Convert&& convert) {
  const auto size = static_cast<uint32_t>(arraySize(array));
  auto list = out.initAs<capnp::List<T>>(size);
  for (uint32_t i = 0; i < size; ++i) list.set(i, convert(arrayElement(array, i)));
}

template <typename T>
void setBlobs(capnp::AnyPointer::Builder out, const Value& array) {
  const auto size = static_cast<uint32_t>(arraySize(array));
  auto list = out.initAs<capnp::List<T>>(size);
  for (uint32_t i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) continue;
    const std::string_view bytes = element.asText();
    auto blob = list.init(i, static_cast<uint32_t>(bytes.size()));
    bytes.copy(reinterpret_cast<char*>(blob.begin()), bytes.size());
  }
}

/// No element can be NULL, and every field must fit.
bool encodeStructs(const WireLayout& layout, const Value& array, capnp::AnyPointer::Builder out) {
  const auto size = static_cast<uint32_t>(arraySize(array));
  auto list = out.initAsListOfAnyStruct(layout.dataWords, layout.pointers, size);
  for (uint32_t i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) return false;
    CompositeColumns values(element);
    FACET_ASSERT(values.left() == layout.columns.size(), values.left(), layout.columns.size());
    for (const WireColumn& column : layout.columns) {
      if (!encodeField(column, values.next(), list[i])) return false;
    }
  }
  return true;
}

/// A list of numbers cannot have NULLs, and every element must fit. A NULL among texts is an absent
/// one.
bool encodeList(const WireColumn& column, const Value& array, capnp::AnyPointer::Builder out) {
  if (column.element == Wire::structure) return encodeStructs(*column.elements, array, out);
  if (column.element == Wire::text) return setBlobs<capnp::Text>(out, array), true;
  if (column.element == Wire::data) return setBlobs<capnp::Data>(out, array), true;
  const Type type = column.type.elementType();
  for (size_t i = 0; i < arraySize(array); ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull() || !bitsOfValue(column.element, type, column.enumerants, element))
      return false;
  }
  const auto bits = [&](const Value& element) {
    return *bitsOfValue(column.element, type, column.enumerants, element);
  };
  switch (bitsOf(column.element)) {
    case 1:
      setList<bool>(out, array, [&](const Value& v) { return v.asBool(); });
      break;
    case 8:
      setList<uint8_t>(out, array, [&](const Value& v) { return static_cast<uint8_t>(bits(v)); });
      break;
    case 16:
      setList<uint16_t>(out, array, [&](const Value& v) { return static_cast<uint16_t>(bits(v)); });
      break;
    case 32:
      setList<uint32_t>(out, array, [&](const Value& v) { return static_cast<uint32_t>(bits(v)); });
      break;
    default:
      setList<uint64_t>(out, array, [&](const Value& v) { return bits(v); });
      break;
  }
  return true;
}

std::optional<Value> decodePointer(const WireColumn& column, capnp::AnyPointer::Reader in,
                                   std::string& scratch) {
  if (column.wire == Wire::data) {
    const auto data = in.getAs<capnp::Data>();
    return Value::bytes({reinterpret_cast<const char*>(data.begin()), data.size()});
  }
  if (column.wire == Wire::list || column.wire == Wire::structure) return std::nullopt;
  const auto blob = in.getAs<capnp::Text>();
  const std::string_view text(blob.begin(), blob.size());
  if (!isValidText(text)) return std::nullopt;
  switch (column.wire) {
    case Wire::numericText:
      return parseNumeric(text);
    case Wire::valueText:
      return parseText(column.type, text, scratch);
    default:
      return Value::text(text);
  }
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

bool encodeField(const WireColumn& column, const Value& value, capnp::AnyStruct::Builder out) {
  if (value.isError()) return false;
  for (const EnclosingStruct& step : column.path) {
    const bool saysNull = column.hasNullValue || column.nullUnion;
    if (value.isNull() && !saysNull) return true;
    auto pointer = out.getPointerSection()[step.slot];
    out = pointer.isNull() ? pointer.initAsAnyStruct(step.dataWords, step.pointers)
                           : pointer.getAs<capnp::AnyStruct>();
  }
  if (column.nullUnion) {
    const NullUnion& either = *column.nullUnion;
    storeBits(out.getDataSection(), 16, either.slot, value.isNull() ? either.null : either.value);
    if (value.isNull()) return true;
  }
  if (isPointer(column.wire)) {
    if (value.isNull()) return true;
    auto pointer = out.getPointerSection()[column.slot];
    if (column.wire == Wire::list) return encodeList(column, value, pointer);
    if (column.wire != Wire::numericText && column.wire != Wire::valueText) {
      return setBlob(pointer, column.wire, value.asText());
    }
    return setBlob(pointer, Wire::text, toText(column.type, value));
  }
  const auto data = out.getDataSection();
  if (value.isNull()) {
    if (column.hasNullValue) {
      storeBits(data, bitsOf(column.wire), column.slot, column.nullBits ^ column.defaultMask);
    } else if (column.nullable) {
      storeBits(data, 1, column.nullSlot, 1);
    }
    return column.nullable;
  }
  if (column.wire == Wire::wide) {
    const Value scaled = numericRescale(value, column.type.scale);
    if (!scaled.isError()) storeWide(data, column.slot, scaled.unscaled());
    return !scaled.isError();
  }
  const std::optional<uint64_t> bits =
      bitsOfValue(column.wire, column.type, column.enumerants, value);
  if (!bits) return false;
  storeBits(data, bitsOf(column.wire), column.slot, *bits ^ column.defaultMask);
  return true;
}

std::optional<Value> decodeField(const WireColumn& column, capnp::AnyStruct::Reader in,
                                 std::string& scratch) {
  for (const EnclosingStruct& step : column.path) {
    const auto pointers = in.getPointerSection();
    if (step.slot >= pointers.size()) {
      in = {};
      break;
    }
    in = pointers[step.slot].getAs<capnp::AnyStruct>();
  }
  if (column.nullUnion) {
    const uint64_t which = loadBits(in.getDataSection(), 16, column.nullUnion->slot);
    if (which == column.nullUnion->null) return Value::null();
    if (which != column.nullUnion->value) return std::nullopt;
  }
  if (isPointer(column.wire)) {
    const auto pointers = in.getPointerSection();
    if (column.slot >= pointers.size() || pointers[column.slot].isNull()) return Value::null();
    return decodePointer(column, pointers[column.slot], scratch);
  }
  const auto data = in.getDataSection();
  if (!column.hasNullValue && column.nullable && !column.nullUnion &&
      loadBits(data, 1, column.nullSlot) != 0) {
    return Value::null();
  }
  if (column.wire == Wire::wide) return wideValue(column.type, loadWide(data, column.slot));
  const uint64_t bits = loadBits(data, bitsOf(column.wire), column.slot) ^ column.defaultMask;
  if (column.hasNullValue && bits == column.nullBits) return Value::null();
  return valueOfBits(column.wire, column.type, column.enumerants, bits);
}

}  // namespace facet
