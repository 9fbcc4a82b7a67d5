#include "views/operators/join_state.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "values/assert.h"
#include "views/store/store_keyed_hash.h"

namespace facet {

namespace {

bool isRow(const Version* version) {
  return version != nullptr && version->weight != 0;
}

bool sameBits(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null:
      return true;
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
      return a.asText() == b.asText();
    case Kind::numeric:
      return a.unscaled() == b.unscaled() && a.scale() == b.scale();
    case Kind::interval:
      return a.asInterval() == b.asInterval();
    case Kind::float32:
    case Kind::float64: {
      const double left = a.asDouble();
      const double right = b.asDouble();
      return std::memcmp(&left, &right, sizeof(double)) == 0;
    }
    default:
      return a.asInt() == b.asInt();
  }
}

}  // namespace

JoinState::JoinState(const ViewPlan::Operators& plan, uint32_t shard, uint32_t shards,
                     const Tables& tables, ViewErrors& errors)
    : plan_(plan),
      shard_(shard),
      shards_(shards),
      tables_(&tables),
      errors_(errors),
      rows_(plan, plan.upper.rows, errors, std::nullopt),
      keysFixed_(std::all_of(plan.joins.begin(), plan.joins.end(),
                             [](const JoinPlan& join) { return join.fixed; })),
      indexes_(plan.joins.size()),
      changes_(plan.joins.size()),
      inputs_(1 + 2 * plan.joins.size()),
      sums_(plan.lower.sumBytes / sizeof(uint64_t)),
      difference_(sums_.size()) {
  context_.rows = inputs_.data();
  context_.arena = &arena_;
}

void JoinState::begin(const ChunkInput& chunk) {
  chunk_ = &chunk;
  for (size_t j = 0; j < plan_.joins.size(); ++j) {
    if (plan_.joins[j].first == j) changes_[j].read(chunk.changes, plan_.joins[j].table);
  }
}

// ---- changes of the tables ----

/// Whether the change can be seen in the view: rows appear, disappear, or a column that it looks at
/// is another.
bool JoinState::matters(const JoinPlan& join, const NetChanges::Net& net) const {
  if (isRow(net.before) != isRow(net.after)) return true;
  if (!isRow(net.before)) return false;
  const RowLayout& layout = tables_->model().tables()[join.table].restLayout;
  return std::any_of(join.used.begin(), join.used.end(), [&](uint32_t column) {
    return !sameBits(net.before->valueRow().get(layout, column),
                     net.after->valueRow().get(layout, column));
  });
}

void JoinState::moveEntries(const Emit& emit) {
  affected_.clear();
  for (size_t j = 0; j < plan_.joins.size(); ++j) {
    for (const NetChanges::Net& net : changesOf(j).all()) {
      if (!matters(plan_.joins[j], net)) continue;
      indexes_[j].forEach(keyedHash(net.key()),
                          [&](uint32_t entry) { affected_.push_back(entry); });
    }
  }
  std::sort(affected_.begin(), affected_.end());
  affected_.erase(std::unique(affected_.begin(), affected_.end()), affected_.end());
  for (const EntryId id : affected_) moveEntry(id, emit);
}

void JoinState::moveEntry(EntryId id, const Emit& emit) {
  const Version& entry = *entries_[id];
  const char* sums = sumsOf(entry);
  std::fill(sums_.begin(), sums_.end(), 0);
  const auto* zeros = reinterpret_cast<const char*>(sums_.data());
  contribute(entry, -entry.weight, difference(zeros, sums), When::before, {}, kNoEntry, {}, emit);
  contribute(entry, entry.weight, sums, When::after, {}, keysFixed_ ? kNoEntry : id, {}, emit);
}

/// `sums` - `minus`; valid until the next call.
const char* JoinState::difference(const char* sums, const char* minus) {
  auto* out = reinterpret_cast<char*>(difference_.data());
  if (plan_.lower.sumBytes == 0) return out;
  std::memcpy(out, sums, plan_.lower.sumBytes);
  for (const AggregatePlan& sum : plan_.lower.sums) {
    sum.merge(out + sum.offset, minus + sum.offset, -1);
  }
  return out;
}

// ---- rows of the source ----

/// The first join's key decides; a row without one belongs to shard 0.
bool JoinState::owns(const EvalContext& source) {
  if (shards_ == 1) return true;
  const RowLayout& layout = tables_->model().tables()[plan_.joins[0].table].keyLayout;
  keyBuilder_.start(layout);
  for (size_t k = 0; k < plan_.lower.shardKey.size(); ++k) {
    const Value value = plan_.lower.shardKey[k].program.evaluate(source);
    if (value.isNull() || value.isError()) return shard_ == 0;
    keyBuilder_.setKey(k, value);
  }
  return shardOfKey(hashRow(keyBuilder_.finish().bytes()), shards_) == shard_;
}

