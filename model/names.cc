#include "model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/limits.h"

namespace facet {
namespace {

// PostgreSQL 15's keywords that cannot be the name of a table or column: pg_get_keywords(),
// categories R and T.
constexpr auto kReserved = std::to_array<std::string_view>({
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
});

// Columns that every table of PostgreSQL has.
constexpr auto kSystemColumns =
    std::to_array<std::string_view>({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"});

// What the schema that is given to clients names without declaring it.
constexpr auto kCapnpTypes = std::to_array<std::string_view>(
    {"AnyList", "AnyPointer", "AnyStruct", "Bool",   "Capability", "Data", "Facet",
     "Float32", "Float64",    "Int16",     "Int32",  "Int64",      "Int8", "List",
     "Text",    "UInt16",     "UInt32",    "UInt64", "UInt8",      "Void"});

bool isLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool isUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
char toLower(char c) {
  return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
char toUpper(char c) {
  return isLower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (toLower(a[i - 1]) == toLower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string snakeCase(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '.') {
      out += '_';
      continue;
    }
    const bool first = i == 0 || name[i - 1] == '.';
    if (isUpper(c) && !first) {
      const bool endsWord = isLower(name[i - 1]) || isDigit(name[i - 1]);
      const bool beginsWord = isUpper(name[i - 1]) && i + 1 < name.size() && isLower(name[i + 1]);
      if (endsWord || beginsWord) out += '_';
    }
    out += toLower(c);
  }
  return out;
}

std::string camelCase(std::string_view sqlName, FirstLetter first) {
  std::string out;
  bool upper = first == FirstLetter::upper;
  for (const char c : sqlName) {
    if (c == '_') {
      upper = upper || !out.empty();
      continue;
    }
    out += upper ? toUpper(c) : c;
    upper = false;
  }
  return out;
}

std::string sqlNameProblem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxSqlName) return fmt::format("is longer than {} characters", kMaxSqlName);
  if (name[0] == '_') return "begins with \"_\", which is kept for facet's own columns";
  if (!isLower(name[0])) return "does not begin with a small letter";
  const bool plain =
      std::ranges::all_of(name, [](char c) { return isLower(c) || isDigit(c) || c == '_'; });
  if (!plain) return "has other characters than a-z, 0-9 and _";
  if (std::ranges::binary_search(kReserved, name)) return "is a reserved word in SQL";
  if (std::ranges::binary_search(kSystemColumns, name)) {
    return "is the name of one of PostgreSQL's system columns";
  }
  return {};
}

bool hidesCapnpType(std::string_view structName) {
  return std::ranges::binary_search(kCapnpTypes, structName);
}

std::string didYouMean(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kMaxSqlName) return {};
  const size_t tolerance = std::max<size_t>(1, name.size() / 3);
  std::string_view best;
  size_t bestDistance = tolerance + 1;
  for (const std::string_view candidate : candidates) {
    const size_t d = distance(name, candidate);
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : fmt::format("did you mean \"{}\"?", best);
}

}  // namespace facet
