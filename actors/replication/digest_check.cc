#include "actors/replication/digest_check.h"

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

bool DigestCheck::match(const DigestNote& note, Waiting& others, Waiting& own, uint128& other) {
  const Place place{note.position, note.relation};
  const auto found = others.find(place);
  if (found == others.end()) {
    own[place] = note.digest;
    if (own.size() > kDigestNotes) own.erase(own.begin());
    FACET_ASSERT(own.size() <= kDigestNotes, own.size());
    return false;
  }
  other = found->second;
  others.erase(found);
  return true;
}

void DigestCheck::addOwn(const DigestNote& note) {
  DigestDifference found{note.relation, note.position, note.digest, 0};
  {
    const std::lock_guard lock(mutex_);
    if (!match(note, upstream_, own_, found.upstream)) return;
  }
  count(found);
}

void DigestCheck::addUpstream(const DigestNote& note) {
  DigestDifference found{note.relation, note.position, 0, note.digest};
  {
    const std::lock_guard lock(mutex_);
    if (!match(note, own_, upstream_, found.own)) return;
  }
  count(found);
}

void DigestCheck::count(const DigestDifference& found) {
  {
    const std::lock_guard lock(mutex_);
    ++figures_.compared;
    if (found.own == found.upstream) return;
    ++figures_.differed;
  }
  next_.differed(found);
}

DigestCheck::Figures DigestCheck::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace facet
