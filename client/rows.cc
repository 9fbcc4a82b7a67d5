#include "client/rows.h"

#include <kj/debug.h>

#include <cstring>
#include <utility>

#include "values/array.h"
#include "values/copy_bytes.h"
#include "values/datetime.h"
#include "values/numeric.h"
#include "values/text.h"
#include "values/text_scan.h"

namespace facet {
namespace {

using Wire = wire::Column::Wire;

/// Bits of a field in the data section; 0: it is a pointer.
uint32_t bitsOf(Wire wire) {
  switch (wire) {
    case Wire::BOOL:
      return 1;
    case Wire::INT8:
    case Wire::UINT8:
      return 8;
    case Wire::INT16:
    case Wire::UINT16:
    case Wire::ENUM:
      return 16;
    case Wire::INT32:
    case Wire::UINT32:
    case Wire::FLOAT32:
      return 32;
    case Wire::INT64:
    case Wire::UINT64:
    case Wire::FLOAT64:
      return 64;
    case Wire::INT128:
      return 128;
    default:
      return 0;
  }
}

uint64_t loadBits(kj::ArrayPtr<const capnp::byte> data, uint32_t width, uint32_t slot) {
  if (width == 1) return slot / 8 < data.size() ? data[slot / 8] >> (slot % 8) & 1U : 0;
  const size_t bytes = width / 8;
  uint64_t out = 0;
  if ((slot + size_t{1}) * bytes <= data.size())
    std::memcpy(&out, data.begin() + slot * bytes, bytes);
  return out;
}

void storeBits(kj::ArrayPtr<capnp::byte> data, uint32_t width, uint32_t slot, uint64_t bits) {
  if (width == 1) {
    KJ_REQUIRE(slot / 8 < data.size(), "the description is wrong");
    const unsigned mask = 1U << slot % 8;
    auto& byte = data[slot / 8];
    byte = static_cast<capnp::byte>((bits & 1) != 0 ? byte | mask : byte & ~mask);
    return;
  }
  const size_t bytes = width / 8;
  KJ_REQUIRE((slot + size_t{1}) * bytes <= data.size(), "the description is wrong");
  std::memcpy(data.begin() + slot * bytes, &bits, bytes);
}

/// The two words of an INT128.
int128 loadWide(kj::ArrayPtr<const capnp::byte> data, uint32_t slot) {
  const auto high = static_cast<uint128>(loadBits(data, 64, slot + 1));
  return static_cast<int128>(high << 64 | loadBits(data, 64, slot));
}

void storeWide(kj::ArrayPtr<capnp::byte> data, uint32_t slot, int128 wide) {
  storeBits(data, 64, slot, static_cast<uint64_t>(wide));
  storeBits(data, 64, slot + 1, static_cast<uint64_t>(wide >> 64));
}

int64_t signExtend(uint64_t bits, uint32_t width) {
  return static_cast<int64_t>(bits << (64 - width)) >> (64 - width);
}

template <typename T>
T fromBits(uint64_t bits) {
  T out;
  std::memcpy(&out, &bits, sizeof(out));
  return out;
}

template <typename T>
uint64_t toBits(T value) {
  uint64_t out = 0;
  std::memcpy(&out, &value, sizeof(value));
  return out;
}

/// Of a field, or of an element of a list.
Value valueOfBits(Wire wire, const Type& type, const std::vector<std::string>& enumerants,
                  uint64_t bits) {
  switch (wire) {
    case Wire::BOOL:
      return Value::boolean(bits != 0);
    case Wire::FLOAT32:
      return Value::float32(fromBits<float>(bits));
    case Wire::FLOAT64:
      return Value::float64(fromBits<double>(bits));
    case Wire::ENUM:
      KJ_REQUIRE(bits < enumerants.size(), "an enumerant that the description does not have");
      return Value::text(enumerants[bits]);
    case Wire::UINT64:
      return Value::numeric(static_cast<int128>(bits), 0);
    case Wire::UINT8:
    case Wire::UINT16:
    case Wire::UINT32:
      return Value::integer(type.kind, static_cast<int64_t>(bits));
    default:
      break;
  }
  const int64_t number = signExtend(bits, bitsOf(wire));
  if (type.kind == Kind::numeric) return Value::numeric(number, static_cast<uint8_t>(type.scale));
  return Value::integer(type.kind, number);
}

Value readField(const ColumnShape& column, capnp::AnyStruct::Reader in, std::string& scratch);

/// A list of structs as an array of composites, which is packed into `scratch`.
Value readStructs(const ColumnShape& column, capnp::AnyPointer::Reader in, std::string& scratch) {
  const auto any = in.getAs<capnp::AnyList>();
  const bool isList = any.getElementSize() != capnp::ElementSize::VOID &&
                      any.getElementSize() != capnp::ElementSize::BIT;
  KJ_REQUIRE(any.size() == 0 || (isList && any.size() <= kMaxArrayElements),
             "a value is no list of structs", column.name.c_str());
  const std::vector<ColumnShape>& columns = column.elements->columns;
  std::vector<Value> values(columns.size());
  std::vector<std::string> texts(columns.size());
  std::string bytes;
  std::vector<size_t> ends;
  for (const auto element : any.as<capnp::List<capnp::AnyStruct>>()) {
    for (size_t c = 0; c < columns.size(); ++c) {
      values[c] = readField(columns[c], element, texts[c]);
    }
    appendComposite(*column.composite, values, bytes);
    ends.push_back(bytes.size());
  }
  return packComposites(bytes, ends, scratch);
}

template <typename T>
void readNumbers(const ColumnShape& column, capnp::AnyPointer::Reader in, std::vector<Value>& out) {
  const Type type = column.type.elementType();
  for (const T number : in.getAs<capnp::List<T>>()) {
    out.push_back(valueOfBits(column.element, type, column.enumerants, toBits(number)));
  }
}

/// An absent element is NULL.
void readBlobs(const ColumnShape& column, capnp::AnyPointer::Reader in, std::vector<Value>& out) {
  const auto any = in.getAs<capnp::AnyList>();
  KJ_REQUIRE(any.size() == 0 || any.getElementSize() == capnp::ElementSize::POINTER,
             "a value is no list of its type", column.name.c_str());
  for (const auto element : any.as<capnp::List<capnp::AnyPointer>>()) {
    if (element.isNull()) {
      out.push_back(Value::null());
    } else if (column.element == Wire::DATA) {
      const auto data = element.getAs<capnp::Data>();
      out.push_back(Value::bytes({reinterpret_cast<const char*>(data.begin()), data.size()}));
    } else {
      const auto text = element.getAs<capnp::Text>();
      out.push_back(Value::text({text.begin(), text.size()}));
    }
  }
}

/// A list of scalars as an array, which is packed into `scratch`.
Value readScalars(const ColumnShape& column, capnp::AnyPointer::Reader in, std::string& scratch) {
  KJ_REQUIRE(in.getAs<capnp::AnyList>().size() <= kMaxArrayElements, "a list is too long",
             column.name.c_str());
  std::vector<Value> elements;
  switch (bitsOf(column.element)) {
    case 1:
      readNumbers<bool>(column, in, elements);
      break;
    case 8:
      readNumbers<uint8_t>(column, in, elements);
      break;
    case 16:
      readNumbers<uint16_t>(column, in, elements);
      break;
    case 32:
      readNumbers<uint32_t>(column, in, elements);
      break;
    case 64:
      readNumbers<uint64_t>(column, in, elements);
      break;
    default:
      readBlobs(column, in, elements);
  }
  for (const Value& element : elements) {
    KJ_REQUIRE(element.isNull() || element.kind() == column.type.element,
               "the description is wrong", column.name.c_str());
  }
  return packArray(column.type.element, elements, scratch);
}

Value readPointer(const ColumnShape& column, capnp::AnyPointer::Reader in, std::string& scratch) {
  if (column.elements) return readStructs(column, in, scratch);
  if (column.wire == Wire::LIST) return readScalars(column, in, scratch);
  if (column.wire == Wire::DATA) {
    const auto data = in.getAs<capnp::Data>();
    return Value::bytes({reinterpret_cast<const char*>(data.begin()), data.size()});
  }
  const auto text = in.getAs<capnp::Text>();
  const std::string_view view(text.begin(), text.size());
  if (column.wire == Wire::TEXT) return Value::text(view);
  const auto value = parseText(column.type, view, scratch);
  KJ_REQUIRE(value.has_value(), "a value is no text of its type", column.name.c_str());
  return *value;
}

Value readField(const ColumnShape& column, capnp::AnyStruct::Reader in, std::string& scratch) {
  const uint32_t bits = bitsOf(column.wire);
  if (bits == 0) {
    const auto pointers = in.getPointerSection();
    if (column.slot >= pointers.size() || pointers[column.slot].isNull()) return Value::null();
    return readPointer(column, pointers[column.slot], scratch);
  }
  const auto data = in.getDataSection();
  if (column.nullable && loadBits(data, 1, column.nullSlot) != 0) return Value::null();
  if (column.wire == Wire::INT128) {
    return Value::numeric(loadWide(data, column.slot), static_cast<uint8_t>(column.type.scale));
  }
  return valueOfBits(column.wire, column.type, column.enumerants,
                     loadBits(data, bits, column.slot) ^ column.defaultBits);
}

/// The field's bits for a value of its type, or nothing if it is out of the field's range.
std::optional<uint64_t> bitsOfValue(Wire wire, const std::vector<std::string>& enumerants,
                                    const Value& value) {
  const auto within = [](int128 wide, int128 low, int128 high) -> std::optional<uint64_t> {
    if (wide < low || wide > high) return std::nullopt;
    return static_cast<uint64_t>(wide);
  };
  const uint32_t bits = bitsOf(wire);
  switch (wire) {
    case Wire::BOOL:
      return value.asBool() ? 1 : 0;
    case Wire::FLOAT32:
      return toBits(static_cast<float>(value.asDouble()));
    case Wire::FLOAT64:
      return toBits(value.asDouble());
    case Wire::ENUM:
      for (size_t i = 0; i < enumerants.size(); ++i) {
        if (enumerants[i] == value.asText()) return i;
      }
      return std::nullopt;
    case Wire::UINT8:
    case Wire::UINT16:
    case Wire::UINT32:
    case Wire::UINT64:
      return within(value.kind() == Kind::numeric ? value.unscaled() : int128{value.asInt()}, 0,
                    (int128{1} << bits) - 1);
    default:
      return within(value.kind() == Kind::numeric ? value.unscaled() : int128{value.asInt()},
                    -(int128{1} << (bits - 1)), (int128{1} << (bits - 1)) - 1);
  }
}

void setBlob(capnp::AnyPointer::Builder out, Wire wire, std::string_view bytes) {
  if (wire == Wire::DATA) {
    auto data = out.initAs<capnp::Data>(static_cast<unsigned>(bytes.size()));
    copyBytes(data.begin(), bytes.data(), bytes.size());
  } else {
    auto text = out.initAs<capnp::Text>(static_cast<unsigned>(bytes.size()));
    copyBytes(text.begin(), bytes.data(), bytes.size());
  }
}

template <typename T>
std::string setNumbers(capnp::AnyPointer::Builder out, const ColumnShape& column,
                       const Value& array) {
  const auto size = static_cast<unsigned>(arraySize(array));
  auto list = out.initAs<capnp::List<T>>(size);
  for (unsigned i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) return "an element can't be NULL";
    const auto bits = bitsOfValue(column.element, column.enumerants, element);
    if (!bits) return "an element is out of range";
    list.set(i, static_cast<T>(*bits));
  }
  return {};
}

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

std::string writeValue(const ColumnShape& column, const Value& value,
                       capnp::AnyStruct::Builder out);

std::string setStructs(capnp::AnyPointer::Builder out, const ColumnShape& column,
                       const Value& array) {
  const StructShape& shape = *column.elements;
  const auto size = static_cast<unsigned>(arraySize(array));
  auto list = out.initAsListOfAnyStruct(shape.dataWords, shape.pointers, size);
  for (unsigned i = 0; i < size; ++i) {
    const Value element = arrayElement(array, i);
    if (element.isNull()) return "an element can't be NULL";
    CompositeColumns values(element);
    for (const ColumnShape& field : shape.columns) {
      const std::string problem = writeValue(field, values.next(), list[i]);
      if (problem.empty()) continue;
      return "has an element, number " + std::to_string(i + 1) + ", whose \"" + field.field +
             "\" " + problem;
    }
  }
  return {};
}

std::string setList(capnp::AnyPointer::Builder out, const ColumnShape& column, const Value& array) {
  if (column.elements) return setStructs(out, column, array);
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
      break;
  }
  return column.element == Wire::DATA ? setBlobs<capnp::Data>(out, array)
                                      : setBlobs<capnp::Text>(out, array);
}

