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
#include "values/wire/field_codec.h"
#include "values/wire/wire_column.h"

namespace facet {

/// The columns of a composite type, as those of a relation.
std::vector<RelationColumn> relationColumns(const Composite& composite);

/// The field that a column of a table or view is: its name and its form on the wire, without slots.
WireColumn wireColumn(const RelationColumn& column);

/// A layout for columns without a schema: each in a word or pointer of its own. Numerics that may
/// need more than an Int64 are texts: whoever reads without a schema need not put words together.
WireLayout layoutForColumns(const std::vector<RelationColumn>& columns);

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
