#include "values/array.h"
#include "values/numeric.h"
#include "values/text.h"
#include "values/wire/field_bits.h"
#include "values/wire/field_codec.h"

namespace facet {
namespace {

Value bytesOf(capnp::Data::Reader data) {
  return Value::bytes({reinterpret_cast<const char*>(data.begin()), data.size()});
}

/// A list of structs as an array of composites, which is packed into `scratch`.
std::optional<Value> decodeStructs(const WireColumn& column, capnp::AnyList::Reader in,
                                   std::string& scratch) {
  const bool isList = in.getElementSize() != capnp::ElementSize::VOID &&
                      in.getElementSize() != capnp::ElementSize::BIT;
  if (in.size() != 0 && !isList) return std::nullopt;
  const std::vector<WireColumn>& columns = column.elements->columns;
  std::vector<Value> values(columns.size());
  std::vector<std::string> texts(columns.size());
  std::string bytes;
  std::vector<size_t> ends;
  for (const auto element : in.as<capnp::List<capnp::AnyStruct>>()) {
    for (size_t c = 0; c < columns.size(); ++c) {
      const auto value = decodeField(columns[c], element, texts[c]);
      if (!value) return std::nullopt;
      values[c] = *value;
    }
    appendComposite(*column.type.composite, values, bytes);
    ends.push_back(bytes.size());
  }
  return packComposites(bytes, ends, scratch);
}

/// False: an element has no value.
template <typename T>
bool decodeNumbers(const WireColumn& column, capnp::AnyPointer::Reader in,
                   std::vector<Value>& out) {
  const Type type = column.type.elementType();
  for (const T number : in.getAs<capnp::List<T>>()) {
    const auto value = valueOfBits(column.element, type, column.enumerants, toBits(number));
    if (!value) return false;
    out.push_back(*value);
  }
  return true;
}

/// An absent element is NULL.
bool decodeBlobs(const WireColumn& column, capnp::AnyList::Reader in, std::vector<Value>& out) {
  if (in.size() != 0 && in.getElementSize() != capnp::ElementSize::POINTER) return false;
  for (const auto element : in.as<capnp::List<capnp::AnyPointer>>()) {
    if (element.isNull()) {
      out.push_back(Value::null());
    } else if (column.element == Wire::data) {
      out.push_back(bytesOf(element.getAs<capnp::Data>()));
    } else {
      const auto text = element.getAs<capnp::Text>();
      out.push_back(Value::text({text.begin(), text.size()}));
    }
  }
  return true;
}

bool decodeElements(const WireColumn& column, capnp::AnyPointer::Reader in,
                    std::vector<Value>& out) {
  switch (bitsOf(column.element)) {
    case 1:
      return decodeNumbers<bool>(column, in, out);
    case 8:
      return decodeNumbers<uint8_t>(column, in, out);
    case 16:
      return decodeNumbers<uint16_t>(column, in, out);
    case 32:
      return decodeNumbers<uint32_t>(column, in, out);
    case 64:
      return decodeNumbers<uint64_t>(column, in, out);
    default:
      return decodeBlobs(column, in.getAs<capnp::AnyList>(), out);
  }
}

std::optional<Value> decodeList(const WireColumn& column, capnp::AnyPointer::Reader in,
                                std::string& scratch) {
  const auto list = in.getAs<capnp::AnyList>();
  if (list.size() > kMaxArrayElements) return std::nullopt;
  if (column.elements) return decodeStructs(column, list, scratch);
  std::vector<Value> elements;
  if (!decodeElements(column, in, elements)) return std::nullopt;
  for (const Value& element : elements) {
    if (!element.isNull() && element.kind() != column.type.element) return std::nullopt;
  }
  return packArray(column.type.element, elements, scratch);
}

std::optional<Value> decodePointer(const WireColumn& column, capnp::AnyPointer::Reader in,
                                   std::string& scratch) {
  if (column.wire == Wire::list) return decodeList(column, in, scratch);
  if (column.wire == Wire::data) return bytesOf(in.getAs<capnp::Data>());
  const auto blob = in.getAs<capnp::Text>();
  const std::string_view text(blob.begin(), blob.size());
  if (!isValidText(text)) return std::nullopt;
  if (column.wire == Wire::text) return Value::text(text);
  if (column.wire == Wire::numericText) return parseNumeric(text);
  return parseText(column.type, text, scratch);
}

/// The number of a wide field, or nothing if no numeric is so large.
std::optional<Value> wideValue(const Type& type, int128 wide) {
  if (wide > kMaxUnscaled || wide < -kMaxUnscaled) return std::nullopt;
  return Value::numeric(wide, static_cast<uint8_t>(type.scale));
}

/// The struct that has the field; an empty one if it is not there.
capnp::AnyStruct::Reader enclosing(const WireColumn& column, capnp::AnyStruct::Reader in) {
  for (const EnclosingStruct& step : column.path) {
    const auto pointers = in.getPointerSection();
    if (step.slot >= pointers.size()) return {};
    in = pointers[step.slot].getAs<capnp::AnyStruct>();
  }
  return in;
}

}  // namespace

std::optional<Value> valueOfBits(Wire wire, const Type& type,
                                 const std::vector<std::string>& enumerants, uint64_t bits) {
  switch (wire) {
    case Wire::boolean:
      return Value::boolean(bits != 0);
    case Wire::float32:
      return Value::float32(fromBits<float>(bits));
    case Wire::float64:
      return Value::float64(fromBits<double>(bits));
    case Wire::enumerant:
      if (bits >= enumerants.size()) return std::nullopt;
      return Value::text(enumerants[bits]);
    case Wire::uint64:
      return Value::numeric(static_cast<int128>(bits), 0);
    case Wire::uint8:
    case Wire::uint16:
    case Wire::uint32:
      return Value::integer(type.kind, static_cast<int64_t>(bits));
    default:
      break;
  }
  const int64_t number = signExtend(bits, bitsOf(wire));
  if (type.kind == Kind::numeric) return Value::numeric(number, static_cast<uint8_t>(type.scale));
  return Value::integer(type.kind, number);
}

std::optional<Value> decodeField(const WireColumn& column, capnp::AnyStruct::Reader in,
                                 std::string& scratch) {
  in = enclosing(column, in);
  const auto data = in.getDataSection();
  if (column.nullUnion) {
    const uint64_t which = loadBits(data, 16, column.nullUnion->slot);
    if (which == column.nullUnion->null) return Value::null();
    if (which != column.nullUnion->value) return std::nullopt;
  }
  const uint32_t bits = bitsOf(column.wire);
  if (bits == 0) {
    const auto pointers = in.getPointerSection();
    if (column.slot >= pointers.size() || pointers[column.slot].isNull()) return Value::null();
    return decodePointer(column, pointers[column.slot], scratch);
  }
  const bool hasNullBit = column.nullable && !column.hasNullValue && !column.nullUnion;
  if (hasNullBit && loadBits(data, 1, column.nullSlot) != 0) return Value::null();
  if (column.wire == Wire::wide) return wideValue(column.type, loadWide(data, column.slot));
  const uint64_t raw = loadBits(data, bits, column.slot) ^ column.defaultMask;
  if (column.hasNullValue && raw == column.nullBits) return Value::null();
  return valueOfBits(column.wire, column.type, column.enumerants, raw);
}

}  // namespace facet
