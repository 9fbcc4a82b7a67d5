#include "views/store/ordered_batch.h"

#include <algorithm>

namespace facet {

namespace {

constexpr size_t kBlock = size_t{256} << 10;
constexpr size_t kAhead = 8;

std::string_view behind(std::string_view order, size_t bytes) {
  return order.size() > bytes ? order.substr(bytes) : std::string_view();
}

}  // namespace

void OrderedBatch::add(std::string_view order, std::string_view mapKey) {
  char* const bytes = take(order.size() + mapKey.size());
  std::copy(order.begin(), order.end(), bytes);
  std::copy(mapKey.begin(), mapKey.end(), bytes + order.size());
  entries_.push_back(
      {{orderPrefix(order), orderPrefix(behind(order, 8)), orderPrefix(behind(order, 16))},
       bytes,
       static_cast<uint32_t>(order.size()),
       static_cast<uint32_t>(mapKey.size())});
}

char* OrderedBatch::take(size_t size) {
  if (left_ < size) {
    left_ = std::max(kBlock, size);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(left_), left_});
    at_ = blocks_.back().memory.get();
  }
  char* const bytes = at_;
  at_ += size;
  left_ -= size;
  return bytes;
}

void OrderedBatch::insertInto(OrderedIndex& index, Position position) {
  drain([&](std::string_view order, std::string_view mapKey) {
    index.insert(order, mapKey, position);
  });
}

void OrderedBatch::addTo(OrderedIndex& index, Position position) {
  drain(
      [&](std::string_view order, std::string_view mapKey) { index.add(order, mapKey, position); });
}

/// Visits all in ascending order; then it is empty.
template <typename Visit>
void OrderedBatch::drain(Visit&& visit) {
  std::sort(entries_.begin(), entries_.end());
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i + kAhead < entries_.size()) {
      __builtin_prefetch(entries_[i + kAhead].bytes);
      __builtin_prefetch(entries_[i + kAhead].bytes + 64);
    }
    visit(entries_[i].order(), entries_[i].mapKey());
  }
  if (entries_.size() > kKept) entries_ = {};
  entries_.clear();
  // One block is kept for the next ones.
  if (!blocks_.empty() && blocks_[0].bytes > kBlock) blocks_.clear();
  if (blocks_.size() > 1) blocks_.resize(1);
  at_ = blocks_.empty() ? nullptr : blocks_[0].memory.get();
  left_ = blocks_.empty() ? 0 : kBlock;
}

bool OrderedBatch::Entry::operator<(const Entry& other) const {
  for (size_t i = 0; i < kPrefixWords; ++i) {
    if (prefix[i] != other.prefix[i]) return prefix[i] < other.prefix[i];
  }
  const bool same = orderBytes == other.orderBytes && orderBytes <= sizeof(prefix);
  const int byOrder = same ? 0 : order().compare(other.order());
  return byOrder != 0 ? byOrder < 0 : mapKey() < other.mapKey();
}

}  // namespace facet