void JoinState::add(const EvalContext& source, int64_t weight) {
  if (!owns(source)) return;
  for (const Site& conjunct : plan_.lower.where) {
    const Value holds = conjunct.program.evaluate(source);
    if (holds.isError()) {
      errors_.add(conjunct.text, holds.errorCode(), weight, failedRow(plan_, source, 0));
      return;
    }
    if (!holds.isTrue()) return;
  }
  evaluateLower(source);
  const std::string_view lower = lowerBuilder_.finish().bytes();
  const size_t at = added_.size();
  added_.resize(at + lower.size() / sizeof(uint64_t));
  std::memcpy(&added_[at], lower.data(), lower.size());
  added_.insert(added_.end(), sums_.begin(), sums_.end());
  pending_.push_back({at, hashRow(lower), weight, source.position});
  map_.prefetch(pending_.back().hash);
  if (pending_.size() == kAhead) gatherAdded();
}

void JoinState::gatherAdded() {
  for (const Added& added : pending_) map_.prefetchVersion(added.hash);
  for (const Added& added : pending_) gather(added);
  pending_.clear();
  added_.clear();
}

/// Builds the lower row, and the row's part in the sums.
void JoinState::evaluateLower(const EvalContext& source) {
  const LowerPlan& lower = plan_.lower;
  bool isFailed = false;
  lowerBuilder_.start(lower.layout);
  for (size_t i = 0; i < lower.columns.size(); ++i) {
    const Value value = lower.columns[i].program.evaluate(source);
    isFailed = isFailed || value.isError();
    lowerBuilder_.set(LowerPlan::kFailedRow + 1 + i, value);
  }
  const std::optional<FailedSum> sum = evaluateSums(source);
  if (!isFailed && !sum) return;
  packFailedSource({failedRow(plan_, source, 0), sum}, failedBytes_);
  lowerBuilder_.set(LowerPlan::kFailedRow, Value::bytes(failedBytes_));
}

/// The first one that fails: those behind it are not made then, as nothing counts them.
std::optional<FailedSum> JoinState::evaluateSums(const EvalContext& source) {
  const LowerPlan& lower = plan_.lower;
  std::fill(sums_.begin(), sums_.end(), 0);
  auto* sums = reinterpret_cast<char*>(sums_.data());
  const auto failed = [&](size_t i, const Site& site, const Value& why) {
    return FailedSum{lower.sumOf[i], site.text, why.errorCode()};
  };
  for (size_t i = 0; i < lower.sums.size(); ++i) {
    if (const std::optional<Site>& filter = lower.filters[i]) {
      const Value holds = filter->program.evaluate(source);
      if (holds.isError()) return failed(i, *filter, holds);
      if (!holds.isTrue()) continue;
    }
    Value value;
    if (const std::optional<Site>& argument = lower.arguments[i]) {
      value = argument->program.evaluate(source);
      if (value.isError()) return failed(i, *argument, value);
      if (value.isNull()) continue;
    }
    lower.sums[i].add(sums, value, 1);
  }
  return std::nullopt;
}

void JoinState::gather(const Added& added) {
  const std::string_view key = Row(&added_[added.at]).bytes();
  Version* entry = map_.find(key, added.hash);
  EntryId id;
  if (entry == nullptr || entry->position != chunk_->last) {
    const Version* before = nullptr;
    entry = map_.write(key, added.hash, chunk_->last,
                       static_cast<uint32_t>(sizeof(EntryId)) + plan_.lower.sumBytes, &before);
    if (before == nullptr) {
      id = createEntry();
      std::memcpy(entry->valueData(), &id, sizeof(id));
    } else {
      std::memcpy(&id, entry->valueData(), sizeof(id));
    }
    entries_[id] = entry;
    touched_.push_back({id, before, added.example});
  }
  entry->weight += added.weight;
  const char* sums = key.data() + key.size();
  for (const AggregatePlan& sum : plan_.lower.sums) {
    sum.merge(sumsOf(*entry) + sum.offset, sums + sum.offset, added.weight);
  }
}

void JoinState::finish(const Emit& emit) {
  gatherAdded();
  const VersionedMap& joined = tables_->map(plan_.joins[0].table);
  for (size_t begin = 0; begin < touched_.size(); begin += kAhead) {
    const std::span<const Touched> some(&touched_[begin],
                                        std::min(kAhead, touched_.size() - begin));
    firsts_.clear();
    joinKeys_.clear();
    for (const Touched& touched : some) firsts_.push_back(findFirstKey(touched));
    for (const FirstJoin& first : firsts_) {
      if (first.key != FirstJoin::kNone) joined.prefetchVersion(first.hash);
    }
    for (FirstJoin& first : firsts_) {
      if (first.key == FirstJoin::kNone) continue;
      first.row = rowOf(0, Row(&joinKeys_[first.key]).bytes(), first.hash, When::after);
      __builtin_prefetch(first.row);
    }
    for (size_t i = 0; i < some.size(); ++i) conclude(some[i], firsts_[i], emit);
  }
  touched_.clear();
  countIndexBytes();
}

