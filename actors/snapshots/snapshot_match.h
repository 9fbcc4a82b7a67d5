// SnapshotMatch: which tables and views of a model a snapshot has state of. Those of the model that
// it was taken with are all known; of another model's those that have their name and definition
// there (model/definition.h).
//
// A table that only the newer model has is empty at the snapshot's position: no event that the
// snapshot's model had writes it (model/compatibility.h). Thread: values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/snapshots/snapshot_format.h"
#include "model/model.h"

namespace facet {

struct SnapshotMatch {
  /// By number in the snapshot: the number in the model; nothing: it is not known there.
  std::vector<std::optional<uint32_t>> tables;
  std::vector<std::optional<uint32_t>> views;
  /// Numbers in the model of views that the snapshot has not: they are to be filled from the log.
  std::vector<uint32_t> newViews;
  /// Why nothing of it is of use; empty: it is.
  std::string hindrance;

  bool isWhole() const { return hindrance.empty() && newViews.empty(); }

  /// Of views by number in the model, the one that a view of the snapshot is; null: none.
  template <typename View>
  View* target(size_t inSnapshot, const std::vector<View*>& those) const {
    const std::optional<uint32_t> number = views[inSnapshot];
    return number && *number < those.size() ? those[*number] : nullptr;
  }
};

SnapshotMatch matchSnapshot(const SnapshotManifest& manifest, const Model& model);

}  // namespace facet
