// Codecs: between Cap'n Proto structs, as they are on the wire, and packed rows. Offsets are
// resolved once when the model is loaded; then a field costs a bounds check and a load. Thread:
// immutable.
#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "values/row.h"

namespace facet {

/// How a column lies in a Cap'n Proto struct; the same as facet.capnp's Column.
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

/// A struct-valued field on the way from the root to a column.
struct EnclosingStruct {
  uint32_t slot = 0;  // pointer, in the struct around it
  uint16_t dataWords = 0;
  uint16_t pointers = 0;
  bool operator==(const EnclosingStruct&) const = default;
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

  // Fields of commands only.
  std::vector<EnclosingStruct> path;    // empty: a field of the struct itself
  std::vector<std::string> enumerants;  // enumerant, or list of them: the texts by number
  bool hasNullValue = false;  // NULL is `nullBits` on the wire, instead of a bit of its own
  uint64_t nullBits = 0;
  bool hasDefault = false;             // the model says what it is where nothing fills it
  std::optional<NullUnion> nullUnion;  // NULL is its Void, instead of a bit

  bool isWide = false;  // numerics of tables, views and queries: see RelationColumn
};

/// Struct ↔ columns for rows and keys of tables and views, and results of queries.
struct WireLayout {
  uint64_t typeId = 0;  // 0: made for a query
  uint16_t dataWords = 0;
  uint16_t pointers = 0;
  std::vector<WireColumn> columns;
};

/// The columns of a composite type, as those of a relation.
std::vector<RelationColumn> relationColumns(const Composite& composite);

/// The field that a column of a table or view is: its name and its form on the wire, without slots.
WireColumn wireColumn(const RelationColumn& column);

/// A layout for columns without a schema: each in a word or pointer of its own. Numerics that may
/// need more than an Int64 are texts: whoever reads without a schema need not put words together.
WireLayout layoutForColumns(const std::vector<RelationColumn>& columns);

/// Writes a value of the column's type into a field of a struct (which is new: all zero). False if
/// it does not fit (a text that is no enumerant, a NULL in a list of numbers or structs; a number
/// that is larger than its column's type lets it be).
bool encodeField(const WireColumn& column, const Value& value, capnp::AnyStruct::Builder out);
/// Reads a field; nullopt if it has no value of the column's type. Text and bytes point into the
/// message; `scratch` holds what has to be made, until its next use. A pointer to something else
/// throws kj::Exception, as any reading of Cap'n Proto does.
std::optional<Value> decodeField(const WireColumn& column, capnp::AnyStruct::Reader in,
                                 std::string& scratch);

/// Why a struct is no valid row.
struct FieldProblem {
  uint32_t field = 0;
  std::string reason;  // "is not valid UTF-8", "is not a date that PostgreSQL knows"
};

struct FieldPlan;

/// Commands, and structs in their lists: struct → packed row.
class StructDecoder {
 public:
  /// `plans` are the struct's fields (fields.h), and `layout` theirs.
  StructDecoder(capnp::StructSchema schema, const std::vector<FieldPlan>& plans, RowLayout layout);
  ~StructDecoder();
  StructDecoder(StructDecoder&&) noexcept;

  /// Appends the packed row to `out`, whose size is a multiple of 8 and stays one. A null Text is
  /// NULL; nullValue becomes NULL; dates, timestamps, decimals and texts are checked. Safe for any
  /// message. On a problem nothing is appended.
  std::optional<FieldProblem> decode(capnp::AnyStruct::Reader in, std::string& out) const;
  /// The struct's size as the schema has it (older clients may send less).
  uint16_t dataWords() const { return wire_.dataWords; }
  uint16_t pointers() const { return wire_.pointers; }
  /// Layout of the struct as columns, for clients that have no schema (describe).
  const WireLayout& wire() const { return wire_; }

 private:
  struct Place;    // struct_decoder.cc: where a field is, and how it becomes a column
  struct Section;  // one struct of the message
  class Run;

  void add(const FieldPlan& plan);
  uint32_t placeOf(const std::vector<EnclosingStruct>& path);
  std::vector<Section> nestedSections(const Section& root) const;

  std::vector<Place> places_;            // by field
  std::vector<uint32_t> tailPlaces_;     // fields whose bytes stand in the row's tail
  std::vector<uint32_t> dataPlaces_;     // the others
  std::vector<EnclosingStruct> nested_;  // structs within the struct, parents first
  std::vector<uint32_t> nestedIn_;       // for each: 0 the struct itself, i + 1: nested_[i]
  RowLayout layout_;
  std::string emptyRow_;  // the words before the tail; nothing is NULL
  WireLayout wire_;
};

class StructCodecs {
 public:
  virtual ~StructCodecs() = default;
  virtual const StructDecoder& command(uint32_t index) const = 0;
  virtual const WireLayout& tableRow(uint32_t index) const = 0;
  virtual const WireLayout& tableKey(uint32_t index) const = 0;
  virtual const WireLayout& viewRow(uint32_t index) const = 0;
  virtual const WireLayout& viewKey(uint32_t index) const = 0;
};

}  // namespace facet
