#include <algorithm>

#include "values/array.h"
#include "values/copy_bytes.h"
#include "values/numeric.h"
#include "values/text.h"
#include "values/wire/field_bits.h"
#include "values/wire/field_codec.h"

namespace facet {
namespace {

/// Longest Text or Data that a pointer can describe, less the NUL.
constexpr size_t kMaxBlob = (size_t{1} << 29) - 2;

constexpr const char* kOutOfRange = "is out of the field's range";
constexpr const char* kNoEnumerant = "is none of the enum's values";
constexpr const char* kNullElement = "an element can't be NULL";
constexpr const char* kElementOutOfRange = "an element is out of range";
constexpr const char* kNotNullable = "can't be NULL: the model gives it no nullValue";

bool isSigned(Wire wire) {
  return wire == Wire::int8 || wire == Wire::int16 || wire == Wire::int32 || wire == Wire::int64;
}

/// A number of the type, or nothing if it has none of its scale.
std::optional<int128> wideOf(const Type& type, const Value& value) {
  if (value.kind() != Kind::numeric) return value.asInt();
  const bool asItIs = type.scale == kAnyScale || value.scale() == type.scale;
  const Value scaled = asItIs ? value : numericRescale(value, type.scale);
  if (scaled.isError()) return std::nullopt;
  return scaled.unscaled();
}

std::optional<uint64_t> enumerantOf(const std::vector<std::string>& enumerants,
                                    std::string_view text) {
  const auto found = std::find(enumerants.begin(), enumerants.end(), text);
  if (found == enumerants.end()) return std::nullopt;
  return static_cast<uint64_t>(found - enumerants.begin());
}

/// The bits of a value, without the default's mask; nothing if it is out of the field's range.
std::optional<uint64_t> bitsOfValue(Wire wire, const Type& type,
                                    const std::vector<std::string>& enumerants,
                                    const Value& value) {
  switch (wire) {
    case Wire::boolean:
      return value.asBool() ? 1 : 0;
    case Wire::float32:
      return toBits(static_cast<float>(value.asDouble()));
    case Wire::float64:
      return toBits(value.asDouble());
    case Wire::enumerant:
      return enumerantOf(enumerants, value.asText());
    default:
      break;
  }
  const uint32_t bits = bitsOf(wire);
  const int128 low = isSigned(wire) ? -(int128{1} << (bits - 1)) : 0;
  const int128 high = (int128{1} << (isSigned(wire) ? bits - 1 : bits)) - 1;
  const auto wide = wideOf(type, value);
  if (!wide || *wide < low || *wide > high) return std::nullopt;
  return static_cast<uint64_t>(*wide);
}

std::string setBlob(capnp::AnyPointer::Builder out, Wire wire, std::string_view bytes) {
  if (bytes.size() > kMaxBlob) return "is too large for a message";
  const auto size = static_cast<unsigned>(bytes.size());
  if (wire == Wire::data) {
    copyBytes(out.initAs<capnp::Data>(size).begin(), bytes.data(), size);
  } else {
    copyBytes(out.initAs<capnp::Text>(size).begin(), bytes.data(), size);
  }
  return {};
}

template <typename T>
std::string setNumbers(capnp::AnyPointer::Builder out, const WireColumn& column,
                       const Value& array) {
  const Type type = column.type.elementType();
  const auto size = static_cast<unsigned>(arraySize(array));
  auto list = out.initAs<capnp::List<T>>(size);
  for (unsigned i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) return kNullElement;
    const auto bits = bitsOfValue(column.element, type, column.enumerants, element);
    if (!bits) return kElementOutOfRange;
    list.set(i, static_cast<T>(*bits));
  }
  return {};
}

/// A NULL among texts is an absent one.
template <typename T>
std::string setBlobs(capnp::AnyPointer::Builder out, const Value& array) {
  const auto size = static_cast<unsigned>(arraySize(array));
  auto list = out.initAs<capnp::List<T>>(size);
  for (unsigned i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) continue;
    const std::string_view bytes = element.asText();
    auto blob = list.init(i, static_cast<unsigned>(bytes.size()));
    copyBytes(blob.begin(), bytes.data(), bytes.size());
  }
  return {};
}

