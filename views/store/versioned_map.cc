#include "views/store/versioned_map.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "values/assert.h"

namespace facet {

namespace {

bool hasRow(const Version* version) {
  return version != nullptr && version->weight != 0;
}

/// What a version adds to the count of keys with a row.
int64_t keysAdded(const Version& version) {
  return int64_t{hasRow(&version)} - int64_t{hasRow(version.older.load(std::memory_order_relaxed))};
}

/// Copies the old value, or its beginning, and zero-fills the rest.
void fillValue(Version& to, const Version* from) {
  const uint32_t bytes = from != nullptr ? std::min(from->valueBytes, to.valueBytes) : 0;
  if (bytes > 0) std::memcpy(to.valueData(), from->valueData(), bytes);
  std::memset(to.valueData() + bytes, 0, to.valueBytes - bytes);
}

bool beforeInScan(const Version* a, const Version* b) {
  return a->hash != b->hash ? a->hash < b->hash : a->key() < b->key();
}

}  // namespace

Version* VersionedMap::write(std::string_view key, uint64_t hash, Position position,
                             uint32_t valueBytes, const Version** before) {
  FACET_ASSERT(key.size() % 8 == 0 && key.size() <= UINT32_MAX, key.size());
  FACET_ASSERT(valueBytes % 8 == 0, valueBytes);
  FACET_ASSERT(position >= position_ && position >= next_, position, position_, next_);
  position_ = position;

  const KeyTable::Entry entry = table_.locate(key, half(hash));
  Version* const newest = entry.newest;
  if (newest != nullptr && newest->position == position) {
    if (before != nullptr) {
      Version* const older = newest->older.load(std::memory_order_relaxed);
      *before = hasRow(older) ? older : nullptr;
    }
    return newest->valueBytes == valueBytes ? newest : resizeInPlace(entry, valueBytes);
  }

  Version* const version = makeAndQueue(key, half(hash), position, valueBytes, newest);
  const Version* const held = hasRow(newest) ? newest : nullptr;
  if (held != nullptr) {
    FACET_ASSERT(held->position < position, held->position, position);
    version->weight = held->weight;
    version->flags = held->flags & Version::kOwnerFlags;
  }
  fillValue(*version, held);
  if (newest != nullptr) {
    KeyTable::replace(entry, version);
  } else {
    table_.insert(entry, version, position);
  }
  if (before != nullptr) *before = held;
  return version;
}

Version* VersionedMap::put(std::string_view key, Position position, std::string_view value,
                           int64_t weight, uint32_t flags) {
  Version* const version = write(key, hashRow(key), position, static_cast<uint32_t>(value.size()));
  if (!value.empty()) std::memcpy(version->valueData(), value.data(), value.size());
  version->weight = weight;
  version->flags = (version->flags & ~Version::kOwnerFlags) | (flags & Version::kOwnerFlags);
  return version;
}

Version* VersionedMap::add(std::string_view key, uint64_t hash, Position position,
                           std::string_view value, int64_t weight, uint32_t flags) {
  FACET_ASSERT(key.size() % 8 == 0 && key.size() <= UINT32_MAX, key.size());
  FACET_ASSERT(value.size() % 8 == 0 && value.size() <= UINT32_MAX, value.size());
  FACET_ASSERT(position >= position_ && position >= next_, position, position_, next_);
  FACET_ASSERT(weight != 0);
  position_ = position;
  const KeyTable::Entry entry = table_.locate(key, half(hash));
  if (entry.newest != nullptr) return nullptr;
  Version* const version =
      make(key, half(hash), position, static_cast<uint32_t>(value.size()), nullptr);
  if (!value.empty()) std::memcpy(version->valueData(), value.data(), value.size());
  version->weight = weight;
  version->flags = (flags & Version::kOwnerFlags) | Version::kAdded;
  table_.insert(entry, version, position);
  addKeys(1);
  return version;
}

/// A version with its key; the value's bytes are not set.
Version* VersionedMap::make(std::string_view key, uint32_t hash, Position position,
                            uint32_t valueBytes, Version* older) {
  void* const memory = slab_.allocate(Version::size(key.size(), valueBytes));
  auto* const version = new (memory)
      Version{position, older, 0, hash, static_cast<uint32_t>(key.size()), valueBytes, 0};
  if (!key.empty()) std::memcpy(version->keyData(), key.data(), key.size());
  return version;
}

Version* VersionedMap::makeAndQueue(std::string_view key, uint32_t hash, Position position,
                                    uint32_t valueBytes, Version* older) {
  Version* const version = make(key, hash, position, valueBytes, older);
  written_.push_back(version);
  ++sinceReclaim_;
  return version;
}

/// Another size at the same position. If the version has to move, a reader may stand on the old
/// place: it stays in the queue, marked, and is freed when the horizon reaches its position.
Version* VersionedMap::resizeInPlace(const KeyTable::Entry& entry, uint32_t valueBytes) {
  Version* const old = entry.newest;
  FACET_ASSERT((old->flags & Version::kAdded) == 0, old->position);
  const size_t size = Version::size(old->keyBytes, valueBytes);
  if (Slab::rounded(size) == Slab::rounded(old->size())) {
    if (valueBytes > old->valueBytes) {
      std::memset(old->valueData() + old->valueBytes, 0, valueBytes - old->valueBytes);
    }
    old->valueBytes = valueBytes;
    return old;
  }
  Version* const version = makeAndQueue(old->key(), old->hash, old->position, valueBytes,
                                        old->older.load(std::memory_order_relaxed));
  version->weight = old->weight;
  version->flags = old->flags;
  fillValue(*version, old);
  KeyTable::replace(entry, version);
  old->flags |= Version::kReplaced;
  return version;
}

void VersionedMap::rollback(Position last) {
  FACET_ASSERT(last >= horizon_, last, horizon_);
  while (!written_.empty() && written_.back()->position > last) {
    Version* const version = written_.back();
    written_.pop_back();
    const bool counted = settled_ > written_.size();
    if (counted) --settled_;
    closed_ = std::min(closed_, written_.size());
    if ((version->flags & Version::kReplaced) == 0) {
      if (counted) addKeys(-keysAdded(*version));
      takeBack(version, last);
    }
    retire(version, last + 1);
  }
  position_ = std::min(position_, last);
  next_ = std::min(next_, last + 1);
}

/// The key has its older version again, or is forgotten.
void VersionedMap::takeBack(Version* version, Position last) {
  Version* const older = version->older.load(std::memory_order_relaxed);
  if (older == nullptr) {
    const bool erased = table_.eraseNewest(version, last + 1);
    FACET_ASSERT(erased, version->position);
    return;
  }
  const KeyTable::Entry entry = table_.locate(version->key(), version->hash);
  FACET_ASSERT(entry.newest == version, version->position, last);
  KeyTable::replace(entry, older);
  // A tombstone that the horizon has passed while it was shadowed is in the queue no more.
  if ((older->flags & Version::kPassed) != 0) {
    FACET_ASSERT(older->weight == 0);
    table_.eraseNewest(older, last + 1);
    retire(older, last + 1);
  }
}

void VersionedMap::reclaim(const ReaderNeeds& needs, Position next) {
  const Position horizon = needs.horizon;
  FACET_ASSERT(horizon < next && needs.gapEnd < next, horizon, needs.gapEnd, next);
  retired_.stamp(needs);
  settle(next);
  next_ = std::max(next_, next);
  horizon_ = std::max(horizon_, horizon);
  const size_t limit = reclaimLimit(sinceReclaim_);
  sinceReclaim_ = 0;
  for (size_t i = 0; i < limit && !written_.empty(); ++i) {
    Version* const version = written_.front();
    if (version->position > horizon) break;
    prefetchQueued(0);
    written_.pop_front();
    FACET_ASSERT(settled_ > 0, version->position, next);
    --settled_;
    if (closed_ > 0) --closed_;
    pass(version, next);
  }
  if (needs.hasGap()) closeGap(needs, next, limit);
  retired_.free(needs, limit);
  slab_.tidy(kTidyPieces);
}

/// Fetches a version that comes later in the queue, and what one that comes sooner shadows.
inline void VersionedMap::prefetchQueued(size_t at) const {
  if (at + 2 * kAhead < written_.size()) __builtin_prefetch(written_[at + 2 * kAhead]);
  if (at + kAhead >= written_.size()) return;
  __builtin_prefetch(written_[at + kAhead]->older.load(std::memory_order_relaxed));
}

/// Unlinks what is shadowed within the gap. Of each key one version stays in it, at most.
void VersionedMap::closeGap(const ReaderNeeds& needs, Position next, size_t limit) {
  FACET_ASSERT(horizon_ <= needs.gapAfter, horizon_, needs.gapAfter);
  for (; limit > 0 && closed_ < written_.size(); --limit, ++closed_) {
    prefetchQueued(closed_);
    Version* const version = written_[closed_];
    if (version->position > needs.gapEnd) break;
    if (version->position <= needs.gapAfter) continue;
    if ((version->flags & Version::kReplaced) != 0) {
      forget(version, next);
      continue;
    }
    Version* const older = version->older.load(std::memory_order_relaxed);
    if (older != nullptr && older->position > needs.gapAfter) {
      version->older.store(older->older.load(std::memory_order_relaxed), std::memory_order_release);
      forget(older, next);
    }
    const bool nothing =
        version->weight == 0 && version->older.load(std::memory_order_relaxed) == nullptr;
    if (nothing && table_.eraseNewest(version, next)) forget(version, next);
  }
  // As many steps as versions have been forgotten since the last time, so it costs each a few.
  if (unneeded_ * 2 > closed_) dropUnneeded(next);
}

/// It is in no reader's way any more; if it is in the queue, it stays there for a while.
void VersionedMap::forget(Version* version, Position next) {
  if ((version->flags & Version::kAdded) != 0) return retire(version, next);
  version->flags |= Version::kUnneeded;
  ++unneeded_;
}

void VersionedMap::dropUnneeded(Position next) {
  size_t kept = 0;
  for (size_t i = 0; i < closed_; ++i) {
    if (i + kAhead < closed_) __builtin_prefetch(written_[i + kAhead]);
    Version* const version = written_[i];
    if ((version->flags & Version::kUnneeded) != 0) {
      retire(version, next);
    } else {
      written_[kept++] = version;
    }
  }
  FACET_ASSERT(closed_ - kept == unneeded_ && settled_ >= closed_, kept, closed_, unneeded_);
  written_.erase(written_.begin() + static_cast<std::ptrdiff_t>(kept),
                 written_.begin() + static_cast<std::ptrdiff_t>(closed_));
  settled_ -= unneeded_;
  closed_ = kept;
  unneeded_ = 0;
}

/// Counts the versions that are final now.
void VersionedMap::settle(Position next) {
  int64_t added = 0;
  for (; settled_ < written_.size() && written_[settled_]->position < next; ++settled_) {
    const Version& version = *written_[settled_];
    if ((version.flags & Version::kReplaced) == 0) added += keysAdded(version);
  }
  if (added != 0) addKeys(added);
}

/// The horizon has reached the version: nobody needs what it shadows, and nobody has seen what it
/// replaced.
void VersionedMap::pass(Version* version, Position next) {
  if ((version->flags & Version::kUnneeded) != 0) {
    FACET_ASSERT(unneeded_ > 0, version->position);
    --unneeded_;
    retire(version, next);
    return;
  }
  if ((version->flags & Version::kReplaced) != 0) {
    free(version);
    return;
  }
  if (Version* const older = version->older.load(std::memory_order_relaxed)) {
    // It was passed before: it has nothing older itself.
    FACET_ASSERT(older->older.load(std::memory_order_relaxed) == nullptr);
    FACET_ASSERT(older->position < version->position, older->position, version->position);
    version->older.store(nullptr, std::memory_order_relaxed);
    free(older);
  }
  if (version->weight != 0) return;
  if (table_.eraseNewest(version, next)) {
    retire(version, next);
  } else {
    // It is shadowed, and freed with the version above it. Readers never look at flags of weight 0.
    version->flags |= Version::kPassed;
  }
}

/// The versions of a segment that hold at `at` and are after the cursor, in order.
void VersionedMap::collect(const KeySegment& segment, Position at, const Cursor& cursor,
                           std::vector<const Version*>& out) {
  out.clear();
  segment.forEach([&](const Version* newest, uint64_t) {
    if (newest->hash < cursor.hash) return;
    if (cursor.started && newest->hash == cursor.hash && newest->key() <= cursor.key) return;
    if (const Version* version = holdingAt(newest, at)) out.push_back(version);
  });
  std::sort(out.begin(), out.end(), beforeInScan);
}

void VersionedMap::scan(Position at, Cursor& cursor,
                        const std::function<bool(const Version&)>& visit) const {
  std::vector<const Version*> versions;
  while (!cursor.done) {
    FACET_ASSERT(cursor.hash <= UINT32_MAX, cursor.hash);
    const KeySegment& segment = *table_.segmentOf(static_cast<uint32_t>(cursor.hash));
    collect(segment, at, cursor, versions);
    for (const Version* version : versions) {
      if (visit(*version)) continue;
      cursor.hash = version->hash;
      cursor.key.assign(version->key());
      cursor.started = true;
      return;
    }
    cursor.done = segment.lastHash() == UINT32_MAX;
    cursor.hash = uint64_t{segment.lastHash()} + (cursor.done ? 0 : 1);
    cursor.key.clear();
    cursor.started = false;
  }
}

}  // namespace facet
