// GroupStore's third part: rows as a snapshot has them.
#include "values/assert.h"
#include "views/operators/group_store.h"
#include "views/operators/stored_row.h"

namespace facet {

void GroupStore::reserve(StatePart part, uint64_t entries) {
  if (part == StatePart::heldRows || part == StatePart::rows) map_.reserve(entries);
  if (part == StatePart::values && sets_) sets_->reserve(entries);
}

bool GroupStore::restoreRow(const StateEntry& entry) {
  const uint64_t hash = hashRow(entry.key);
  if (Version* const version =
          map_.add(entry.key, hash, position_, entry.value, entry.weight, entry.flags)) {
    showRestored({version, nullptr});
    return true;
  }
  const Version* const before = map_.find(entry.key, hash);
  FACET_ASSERT(before != nullptr, position_);
  const bool same = before->weight == entry.weight && before->value() == entry.value &&
                    (before->flags & Version::kOwnerFlags) == entry.flags;
  if (same) {
    confirmed_.insert(before);
    return true;
  }
  if (before->position == position_) return false;
  Version* const version = map_.put(entry.key, position_, entry.value, entry.weight, entry.flags);
  showRestored({version, before->weight != 0 ? before : nullptr});
  return true;
}

void GroupStore::showRestored(const Touched& touched) {
  if (touched.before != nullptr && isShown(*touched.before)) account(*touched.before, -1);
  const bool shown = isShown(*touched.version);
  if (shown) account(*touched.version, 1);
  if (touched.before != nullptr) return indexRow(touched, false);
  if (!shown) return;
  for (size_t i = 0; i < indexes_.size(); ++i) {
    makeOrder(plan_.orders[i], *touched.version, order_);
    added_[i].add(order_, touched.version->key());
    if (added_[i].size() >= OrderedBatch::kFullOfSnapshot) added_[i].addTo(*indexes_[i], position_);
  }
}

bool GroupStore::restoreValue(const StateEntry& entry) {
  const auto [group, number, row] = ValueSets::memberOf(entry.key);
  FACET_ASSERT(number < plan_.aggregates.size(), number);
  order_.clear();
  if (plan_.aggregates[number].function != AggregateFunction::count) {
    appendOrderedKey(order_, row.get(valueLayouts_[number], 0));
  }
  return sets_->restore(entry, order_, position_);
}

bool GroupStore::restoreBeside(const StateEntry& entry) {
  return beside_->restore(entry, ValueSets::memberOf(entry.key).value.bytes(), position_);
}

/// What was there at an earlier position and was not restored is there no more.
void GroupStore::removeUnconfirmed() {
  std::vector<const Version*> gone;
  map_.forEachNewest([&](const Version& version) {
    if (version.position < position_ && !confirmed_.contains(&version)) gone.push_back(&version);
  });
  for (const Version* before : gone) {
    showRestored({map_.put(before->key(), position_, {}, 0), before});
  }
  confirmed_.clear();
}

void GroupStore::finishRestore() {
  if (!digests_.empty()) removeUnconfirmed();
  for (size_t i = 0; i < indexes_.size(); ++i) added_[i].addTo(*indexes_[i], position_);
  if (sets_) sets_->finishRestore(position_);
  if (beside_) beside_->finishRestore(position_);
  digests_.set(position_, digest_);
}

}  // namespace facet
