#include "actors/streams.h"

#include <cstring>

namespace facet {

int64_t Streams::version(Row key) const {
  const Version* version = map_.find(key.bytes(), hashRow(key.bytes()));
  return version == nullptr ? 0 : version->weight;
}

// The count is the weight itself: no version means none.
void Streams::add(Row key, BlockNumber block, int64_t steps) {
  map_.write(key.bytes(), hashRow(key.bytes()), {block.value}, 0)->weight += steps;
}

void Streams::step(Row key, BlockNumber block) {
  add(key, block, 1);
}

void Streams::unstep(Row key, BlockNumber block) {
  add(key, block, -1);
}

void Streams::fold(const Block& block, BlockNumber number) {
  block.forEachStream([&](Row key) { step(key, number); });
}

}  // namespace facet
