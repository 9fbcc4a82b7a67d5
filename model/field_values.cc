#include "model/field_values.h"

#include <capnp/schema.capnp.h>

#include <algorithm>
#include <cstring>

#include "values/numeric.h"
#include "values/text.h"

namespace facet {
namespace {

using WireType = capnp::schema::Type;

template <typename T>
uint64_t bitsFrom(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

/// The nullValue of a field that is a number, date or boolean, as bits on the wire; nullopt if it
/// does not fit in.
std::optional<uint64_t> nullBitsOf(const FieldPlan& plan, const Value& value) {
  switch (plan.wire) {
    case Wire::float32:
      return bitsFrom(static_cast<float>(value.asDouble()));
    case Wire::float64:
      return bitsFrom(value.asDouble());
    default:
      break;
  }
  const bool isNumeric = value.kind() == Kind::numeric;
  const int128 wide = isNumeric ? value.unscaled() : static_cast<int128>(value.asInt());
  const uint32_t bits = bitsOf(plan.wire);
  const bool isSigned = plan.wire == Wire::int8 || plan.wire == Wire::int16 ||
                        plan.wire == Wire::int32 || plan.wire == Wire::int64;
  const int128 low = isSigned ? -(static_cast<int128>(1) << (bits - 1)) : 0;
  const int128 high = (static_cast<int128>(1) << (isSigned ? bits - 1 : bits)) - 1;
  if (wide < low || wide > high) return std::nullopt;
  const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  return static_cast<uint64_t>(wide) & mask;
}

}  // namespace

std::optional<Scalar> scalarOf(WireType::Which which) {
  switch (which) {
    case WireType::BOOL:
      return Scalar{Wire::boolean, Type::of(Kind::boolean)};
    case WireType::INT8:
      return Scalar{Wire::int8, Type::of(Kind::int16)};
    case WireType::INT16:
      return Scalar{Wire::int16, Type::of(Kind::int16)};
    case WireType::INT32:
      return Scalar{Wire::int32, Type::of(Kind::int32)};
    case WireType::INT64:
      return Scalar{Wire::int64, Type::of(Kind::int64)};
    case WireType::UINT8:
      return Scalar{Wire::uint8, Type::of(Kind::int16)};
    case WireType::UINT16:
      return Scalar{Wire::uint16, Type::of(Kind::int32)};
    case WireType::UINT32:
      return Scalar{Wire::uint32, Type::of(Kind::int64)};
    case WireType::UINT64:
      return Scalar{Wire::uint64, Type::decimal(0)};
    case WireType::FLOAT32:
      return Scalar{Wire::float32, Type::of(Kind::float32)};
    case WireType::FLOAT64:
      return Scalar{Wire::float64, Type::of(Kind::float64)};
    case WireType::TEXT:
      return Scalar{Wire::text, Type::of(Kind::text)};
    case WireType::DATA:
      return Scalar{Wire::data, Type::of(Kind::bytes)};
    case WireType::ENUM:
      return Scalar{Wire::enumerant, Type::of(Kind::text)};
    default:
      return std::nullopt;
  }
}

uint64_t maskOf(capnp::schema::Value::Reader value) {
  using capnp::schema::Value;
  switch (value.which()) {
    case Value::BOOL:
      return value.getBool() ? 1 : 0;
    case Value::INT8:
      return bitsFrom(value.getInt8());
    case Value::INT16:
      return bitsFrom(value.getInt16());
    case Value::INT32:
      return bitsFrom(value.getInt32());
    case Value::INT64:
      return bitsFrom(value.getInt64());
    case Value::UINT8:
      return value.getUint8();
    case Value::UINT16:
      return value.getUint16();
    case Value::UINT32:
      return value.getUint32();
    case Value::UINT64:
      return value.getUint64();
    case Value::FLOAT32:
      return bitsFrom(value.getFloat32());
    case Value::FLOAT64:
      return bitsFrom(value.getFloat64());
    case Value::ENUM:
      return value.getEnum();
    default:
      return 0;
  }
}

std::vector<std::string> enumerantsOf(capnp::EnumSchema schema) {
  std::vector<std::string> names;
  for (const auto enumerant : schema.getEnumerants()) {
    const auto name = enumerant.getProto().getName();
    names.emplace_back(name.begin(), name.size());
  }
  return names;
}

bool setNullValue(FieldPlan& plan, const std::string& text) {
  plan.hasNullValue = true;
  plan.field.nullable = true;
  if (plan.wire == Wire::text) {
    plan.nullBytes = text;
    return true;
  }
  if (plan.wire == Wire::enumerant) {
    const auto found = std::ranges::find(plan.field.enumerants, text);
    plan.nullBits = static_cast<uint64_t>(found - plan.field.enumerants.begin());
    return found != plan.field.enumerants.end();
  }
  std::string scratch;
  const std::optional<Value> value = parseText(plan.field.type, text, scratch);
  if (!value || value->isNull()) return false;
  if (plan.wire == Wire::data) {
    plan.nullBytes = std::string(value->asText());
    return true;
  }
  const std::optional<uint64_t> bits = nullBitsOf(plan, *value);
  plan.nullBits = bits.value_or(0);
  return bits.has_value();
}

bool hasPlainDefault(const FieldPlan& plan) {
  const auto& either = plan.field.nullUnion;
  if (either && either->null == 0) return true;
  const bool isPointer = bitsOf(plan.wire) == 0;
  if (isPointer) return !plan.hasDefaultBytes;
  if (either) return false;
  const bool isNull = plan.hasNullValue && plan.nullBits == plan.defaultMask;
  if (plan.wire == Wire::enumerant) return isNull;
  return plan.defaultMask == 0 && !isNull;
}

}  // namespace facet
