#include "actors/streams.h"

#include <cstring>

namespace facet {

int64_t Streams::version(Row key) const {
  const Version* version = map_.find(key.bytes(), hashRow(key.bytes()));
  return version == nullptr ? 0 : version->weight;
}

// The count is the weight itself: no version means none.
void Streams::add(Row key, Position first, int64_t steps) {
  map_.write(key.bytes(), hashRow(key.bytes()), first, 0)->weight += steps;
}

void Streams::step(Row key, Position first) {
  add(key, first, 1);
}

void Streams::unstep(Row key, Position first) {
  add(key, first, -1);
}

void Streams::fold(const Block& block, Position firstEvent) {
  block.forEachStream([&](Row key) { step(key, firstEvent); });
}

}  // namespace facet
