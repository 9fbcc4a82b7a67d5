// GroupStore's third part: rows as a snapshot has them.
#include "values/assert.h"
#include "views/group_store.h"
#include "views/stored_row.h"

namespace facet {

void GroupStore::restoreRow(const StateEntry& entry) {
  const uint64_t hash = hashRow(entry.key);
  const Version* const before = map_.find(entry.key, hash);
  const bool same = before != nullptr && before->position < position_ &&
                    before->weight == entry.weight && before->value() == entry.value &&
                    (before->flags & Version::kOwnerFlags) == entry.flags;
  if (same) {
    confirmed_.insert(before);
    return;
  }
  Version* const version = map_.put(entry.key, position_, entry.value, entry.weight, entry.flags);
  showRestored({version, before != nullptr && before->weight != 0 ? before : nullptr});
}

void GroupStore::showRestored(const Touched& touched) {
  if (touched.before != nullptr && isShown(*touched.before)) account(*touched.before, -1);
  if (isShown(*touched.version)) account(*touched.version, 1);
  if (!plan_.orders.empty()) indexRow(touched, false);
}

void GroupStore::restoreValue(const StateEntry& entry) {
  const auto [group, number, row] = ValueSets::memberOf(entry.key);
  FACET_ASSERT(number < plan_.aggregates.size(), number);
  order_.clear();
  if (plan_.aggregates[number].function != AggregateFunction::count) {
    appendOrderedKey(order_, row.get(valueLayouts_[number], 0));
  }
  sets_->add(group, number, row, order_, entry.weight, position_);
}

void GroupStore::restoreBeside(const StateEntry& entry) {
  const auto [group, number, row] = ValueSets::memberOf(entry.key);
  order_.assign(row.bytes());
  beside_->add(group, number, row, order_, entry.weight, position_);
}

void GroupStore::finishRestore() {
  // What was there before and was not restored is there no more.
  std::vector<const Version*> gone;
  map_.forEachNewest([&](const Version& version) {
    if (version.position < position_ && !confirmed_.contains(&version)) gone.push_back(&version);
  });
  for (const Version* before : gone) {
    showRestored({map_.put(before->key(), position_, {}, 0), before});
  }
  confirmed_.clear();
  settle();
  const std::lock_guard lock(digestMutex_);
  digests_.push_back({position_, digest_});
}

}  // namespace facet
