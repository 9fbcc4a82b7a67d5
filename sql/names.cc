#include "sql/names.h"

#include <fmt/format.h>

#include "sql/closest_name.h"

namespace facet {

namespace {

constexpr std::string_view kPosition = "_position";
constexpr std::string_view kTime = "_time";

/// What may have been meant by a name that no column has: another name, or a text.
std::string textHint(const Source& source, std::string_view name,
                     const std::vector<std::string_view>& known, int location) {
  const std::string near = didYouMean(name, known);
  const std::string& text = source.text();
  const bool quoted = location >= 0 && static_cast<size_t>(location) < text.size() &&
                      text[static_cast<size_t>(location)] == '"';
  if (!near.empty() && !quoted) return near;
  const std::string hint =
      quoted ? fmt::format("double quotes are for names; a text is written '{}'", name)
             : fmt::format("if a text is meant, write '{}'", name);
  return near.empty() ? hint : hint + "; " + near;
}

}  // namespace

size_t NamedRelation::columnCount() const {
  return relation->columns.size() + (relation->kind == RelationKind::event ? 2 : 0);
}

std::string_view NamedRelation::columnName(size_t column) const {
  const size_t own = relation->columns.size();
  if (column < own) return relation->columns[column].name;
  return column == own ? kPosition : kTime;
}

std::optional<size_t> NamedRelation::findColumn(std::string_view name) const {
  for (size_t i = 0; i < columnCount(); ++i) {
    if (columnName(i) == name) return i;
  }
  return std::nullopt;
}

bool NamedRelation::isRepeated(size_t column) const {
  if (relation->kind != RelationKind::subselect) return false;
  for (size_t i = column + 1; i < columnCount(); ++i) {
    if (columnName(i) == columnName(column)) return true;
  }
  return false;
}

ExprPtr NamedRelation::columnExpr(size_t column, int where) const {
  const size_t own = relation->columns.size();
  if (column == own) return makeNode(Op::eventPosition, Type::of(Kind::int64), {}, where);
  if (column > own) return makeNode(Op::eventTime, Type::of(Kind::timestamp), {}, where);
  const RelationColumn& definition = relation->columns[column];
  auto expr = makeNode(Op::column, definition.type, {}, where);
  expr->relation = index;
  expr->column = firstColumn + static_cast<uint32_t>(column);
  expr->nullable = definition.nullable || optional;
  return expr;
}

const NamedRelation* NameScope::find(std::string_view alias) const {
  for (const NamedRelation& r : relations_) {
    if (r.alias == alias) return &r;
  }
  return nullptr;
}

bool NameScope::hasBare(std::string_view name) const {
  for (const NamedRelation& r : relations_) {
    if (r.bare && r.findColumn(name)) return true;
  }
  return false;
}

const NamedRelation& NameScope::relation(const Source& source, std::string_view alias,
                                         int location) const {
  if (const NamedRelation* found = find(alias)) return *found;
  std::vector<std::string_view> aliases;
  std::string here;
  for (const NamedRelation& r : relations_) {
    if (r.relation->name == alias) {
      here += fmt::format("{}\"{}\"", here.empty() ? "" : " or ", r.alias);
    }
    aliases.push_back(r.alias);
  }
  if (!here.empty()) {
    source.fail(location,
                fmt::format("invalid reference to FROM-clause entry for table \"{}\"", alias),
                fmt::format("its name is {} here", here));
  }
  source.fail(location, fmt::format("missing FROM-clause entry for table \"{}\"", alias),
              didYouMean(alias, aliases));
}

ExprPtr NameScope::column(const Source& source, std::span<const std::string_view> name,
                          int location) const {
  if (name.size() == 1) return bareColumn(source, name[0], location);
  if (name.size() > 2) {
    source.fail(location, fmt::format("column {} does not exist", fmt::join(name, ".")),
                "write column, or relation.column");
  }
  const NamedRelation& owner = relation(source, name[0], location);
  if (const auto column = owner.findColumn(name[1])) {
    if (owner.isRepeated(*column)) failRepeated(source, owner, name[1], location);
    return owner.columnExpr(*column, location);
  }
  std::vector<std::string_view> known;
  for (size_t i = 0; i < owner.columnCount(); ++i) known.push_back(owner.columnName(i));
  source.fail(location, fmt::format("column {}.{} does not exist", name[0], name[1]),
              didYouMean(name[1], known));
}

ExprPtr NameScope::bareColumn(const Source& source, std::string_view name, int location) const {
  const NamedRelation* owner = nullptr;
  size_t column = 0;
  for (const NamedRelation& r : relations_) {
    const auto found = r.bare ? r.findColumn(name) : std::nullopt;
    if (!found || r.isMerged(*found)) continue;
    if (r.isRepeated(*found)) failRepeated(source, r, name, location);
    if (owner != nullptr) {
      source.fail(location, fmt::format("column reference \"{}\" is ambiguous", name),
                  fmt::format("write {}.{} or {}.{}", owner->alias, name, r.alias, name));
    }
    owner = &r;
    column = *found;
  }
  if (owner == nullptr) failNoColumn(source, name, location);
  return owner->columnExpr(column, location);
}

void NameScope::failRepeated(const Source& source, const NamedRelation& owner,
                             std::string_view name, int location) {
  source.fail(location, fmt::format("column reference \"{}\" is ambiguous", name),
              fmt::format("\"{}\" has several columns of this name: give them others with AS",
                          owner.alias));
}

void NameScope::failNoColumn(const Source& source, std::string_view name, int location) const {
  const std::string message = fmt::format("column \"{}\" does not exist", name);
  std::vector<std::string_view> known;
  for (const NamedRelation& r : relations_) {
    if (r.alias == name) {
      source.fail(location, message,
                  fmt::format("a whole row is not a value here; write {}.column", name));
    }
    if (!r.bare && r.findColumn(name)) {
      source.fail(location, message, fmt::format("write {}.{}", r.alias, name));
    }
    for (size_t i = 0; r.bare && i < r.columnCount(); ++i) known.push_back(r.columnName(i));
  }
  source.fail(location, message, known.empty() ? "" : textHint(source, name, known, location));
}

std::string NameScope::describe(const Expr& leaf) const {
  for (const NamedRelation& r : relations_) {
    const size_t own = r.relation->columns.size();
    const bool event = r.relation->kind == RelationKind::event;
    const bool isHere = r.index == leaf.relation && leaf.column >= r.firstColumn &&
                        leaf.column < r.firstColumn + own;
    if (leaf.op == Op::column && isHere) {
      return fmt::format("{}.{}", r.alias, r.columnName(leaf.column - r.firstColumn));
    }
    if (leaf.op == Op::eventPosition && event) return fmt::format("{}.{}", r.alias, kPosition);
    if (leaf.op == Op::eventTime && event)
      return fmt::format("{}.{}", r.alias, r.columnName(own + 1));
  }
  return "?";
}

}  // namespace facet
