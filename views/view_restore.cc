// A view's shard in a snapshot: what of its state is in it, and back.
#include "values/assert.h"
#include "views/view_shard.h"
#include "views/view_state.h"

namespace facet {

namespace {

/// The part's map; null: the view has none.
const VersionedMap* mapOf(const ViewShard::State& state, StatePart part) {
  switch (part) {
    case StatePart::heldRows:
    case StatePart::rows:
      return &state.groups.map();
    case StatePart::values:
      return state.groups.values() != nullptr ? &state.groups.values()->map() : nullptr;
    case StatePart::beside:
      return state.groups.beside() != nullptr ? &state.groups.beside()->map() : nullptr;
    case StatePart::entries:
      return state.joins ? &state.joins->map() : nullptr;
    case StatePart::errors:
      return &state.errors.map();
    default:
      FACET_ASSERT(false, static_cast<uint32_t>(part));
      return nullptr;
  }
}

}  // namespace

void ViewShard::scanPart(StatePart part, Position at, VersionedMap::Cursor& cursor,
                         const std::function<bool(const StateEntry&)>& visit) const {
  const VersionedMap* const map = mapOf(*state_, part);
  if (map == nullptr) {
    cursor.done = true;
    return;
  }
  const size_t skipped = part == StatePart::entries ? KeyJoin::kNumberBytes : 0;
  map->scan(at, cursor, [&](const Version& version) {
    return visit({version.key(), version.value().substr(skipped), version.weight,
                  version.flags & Version::kOwnerFlags});
  });
}

void ViewShard::beginRestore(Position at) {
  state_->groups.begin(at);
  state_->errors.begin(at);
  if (state_->joins) state_->joins->beginRestore(at);
}

uint32_t ViewShard::ownerOf(StatePart part, const StateEntry& entry) {
  State& state = *state_;
  if (state.shards == 1) return 0;
  switch (part) {
    case StatePart::heldRows:
    case StatePart::rows:
      return state.shardOfKeyRow(Row(entry.key.data()));
    case StatePart::values:
    case StatePart::beside:
      return state.shardOfKeyRow(Row(ValueSets::memberOf(entry.key).group.data()));
    case StatePart::entries: {
      const std::optional<uint64_t> hash = state.joins->firstKeyHash(Row(entry.key.data()));
      return hash ? shardOfKey(*hash, state.shards) : 0;
    }
    default:
      return 0;
  }
}

void ViewShard::reserve(StatePart part, uint64_t entries) {
  state_->groups.reserve(part, entries);
  if (part == StatePart::entries && state_->joins) state_->joins->reserve(entries);
}

bool ViewShard::restore(StatePart part, const StateEntry& entry) {
  switch (part) {
    case StatePart::heldRows:
    case StatePart::rows:
      return state_->groups.restoreRow(entry);
    case StatePart::values:
      return state_->groups.restoreValue(entry);
    case StatePart::beside:
      return state_->groups.restoreBeside(entry);
    case StatePart::entries:
      return state_->joins->restore(entry);
    case StatePart::errors:
      state_->errors.restore(entry.key, entry.value, entry.weight);
      return true;
    default:
      FACET_ASSERT(false, static_cast<uint32_t>(part));
      return false;
  }
}

void ViewShard::finishRestore() {
  state_->groups.finishRestore();
  state_->errors.finish();
  if (state_->joins) state_->joins->finishRestore();
}

uint32_t ViewShard::State::shardOfKeyRow(Row key) {
  return shardOfKey(plan.store.format.shardHash(key, hashRow(key.bytes()), shardBuilder_), shards);
}

}  // namespace facet
