#include "model/fields.h"

#include <capnp/schema.capnp.h>
#include <fmt/format.h>

#include <algorithm>

#include "model/field_values.h"
#include "model/limits.h"
#include "model/names.h"
#include "values/composite.h"
#include "values/text.h"

namespace facet {
namespace {

using capnp::schema::Type;

constexpr int kMaxDecimalScale = 18;

/// What composite types are called, so that a struct can be in a list and be a table or an event as
/// well, and have the name of one of PostgreSQL's own types (line, point, path).
constexpr const char* kStructSuffix = "_struct";

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

bool hasNotes(const Notes& notes) {
  return notes.date || notes.timestamp || notes.decimal || notes.hasNullValue;
}

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

constexpr const char* kUnionAdvice =
    "a value that can be NULL is a union with a name, of a Void and one field that is no struct; "
    "else use plain fields, one for each member, and one that says which of them counts";

bool isVoid(capnp::StructSchema::Field field) {
  const auto proto = field.getProto();
  return proto.isSlot() && proto.getSlot().getType().isVoid();
}

bool isStruct(capnp::StructSchema::Field field) {
  const auto proto = field.getProto();
  return proto.isGroup() || proto.getSlot().getType().isStruct();
}

/// Where a struct is.
enum class Within : uint8_t { nothing, list };

std::vector<FieldPlan> planStruct(capnp::StructSchema schema, Within within,
                                  std::vector<FieldIssue>& issues);

/// Goes through the fields of one struct.
class Planner {
 public:
  Planner(capnp::StructSchema root, Within within, std::vector<FieldIssue>& issues)
      : within_(within), issues_(issues) {
    open_.push_back(root.getProto().getId());
  }

  void visit(capnp::StructSchema schema, const std::string& prefix,
             const std::vector<uint32_t>& ordinals, const std::vector<EnclosingStruct>& path) {
    if (schema.getProto().getStruct().getDiscriminantCount() > 0) {
      const std::string place = prefix.empty() ? prefix : prefix.substr(0, prefix.size() - 1);
      issue(place, "unions are not supported", kUnionAdvice);
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
      const capnp::StructSchema group = field.getType().asStruct();
      const bool isUnion = group.getProto().getStruct().getDiscriminantCount() > 0;
      if (isUnion) {
        visitUnion(group, name, ordinals, path);
      } else {
        visit(group, name + ".", ordinals, path);
      }
      return;
    }
    ordinals.push_back(ordinalOf(field));
    const auto slot = proto.getSlot();
    if (slot.getType().isStruct()) {
      visitStruct(field, name, ordinals, path);
    } else {
      plan(field, name, ordinals, path, {});
    }
  }

  static uint32_t ordinalOf(capnp::StructSchema::Field field) {
    const auto ordinal = field.getProto().getOrdinal();
    return ordinal.isExplicit() ? ordinal.getExplicit() : 0;
  }

