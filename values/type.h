// The types of values, as SQL sees them. Value types; immutable.
#pragma once

#include <cstdint>
#include <string>

namespace facet {

/// The numbers are on disk (composite.h): new kinds go to the end.
enum class Kind : uint8_t {
  null,   // the type of a bare NULL literal; a Value of this kind is SQL's NULL
  error,  // only as a Value: the outcome of an expression that PostgreSQL would fail
  boolean,
  int16,        // smallint
  int32,        // integer
  int64,        // bigint
  numeric,      // exact decimal: see numeric.h
  float32,      // real
  float64,      // double precision
  text,         // UTF-8 without NUL, compared by bytes
  bytes,        // bytea
  date,         // days since 1970-01-01
  timestamp,    // microseconds since 1970-01-01 00:00:00 UTC, without time zone
  timestamptz,  // the same number; prints with +00
  interval,     // months, days, microseconds
  array,        // elements of one type: see Type::element
  composite,    // columns with names, a struct as one value: the element of an array of structs
};

/// A numeric whose scale is not fixed by its type: each value carries its own.
constexpr int16_t kAnyScale = -1;

class Composite;
bool sameComposite(const Composite& a, const Composite& b);

/// The type of an expression or a column.
struct Type {
  Kind kind = Kind::null;
  /// numeric only: digits after the point that every value has, or kAnyScale.
  int16_t scale = kAnyScale;
  /// array only: the type of the elements.
  Kind element = Kind::null;
  int16_t elementScale = kAnyScale;
  /// composites and arrays of them only: their columns (composite.h). They belong to whatever the
  /// type was first made for, a model or a description, and live as long as that.
  const Composite* composite = nullptr;

  bool operator==(const Type& other) const {
    return kind == other.kind && scale == other.scale && element == other.element &&
           elementScale == other.elementScale &&
           (composite == other.composite || (composite != nullptr && other.composite != nullptr &&
                                             sameComposite(*composite, *other.composite)));
  }

  static constexpr Type of(Kind kind) { return Type{kind, kAnyScale, Kind::null, kAnyScale}; }
  static constexpr Type decimal(int16_t scale) {
    return Type{Kind::numeric, scale, Kind::null, kAnyScale};
  }
  static constexpr Type arrayOf(const Type& element) {
    return Type{Kind::array, kAnyScale, element.kind, element.scale, element.composite};
  }
  static constexpr Type of(const Composite& columns) {
    return Type{Kind::composite, kAnyScale, Kind::null, kAnyScale, &columns};
  }
  /// Of an array.
  constexpr Type elementType() const {
    return Type{element, elementScale, Kind::null, kAnyScale, composite};
  }

  bool isInteger() const {
    return kind == Kind::int16 || kind == Kind::int32 || kind == Kind::int64;
  }
  bool isFloat() const { return kind == Kind::float32 || kind == Kind::float64; }
  bool isNumber() const { return isInteger() || isFloat() || kind == Kind::numeric; }
};

/// The type's name in PostgreSQL, for messages and for `facet schema --postgres`: "bigint",
/// "numeric(18,4)", "text", "integer[]", "line_struct[]".
std::string typeName(const Type& type);

}  // namespace facet
