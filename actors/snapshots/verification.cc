#include "actors/snapshots/verification.h"

#include <algorithm>
#include <stdexcept>

#include "values/assert.h"
#include "views/tables/row_digest.h"

namespace facet {

std::vector<VerifiedRelation> lookAt(const std::vector<const LiveRelation*>& relations,
                                     const Tables& tables, Cuts& cuts) {
  std::vector<VerifiedRelation> out;
  for (const LiveRelation* live : relations) {
    Cuts::Pin pin = cuts.pin();
    if (!pin) throw std::runtime_error("all cuts are in use by readers; try again in a moment");
    VerifiedRelation& relation = out.emplace_back();
    relation.position = live->cut(pin, nullptr);
    relation.isView = live->view() != nullptr;
    if (!relation.isView) {
      relation.name = live->table()->relation.name;
      relation.kept = tables.digest(live->index(), relation.position);
      relation.rows = tables.digestOfRows(live->index(), relation.position);
      continue;
    }
    relation.name = live->view()->name;
    relation.kept = static_cast<const LiveView*>(live)->digest(relation.position);
    relation.rows = digestOfRows(live->source(relation.position), relation.position);
  }
  return out;
}

bool compare(std::vector<VerifiedRelation>& relations, Refold& refold, const EventLog& log,
             const std::function<bool(Position)>& goOn) {
  Position until;
  for (const VerifiedRelation& relation : relations) {
    FACET_ASSERT(relation.position >= refold.at(), relation.name, relation.position, refold.at());
    until = std::max(until, relation.position);
  }
  const auto note = [&](Position at) {
    uint32_t view = 0;
    uint32_t table = 0;
    for (VerifiedRelation& relation : relations) {
      const uint32_t index = relation.isView ? view++ : table++;
      if (relation.position != at) continue;
      relation.folded =
          relation.isView ? refold.view(index)->digest(at) : refold.tables().digest(index, at);
    }
  };
  note(refold.at());
  return refold.fold(log, until, [&](Position at) {
    note(at);
    return goOn(at);
  });
}

}  // namespace facet