capnp::AnyStruct::Builder enclosing(const ColumnShape& column, capnp::AnyStruct::Builder out) {
  for (const ColumnShape::Step& step : column.path) {
    auto pointer = out.getPointerSection()[step.slot];
    out = pointer.isNull() ? pointer.initAsAnyStruct(step.dataWords, step.pointers)
                           : pointer.getAs<capnp::AnyStruct>();
  }
  return out;
}

std::string writeNull(const ColumnShape& column, capnp::AnyStruct::Builder out) {
  const uint32_t bits = bitsOf(column.wire);
  if (column.nullUnion) {
    const auto data = enclosing(column, out).getDataSection();
    storeBits(data, 16, column.nullUnion->slot, column.nullUnion->null);
    return {};
  }
  if (bits == 0) return {};  // an absent pointer
  if (column.hasNullValue) {
    storeBits(enclosing(column, out).getDataSection(), bits, column.slot,
              column.nullBits ^ column.defaultBits);
    return {};
  }
  if (!column.nullable) return "can't be NULL: the model gives it no nullValue";
  storeBits(out.getDataSection(), 1, column.nullSlot, 1);
  return {};
}

std::string writeValue(const ColumnShape& column, const Value& value,
                       capnp::AnyStruct::Builder out) {
  if (value.isNull()) return writeNull(column, out);
  const uint32_t bits = bitsOf(column.wire);
  if (column.nullUnion) {
    const auto data = enclosing(column, out).getDataSection();
    storeBits(data, 16, column.nullUnion->slot, column.nullUnion->value);
  }
  if (bits == 0) {
    auto pointer = enclosing(column, out).getPointerSection()[column.slot];
    if (column.wire == Wire::LIST) return setList(pointer, column, value);
    if (column.wire == Wire::TEXT || column.wire == Wire::DATA) {
      setBlob(pointer, column.wire, value.asText());
    } else {
      setBlob(pointer, Wire::TEXT, toText(column.type, value));
    }
    return {};
  }
  if (column.wire == Wire::INT128) {
    storeWide(enclosing(column, out).getDataSection(), column.slot, value.unscaled());
    return {};
  }
  const auto raw = bitsOfValue(column.wire, column.enumerants, value);
  if (!raw) {
    return column.wire == Wire::ENUM ? "is none of the enum's values"
                                     : "is out of the field's range";
  }
  storeBits(enclosing(column, out).getDataSection(), bits, column.slot, *raw ^ column.defaultBits);
  return {};
}