void JoinState::countIndexBytes() {
  uint64_t bytes = entries_.capacity() * sizeof(Version*);
  for (const JoinIndex& index : indexes_) bytes += index.bytes();
  indexBytes_.store(bytes, std::memory_order_relaxed);
}

/// Of what the entry contributes; its place in the table is fetched.
JoinState::FirstJoin JoinState::findFirstKey(const Touched& touched) {
  arena_.reset();
  enter(entries_[touched.id]->keyRow(), touched.example);
  Value failure;
  uint32_t site = 0;
  if (!buildJoinKey(0, failure, site)) return {};
  const std::string_view key = keyBuilder_.finish().bytes();
  FirstJoin first{joinKeys_.size(), hashRow(key), nullptr};
  joinKeys_.resize(first.key + key.size() / sizeof(uint64_t));
  std::memcpy(&joinKeys_[first.key], key.data(), key.size());
  tables_->map(plan_.joins[0].table).prefetch(first.hash);
  return first;
}

void JoinState::conclude(const Touched& touched, const FirstJoin& first, const Emit& emit) {
  const Version& entry = *entries_[touched.id];
  FACET_ASSERT(entry.weight >= 0, entry.weight, chunk_->last);
  const char* sums = sumsOf(entry);
  if (touched.before != nullptr) {
    const int64_t weight = entry.weight - touched.before->weight;
    if (weight == 0 && plan_.lower.sums.empty()) return;
    contribute(entry, weight, difference(sums, sumsOf(*touched.before)), When::after,
               touched.example, kNoEntry, first, emit);
  } else if (entry.weight != 0) {
    contribute(entry, entry.weight, sums, When::after, touched.example, touched.id, first, emit);
  }
  if (entry.weight == 0) removeEntry(touched.id);
}

JoinState::EntryId JoinState::createEntry() {
  if (!freeIds_.empty()) {
    const EntryId id = freeIds_.back();
    freeIds_.pop_back();
    return id;
  }
  FACET_ASSERT(entries_.size() < UINT32_MAX - 1, entries_.size());
  entries_.push_back(nullptr);
  return entries_.size() - 1;
}

void JoinState::removeEntry(EntryId id) {
  for (JoinIndex& index : indexes_) index.remove(static_cast<uint32_t>(id));
  entries_[id] = nullptr;
  freeIds_.push_back(id);
}

// ---- as a snapshot has them ----

void JoinState::reserve(uint64_t entries) {
  map_.reserve(entries);
  entries_.reserve(entries);
  for (JoinIndex& index : indexes_) index.reserve(entries);
}

bool JoinState::restore(const StateEntry& entry) {
  FACET_ASSERT(entry.value.size() == plan_.lower.sumBytes, entry.value.size());
  const EntryId id = createEntry();
  restoredValue_.assign(reinterpret_cast<const char*>(&id), sizeof(id));
  restoredValue_.append(entry.value);
  const std::string_view key = lowerOfToday(Row(entry.key.data())).bytes();
  if (key.data() != entry.key.data()) {
    auto* const sums = restoredValue_.data() + sizeof(id);
    const auto* const ofRow = reinterpret_cast<const char*>(sums_.data());
    for (const AggregatePlan& sum : plan_.lower.sums) {
      sum.merge(sums + sum.offset, ofRow + sum.offset, entry.weight);
    }
  }
  Version* const version = map_.add(key, hashRow(key), chunk_->last, restoredValue_, entry.weight);
  if (version == nullptr) return false;
  entries_[id] = version;
  arena_.reset();
  // Of no weight: what fails was counted before.
  enter(version->keyRow(), {});
  joinRows(When::after, 0, id, {});
  return true;
}

/// The lower row as it is made today, with its part in sums_, where a snapshot has the whole source
/// row instead; else the row itself. Valid until the next one is made.
Row JoinState::lowerOfToday(Row lower) {
  const Value failed = lower.get(plan_.lower.layout, LowerPlan::kFailedRow);
  if (failed.isNull()) return lower;
  const std::string_view bytes = alignFailed(failed.asText());
  const std::optional<WholeSource> whole = wholeSource(plan_, bytes);
  if (!whole) return lower;
  EvalContext source;
  source.rows = whole->rows;
  source.position = whole->position;
  source.time = whole->time;
  source.arena = &arena_;
  evaluateLower(source);
  return lowerBuilder_.finish();
}

