#include "model/fields.h"

#include <capnp/schema.capnp.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "model/limits.h"
#include "model/names.h"
#include "values/numeric.h"
#include "values/text.h"

namespace facet {
namespace {

using capnp::schema::Type;
using Slot = capnp::schema::Field::Slot::Reader;

constexpr int kMaxDecimalScale = 18;

std::string_view toView(kj::StringPtr text) {
  return {text.begin(), text.size()};
}

/// What the annotations of a field say.
struct Notes {
  bool date = false;
  bool timestamp = false;
  bool decimal = false;
  int scale = 0;
  bool hasNullValue = false;
  std::string nullValue;
};

Notes readNotes(capnp::schema::Field::Reader field) {
  Notes notes;
  for (const auto annotation : field.getAnnotations()) {
    const auto value = annotation.getValue();
    switch (annotation.getId()) {
      case kDateAnnotation:
        notes.date = true;
        break;
      case kTimestampAnnotation:
        notes.timestamp = true;
        break;
      case kDecimalAnnotation:
        notes.decimal = true;
        if (value.isUint8()) notes.scale = value.getUint8();
        break;
      case kNullValueAnnotation:
        notes.hasNullValue = true;
        if (value.isText()) notes.nullValue = std::string(toView(value.getText()));
        break;
      default:
        break;
    }
  }
  return notes;
}

struct Scalar {
  Wire wire;
  facet::Type type;
};

std::optional<Scalar> scalarOf(Type::Which which) {
  switch (which) {
    case Type::BOOL:
      return Scalar{Wire::boolean, facet::Type::of(Kind::boolean)};
    case Type::INT8:
      return Scalar{Wire::int8, facet::Type::of(Kind::int16)};
    case Type::INT16:
      return Scalar{Wire::int16, facet::Type::of(Kind::int16)};
    case Type::INT32:
      return Scalar{Wire::int32, facet::Type::of(Kind::int32)};
    case Type::INT64:
      return Scalar{Wire::int64, facet::Type::of(Kind::int64)};
    case Type::UINT8:
      return Scalar{Wire::uint8, facet::Type::of(Kind::int16)};
    case Type::UINT16:
      return Scalar{Wire::uint16, facet::Type::of(Kind::int32)};
    case Type::UINT32:
      return Scalar{Wire::uint32, facet::Type::of(Kind::int64)};
    case Type::UINT64:
      return Scalar{Wire::uint64, facet::Type::decimal(0)};
    case Type::FLOAT32:
      return Scalar{Wire::float32, facet::Type::of(Kind::float32)};
    case Type::FLOAT64:
      return Scalar{Wire::float64, facet::Type::of(Kind::float64)};
    case Type::TEXT:
      return Scalar{Wire::text, facet::Type::of(Kind::text)};
    case Type::DATA:
      return Scalar{Wire::data, facet::Type::of(Kind::bytes)};
    case Type::ENUM:
      return Scalar{Wire::enumerant, facet::Type::of(Kind::text)};
    default:
      return std::nullopt;
  }
}

template <typename T>
uint64_t bitsFrom(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

/// The default of a data field, as the bits that the wire's are XORed with.
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
    names.emplace_back(toView(enumerant.getProto().getName()));
  }
  return names;
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

/// Understands the text of a nullValue. False: it is no value of the field.
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

/// Whether a field that is not sent is what a row without the column gives: NULL for texts (enums
/// are texts) and lists, zero for the rest.
bool hasPlainDefault(const FieldPlan& plan) {
  const bool isPointer = bitsOf(plan.wire) == 0;
  if (isPointer) return !plan.hasDefaultBytes;
  const bool isNull = plan.hasNullValue && plan.nullBits == plan.defaultMask;
  if (plan.wire == Wire::enumerant) return isNull;
  return plan.defaultMask == 0 && !isNull;
}

/// Goes through the fields of one struct.
class Planner {
 public:
  Planner(capnp::StructSchema root, std::vector<FieldIssue>& issues) : issues_(issues) {
    open_.push_back(root.getProto().getId());
  }

  void visit(capnp::StructSchema schema, const std::string& prefix,
             const std::vector<uint32_t>& ordinals, const std::vector<EnclosingStruct>& path) {
    if (schema.getProto().getStruct().getDiscriminantCount() > 0) {
      const std::string place = prefix.empty() ? prefix : prefix.substr(0, prefix.size() - 1);
      issue(place, "unions are not supported",
            "use plain fields, one for each member, and one that says which of them counts");
      return;
    }
    for (const auto field : schema.getFields()) visitField(field, prefix, ordinals, path);
  }

  std::vector<FieldPlan> take() {
    std::ranges::stable_sort(found_, {}, &Found::ordinals);
    std::vector<FieldPlan> plans;
    for (Found& found : found_) plans.push_back(std::move(found.plan));
    return plans;
  }

