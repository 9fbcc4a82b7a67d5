#include "model/loading.h"

#include <algorithm>

namespace facet {

namespace {

std::string placeOf(const Declaration& at, const std::string& part) {
  return part.empty() ? at.name : at.name + "." + part;
}

}  // namespace

const SchemaPlaces& Loading::placesIn(const std::string& file) {
  const auto known = places_.find(file);
  if (known != places_.end()) return known->second;
  const auto found = std::ranges::find(*files, file, &ModelFile::name);
  const std::string_view content = found == files->end() ? std::string_view() : found->content;
  return places_.emplace(file, SchemaPlaces(content)).first->second;
}

void Loading::problem(const Declaration& at, const std::string& part, std::string message,
                      std::string advice) {
  const std::string place = placeOf(at, part);
  const auto [line, column] = placesIn(at.file).find(place);
  problems.push_back({at.file, line, column, place, std::move(message), std::move(advice)});
}

bool Loading::isAboutBrokenTable(const SqlError& error) const {
  const std::string_view message = error.what();
  if (!message.starts_with("missing FROM-clause entry")) return false;
  return std::ranges::any_of(tables, [&](const TableType& table) {
    return isBroken(table.name) && message.ends_with(fmt::format("\"{}\"", table.relation.name));
  });
}

void Loading::problem(const Declaration& at, const std::string& part, const SqlError& error) {
  if (isAboutBrokenTable(error)) return;
  const std::string place = placeOf(at, part);
  const auto [line, column] = placesIn(at.file).findInExpression(place, error.line, error.column);
  problems.push_back({at.file, line, column, place, error.what(), error.hint});
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
