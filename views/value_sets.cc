#include "views/value_sets.h"

#include <cstring>

#include "values/assert.h"

namespace facet {

namespace {

void appendBigEndian(std::string& out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

}  // namespace

void ValueSets::setKey(std::string_view group, uint32_t aggregate, Row value) {
  const uint64_t header = aggregate;
  key_.assign(reinterpret_cast<const char*>(&header), sizeof(header));
  key_.append(group).append(value.bytes());
}

// A packed row begins with its size, so that no group's bytes are the beginning of another's. Some
// bits of its hash before it keep groups apart in what an index compares first.
void ValueSets::setPrefix(std::string_view group, uint32_t aggregate) {
  order_.clear();
  appendBigEndian(order_, static_cast<uint32_t>(hashRow(group)));
  order_.append(group);
  appendBigEndian(order_, aggregate);
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
    setPrefix(group, aggregate);
    order_.append(order);
    if (is) {
      added_.add(order_, value.bytes());
      if (added_.isFull()) settle(position);
    } else {
      settle(position);
      index_.erase(order_, value.bytes(), position);
    }
  }
  return is ? 1 : -1;
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
  at.seek(order_);
  if (!at.valid() || !at.order().starts_with(order_)) return Row();
  return Row(at.mapKey().data());
}

Row ValueSets::largest(std::string_view group, uint32_t aggregate, Position position) {
  settle(position);
  setPrefix(group, aggregate + 1);
  OrderedIndex::Iterator at(index_, position);
  at.seekBefore(order_);
  setPrefix(group, aggregate);
  if (!at.valid() || !at.order().starts_with(order_)) return Row();
  return Row(at.mapKey().data());
}

void ValueSets::reclaim(const ReaderNeeds& needs, Position next) {
  map_.reclaim(needs, next);
  index_.reclaim(ReaderNeeds::ofWriterAlone(needs.horizon), next);
}

}  // namespace facet
