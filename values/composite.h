// Composites: what a struct in a list is as a value: columns under a name, as in PostgreSQL's
// CREATE TYPE ... AS (...). They are elements of arrays, and nothing else.
//
// A composite value says itself what it is made of, so that values are compared and hashed without
// their type:
//
//   u16 number of columns, u8 kind of each, zeros to a multiple of 8
//   then the packed row (row.h) of the columns
//
// DO NOT CHANGE: logs and snapshots on disk have this form. Thread: a Composite is immutable;
// CompositeColumns belong to their owner; the rest are pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "values/row.h"
#include "values/row_slot.h"
#include "values/value.h"

namespace facet {

/// The type of composite values. Types point at it: it stays where it is.
class Composite {
 public:
  struct Column {
    std::string name;  // in SQL
    Type type;         // neither array nor composite
    bool nullable = true;
    bool isUnsigned = false;  // numeric: of a UInt64, which does not fit into an Int64
    bool operator==(const Column&) const = default;
  };

  /// `name`: in SQL. At least one column.
  Composite(std::string name, std::vector<Column> columns);
  Composite(const Composite&) = delete;
  Composite& operator=(const Composite&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<Column>& columns() const { return columns_; }
  const RowLayout& layout() const { return layout_; }
  /// What every value begins with: its columns' kinds.
  const std::string& head() const { return head_; }

 private:
  std::string name_;
  std::vector<Column> columns_;
  RowLayout layout_;
  std::string head_;
};

/// Appends the bytes of a composite value to `out`, whose size is a multiple of 8 and stays one.
void appendComposite(const Composite& type, std::span<const Value> columns, std::string& out);

/// Whether `bytes` is a value of the type in canonical form; safe for any bytes.
bool isValidComposite(const Composite& type, std::string_view bytes);

/// The columns of a composite value, one after another.
class CompositeColumns {
 public:
  explicit CompositeColumns(const Value& composite);

  size_t left() const { return kinds_.size(); }
  /// Text points into the composite.
  Value next();

 private:
  std::string_view kinds_;  // of the columns that are left
  Row row_;
  SlotWalk walk_;
};

}  // namespace facet
