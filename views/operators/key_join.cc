#include "views/operators/key_join.h"

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

KeyJoin::KeyJoin(const ViewPlan::Operators& plan, uint32_t shards, const Tables& tables,
                 ViewErrors& errors)
    : source_(plan.source),
      below_(plan.join->lower),
      joins_(plan.join->tables),
      tables_(&tables),
      errors_(errors),
      rows_(plan.rows, plan.store.format, source_, std::nullopt, shards, errors),
      out_(plan.store.aggregates.size(), below_.sums.bytes),
      keysFixed_(std::all_of(joins_.begin(), joins_.end(),
                             [](const KeyJoinPlan& join) { return join.fixed; })),
      indexes_(joins_.size()),
      changes_(joins_.size()),
      inputs_(1 + 2 * joins_.size()),
      lower_(source_, below_, keyOf(0), shards, errors),
      noSums_(below_.sums.bytes / sizeof(uint64_t)),
      restoredSums_(noSums_.size()) {
  context_.rows = inputs_.data();
}

void KeyJoin::begin(const ChunkInput& chunk, DeltaSink* next) {
  out_.connect(*next);
  readChanges(chunk);
  moveEntries();
}

void KeyJoin::beginRestore(Position at) {
  readChanges({at, at, {}, {}});
}

void KeyJoin::readChanges(const ChunkInput& chunk) {
  position_ = chunk.last;
  for (size_t j = 0; j < joins_.size(); ++j) {
    if (joins_[j].first == j) changes_[j].read(chunk.changes, joins_[j].table);
  }
}

// ---- changes of the tables ----

/// Whether the change can be seen in the view: rows appear, disappear, or a column that it looks at
/// is another.
bool KeyJoin::matters(const KeyJoinPlan& join, const NetChanges::Net& net) const {
  if (isRow(net.before) != isRow(net.after)) return true;
  if (!isRow(net.before)) return false;
  const RowLayout& layout = tables_->model().tables()[join.table].restLayout;
  return std::any_of(join.used.begin(), join.used.end(), [&](uint32_t column) {
    return !sameBits(net.before->valueRow().get(layout, column),
                     net.after->valueRow().get(layout, column));
  });
}

void KeyJoin::moveEntries() {
  affected_.clear();
  for (size_t j = 0; j < joins_.size(); ++j) {
    for (const NetChanges::Net& net : changesOf(j).all()) {
      if (!matters(joins_[j], net)) continue;
      indexes_[j].forEach(keyedHash(net.key()),
                          [&](uint32_t entry) { affected_.push_back(entry); });
    }
  }
  std::sort(affected_.begin(), affected_.end());
  affected_.erase(std::unique(affected_.begin(), affected_.end()), affected_.end());
  for (const EntryId id : affected_) moveEntry(id);
}

void KeyJoin::moveEntry(EntryId id) {
  const Version& entry = *entries_[id];
  const char* sums = sumsOf(entry);
  const auto* none = reinterpret_cast<const char*>(noSums_.data());
  contribute(entry, -entry.weight, difference(none, sums), When::before, {}, kNoEntry, {});
  contribute(entry, entry.weight, sums, When::after, {}, keysFixed_ ? kNoEntry : id, {});
}

/// `sums` - `minus`, where a row's sums stay.
const char* KeyJoin::difference(const char* sums, const char* minus) {
  char* const out = out_.makeSums();
  copyWords(out, sums, noSums_.size());
  for (const AggregatePlan& sum : below_.sums.plans) {
    sum.merge(out + sum.offset, minus + sum.offset, -1);
  }
  return out;
}

// ---- rows of the source ----

void KeyJoin::take(std::span<const DeltaRow> rows) {
  count(rows.size());
  for (const DeltaRow& row : rows) map_.prefetchVersion(row.hash);
  for (const DeltaRow& row : rows) gather(row);
}

