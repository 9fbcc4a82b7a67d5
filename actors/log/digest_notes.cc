#include "actors/log/digest_notes.h"

#include <algorithm>

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

bool DigestNotes::agreed(ChunkNumber chunk) {
  return chunk.value % kDigestEvery == 0;
}

void DigestNotes::expect(Position position) {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(expected_.empty() || expected_.back() < position, position);
  expected_.push_back(position);
  if (expected_.size() > kMaxChunksAhead) expected_.pop_front();
}

bool DigestNotes::expected(Position position) const {
  const std::lock_guard lock(mutex_);
  return std::binary_search(expected_.begin(), expected_.end(), position);
}

void DigestNotes::add(const DigestNote& note) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(note);
  ++last_;
  if (notes_.size() > kDigestNotes) notes_.pop_front();
}

DigestNotes::Some DigestNotes::after(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(last_ >= notes_.size(), last_, notes_.size());
  const uint64_t before = last_ - notes_.size();  // the number before the oldest one's
  const uint64_t from = number > last_ ? before : std::max(number, before);
  const uint64_t count = std::min<uint64_t>(last_ - from, kMaxNotesAtATime);
  const auto begin = notes_.begin() + static_cast<ptrdiff_t>(from - before);
  return {{begin, begin + static_cast<ptrdiff_t>(count)}, from + count};
}

}  // namespace facet