 private:
  struct Found {
    std::vector<uint32_t> ordinals;
    FieldPlan plan;
  };

  void visitField(capnp::StructSchema::Field field, const std::string& prefix,
                  std::vector<uint32_t> ordinals, const std::vector<EnclosingStruct>& path) {
    const auto proto = field.getProto();
    const std::string name = prefix + std::string(toView(proto.getName()));
    if (proto.isGroup()) {
      visit(field.getType().asStruct(), name + ".", ordinals, path);
      return;
    }
    ordinals.push_back(proto.getOrdinal().isExplicit() ? proto.getOrdinal().getExplicit() : 0);
    const auto slot = proto.getSlot();
    if (slot.getType().isStruct()) {
      visitStruct(field, name, ordinals, path);
    } else {
      plan(field, name, ordinals, path);
    }
  }

  void visitStruct(capnp::StructSchema::Field field, const std::string& name,
                   const std::vector<uint32_t>& ordinals, std::vector<EnclosingStruct> path) {
    const capnp::StructSchema inner = field.getType().asStruct();
    const auto proto = inner.getProto();
    if (++structs_ > kMaxNestedStructs) {
      if (structs_ == kMaxNestedStructs + 1) {
        issue(name, fmt::format("more than {} fields are structs", kMaxNestedStructs), "");
      }
      return;
    }
    if (std::ranges::find(open_, proto.getId()) != open_.end()) {
      issue(name, "the struct contains itself",
            "make the inner one a table of its own, named by its key");
      return;
    }
    if (field.getProto().getSlot().getHadExplicitDefault()) {
      issue(name, "default values of structs are not supported",
            "give its fields defaults instead");
      return;
    }
    const Notes notes = readNotes(field.getProto());
    if (notes.date || notes.timestamp || notes.decimal || notes.hasNullValue) {
      issue(name, "facet's annotations are not for structs", "annotate the fields inside");
      return;
    }
    const auto size = proto.getStruct();
    path.push_back(
        {field.getProto().getSlot().getOffset(), size.getDataWordCount(), size.getPointerCount()});
    open_.push_back(proto.getId());
    visit(inner, name + ".", ordinals, path);
    open_.pop_back();
  }

  void plan(capnp::StructSchema::Field field, const std::string& name,
            const std::vector<uint32_t>& ordinals, const std::vector<EnclosingStruct>& path) {
    FieldPlan plan;
    plan.field.field = name;
    plan.field.name = snakeCase(name);
    plan.path = path;
    const auto slot = field.getProto().getSlot();
    plan.slot = slot.getOffset();
    const size_t before = issues_.size();
    if (slot.getType().isList()) {
      planList(plan, field);
    } else if (const auto scalar = scalarOf(slot.getType().which())) {
      planScalar(plan, *scalar, field);
    } else {
      refuse(name, slot.getType().which());
    }
    const Notes notes = readNotes(field.getProto());
    if (issues_.size() == before) applyNotes(plan, notes);
    plan.field.plainDefault = hasPlainDefault(plan);
    if (issues_.size() == before) checkName(plan.field);
    if (issues_.size() == before) found_.push_back({ordinals, std::move(plan)});
  }

  void planScalar(FieldPlan& plan, Scalar scalar, capnp::StructSchema::Field field) {
    const auto slot = field.getProto().getSlot();
    plan.wire = scalar.wire;
    plan.field.type = scalar.type;
    plan.field.isUnsigned = scalar.wire == Wire::uint64;
    plan.defaultMask = maskOf(slot.getDefaultValue());
    if (scalar.wire == Wire::enumerant)
      plan.field.enumerants = enumerantsOf(field.getType().asEnum());
    if (scalar.wire != Wire::text && scalar.wire != Wire::data) return;
    plan.hasDefaultBytes = slot.getHadExplicitDefault();
    plan.field.nullable = !plan.hasDefaultBytes;
    if (!plan.hasDefaultBytes) return;
    if (scalar.wire == Wire::text) {
      plan.defaultBytes = std::string(toView(slot.getDefaultValue().getText()));
      if (!isValidText(plan.defaultBytes))
        issue(plan.field.field, "its default is not valid UTF-8", "");
    } else {
      const auto data = slot.getDefaultValue().getData();
      plan.defaultBytes.assign(data.begin(), data.end());
    }
  }