void KeyJoin::gather(const DeltaRow& row) {
  const std::string_view key = row.key.bytes();
  Version* entry = map_.find(key, row.hash);
  EntryId id;
  if (entry == nullptr || entry->position != position_) {
    const Version* before = nullptr;
    entry = map_.write(key, row.hash, position_,
                       static_cast<uint32_t>(sizeof(EntryId)) + below_.sums.bytes, &before);
    if (before == nullptr) {
      id = createEntry();
      std::memcpy(entry->valueData(), &id, sizeof(id));
    } else {
      std::memcpy(&id, entry->valueData(), sizeof(id));
    }
    entries_[id] = entry;
    touched_.push_back({id, before, row.event});
  }
  entry->weight += row.weight;
  for (const AggregatePlan& sum : below_.sums.plans) {
    sum.merge(sumsOf(*entry) + sum.offset, row.sums + sum.offset, row.weight);
  }
}

void KeyJoin::finish() {
  concludeTouched();
  out_.flush();
  countIndexBytes();
}

void KeyJoin::concludeTouched() {
  const VersionedMap& joined = tables_->map(joins_[0].table);
  for (size_t begin = 0; begin < touched_.size(); begin += kDeltaRows) {
    const std::span<const Touched> some(&touched_[begin],
                                        std::min(kDeltaRows, touched_.size() - begin));
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
    for (size_t i = 0; i < some.size(); ++i) conclude(some[i], firsts_[i]);
  }
  touched_.clear();
}

void KeyJoin::countIndexBytes() {
  uint64_t bytes = entries_.capacity() * sizeof(Version*);
  for (const JoinIndex& index : indexes_) bytes += index.bytes();
  indexBytes_.store(bytes, std::memory_order_relaxed);
}

/// Of what the entry contributes; its place in the table is fetched.
KeyJoin::FirstJoin KeyJoin::findFirstKey(const Touched& touched) {
  enter(entries_[touched.id]->keyRow(), touched.example, arena_);
  Value failure;
  uint32_t site = 0;
  if (!buildJoinKey(0, failure, site)) return {};
  const std::string_view key = keyBuilder_.finish().bytes();
  FirstJoin first{joinKeys_.size(), hashRow(key), nullptr};
  joinKeys_.resize(first.key + key.size() / sizeof(uint64_t));
  std::memcpy(&joinKeys_[first.key], key.data(), key.size());
  tables_->map(joins_[0].table).prefetch(first.hash);
  return first;
}

void KeyJoin::conclude(const Touched& touched, const FirstJoin& first) {
  const Version& entry = *entries_[touched.id];
  FACET_ASSERT(entry.weight >= 0, entry.weight, position_);
  const char* sums = sumsOf(entry);
  if (touched.before != nullptr) {
    const int64_t weight = entry.weight - touched.before->weight;
    if (weight == 0 && below_.sums.plans.empty()) return;
    contribute(entry, weight, difference(sums, sumsOf(*touched.before)), When::after,
               touched.example, kNoEntry, first);
  } else if (entry.weight != 0) {
    contribute(entry, entry.weight, sums, When::after, touched.example, touched.id, first);
  }
  if (entry.weight == 0) removeEntry(touched.id);
}

KeyJoin::EntryId KeyJoin::createEntry() {
  if (!freeIds_.empty()) {
    const EntryId id = freeIds_.back();
    freeIds_.pop_back();
    return id;
  }
  FACET_ASSERT(entries_.size() < UINT32_MAX - 1, entries_.size());
  entries_.push_back(nullptr);
  return entries_.size() - 1;
}

void KeyJoin::removeEntry(EntryId id) {
  for (JoinIndex& index : indexes_) index.remove(static_cast<uint32_t>(id));
  entries_[id] = nullptr;
  freeIds_.push_back(id);
}

// ---- as a snapshot has them ----

void KeyJoin::reserve(uint64_t entries) {
  map_.reserve(entries);
  entries_.reserve(entries);
  for (JoinIndex& index : indexes_) index.reserve(entries);
}

bool KeyJoin::restore(const StateEntry& entry) {
  FACET_ASSERT(entry.value.size() == below_.sums.bytes, entry.value.size());
  const EntryId id = createEntry();
  restoredValue_.assign(reinterpret_cast<const char*>(&id), sizeof(id));
  restoredValue_.append(entry.value);
  const std::string_view key = lowerOfToday(Row(entry.key.data())).bytes();
  if (key.data() != entry.key.data()) {
    auto* const sums = restoredValue_.data() + sizeof(id);
    for (const AggregatePlan& sum : below_.sums.plans) {
      const auto* restored = reinterpret_cast<const char*>(restoredSums_.data());
      sum.merge(sums + sum.offset, restored + sum.offset, entry.weight);
    }
  }
  Version* const version = map_.add(key, hashRow(key), position_, restoredValue_, entry.weight);
  if (version == nullptr) return false;
  entries_[id] = version;
  // Of no weight: what fails was counted before.
  enter(version->keyRow(), {}, arena_);
  joinRows(When::after, 0, id, {});
  return true;
}

