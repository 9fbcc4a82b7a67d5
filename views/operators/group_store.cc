#include "views/operators/group_store.h"

#include <cstring>

#include "values/assert.h"
#include "views/operators/limits.h"
#include "views/operators/stored_row.h"

namespace facet {

namespace {

void appendEmptyRow(const RowLayout& layout, std::string& out) {
  if (layout.size() == 0) return;
  const std::vector<uint64_t>& words = layout.emptyRow();
  out.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t));
}

}  // namespace

GroupStore::GroupStore(const StorePlan& plan, ViewErrors& errors, bool ownsGlobal)
    : plan_(plan),
      errors_(errors),
      groups_(plan.keyGroups.size()),
      results_(plan.aggregates.size()) {
  if (plan.valueSets) sets_ = std::make_unique<ValueSets>();
  if (!plan.aggregated && !plan.isBag()) beside_ = std::make_unique<ValueSets>();
  for (size_t i = 0; i < plan.orders.size(); ++i) {
    indexes_.push_back(std::make_unique<OrderedIndex>());
    added_.emplace_back();
  }
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const Type value = aggregate.scales ? Type::of(Kind::int64) : aggregate.argument;
    valueLayouts_.emplace_back(std::vector<Type>{value});
  }
  if (!plan.aggregated) return;
  appendEmptyRow(plan.restLayout, newGroup_);
  appendEmptyRow(plan.extremeLayout, newGroup_);
  newGroup_.append(plan.accumulatorBytes, '\0');
  if (!plan.global || !ownsGlobal) return;
  // The one row of a global aggregate is there before any event.
  builder_.start(plan.format.key);
  const std::string key(builder_.finish().bytes());
  begin({0});
  touchGroup(key, hashRow(key))->weight = 1;
  finish();
}

Version* GroupStore::touch(std::string_view key, uint64_t hash, uint32_t newValueBytes) {
  Version* version = map_.find(key, hash);
  if (version != nullptr && version->position == position_) return version;
  const bool exists = version != nullptr && version->weight != 0;
  const Version* before = nullptr;
  version = map_.write(key, hash, position_, exists ? version->valueBytes : newValueBytes, &before);
  touched_.push_back({version, before});
  return version;
}

Version* GroupStore::touchGroup(std::string_view key, uint64_t hash) {
  const size_t touchedBefore = touched_.size();
  Version* version = touch(key, hash, static_cast<uint32_t>(newGroup_.size()));
  const bool isNew = touched_.size() > touchedBefore && touched_.back().before == nullptr;
  if (isNew) std::memcpy(version->valueData(), newGroup_.data(), newGroup_.size());
  return version;
}

/// Another size for a version of this chunk: it can move. Who holds the old one sees kReplaced.
Version* GroupStore::resize(Version* version, uint32_t valueBytes) {
  return map_.write(version->key(), hashRow(version->key()), position_, valueBytes);
}

/// Puts `bytes` in the place of a part of the version's value.
Version* GroupStore::splice(Version* version, uint32_t offset, uint32_t length,
                            std::string_view bytes) {
  if (length != bytes.size()) {
    scratch_.assign(version->value().substr(offset + length));
    version = resize(version, version->valueBytes - length + static_cast<uint32_t>(bytes.size()));
    std::memcpy(version->valueData() + offset + bytes.size(), scratch_.data(), scratch_.size());
  }
  std::memcpy(version->valueData() + offset, bytes.data(), bytes.size());
  return version;
}

void GroupStore::take(std::span<const DeltaRow> rows) {
  count(rows.size());
  if (map_.bytesUsed() > kCachedMapBytes) {
    for (const DeltaRow& row : rows) map_.prefetchVersion(row.hash);
  }
  for (const DeltaRow& row : rows) add(row);
}

void GroupStore::add(const DeltaRow& delta) {
  const std::string_view key = delta.key.bytes();
  if (plan_.aggregated) {
    Version* version = addToAggregates(touchGroup(key, delta.hash), delta);
    version->weight += delta.weight;
  } else if (delta.weight == 0) {
    return;
  } else if (plan_.isBag()) {
    touch(key, delta.hash, 0)->weight += delta.weight;
  } else {
    addPlain(delta);
  }
}

Version* GroupStore::addToAggregates(Version* version, const DeltaRow& delta) {
  char* accumulators = accumulatorsOf(plan_, *version);
  if (delta.sums != nullptr) {
    for (size_t i = 0; i < plan_.sums.plans.size(); ++i) {
      const AggregatePlan& sum = plan_.sums.plans[i];
      char* const to = accumulators + plan_.aggregates[plan_.sums.aggregates[i]].offset;
      sum.merge(to, delta.sums + sum.offset, 1);
    }
  }
  const int64_t weight = delta.weight;
  if (weight == 0) return version;
  for (size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (!delta.present[i]) continue;
    const AggregatePlan& aggregate = plan_.aggregates[i];
    const Value& value = delta.arguments[i];
    if (aggregate.usesSet() && aggregate.set == i) addToSet(version, i, value, weight);
    if (aggregate.state == AggregatePlan::State::values) continue;
    if (aggregate.state == AggregatePlan::State::extremeText) {
      version = keepText(version, aggregate, value);
      accumulators = accumulatorsOf(plan_, *version);
      continue;
    }
    aggregate.add(accumulators, value, weight);
  }
  return version;
}

