// Relations: what a SELECT can name in FROM, as the binder sees it. Immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "values/type.h"

namespace facet {

enum class RelationKind : uint8_t { event, table, view, command, subselect };

struct RelationColumn {
  std::string name;  // in SQL: snake_case
  Type type;
  bool nullable = true;
  bool isUnsigned = false;  // numeric: of a UInt64, which does not fit into an Int64
  /// numeric of a fixed scale: it may need more digits than an Int64 has (numeric_digits.h). It
  /// follows from the column's expression, never from its values.
  bool isWide = false;
};

/// The column's type as PostgreSQL names it: numeric(20,0) where it is of a UInt64, numeric(38,4)
/// where it is wide.
std::string columnTypeName(const RelationColumn& column);

struct Relation {
  RelationKind kind = RelationKind::event;
  std::string name;  // in SQL
  std::vector<RelationColumn> columns;
  /// Columns of the primary key, in key order: tables, and views that have a key.
  std::vector<uint32_t> key;
  /// Its place in the model's list of events, tables, commands or views. None: of a sub-select.
  uint32_t index = 0;

  std::optional<uint32_t> findColumn(std::string_view columnName) const;
};

/// What names mean. Lives as long as what was bound with it.
class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual const Relation* findRelation(std::string_view name) const = 0;
  /// All names, for "did you mean" advice.
  virtual std::vector<std::string_view> relationNames() const = 0;
};

}  // namespace facet
