#include "sql/type_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "values/numeric.h"

namespace facet {

namespace {

bool isNumberKind(Kind kind) {
  return Type::of(kind).isNumber();
}

bool isDateTime(Kind kind) {
  return kind == Kind::date || kind == Kind::timestamp || kind == Kind::timestamptz;
}

/// Place in the order in which numbers, and dates, are promoted.
int promotionRank(Kind kind) {
  return static_cast<int>(kind);
}

bool canPromote(Kind from, Kind to) {
  const bool sameFamily =
      (isNumberKind(from) && isNumberKind(to)) || (isDateTime(from) && isDateTime(to));
  return sameFamily && promotionRank(from) < promotionRank(to);
}

bool hasTextForm(Kind kind) {
  return kind != Kind::array && kind != Kind::composite && kind != Kind::error;
}

}  // namespace

bool canCast(Kind from, Kind to, CastContext context) {
  if (from == to) return true;
  if (from == Kind::null) return to != Kind::array || context == CastContext::explicitly;
  if (canPromote(from, to)) return true;
  if (context == CastContext::implicit) return false;
  if (isNumberKind(from) && isNumberKind(to)) return true;
  if (isDateTime(from) && isDateTime(to)) return true;
  if (to == Kind::text) return hasTextForm(from);
  if (context == CastContext::assignment) return false;
  if (from == Kind::text) return hasTextForm(to);
  return (from == Kind::boolean && to == Kind::int32) ||
         (from == Kind::int32 && to == Kind::boolean);
}

Category categoryOf(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return Category::boolean;
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::numeric:
    case Kind::float32:
    case Kind::float64:
      return Category::number;
    case Kind::text:
      return Category::string;
    case Kind::bytes:
      return Category::bytes;
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamptz:
      return Category::dateTime;
    case Kind::interval:
      return Category::timespan;
    case Kind::array:
      return Category::array;
    case Kind::composite:  // only within arrays
    case Kind::null:
    case Kind::error:
      break;
  }
  return Category::unknown;
}

bool isPreferred(Kind kind) {
  return kind == Kind::boolean || kind == Kind::float64 || kind == Kind::text ||
         kind == Kind::timestamptz || kind == Kind::interval;
}

std::optional<Kind> commonKind(std::span<const ExprPtr> exprs, Mismatch* mismatch) {
  Kind found = Kind::null;
  size_t foundAt = 0;
  for (size_t i = 0; i < exprs.size(); ++i) {
    const Kind kind = exprs[i]->type.kind;
    if (kind == Kind::null || kind == found) continue;
    if (found != Kind::null && categoryOf(kind) != categoryOf(found)) {
      if (mismatch != nullptr) *mismatch = {foundAt, i};
      return std::nullopt;
    }
    const bool better = !isPreferred(found) && canCast(found, kind, CastContext::implicit);
    if (found == Kind::null || better) {
      found = kind;
      foundAt = i;
    }
  }
  return found == Kind::null ? Kind::text : found;
}

Type typeOver(Kind kind, std::span<const ExprPtr> exprs) {
  Type out = Type::of(kind);
  bool first = true;
  for (const ExprPtr& expr : exprs) {
    if (expr->op == Op::constant && expr->value.isNull()) continue;
    if (first) {
      out = expr->type;
    } else if (expr->type.scale != out.scale) {
      return Type::of(kind);
    }
    first = false;
  }
  return out;
}

std::string plainTypeName(const Type& type) {
  if (type.kind == Kind::null) return "unknown";
  if (type.kind == Kind::array) {
    Type plain = type;
    plain.elementScale = kAnyScale;
    return typeName(plain);
  }
  return typeName(Type::of(type.kind));
}

std::optional<Kind> kindOfTypeName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 14> kNames = {{
      {"bool", Kind::boolean},
      {"int2", Kind::int16},
      {"int4", Kind::int32},
      {"int8", Kind::int64},
      {"numeric", Kind::numeric},
      {"float4", Kind::float32},
      {"float8", Kind::float64},
      {"text", Kind::text},
      {"varchar", Kind::text},
      {"bytea", Kind::bytes},
      {"date", Kind::date},
      {"timestamp", Kind::timestamp},
      {"timestamptz", Kind::timestamptz},
      {"interval", Kind::interval},
  }};
  for (const auto& [known, kind] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

namespace {

/// numeric(p, s) or numeric(p).
TypeName readNumeric(const Source& source, const SyntaxNode& node, int location) {
  std::vector<int64_t> modifiers;
  for (const SyntaxNode& modifier : node.children("typmods")) {
    modifiers.push_back(integerConstant(source, modifier));
  }
  if (modifiers.empty()) return {Type::of(Kind::numeric), 0};
  const int64_t precision = modifiers[0];
  const int64_t scale = modifiers.size() > 1 ? modifiers[1] : 0;
  if (precision < 1 || precision > 1000) {
    source.fail(location,
                fmt::format("NUMERIC precision {} must be between 1 and 1000", precision));
  }
  if (scale < 0 || scale > kMaxScale) {
    source.fail(location,
                fmt::format("NUMERIC scale {} must be between 0 and {}", scale, kMaxScale));
  }
  return {Type::decimal(static_cast<int16_t>(scale)), static_cast<int16_t>(precision)};
}

[[noreturn]] void failTypeName(const Source& source, std::string_view name, int location) {
  std::string hint =
      "facet has boolean, smallint, integer, bigint, numeric, real, double "
      "precision, text, bytea, date, timestamp, timestamptz and interval";
  if (name == "bpchar") hint = "use text";
  if (name == "time" || name == "timetz") hint = "use timestamp or interval";
  source.fail(location, fmt::format("type \"{}\" is not supported", name), std::move(hint));
}

}  // namespace

TypeName readTypeName(const Source& source, const SyntaxNode& node, int location) {
  if (node.location() > 0) location = node.location();
  const auto names = node.names("names");
  const std::string_view name = names.empty() ? std::string_view() : names.back();
  if (names.size() > 2 || (names.size() == 2 && names[0] != "pg_catalog")) {
    source.fail(location, fmt::format("type \"{}\" does not exist", fmt::join(names, ".")));
  }
  if (node.has("arrayBounds") || node.flag("setof") || node.flag("pct_type")) {
    source.fail(location, "array types are not supported in casts");
  }
  const auto kind = kindOfTypeName(name);
  if (!kind) failTypeName(source, name, location);
  if (*kind == Kind::numeric) return readNumeric(source, node, location);
  if (node.has("typmods")) {
    source.fail(
        location, fmt::format("{} with a length or precision is not supported", name),
        name == "varchar" ? "use text, and left(x, n) to shorten it" : "leave the parentheses out");
  }
  return {Type::of(*kind), 0};
}

}  // namespace facet
