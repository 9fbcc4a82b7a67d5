// NameScope: what column names mean in an expression. Thread: belongs to its owner; holds pointers
// into the catalog.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/build_expr.h"
#include "sql/relation.h"

namespace facet {

/// A relation that can be named. An event has two columns after its own: _position and _time.
struct NamedRelation {
  const Relation* relation = nullptr;
  std::string alias;
  uint32_t index = 0;        // Expr::relation
  uint32_t firstColumn = 0;  // Expr::column of its first one
  bool bare = true;          // columns may be named without the relation
  bool optional = false;     // its row may be missing: every column can be NULL
  int location = -1;         // in the FROM clause
  std::vector<bool>
      merged{};  // by column: stands behind an equal one of an earlier relation (USING)

  size_t columnCount() const;
  std::string_view columnName(size_t column) const;
  std::optional<size_t> findColumn(std::string_view name) const;
  /// Whether another column behind it has its name: only a sub-select's.
  bool isRepeated(size_t column) const;
  bool isMerged(size_t column) const { return column < merged.size() && merged[column]; }
  ExprPtr columnExpr(size_t column, int where) const;
};

class NameScope {
 public:
  NameScope() = default;
  explicit NameScope(std::vector<NamedRelation> relations) : relations_(std::move(relations)) {}

  const std::vector<NamedRelation>& relations() const { return relations_; }
  const NamedRelation* find(std::string_view alias) const;
  /// The column that a name (column, or relation.column) means; throws if there is none, or
  /// several.
  ExprPtr column(const Source& source, std::span<const std::string_view> name, int location) const;
  /// The relation of `alias.*`; throws if there is none.
  const NamedRelation& relation(const Source& source, std::string_view alias, int location) const;
  /// "o.total": for messages.
  std::string describe(const Expr& column) const;
  /// Whether a bare name is a column's.
  bool hasBare(std::string_view name) const;

 private:
  ExprPtr bareColumn(const Source& source, std::string_view name, int location) const;
  [[noreturn]] static void failRepeated(const Source& source, const NamedRelation& owner,
                                        std::string_view name, int location);
  [[noreturn]] void failNoColumn(const Source& source, std::string_view name, int location) const;

  std::vector<NamedRelation> relations_;
};

}  // namespace facet
