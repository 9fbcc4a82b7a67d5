#include "actors/snapshots/snapshot_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/definition.h"

namespace facet {

namespace {

/// By the relations of the snapshot: the number of the one in `those` that is the same.
template <typename RelationType>
std::vector<std::optional<uint32_t>> match(const std::vector<SnapshotRelation>& relations,
                                           const std::vector<RelationType>& those) {
  std::vector<std::optional<uint32_t>> out;
  for (const SnapshotRelation& relation : relations) {
    const auto same = [&](const RelationType& other) {
      return other.relation.name == relation.name &&
             hashOfDefinition(definitionOf(other)) == relation.definition;
    };
    const auto found = std::ranges::find_if(those, same);
    out.push_back(found == those.end()
                      ? std::nullopt
                      : std::optional(static_cast<uint32_t>(found - those.begin())));
  }
  return out;
}

bool hasDefinitions(const std::vector<SnapshotRelation>& relations) {
  return std::ranges::none_of(
      relations, [](const SnapshotRelation& relation) { return relation.definition == 0; });
}

std::vector<std::optional<uint32_t>> inOrder(size_t count) {
  std::vector<std::optional<uint32_t>> out(count);
  for (uint32_t i = 0; i < count; ++i) out[i] = i;
  return out;
}

}  // namespace

SnapshotMatch matchSnapshot(const SnapshotManifest& manifest, const Model& model) {
  SnapshotMatch out;
  if (manifest.modelHash == model.hash()) {
    out.tables = inOrder(manifest.tables.size());
    out.views = inOrder(manifest.views.size());
    return out;
  }
  if (!hasDefinitions(manifest.tables) || !hasDefinitions(manifest.views)) {
    out.hindrance = "it is of another model, and an older version of facet took it";
    return out;
  }
  out.tables = match(manifest.tables, model.tables());
  out.views = match(manifest.views, model.views());
  for (size_t i = 0; i < out.tables.size(); ++i) {
    if (out.tables[i]) continue;
    out.hindrance = fmt::format("it is of another model, in which the table {} is another one",
                                manifest.tables[i].name);
  }
  for (uint32_t view = 0; view < model.views().size(); ++view) {
    if (std::ranges::find(out.views, std::optional(view)) == out.views.end()) {
      out.newViews.push_back(view);
    }
  }
  return out;
}

}  // namespace facet
