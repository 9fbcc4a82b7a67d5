#include "views/operators/delta_batch.h"

#include <cstring>

#include "values/assert.h"

namespace facet {

DeltaBatch::DeltaBatch(size_t arguments, uint32_t sumBytes)
    : arguments_(arguments),
      sumBytes_(sumBytes),
      // One more: rows without arguments point behind the last.
      values_(kDeltaRows * arguments + 1),
      present_(std::make_unique<bool[]>(kDeltaRows * arguments + 1)) {
  for (size_t i = 0; i < kDeltaRows; ++i) {
    rows_[i].arguments = &values_[i * arguments];
    rows_[i].present = &present_[i * arguments];
  }
}

void DeltaBatch::connect(DeltaSink& next) {
  FACET_ASSERT(count_ == 0, count_);
  next_ = &next;
  map_ = next.lookups();
}

char* DeltaBatch::makeSums() {
  char* sums = arena_.allocate(sumBytes_);
  std::memset(sums, 0, sumBytes_);
  return sums;
}

void DeltaBatch::flush() {
  if (count_ > 0) next_->take({rows_.data(), count_});
  count_ = 0;
  arena_.reset();
}

}  // namespace facet
