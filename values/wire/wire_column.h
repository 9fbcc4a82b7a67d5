// Layouts: how columns lie in a Cap'n Proto struct: the same for who makes them of a schema
// (model/), writes by them (server/), or learns them from a description (client/). Values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "values/composite.h"
#include "values/type.h"

namespace facet {

/// The form of a column in a struct; the numbers are those of facet.capnp's Column.Wire.
enum class Wire : uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  text,
  data,
  enumerant,
  list,
  structure,
  numericText,  // an exact decimal as text
  valueText,    // another type (interval, date[]) as PostgreSQL prints it
  wide,         // a scaled integer of two words: the low one, behind it the high one
};

/// Width in bits of a data field; 0 for what is a pointer.
uint32_t bitsOf(Wire wire);

/// A struct-valued field on the way from the root to a column.
struct EnclosingStruct {
  uint32_t slot = 0;  // pointer, in the struct around it
  uint16_t dataWords = 0;
  uint16_t pointers = 0;
  bool operator==(const EnclosingStruct&) const = default;
};

/// A union of a Void and one field, which is a column that is NULL while the Void counts: where the
/// struct around it says which of the two counts, and by which numbers.
struct NullUnion {
  uint32_t slot = 0;  // in the data, in units of 16 bits
  uint16_t null = 0;
  uint16_t value = 0;
  bool operator==(const NullUnion&) const = default;
};

struct WireLayout;

struct WireColumn {
  std::string name;   // in SQL
  std::string field;  // in Cap'n Proto
  Type type;
  Wire wire = Wire::int64;
  uint32_t slot = 0;  // data: in units of the field's size (wide: its low word); pointers: index
  bool nullable = false;
  uint32_t nullSlot = 0;  // rows: the bit that says NULL, for nullable columns that are no pointers
  uint64_t defaultMask = 0;                    // Cap'n Proto XORs data with the default
  Wire element = Wire::int64;                  // list
  std::shared_ptr<const WireLayout> elements;  // list of structs: the struct
  std::shared_ptr<const Composite> composite;  // its type, where no model keeps it for `type`

  // Fields of commands only.
  std::vector<EnclosingStruct> path;    // empty: a field of the struct itself
  std::vector<std::string> enumerants;  // enumerant, or list of them: the texts by number
  bool hasNullValue = false;  // NULL is `nullBits` on the wire, instead of a bit of its own
  uint64_t nullBits = 0;
  bool hasDefault = false;             // the model says what it is where nothing fills it
  std::optional<NullUnion> nullUnion;  // NULL is its Void, instead of a bit

  bool isWide = false;  // numerics of tables, views and queries: see RelationColumn
};

/// Struct ↔ columns: of rows and keys of tables and views, of results of queries, of commands.
struct WireLayout {
  uint64_t typeId = 0;  // 0: made for a query
  uint16_t dataWords = 0;
  uint16_t pointers = 0;
  std::vector<WireColumn> columns;

  /// By SQL name, or by name in Cap'n Proto; null: there is none.
  const WireColumn* find(std::string_view name) const;
};

}  // namespace facet
