// What a field of a scalar type is in SQL and on the wire: its type, default, and nullValue.
// Internal to model/. Thread: pure functions.
#pragma once

#include <capnp/schema.h>

#include <optional>
#include <string>
#include <vector>

#include "model/fields.h"

namespace facet {

struct Scalar {
  Wire wire;
  Type type;
};

/// nullopt: the type is none of a scalar.
std::optional<Scalar> scalarOf(capnp::schema::Type::Which which);

/// The default of a data field, as the bits that the wire's are XORed with.
uint64_t maskOf(capnp::schema::Value::Reader value);

std::vector<std::string> enumerantsOf(capnp::EnumSchema schema);

/// Understands the text of a nullValue. False: it is no value of the field.
bool setNullValue(FieldPlan& plan, const std::string& text);

/// Whether a field that is not sent is what a row without the column gives: NULL for texts (enums
/// are texts), lists and unions, zero for the rest.
bool hasPlainDefault(const FieldPlan& plan);

}  // namespace facet