std::string setStructs(capnp::AnyPointer::Builder out, const WireLayout& layout,
                       const Value& array) {
  const auto size = static_cast<unsigned>(arraySize(array));
  auto list = out.initAsListOfAnyStruct(layout.dataWords, layout.pointers, size);
  for (unsigned i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) return kNullElement;
    CompositeColumns values(element);
    for (const WireColumn& field : layout.columns) {
      const std::string problem = encodeField(field, values.next(), list[i]);
      if (problem.empty()) continue;
      return "has an element, number " + std::to_string(i + 1) + ", whose \"" + field.field +
             "\" " + problem;
    }
  }
  return {};
}

std::string setList(capnp::AnyPointer::Builder out, const WireColumn& column, const Value& array) {
  if (column.elements) return setStructs(out, *column.elements, array);
  switch (bitsOf(column.element)) {
    case 1:
      return setNumbers<bool>(out, column, array);
    case 8:
      return setNumbers<uint8_t>(out, column, array);
    case 16:
      return setNumbers<uint16_t>(out, column, array);
    case 32:
      return setNumbers<uint32_t>(out, column, array);
    case 64:
      return setNumbers<uint64_t>(out, column, array);
    default:
      return column.element == Wire::data ? setBlobs<capnp::Data>(out, array)
                                          : setBlobs<capnp::Text>(out, array);
  }
}

/// The struct that has the field, made where it is not there yet.
capnp::AnyStruct::Builder enclosing(const WireColumn& column, capnp::AnyStruct::Builder out) {
  for (const EnclosingStruct& step : column.path) {
    auto pointer = out.getPointerSection()[step.slot];
    out = pointer.isNull() ? pointer.initAsAnyStruct(step.dataWords, step.pointers)
                           : pointer.getAs<capnp::AnyStruct>();
  }
  return out;
}

std::string encodeNull(const WireColumn& column, capnp::AnyStruct::Builder out) {
  if (column.nullUnion) {
    const auto data = enclosing(column, out).getDataSection();
    storeBits(data, 16, column.nullUnion->slot, column.nullUnion->null);
    return {};
  }
  const uint32_t bits = bitsOf(column.wire);
  if (bits == 0) return {};  // an absent pointer
  if (column.hasNullValue) {
    storeBits(enclosing(column, out).getDataSection(), bits, column.slot,
              column.nullBits ^ column.defaultMask);
    return {};
  }
  if (!column.nullable) return kNotNullable;
  storeBits(out.getDataSection(), 1, column.nullSlot, 1);
  return {};
}

std::string encodePointer(const WireColumn& column, const Value& value,
                          capnp::AnyPointer::Builder out) {
  switch (column.wire) {
    case Wire::list:
      return setList(out, column, value);
    case Wire::text:
    case Wire::data:
      return setBlob(out, column.wire, value.asText());
    default:
      return setBlob(out, Wire::text, toText(column.type, value));
  }
}

}  // namespace

std::string encodeField(const WireColumn& column, const Value& value,
                        capnp::AnyStruct::Builder out) {
  if (value.isNull()) return encodeNull(column, out);
  if (value.isError()) return "has no value";
  auto in = enclosing(column, out);
  const auto data = in.getDataSection();
  if (column.nullUnion) storeBits(data, 16, column.nullUnion->slot, column.nullUnion->value);
  const uint32_t bits = bitsOf(column.wire);
  if (bits == 0) return encodePointer(column, value, in.getPointerSection()[column.slot]);
  if (column.wire == Wire::wide) {
    const auto wide = wideOf(column.type, value);
    if (!wide) return kOutOfRange;
    storeWide(data, column.slot, *wide);
    return {};
  }
  const auto raw = bitsOfValue(column.wire, column.type, column.enumerants, value);
  if (!raw) return column.wire == Wire::enumerant ? kNoEnumerant : kOutOfRange;
  storeBits(data, bits, column.slot, *raw ^ column.defaultMask);
  return {};
}

}  // namespace facet
