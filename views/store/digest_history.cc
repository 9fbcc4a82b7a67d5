#include "views/store/digest_history.h"

#include <algorithm>

#include "values/assert.h"

namespace facet {

void DigestHistory::set(Position position, uint128 digest) {
  const std::lock_guard lock(mutex_);
  if (!entries_.empty() && entries_.back().position == position) {
    entries_.back().digest = digest;
    return;
  }
  FACET_ASSERT(entries_.empty() || entries_.back().position < position, position);
  entries_.push_back({position, digest});
}

void DigestHistory::rollback(Position last) {
  const std::lock_guard lock(mutex_);
  while (!entries_.empty() && entries_.back().position > last) entries_.pop_back();
}

void DigestHistory::reclaim(const ReaderNeeds& needs) {
  if (entries_.size() < 2) return;
  const std::lock_guard lock(mutex_);
  while (entries_.size() > 1 && entries_[1].position <= needs.horizon) entries_.pop_front();
  if (needs.hasGap()) closeGap(needs);
}

void DigestHistory::closeGap(const ReaderNeeds& needs) {
  size_t kept = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const bool last = i + 1 == entries_.size();
    const bool needed =
        last || entries_[i].position <= needs.gapAfter || entries_[i + 1].position > needs.gapEnd;
    if (needed) entries_[kept++] = entries_[i];
  }
  entries_.resize(kept);
}

uint128 DigestHistory::at(Position position) const {
  const std::lock_guard lock(mutex_);
  const auto after =
      std::upper_bound(entries_.begin(), entries_.end(), position,
                       [](Position asked, const Entry& entry) { return asked < entry.position; });
  return after == entries_.begin() ? 0 : std::prev(after)->digest;
}

}  // namespace facet