/// The lower row as it is made today, by lower_, with its part in restoredSums_, where a snapshot
/// has the whole source row instead; else the row itself. Valid until the next one is made.
Row KeyJoin::lowerOfToday(Row lower) {
  const Value failed = lower.get(below_.layout, LowerPlan::kFailedRow);
  if (failed.isNull()) return lower;
  const std::string_view bytes = alignFailed(failed.asText());
  const std::optional<WholeSource> whole = wholeSource(source_, bytes);
  if (!whole) return lower;
  EvalContext source;
  source.rows = whole->rows;
  source.position = whole->position;
  source.time = whole->time;
  source.arena = &arena_;
  std::fill(restoredSums_.begin(), restoredSums_.end(), 0);
  return lower_.make(source, reinterpret_cast<char*>(restoredSums_.data()));
}

std::optional<uint64_t> KeyJoin::firstKeyHash(Row lower) {
  Value failure;
  uint32_t site = 0;
  enter(lowerOfToday(lower), {}, arena_);
  if (!buildJoinKey(0, failure, site)) return std::nullopt;
  return hashRow(keyBuilder_.finish().bytes());
}

// ---- above the joins ----

/// Lays the lower row where the programs find it. `arena`: what they make lies there until it is
/// reset: now, unless it is the batch's.
void KeyJoin::enter(Row lower, Position example, Arena& arena) {
  if (&arena == &arena_) arena.reset();
  context_.arena = &arena;
  std::fill(inputs_.begin(), inputs_.end(), Row());
  inputs_[0] = lower;
  context_.position = example;
  const Value failed = lower.get(below_.layout, LowerPlan::kFailedRow);
  if (failed.isNull()) return rows_.enter(nullptr);
  failed_ = unpackFailedSource(source_, alignFailed(failed.asText()));
  rows_.enter(&failed_);
}

/// A copy; valid until the next call.
std::string_view KeyJoin::alignFailed(std::string_view bytes) {
  failedCopy_.resize(bytes.size() / sizeof(uint64_t));
  std::memcpy(failedCopy_.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const char*>(failedCopy_.data()), bytes.size()};
}

const Version* KeyJoin::rowOf(uint32_t join, std::string_view key, uint64_t hash, When when) const {
  if (const NetChanges::Net* net = changesOf(join).find(key, hash)) {
    const Version* version = when == When::before ? net->before : net->after;
    return isRow(version) ? version : nullptr;
  }
  return tables_->map(joins_[join].table).read(key, hash, position_);
}

/// Leaves the key in keyBuilder_. False if there is none: NULL equals nothing; or, with `failure`,
/// because it failed.
bool KeyJoin::buildJoinKey(uint32_t join, Value& failure, uint32_t& site) {
  keyBuilder_.start(keyOf(join));
  const std::vector<Site>& columns = joins_[join].key;
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
KeyJoin::Found KeyJoin::joinRows(When when, int64_t weight, EntryId toIndex,
                                 const FirstJoin& first) {
  Found found = Found::all;
  const auto entry = static_cast<uint32_t>(toIndex);
  for (uint32_t j = 0; j < joins_.size(); ++j) {
    Value failure;
    uint32_t site = 0;
    // Over a row that is missing a key is not known yet, whatever its expression makes of NULLs.
    const bool known = found == Found::all || joins_[j].fixed;
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

void KeyJoin::contribute(const Version& entry, int64_t weight, const char* sums, When when,
                         Position example, EntryId toIndex, const FirstJoin& first) {
  enter(entry.keyRow(), example, out_.arena());
  if (joinRows(when, weight, toIndex, first) == Found::all) {
    if (DeltaRow* const row = rows_.map(context_, weight, {}, out_)) row->sums = sums;
  }
  if (out_.isFull()) out_.flush();
}

}  // namespace facet
