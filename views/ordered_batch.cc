#include "views/ordered_batch.h"

#include <algorithm>

namespace facet {

void OrderedBatch::add(std::string_view order, std::string_view mapKey) {
  entries_.push_back({orderPrefix(order), bytes_.size(), static_cast<uint32_t>(order.size()),
                      static_cast<uint32_t>(mapKey.size())});
  bytes_.insert(bytes_.end(), order.begin(), order.end());
  bytes_.insert(bytes_.end(), mapKey.begin(), mapKey.end());
}

void OrderedBatch::insertInto(OrderedIndex& index, Position position) {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int byOrder = orderOf(a).compare(orderOf(b));
    return byOrder != 0 ? byOrder < 0 : mapKeyOf(a) < mapKeyOf(b);
  });
  for (const Entry& entry : entries_) index.insert(orderOf(entry), mapKeyOf(entry), position);
  if (entries_.size() > kKept) {
    entries_ = {};
    bytes_ = {};
  }
  entries_.clear();
  bytes_.clear();
}

}  // namespace facet