/// Digits with a sign, and for those that have them a point and an exponent.
bool isNumberText(Kind kind, std::string_view text) {
  TextScan scan(trimBlanks(text));
  if (scan.at('-') || scan.at('+')) scan.next();
  size_t digits = scan.takeWhile(isDigit).size();
  const bool isInteger = kind == Kind::int16 || kind == Kind::int32 || kind == Kind::int64;
  if (!isInteger) {
    if (scan.take('.')) digits += scan.takeWhile(isDigit).size();
    if (digits > 0 && (scan.take('e') || scan.take('E'))) {
      if (scan.at('-') || scan.at('+')) scan.next();
      if (scan.takeWhile(isDigit).empty()) return false;
    }
  }
  return digits > 0 && scan.done();
}

/// Why a text is no value of the type.
std::string typeProblem(const Type& type, std::string_view text) {
  const bool isNumber = type.kind == Kind::int16 || type.kind == Kind::int32 ||
                        type.kind == Kind::int64 || type.kind == Kind::numeric ||
                        type.kind == Kind::float32 || type.kind == Kind::float64;
  if (isNumber && isNumberText(type.kind, text))
    return "is out of range for type " + typeName(type);
  if (type.kind == Kind::date && hasTimeZone(text)) {
    return "has a time zone, and a date has none: leave the zone away, or the time";
  }
  return "is not of type " + typeName(type);
}

}  // namespace