  void planList(FieldPlan& plan, capnp::StructSchema::Field field) {
    const auto slot = field.getProto().getSlot();
    const auto element = slot.getType().getList().getElementType();
    const auto scalar = scalarOf(element.which());
    if (!scalar) {
      if (element.isStruct()) {
        issue(plan.field.field, "lists of structs are not supported yet",
              "use a list for each of their fields, or one command for each element");
      } else {
        issue(plan.field.field, "lists of this type are not supported",
              "use a list of numbers, booleans, enums, Text or Data");
      }
      return;
    }
    if (slot.getHadExplicitDefault()) {
      issue(plan.field.field, "default values of lists are not supported",
            "leave the default away");
      return;
    }
    plan.wire = Wire::list;
    plan.element = scalar->wire;
    plan.field.nullable = true;
    plan.field.type = facet::Type::of(Kind::array);
    plan.field.type.element = scalar->type.kind;
    plan.field.type.elementScale = scalar->type.scale;
    if (element.isEnum()) {
      plan.field.enumerants = enumerantsOf(field.getType().asList().getEnumElementType());
    }
  }

  void refuse(const std::string& name, Type::Which which) {
    if (which == Type::VOID) {
      issue(name, "a Void field has no value", "leave it away, or use Bool");
    } else if (which == Type::INTERFACE) {
      issue(name, "a capability cannot be stored", "store a name of what it stands for");
    } else {
      issue(name, "fields of type AnyPointer are not supported",
            "use Data, or a field for each type");
    }
  }

  void applyNotes(FieldPlan& plan, const Notes& notes) {
    const std::string& name = plan.field.field;
    if (notes.date + notes.timestamp + notes.decimal > 1) {
      issue(name, "only one of $date, $timestamp and $decimal can be given", "");
    } else if (notes.date && plan.wire != Wire::int32) {
      issue(name, "$date is for Int32 fields", "declare it as Int32: days since 1970-01-01");
    } else if (notes.timestamp && plan.wire != Wire::int64) {
      issue(name, "$timestamp is for Int64 fields",
            "declare it as Int64: microseconds since 1970-01-01 00:00 UTC");
    } else if (notes.decimal && plan.wire != Wire::int64) {
      issue(name, "$decimal is for Int64 fields",
            fmt::format("declare it as Int64, in units of 10^-{}", notes.scale));
    } else if (notes.decimal && notes.scale > kMaxDecimalScale) {
      issue(name, fmt::format("$decimal({}) has too many digits for an Int64", notes.scale),
            fmt::format("use at most $decimal({})", kMaxDecimalScale));
    } else {
      if (notes.date) plan.field.type = facet::Type::of(Kind::date);
      if (notes.timestamp) plan.field.type = facet::Type::of(Kind::timestamp);
      if (notes.decimal) plan.field.type = facet::Type::decimal(static_cast<int16_t>(notes.scale));
      if (notes.hasNullValue) applyNullValue(plan, notes.nullValue);
    }
  }

  void applyNullValue(FieldPlan& plan, const std::string& text) {
    const std::string& name = plan.field.field;
    if (plan.wire == Wire::list) {
      issue(name, "$nullValue is not for lists", "an absent list is NULL already");
    } else if (!setNullValue(plan, text)) {
      issue(name,
            fmt::format("$nullValue(\"{}\") is no value of the field, which is {}", text,
                        plan.wire == Wire::enumerant ? "an enum" : typeName(plan.field.type)),
            "");
    }
  }

  void checkName(const Field& field) {
    const std::string why = sqlNameProblem(field.name);
    if (why.empty()) return;
    issue(field.field, fmt::format("its name in SQL, {}, {}", field.name, why), "rename the field");
  }

  void issue(std::string field, std::string message, std::string advice) {
    issues_.push_back({std::move(field), std::move(message), std::move(advice)});
  }

  std::vector<FieldIssue>& issues_;
  std::vector<Found> found_;
  std::vector<uint64_t> open_;
  size_t structs_ = 0;
};

void checkCollisions(std::vector<FieldPlan>& plans, std::vector<FieldIssue>& issues) {
  std::vector<const FieldPlan*> byName;
  for (const FieldPlan& plan : plans) byName.push_back(&plan);
  std::ranges::stable_sort(byName, {},
                           [](const FieldPlan* p) { return std::string_view(p->field.name); });
  for (size_t i = 1; i < byName.size(); ++i) {
    if (byName[i - 1]->field.name != byName[i]->field.name) continue;
    issues.push_back({byName[i]->field.field,
                      fmt::format("it has the same name in SQL as {}: {}",
                                  byName[i - 1]->field.field, byName[i]->field.name),
                      "rename one of them"});
  }
}

}  // namespace

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
    default:
      return 0;
  }
}

std::vector<FieldPlan> planFields(capnp::StructSchema schema, std::vector<FieldIssue>& issues) {
  Planner planner(schema, issues);
  planner.visit(schema, "", {}, {});
  std::vector<FieldPlan> plans = planner.take();
  if (plans.size() > kMaxFields) {
    issues.push_back(
        {"", fmt::format("it has {} fields, more than {}", plans.size(), kMaxFields), ""});
  }
  checkCollisions(plans, issues);
  return plans;
}

}  // namespace facet