std::optional<uint64_t> JoinState::firstKeyHash(Row lower) {
  arena_.reset();
  Value failure;
  uint32_t site = 0;
  enter(lowerOfToday(lower), {});
  if (!buildJoinKey(0, failure, site)) return std::nullopt;
  return hashRow(keyBuilder_.finish().bytes());
}

// ---- above the joins ----

/// Lays the lower row where the programs find it.
void JoinState::enter(Row lower, Position example) {
  std::fill(inputs_.begin(), inputs_.end(), Row());
  inputs_[0] = lower;
  context_.position = example;
  const Value failed = lower.get(plan_.lower.layout, LowerPlan::kFailedRow);
  if (failed.isNull()) return rows_.enter(nullptr);
  failed_ = unpackFailedSource(plan_, alignFailed(failed.asText()));
  rows_.enter(&failed_);
}

/// A copy; valid until the next call.
std::string_view JoinState::alignFailed(std::string_view bytes) {
  failedCopy_.resize(bytes.size() / sizeof(uint64_t));
  std::memcpy(failedCopy_.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const char*>(failedCopy_.data()), bytes.size()};
}

const Version* JoinState::rowOf(uint32_t join, std::string_view key, uint64_t hash,
                                When when) const {
  if (const NetChanges::Net* net = changesOf(join).find(key, hash)) {
    const Version* version = when == When::before ? net->before : net->after;
    return isRow(version) ? version : nullptr;
  }
  return tables_->map(plan_.joins[join].table).read(key, hash, chunk_->last);
}

/// Leaves the key in keyBuilder_. False if there is none: NULL equals nothing; or, with `failure`,
/// because it failed.
bool JoinState::buildJoinKey(uint32_t join, Value& failure, uint32_t& site) {
  const RowLayout& layout = tables_->model().tables()[plan_.joins[join].table].keyLayout;
  keyBuilder_.start(layout);
  const std::vector<Site>& columns = plan_.upper.joinKeys[join];
  for (size_t k = 0; k < columns.size(); ++k) {
    const Value value = columns[k].program.evaluate(context_);
    if (value.isNull()) return false;
    if (value.isError()) {
      failure = value;
      site = columns[k].text;
      return false;
    }
    keyBuilder_.setKey(k, value);
  }
  return true;
}

/// Puts the table rows that the lower row joins with into inputs_. `toIndex`: the entry's place in
/// the indexes is set too, for all keys that are known.
JoinState::Found JoinState::joinRows(When when, int64_t weight, EntryId toIndex,
                                     const FirstJoin& first) {
  Found found = Found::all;
  const auto entry = static_cast<uint32_t>(toIndex);
  for (uint32_t j = 0; j < plan_.joins.size(); ++j) {
    Value failure;
    uint32_t site = 0;
    // Over a row that is missing a key is not known yet, whatever its expression makes of NULLs.
    const bool known = found == Found::all || plan_.joins[j].fixed;
    const bool isFound = j == 0 && first.key != FirstJoin::kNone;
    if (!isFound && (!known || !buildJoinKey(j, failure, site))) {
      if (toIndex != kNoEntry) indexes_[j].remove(entry);
      if (failure.isError() && found == Found::all) {
        errors_.add(site, failure.errorCode(), weight, rows_.rowOf(context_));
        found = Found::failed;
      } else if (found == Found::all) {
        found = Found::missing;
      }
      if (toIndex == kNoEntry) return found;
      continue;
    }
    const std::string_view key =
        (isFound ? Row(&joinKeys_[first.key]) : keyBuilder_.finish()).bytes();
    if (toIndex != kNoEntry) indexes_[j].set(entry, keyedHash(key));
    const Version* row = isFound               ? first.row
                         : found == Found::all ? rowOf(j, key, hashRow(key), when)
                                               : nullptr;
    if (row != nullptr) {
      inputs_[1 + 2 * j] = row->keyRow();
      inputs_[2 + 2 * j] = row->valueRow();
      continue;
    }
    if (found == Found::all) found = Found::missing;
    if (toIndex == kNoEntry) return found;
  }
  return found;
}

void JoinState::contribute(const Version& entry, int64_t weight, const char* sums, When when,
                           Position example, EntryId toIndex, const FirstJoin& first,
                           const Emit& emit) {
  arena_.reset();
  enter(entry.keyRow(), example);
  if (joinRows(when, weight, toIndex, first) != Found::all) return;
  Contribution contribution;
  if (!rows_.select(context_, weight, true, contribution) ||
      !rows_.complete(context_, contribution)) {
    return;
  }
  if (plan_.lower.sumBytes > 0) contribution.sums = sums;
  emit(contribution);
}

}  // namespace facet
