#include "views/operators/delta_batch.h"

#include <algorithm>
#include <utility>

#include "values/assert.h"

namespace facet {

DeltaBatch::DeltaBatch(size_t arguments, uint32_t sumBytes)
    : arguments_(arguments),
      sumBytes_(sumBytes),
      // One more: rows without arguments point behind the last.
      values_(kDeltaRows * arguments + 1),
      present_(std::make_unique<bool[]>(kDeltaRows * arguments + 1)) {}

void DeltaBatch::connect(DeltaSink& next) {
  FACET_ASSERT(count_ == 0, count_);
  next_ = &next;
  map_ = next.lookups();
}

void DeltaBatch::grow(size_t words) {
  const size_t capacity = std::max(2 * capacity_, used_ + words);
  auto grown = std::make_unique_for_overwrite<uint64_t[]>(capacity);
  if (used_ > 0) std::memcpy(grown.get(), words_.get(), used_ * sizeof(uint64_t));
  words_ = std::move(grown);
  capacity_ = capacity;
}

void DeltaBatch::setRest(Row rest) {
  places_[count_ - 1].rest = append(rest.data(), rest.size());
}

void DeltaBatch::setSums(const char* sums) {
  if (sumBytes_ > 0) places_[count_ - 1].sums = append(sums, sumBytes_);
}

void DeltaBatch::drop() {
  --count_;
  used_ = places_[count_].key;
}

void DeltaBatch::flush() {
  for (size_t i = 0; i < count_; ++i) {
    const Places& places = places_[i];
    DeltaRow& row = rows_[i];
    row.key = Row(&words_[places.key]);
    row.rest = places.rest == kNone ? Row() : Row(&words_[places.rest]);
    row.sums = places.sums == kNone ? nullptr : reinterpret_cast<char*>(&words_[places.sums]);
    row.arguments = &values_[i * arguments_];
    row.present = &present_[i * arguments_];
  }
  if (count_ > 0) next_->take({rows_.data(), count_});
  count_ = 0;
  used_ = 0;
  if (capacity_ > 2 * kMaxWords) {
    words_ = nullptr;
    capacity_ = 0;
  }
  arena_.reset();
}

}  // namespace facet
