#include "actors/commands/streams.h"

#include <cstring>

#include "values/assert.h"

namespace facet {

int64_t Streams::version(Row key) const {
  const Version* version = map_.find(key.bytes(), hashRow(key.bytes()));
  return version == nullptr ? 0 : version->weight;
}

// The count is the weight itself: no version means none.
void Streams::step(Row key, BlockNumber block) {
  Version* const version = map_.write(key.bytes(), hashRow(key.bytes()), {block.value}, 0);
  FACET_ASSERT(version->weight >= 0, version->weight);
  ++version->weight;
}

void Streams::fold(const Block& block, BlockNumber number) {
  block.forEachStream([&](Row key) { step(key, number); });
}

}  // namespace facet