  /// A union of a Void and one field is that field, which is NULL while the Void counts.
  void visitUnion(capnp::StructSchema group, const std::string& name,
                  std::vector<uint32_t> ordinals, const std::vector<EnclosingStruct>& path) {
    const auto fields = group.getFields();
    const auto proto = group.getProto().getStruct();
    const bool isPair = fields.size() == 2 && proto.getDiscriminantCount() == 2 &&
                        isVoid(fields[0]) != isVoid(fields[1]);
    const unsigned at = isPair && isVoid(fields[0]) ? 1 : 0;
    if (!isPair || isStruct(fields[at])) {
      issue(name, "unions are not supported", kUnionAdvice);
      return;
    }
    const auto value = fields[at];
    const auto none = fields[1 - at];
    if (hasNotes(readNotes(none.getProto()))) {
      issue(name + "." + std::string(toView(none.getProto().getName())),
            "facet's annotations are not for a Void", "annotate the field beside it");
    } else if (readNotes(value.getProto()).hasNullValue) {
      issue(name + "." + std::string(toView(value.getProto().getName())),
            "$nullValue is not for a field beside a Void, which means NULL already",
            "leave the nullValue away");
    } else {
      ordinals.push_back(ordinalOf(value));
      plan(value, name, ordinals, path,
           NullUnion{proto.getDiscriminantOffset(), none.getProto().getDiscriminantValue(),
                     value.getProto().getDiscriminantValue()});
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
    if (hasNotes(readNotes(field.getProto()))) {
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
            const std::vector<uint32_t>& ordinals, const std::vector<EnclosingStruct>& path,
            const std::optional<NullUnion>& nullUnion) {
    FieldPlan plan;
    plan.field.field = name;
    plan.field.name = snakeCase(name);
    plan.path = path;
    const auto slot = field.getProto().getSlot();
    plan.slot = slot.getOffset();
    plan.hasDefault = slot.getHadExplicitDefault();
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
    plan.field.nullUnion = nullUnion;
    plan.field.nullable = plan.field.nullable || nullUnion.has_value();
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
    if (within_ == Within::list) {
      issue(plan.field.field, "a list within the struct of a list is not supported yet",
            "make the elements an event or a table of their own, or the inner list a Text");
      return;
    }
    if (!scalar && !element.isStruct()) {
      issue(plan.field.field, "lists of this type are not supported",
            "use a list of numbers, booleans, enums, Text, Data or structs");
      return;
    }
    if (slot.getHadExplicitDefault()) {
      issue(plan.field.field, "default values of lists are not supported",
            "leave the default away");
      return;
    }
    plan.wire = Wire::list;
    plan.field.nullable = true;
    if (element.isStruct()) {
      planElements(plan, field);
      return;
    }
    plan.element = scalar->wire;
    plan.field.type = facet::Type::arrayOf(scalar->type);
    if (element.isEnum()) {
      plan.field.enumerants = enumerantsOf(field.getType().asList().getEnumElementType());
    }
  }

  /// A list of structs: its elements are values of a composite type, which has the fields of the
  /// struct as its columns.
  void planElements(FieldPlan& plan, capnp::StructSchema::Field field) {
    const std::string& name = plan.field.field;
    const capnp::StructSchema schema = field.getType().asList().getStructElementType();
    if (hasNotes(readNotes(field.getProto()))) {
      issue(name, "facet's annotations are not for structs", "annotate the fields inside");
      return;
    }
    if (schema.getProto().getIsGeneric()) {
      issue(name, "generic structs are not supported", "declare it without type parameters");
      return;
    }
    if (elementFields_ > kMaxFields) return;  // it has been said
    std::vector<FieldIssue> inside;
    plan.elementSchema = schema;
    plan.element = Wire::structure;
    plan.elements = planStruct(schema, Within::list, inside);
    elementFields_ += plan.elements.size();
    if (elementFields_ > kMaxFields) {
      issue(name, fmt::format("the structs of lists have more than {} fields", kMaxFields), "");
    } else if (inside.empty() && plan.elements.empty()) {
      issue(name, "the struct of its elements has no fields", "give it one");
    }
    for (FieldIssue& issue : inside) {
      issue.field = issue.field.empty() ? name : name + "." + issue.field;
      issues_.push_back(std::move(issue));
    }
    if (inside.empty() && !plan.elements.empty()) makeComposite(plan);
  }

  void makeComposite(FieldPlan& plan) {
    const std::string displayed(toView(plan.elementSchema.getProto().getDisplayName()));
    const std::string name = snakeCase(displayed.substr(displayed.rfind(':') + 1)) + kStructSuffix;
    const std::string why = sqlNameProblem(name);
    if (!why.empty()) {
      issue(plan.field.field,
            fmt::format("the name of its elements' struct in SQL, {}, {}", name, why),
            "rename the struct");
    }
    std::vector<Composite::Column> columns;
    for (const FieldPlan& element : plan.elements) {
      const Field& field = element.field;
      columns.push_back({field.name, field.type, field.nullable, field.isUnsigned});
      plan.field.elements.push_back(field);
    }
    plan.field.composite = std::make_shared<const Composite>(name, std::move(columns));
    plan.field.type = facet::Type::arrayOf(facet::Type::of(*plan.field.composite));
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

  const Within within_;
  std::vector<FieldIssue>& issues_;
  std::vector<Found> found_;
  std::vector<uint64_t> open_;
  size_t structs_ = 0;
  size_t elementFields_ = 0;  // of the structs of lists
};

void checkCollisions(std::vector<FieldPlan>& plans, std::vector<FieldIssue>& issues) {
  std::vector<const FieldPlan*> byName;
  byName.reserve(plans.size());
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

std::vector<FieldPlan> planStruct(capnp::StructSchema schema, Within within,
                                  std::vector<FieldIssue>& issues) {
  Planner planner(schema, within, issues);
  planner.visit(schema, "", {}, {});
  std::vector<FieldPlan> plans = planner.take();
  if (plans.size() > kMaxFields) {
    issues.push_back(
        {"", fmt::format("it has {} fields, more than {}", plans.size(), kMaxFields), ""});
  }
  checkCollisions(plans, issues);
  return plans;
}

}  // namespace

std::vector<FieldPlan> planFields(capnp::StructSchema schema, std::vector<FieldIssue>& issues) {
  return planStruct(schema, Within::nothing, issues);
}

}  // namespace facet
