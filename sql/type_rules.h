// PostgreSQL's rules about types: which casts it inserts by itself, the common type of several
// expressions, and how type names in SQL are read. Kind::null is PostgreSQL's "unknown": a literal
// in quotes, or NULL, that takes the type its place asks for. Thread: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "sql/expr.h"
#include "sql/parse_tree.h"

namespace facet {

enum class CastContext { implicit, assignment, explicitly };

/// Whether PostgreSQL casts between the kinds (and facet can).
bool canCast(Kind from, Kind to, CastContext context);

enum class Category { unknown, boolean, number, string, dateTime, timespan, bytes, array };
Category categoryOf(Kind kind);
/// The type of its category that PostgreSQL prefers.
bool isPreferred(Kind kind);

/// Two types that have nothing in common: those before exprs[index] came to that of exprs[before].
struct Mismatch {
  size_t before = 0;
  size_t index = 0;
};
/// The kind for all (as for CASE, COALESCE, IN): the order of the expressions matters. nullopt:
/// they do not match.
std::optional<Kind> commonKind(std::span<const ExprPtr> exprs, Mismatch* mismatch = nullptr);

/// The type of `kind` for values that come from any of these, all of that kind: a scale only where
/// they agree on it (NULLs aside).
Type typeOver(Kind kind, std::span<const ExprPtr> exprs);

/// As PostgreSQL's messages name types: without the scale; "unknown".
std::string plainTypeName(const Type& type);

struct TypeName {
  Type type;
  int16_t precision = 0;  // numeric(p, s)
};
/// Reads a TypeName node; what facet does not have is refused at `location`.
TypeName readTypeName(const Source& source, const SyntaxNode& node, int location);

/// The type of a name that may be called like a function ("int4", "date"); nullopt: it is none.
std::optional<Kind> kindOfTypeName(std::string_view name);

}  // namespace facet
