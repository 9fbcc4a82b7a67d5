#include "values/type.h"

#include <fmt/format.h>

#include "values/composite.h"

namespace facet {
namespace {

std::string scalarName(Kind kind, int16_t scale) {
  switch (kind) {
    case Kind::null:
      return "unknown";
    case Kind::error:
      return "error";
    case Kind::boolean:
      return "boolean";
    case Kind::int16:
      return "smallint";
    case Kind::int32:
      return "integer";
    case Kind::int64:
      return "bigint";
    case Kind::numeric:
      return scale == kAnyScale ? "numeric" : fmt::format("numeric(18,{})", scale);
    case Kind::float32:
      return "real";
    case Kind::float64:
      return "double precision";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytea";
    case Kind::date:
      return "date";
    case Kind::timestamp:
      return "timestamp without time zone";
    case Kind::timestamptz:
      return "timestamp with time zone";
    case Kind::interval:
      return "interval";
    case Kind::array:
      return "array";
    case Kind::composite:
      return "record";
  }
  return "unknown";
}

}  // namespace

std::string typeName(const Type& type) {
  if (type.kind == Kind::array) return typeName(type.elementType()) + "[]";
  if (type.composite != nullptr) return type.composite->name();
  return scalarName(type.kind, type.scale);
}

}  // namespace facet
