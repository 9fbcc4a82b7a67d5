// From the fields of a Cap'n Proto struct to columns: which type each has in SQL, and where it lies
// on the wire. Groups and struct-valued fields are flattened. Internal to model/. Thread: pure
// functions.
#pragma once

#include <capnp/schema.h>

#include <string>
#include <string_view>
#include <vector>

#include "model/codec.h"
#include "model/model.h"

namespace facet {

/// A field, as a column and on the wire.
struct FieldPlan {
  Field field;
  Wire wire = Wire::int64;
  std::vector<EnclosingStruct> path;  // structs that it is in, from the outermost
  uint32_t slot = 0;
  uint64_t defaultMask = 0;
  bool hasDefault = false;       // the schema says one, be it zero
  bool hasDefaultBytes = false;  // text, data: what an absent one stands for
  std::string defaultBytes;
  bool hasNullValue = false;
  uint64_t nullBits = 0;  // the nullValue as on the wire, without the default's mask
  std::string nullBytes;
  Wire element = Wire::int64;  // list
  // List of structs: the struct, and its fields in order of their ordinals.
  capnp::StructSchema elementSchema;
  std::vector<FieldPlan> elements;
};

struct FieldIssue {
  std::string field;  // address.city
  std::string message;
  std::string advice;
};

/// The columns of a struct, in order of their ordinals; what cannot be one is left out and goes to
/// `issues`.
std::vector<FieldPlan> planFields(capnp::StructSchema schema, std::vector<FieldIssue>& issues);

/// Ids of the annotations of facet/model.capnp.
constexpr uint64_t kTableAnnotation = 0xb0a1f3c2d4e5f601;
constexpr uint64_t kEventAnnotation = 0xb0a1f3c2d4e5f602;
constexpr uint64_t kCommandAnnotation = 0xb0a1f3c2d4e5f603;
constexpr uint64_t kDateAnnotation = 0xb0a1f3c2d4e5f604;
constexpr uint64_t kTimestampAnnotation = 0xb0a1f3c2d4e5f605;
constexpr uint64_t kDecimalAnnotation = 0xb0a1f3c2d4e5f606;
constexpr uint64_t kNullValueAnnotation = 0xb0a1f3c2d4e5f607;

}  // namespace facet
