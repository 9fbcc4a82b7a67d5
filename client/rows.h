// Rows and commands without their schema: structs read and written by the columns that a node
// describes. For command lines and generic clients; programs with a schema use the generated types.
// Thread: a RowReader belongs to its owner; the rest are values.
#pragma once

#include <capnp/any.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/facet.capnp.h"
#include "values/value.h"
#include "values/wire/wire_column.h"

namespace facet {

/// A column as described, with its type understood; and a struct of columns: a row, a key, or a
/// command.
using ColumnShape = WireColumn;
using StructShape = WireLayout;

/// Whether a command must fill the field: it can't be NULL, and the model has no default for it.
inline bool mustBeFilled(const ColumnShape& column) {
  return !column.nullable && !column.hasDefault;
}

/// A relation of a node.
struct RelationShape {
  std::string name;
  wire::Relation::Kind kind = wire::Relation::Kind::VIEW;
  StructShape row;  // commands: the command
  StructShape key;
  uint64_t rowTypeId = 0;
  std::string source;
};

std::vector<ColumnShape> columnShapes(capnp::List<wire::Column>::Reader columns);
RelationShape relationShape(wire::Relation::Reader relation);

/// PostgreSQL's name of a type: "bigint", "numeric(18,4)", "text[]". Kind::text if it is none that
/// is known here (the types of lists of structs are known by their columns only).
Type typeFromName(std::string_view name);

/// Reads structs. Texts point into the message, or into the reader until its next read.
class RowReader {
 public:
  explicit RowReader(const std::vector<ColumnShape>& columns);

  /// The row's values, by the columns. A struct that does not fit its description is an exception.
  const std::vector<Value>& read(capnp::AnyStruct::Reader row);
  /// The last read row's column as PostgreSQL prints it; nullopt: NULL.
  std::optional<std::string> text(size_t column) const;

 private:
  const std::vector<ColumnShape>& columns_;
  std::vector<Value> values_;
  std::vector<std::string> scratch_;
};

/// The text of what a command's field has that nothing fills; nothing: NULL, or a default text,
/// which only the model has.
std::optional<std::string> defaultText(const ColumnShape& column);

/// Writes a field from its input text, as PostgreSQL would read it; nullopt: NULL. Returns what is
/// wrong with the text, empty if nothing is. The struct is new.
std::string writeField(const ColumnShape& column, std::optional<std::string_view> text,
                       capnp::AnyStruct::Builder out);

/// What is wrong if nothing fills a field that must be filled: `"amount" is not filled: …`.
std::string unfilledProblem(const ColumnShape& column);

/// A new struct, filled field by field from texts: what nothing fills is NULL or the model's
/// default, and never a zero that nobody wrote.
class StructWriter {
 public:
  /// `shape` outlives this.
  StructWriter(const StructShape& shape, capnp::AnyStruct::Builder out);
  /// By the name in SQL or in Cap'n Proto. Returns what is wrong, with the field's name; empty if
  /// nothing is.
  std::string set(std::string_view field, std::optional<std::string_view> text);
  /// Once, at the end. Returns what is wrong: a field that must be filled, and was not.
  std::string finish();

 private:
  const StructShape& shape_;
  capnp::AnyStruct::Builder out_;
  std::vector<bool> filled_;
};

}  // namespace facet
