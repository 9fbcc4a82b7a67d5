#include "views/operators/delta_batch.h"

#include <cstring>

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

size_t DeltaBatch::append(const char* data, size_t size) {
  const size_t at = words_.size();
  words_.resize(at + size / sizeof(uint64_t));
  std::memcpy(&words_[at], data, size);
  return at;
}

void DeltaBatch::add(Row key, uint64_t hash, uint32_t shard, int64_t weight, Position event) {
  if (map_ != nullptr) map_->prefetch(hash);
  places_[count_] = {append(key.data(), key.size()), kNone, kNone};
  DeltaRow& row = rows_[count_++];
  row.hash = hash;
  row.shard = shard;
  row.weight = weight;
  row.event = event;
}

void DeltaBatch::setRest(Row rest) {
  places_[count_ - 1].rest = append(rest.data(), rest.size());
}

void DeltaBatch::setSums(const char* sums) {
  if (sumBytes_ > 0) places_[count_ - 1].sums = append(sums, sumBytes_);
}

void DeltaBatch::drop() {
  --count_;
  words_.resize(places_[count_].key);
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
  words_.clear();
  arena_.reset();
}

}  // namespace facet
