// What events do to tables.
#include <fmt/format.h>

#include <algorithm>

#include "model/loading.h"
#include "model/names.h"

namespace facet {
namespace {

std::vector<std::string_view> tableNames(const Loading& loading) {
  std::vector<std::string_view> names;
  for (const TableType& table : loading.tables) names.push_back(table.name);
  return names;
}

std::optional<TableWrite::How> howOf(annotations::How how) {
  switch (how) {
    case annotations::How::INSERT:
      return TableWrite::How::insert;
    case annotations::How::UPSERT:
      return TableWrite::How::upsert;
    case annotations::How::UPDATE:
      return TableWrite::How::update;
    case annotations::How::DELETE:
      return TableWrite::How::erase;
  }
  return std::nullopt;
}

std::vector<FillRule> rulesOf(const TableType& table, TableWrite::How how) {
  FillRule others = FillRule::nullable;
  if (how == TableWrite::How::update) others = FillRule::optional;
  if (how == TableWrite::How::erase) others = FillRule::ignored;
  std::vector<FillRule> rules(table.fields.size(), others);
  for (const uint32_t column : table.key) rules[column] = FillRule::key;
  return rules;
}

/// Binds an expression over the event and the table's row.
ExprPtr bindInWrite(Loading& loading, const Declaration& at, const ExprScope& scope,
                    std::string_view text, const Type& type, const std::string& part) {
  ExprPtr expr = bindValue(text, scope, type);
  bool usesCommit = false;
  forEachNode(*expr, [&usesCommit](const Expr& node) {
    usesCommit = usesCommit || node.op == Op::eventPosition || node.op == Op::eventTime;
  });
  if (!usesCommit) return expr;
  loading.problem(at, part, "_position and _time are not known when a table is written",
                  "give the event a field of its own for it");
  return nullptr;
}

void loadWrite(Loading& loading, EventType& event, const Declaration& at, uint32_t index,
               annotations::Write::Reader write) {
  const std::string part = fmt::format("writes[{}]", index);
  const std::string name(toView(write.getTable()));
  const auto found = loading.findTable(name);
  if (!found) {
    loading.problem(at, part, fmt::format("there is no table \"{}\"", name),
                    didYouMean(name, tableNames(loading)));
    return;
  }
  if (loading.isBroken(name) || loading.isBroken(event.name)) return;
  const auto how = howOf(write.getHow());
  if (!how) {
    loading.problem(at, part, "\"how\" has an unknown value",
                    "use insert, upsert, update or delete");
    return;
  }
  const TableType& table = loading.tables[*found];
  FillRequest request{&at,        part,       &event.fields,       &table.fields,
                      event.name, table.name, rulesOf(table, *how)};
  const ExprScope scope{{&event.relation, &table.relation}};
  TableWrite out;
  out.how = *how;
  out.table = *found;
  out.columns = fillFields(loading, request, write.getSet(),
                           [&](std::string_view text, const Type& type, const std::string& place) {
                             return bindInWrite(loading, at, scope, text, type, place);
                           });
  event.writes.push_back(std::move(out));
}

}  // namespace

void loadWrites(Loading& loading) {
  for (size_t i = 0; i < loading.events.size(); ++i) {
    const Declaration& at = *loading.eventFrom[i];
    uint32_t index = 0;
    for (const auto write : at.event.getWrites())
      loadWrite(loading, loading.events[i], at, index++, write);
  }
}

}  // namespace facet