RowReader::RowReader(const std::vector<ColumnShape>& columns)
    : columns_(columns), values_(columns.size()), scratch_(columns.size()) {}

const std::vector<Value>& RowReader::read(capnp::AnyStruct::Reader row) {
  for (size_t c = 0; c < columns_.size(); ++c) {
    values_[c] = readField(columns_[c], row, scratch_[c]);
  }
  return values_;
}

std::optional<std::string> RowReader::text(size_t column) const {
  if (values_[column].isNull()) return std::nullopt;
  return toText(columns_[column].type, values_[column]);
}

std::optional<std::string> defaultText(const ColumnShape& column) {
  if (bitsOf(column.wire) == 0 || column.nullUnion) return std::nullopt;
  if (column.hasNullValue && column.nullBits == column.defaultBits) return std::nullopt;
  return toText(column.type,
                valueOfBits(column.wire, column.type, column.enumerants, column.defaultBits));
}

std::string writeField(const ColumnShape& column, std::optional<std::string_view> text,
                       capnp::AnyStruct::Builder out) {
  if (!text) return writeNull(column, out);
  std::string scratch;
  const auto value = parseText(column.type, *text, scratch, Zones::applied);
  if (!value) return typeProblem(column.type, *text);
  return writeValue(column, *value, out);
}

}  // namespace facet
