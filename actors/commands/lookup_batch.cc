#include "actors/commands/lookup_batch.h"

#include <algorithm>
#include <cstring>

#include "actors/commands/limits.h"
#include "values/assert.h"

namespace facet {

void LookupBatch::prepare(const ShapedBatch& batch, uint32_t begin,
                          const std::vector<CommandPlan>& plans, const Tables& tables) {
  const CommandBatch& in = batch.batch;
  const size_t end = std::min<size_t>(begin + kReadTogether, in.items.size());
  keys_.clear();
  words_.clear();
  current_ = next_ = 0;
  const auto forEachLookup = [&](auto&& visit) {
    for (size_t i = begin; i < end; ++i) {
      if (batch.commands[i].rejected) continue;
      const CommandPlan& plan = plans[in.items[i].command];
      for (size_t j = 0; j < plan.lookups.size(); ++j) visit(in.items[i], plan, j);
    }
  };
  forEachLookup([&](const CommandItem& item, const CommandPlan& plan, size_t j) {
    Key& out = keys_.emplace_back();
    Row key;
    out.complete = buildLookupKey(plan.lookups[j], Row(in.rows.data() + item.row), builder_, key);
    if (!out.complete) return;
    out.start = static_cast<uint32_t>(words_.size());
    words_.resize(out.start + key.size() / sizeof(uint64_t));
    std::memcpy(&words_[out.start], key.data(), key.size());
    out.hash = hashRow(key.bytes());
    tables.map(plan.type->lookups[j].table).prefetch(out.hash);
  });
  size_t next = 0;
  forEachLookup([&](const CommandItem&, const CommandPlan& plan, size_t j) {
    const Key& key = keys_[next++];
    if (key.complete) tables.map(plan.type->lookups[j].table).prefetchVersion(key.hash);
  });
}

void LookupBatch::skip(const CommandPlan& plan) {
  next_ += plan.lookups.size();
}

void LookupBatch::next(const CommandPlan& plan) {
  current_ = next_;
  skip(plan);
  FACET_ASSERT(next_ <= keys_.size(), next_, keys_.size());
}

LookupBatch::Found LookupBatch::find(const Lookup& lookup, size_t index,
                                     const Tables& tables) const {
  FACET_ASSERT(current_ + index < next_, current_, index, next_);
  const Key& key = keys_[current_ + index];
  if (!key.complete) return {};
  const Row row(&words_[key.start]);
  return {row, tables.findNewest(lookup.table, row.bytes(), key.hash)};
}

}  // namespace facet
