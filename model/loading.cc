#include "model/loading.h"

#include <algorithm>

namespace facet {

void Loading::problem(const Declaration& at, const std::string& part, std::string message,
                      std::string advice) {
  const std::string place = part.empty() ? at.name : at.name + "." + part;
  problems.push_back({at.file, 0, 0, place, std::move(message), std::move(advice)});
}

void Loading::problem(const Declaration& at, const std::string& part, const SqlError& error) {
  problem(at, part, error.what(), error.hint);
}

std::optional<uint32_t> Loading::findEvent(std::string_view structName) const {
  const auto found = std::ranges::find(events, structName, &EventType::name);
  if (found == events.end()) return std::nullopt;
  return static_cast<uint32_t>(found - events.begin());
}

std::optional<uint32_t> Loading::findTable(std::string_view structName) const {
  const auto found = std::ranges::find(tables, structName, &TableType::name);
  if (found == tables.end()) return std::nullopt;
  return static_cast<uint32_t>(found - tables.begin());
}

const Relation* Loading::findRelation(std::string_view name) const {
  for (const EventType& event : events) {
    if (event.relation.name == name) return &event.relation;
  }
  for (const TableType& table : tables) {
    if (table.relation.name == name) return &table.relation;
  }
  for (const ViewType& view : views) {
    if (view.name == name) return &view.relation;
  }
  return nullptr;
}

std::vector<std::string_view> Loading::relationNames() const {
  std::vector<std::string_view> names;
  for (const EventType& event : events) names.push_back(event.relation.name);
  for (const TableType& table : tables) names.push_back(table.relation.name);
  return names;
}

}  // namespace facet