void GroupStore::addToSet(Version* version, size_t aggregate, const Value& value, int64_t weight) {
  const AggregatePlan& plan = plan_.aggregates[aggregate];
  const bool counted = plan.function == AggregateFunction::count;
  const Value member = plan.scales ? Value::int64(value.scale()) : value;
  valueBuilder_.start(valueLayouts_[aggregate]);
  order_.clear();
  // Values that are equal count once, but a minimum is shown as it was written.
  if (counted) {
    valueBuilder_.setKey(0, member);
  } else {
    valueBuilder_.set(0, member);
    appendOrderedKey(order_, member);
  }
  const int change = sets_->add(version->key(), static_cast<uint32_t>(aggregate),
                                valueBuilder_.finish(), order_, weight, position_);
  if (counted) plan.changeCount(accumulatorsOf(plan_, *version), change);
}

Version* GroupStore::keepText(Version* version, const AggregatePlan& aggregate,
                              const Value& value) {
  const uint32_t offset = restBytes(plan_, *version);
  const Row kept(version->valueData() + offset);
  const Value before = kept.get(plan_.extremeLayout, aggregate.extremeColumn);
  if (!before.isNull() && !aggregate.isBetter(value, before)) return version;
  valueBuilder_.start(plan_.extremeLayout);
  for (size_t i = 0; i < plan_.extremeLayout.size(); ++i) {
    valueBuilder_.set(i, i == aggregate.extremeColumn ? value : kept.get(plan_.extremeLayout, i));
  }
  return splice(version, offset, kept.size(), valueBuilder_.finish().bytes());
}

// ---- plain rows with a key ----

/// The row's other columns, for sets of rows: one without any has a row of no columns.
Row GroupStore::restOf(const DeltaRow& delta) const {
  return delta.rest ? delta.rest : Row(plan_.restLayout.emptyRow().data());
}

void GroupStore::addPlain(const DeltaRow& delta) {
  const uint32_t size = delta.rest ? delta.rest.size() : 0;
  const std::string_view key = delta.key.bytes();
  for (int64_t n = delta.weight; n > 0; --n) {
    addOneOf(delta, touch(key, delta.hash, size));
  }
  for (int64_t n = delta.weight; n < 0; ++n) {
    takeOneOf(delta, touch(key, delta.hash, size));
  }
}

void GroupStore::addOneOf(const DeltaRow& delta, Version* version) {
  const Row rest = restOf(delta);
  if (version->weight != 0) {
    changeBeside(delta.key.bytes(), rest, 1, delta.event);
  } else {
    place(version, rest);
  }
}

void GroupStore::takeOneOf(const DeltaRow& delta, Version* version) {
  const std::string_view key = delta.key.bytes();
  const Row rest = restOf(delta);
  // Of rows that are equal, those beside go first.
  if (beside_->contains(key, 0, rest)) return changeBeside(key, rest, -1);
  FACET_ASSERT(version->weight == 1 && (!delta.rest || version->value() == rest.bytes()),
               version->weight, position_);
  const Row next = beside_->smallest(key, 0, position_);
  if (!next) {
    version->weight = 0;
    return;
  }
  scratch_.assign(next.bytes());
  place(version, Row(scratch_.data()));
  changeBeside(key, Row(scratch_.data()), -1);
}

void GroupStore::place(Version* version, Row rest) {
  version->weight = 1;
  if (plan_.restLayout.size() == 0) return;
  if (version->valueBytes != rest.size()) version = resize(version, rest.size());
  std::memcpy(version->valueData(), rest.data(), rest.size());
}

void GroupStore::changeBeside(std::string_view key, Row rest, int64_t weight, Position event) {
  order_.assign(rest.bytes());
  beside_->add(key, 0, rest, order_, weight, position_);
  const Row row(key.data());
  errors_.add(
      ViewErrors::kUniqueKey, ErrorCode::moreThanOneRow, weight,
      {.identity = hashRow(key) | 1, .event = event, .layout = &plan_.format.key, .key = row});
}

// ---- figures ----

void GroupStore::reclaim(const ViewNeeds& view, Position next) {
  const ReaderNeeds& needs = view.rows;
  map_.reclaim(needs, next);
  if (sets_) sets_->reclaim(view.state, next);
  if (beside_) beside_->reclaim(view.state, next);
  for (const auto& index : indexes_) index->reclaim(needs, next);
  digests_.reclaim(needs);
}

uint64_t GroupStore::bytes() const {
  uint64_t total = map_.bytes();
  if (sets_) total += sets_->bytes();
  if (beside_) total += beside_->bytes();
  for (const auto& index : indexes_) total += index->bytes();
  return total;
}

}  // namespace facet
