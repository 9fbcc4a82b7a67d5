#include "server/scan_select.h"

#include <optional>
#include <string>
#include <vector>

#include "server/fault.h"
#include "sql/bind.h"
#include "values/text.h"
#include "views/query/query.h"

namespace facet {
namespace {

std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

/// A literal that takes its type from its place.
std::string quoted(const Type& type, const Value& value) {
  std::string out = "'";
  for (const char c : toText(type, value)) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

/// column = value, NULL being equal to NULL.
std::string equalTo(const RelationColumn& column, const Value& value) {
  if (value.isNull()) return fmt::format("{} IS NULL", column.name);
  return fmt::format("{} = {}", column.name, quoted(column.type, value));
}

/// column comes after value in ascending order, NULL last. Empty: nothing does.
std::string afterValue(const RelationColumn& column, const Value& value) {
  if (value.isNull()) return {};
  const std::string greater = fmt::format("{} > {}", column.name, quoted(column.type, value));
  return column.nullable ? fmt::format("({} OR {} IS NULL)", greater, column.name) : greater;
}

/// The rows after a key, in key order: (a > 1) OR (a = 1 AND b > 2) …
std::string afterKey(const Relation& relation, const std::vector<Value>& key) {
  std::string out;
  std::string equal;
  for (size_t i = 0; i < key.size(); ++i) {
    const RelationColumn& column = relation.columns[relation.key[i]];
    if (const std::string after = afterValue(column, key[i]); !after.empty()) {
      if (!out.empty()) out += " OR ";
      out += fmt::format("({}{})", equal, after);
    }
    equal += equalTo(column, key[i]) + " AND ";
  }
  return out.empty() ? "false" : out;
}

std::string keyOrder(const Relation& relation) {
  std::string out;
  for (const uint32_t column : relation.key) {
    if (!out.empty()) out += ", ";
    out += relation.columns[column].name;
  }
  return out;
}

}  // namespace

std::string describeSqlError(const SqlError& error) {
  std::string out = fmt::format("line {}, column {}: {}", error.line, error.column, error.what());
  if (!error.hint.empty()) out += "; " + error.hint;
  return out;
}

void addScanText(RelationPlan& plan, wire::ScanOptions::Reader options, ScanText& out) {
  out.filter = view(options.getFilter());
  out.order = view(options.getOrder());
  if (options.getLimit() > 0) out.limit = options.getLimit();
  if (!options.hasAfter()) return;
  if (plan.keys == nullptr) {
    throwFailed(fmt::format("\"{}\" has no key: scan it without after", plan.relation.name));
  }
  if (!out.order.empty()) throwFailed("a scan after a key is in key order: leave order empty");
  const auto key = options.getAfter();
  if (!key.isStruct()) throwFailed("scan.after is no key struct");
  const std::string after =
      afterKey(plan.relation, plan.keys->values(key.getAs<capnp::AnyStruct>()));
  out.filter = out.filter.empty() ? after : fmt::format("({}) AND ({})", after, out.filter);
  out.order = keyOrder(plan.relation);
}

Select bindScan(const Relation& relation, const ScanText& text) {
  try {
    return scanSelect(relation, text.filter, text.order, text.limit);
  } catch (const SqlError& error) {
    throwFailed(fmt::format("scan of \"{}\": {}", relation.name, describeSqlError(error)));
  }
}

}  // namespace facet
