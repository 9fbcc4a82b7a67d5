#include "views/state/value_sets.h"

#include <cstring>

#include "values/assert.h"
#include "views/store/store_keyed_hash.h"

namespace facet {

namespace {

template <typename Number>
void appendBigEndian(std::string& out, Number number) {
  for (int shift = sizeof(Number) * 8 - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift);
  }
}

/// The value that an entry of the index is for, if it is of this group.
Row valueOf(const OrderedIndex::Iterator& at, std::string_view group) {
  const Row value(at.mapKey().data());
  return at.mapKey().substr(value.size()) == group ? value : Row();
}

}  // namespace

void ValueSets::setKey(std::string_view group, uint32_t aggregate, Row value) {
  const uint64_t header = aggregate;
  key_.assign(reinterpret_cast<const char*>(&header), sizeof(header));
  key_.append(group).append(value.bytes());
}

// The hash is from few bytes, and compared at once; nobody outside can pick groups of one hash.
void ValueSets::setPrefix(std::string_view group, uint32_t aggregate) {
  order_.clear();
  appendBigEndian(order_, keyedHash(group));
  appendBigEndian(order_, aggregate);
}

/// Where the member is in the index: order_ and mapKey_.
void ValueSets::setPlace(const Member& member, std::string_view order) {
  setPrefix(member.group, member.aggregate);
  order_.append(order);
  mapKey_.assign(member.value.bytes()).append(member.group);
}

int ValueSets::add(std::string_view group, uint32_t aggregate, Row value, std::string_view order,
                   int64_t weight, Position position) {
  setKey(group, aggregate, value);
  const uint64_t hash = hashRow(key_);
  Version* version = map_.find(key_, hash);
  if (version == nullptr || version->position != position || version->weight == 0) {
    version = map_.write(key_, hash, position, 0);
  }
  const bool was = version->weight != 0;
  version->weight += weight;
  FACET_ASSERT(version->weight >= 0, version->weight, aggregate);
  const bool is = version->weight != 0;
  if (was == is) return 0;
  if (!order.empty()) {
    setPlace({group, aggregate, value}, order);
    if (is) {
      added_.add(order_, mapKey_);
      if (added_.isFull()) settle(position);
    } else {
      settle(position);
      index_.erase(order_, mapKey_, position);
    }
  }
  return is ? 1 : -1;
}

bool ValueSets::restore(const StateEntry& entry, std::string_view order, Position position) {
  if (map_.add(entry.key, hashRow(entry.key), position, {}, entry.weight) == nullptr) return false;
  if (order.empty()) return true;
  setPlace(memberOf(entry.key), order);
  added_.add(order_, mapKey_);
  if (added_.size() >= OrderedBatch::kFullOfSnapshot) added_.addTo(index_, position);
  return true;
}

void ValueSets::finishRestore(Position position) {
  added_.addTo(index_, position);
}

void ValueSets::settle(Position position) {
  if (!added_.isEmpty()) added_.insertInto(index_, position);
}

ValueSets::Member ValueSets::memberOf(std::string_view key) {
  uint64_t aggregate = 0;
  std::memcpy(&aggregate, key.data(), sizeof(aggregate));
  const Row group(key.data() + sizeof(aggregate));
  return {group.bytes(), static_cast<uint32_t>(aggregate), Row(group.data() + group.size())};
}

bool ValueSets::contains(std::string_view group, uint32_t aggregate, Row value) {
  setKey(group, aggregate, value);
  const Version* const version = map_.find(key_, hashRow(key_));
  return version != nullptr && version->weight != 0;
}

Row ValueSets::smallest(std::string_view group, uint32_t aggregate, Position position) {
  settle(position);
  setPrefix(group, aggregate);
  OrderedIndex::Iterator at(index_, position);
  for (at.seek(order_); at.valid() && at.order().starts_with(order_); at.next()) {
    if (const Row value = valueOf(at, group)) return value;
  }
  return Row();
}

Row ValueSets::largest(std::string_view group, uint32_t aggregate, Position position) {
  settle(position);
  setPrefix(group, aggregate + 1);
  OrderedIndex::Iterator at(index_, position);
  at.seekBefore(order_);
  setPrefix(group, aggregate);
  for (; at.valid() && at.order().starts_with(order_); at.previous()) {
    if (const Row value = valueOf(at, group)) return value;
  }
  return Row();
}

void ValueSets::reclaim(const ReaderNeeds& needs, Position next) {
  map_.reclaim(needs, next);
  index_.reclaim(ReaderNeeds::ofWriterAlone(needs.horizon), next);
}

}  // namespace facet
