#include "views/store/store_table.h"

#include <algorithm>
#include <new>

#include "values/assert.h"
#include "views/store/store_keyed_hash.h"

namespace facet {

KeySegment::Probe KeySegment::keyedProbe(std::string_view key) {
  const uint64_t hash = keyedHash(key);
  // Such a segment can have more slots than there are tags: the home is from other bits.
  return {slots(), capacity, (hash & 0xffffffff) * capacity >> 32, hash >> kPointerBits};
}

KeyTable::KeyTable(Slab& slab, RetiredMemory& retired)
    : slab_(slab), retired_(retired), directory_(makeDirectory(0)) {
  publish(makeSegment(0, 0, kLeastSlots, false));
}

void KeyTable::reserve(uint64_t keys) {
  Directory* const old = directory_.load(std::memory_order_relaxed);
  KeySegment* const only = old->entries()[0].load(std::memory_order_relaxed).segment();
  if (segments_ > 1 || only->used > 0) return;
  uint32_t depth = 0;
  while (depth < kMaxReservedDepth && keys >> depth > kReservedKeys) ++depth;
  directory_.store(makeDirectory(depth), std::memory_order_relaxed);
  segments_ = uint64_t{1} << depth;
  for (uint64_t i = 0; i < segments_; ++i) {
    const auto firstHash = static_cast<uint32_t>(i << (32 - depth));
    publish(makeSegment(firstHash, depth, slotsFor(keys >> depth), false));
  }
  slab_.free(only, KeySegment::size(only->capacity));
  slab_.free(old, Directory::size(old->depth));
}

KeyTable::Entry KeyTable::locate(std::string_view key, uint32_t hash) const {
  const SegmentRef ref = refOf(hash);
  KeySegment::Probe at = probe(ref, key, hash);
  Entry entry{ref.segment(), nullptr, nullptr, at.tag, 0};
  for (;; at.next()) {
    const uint64_t slot = at.slot().load(std::memory_order_relaxed);
    if (slot == KeySegment::kEmpty || slot == KeySegment::kErased) {
      if (entry.slot == nullptr) entry.slot = &at.slot();
      if (slot == KeySegment::kEmpty) return entry;
      continue;
    }
    if (slot >> KeySegment::kPointerBits != at.tag) continue;
    Version* const version = KeySegment::versionIn(slot);
    if (version->hash == hash && equalKeys(key, *version)) {
      entry.slot = &at.slot();
      entry.newest = version;
      return entry;
    }
    ++entry.strangers;
  }
}

void KeyTable::replace(const Entry& entry, Version* version) {
  FACET_ASSERT(entry.newest != nullptr && version->hash == entry.newest->hash);
  entry.slot->store(KeySegment::slotFor(entry.tag, version), std::memory_order_release);
}

bool KeyTable::hasRoom(const Entry& entry) {
  const KeySegment& segment = *entry.segment;
  if (entry.strangers > kMaxStrangers && !segment.keyed) return false;
  return entry.slot->load(std::memory_order_relaxed) == KeySegment::kErased ||
         segment.used < segment.capacity / 5 * 4;
}

void KeyTable::insert(Entry entry, Version* version, Position until) {
  FACET_ASSERT(entry.newest == nullptr);
  FACET_ASSERT(reinterpret_cast<uint64_t>(version) >> KeySegment::kPointerBits == 0);
  while (!hasRoom(entry)) {
    makeRoom(entry, until);
    entry = locate(version->key(), version->hash);
  }
  KeySegment& segment = *entry.segment;
  if (entry.slot->load(std::memory_order_relaxed) == KeySegment::kEmpty) ++segment.used;
  ++segment.live;
  FACET_ASSERT(segment.live <= segment.used && segment.used < segment.capacity, segment.live,
               segment.used, segment.capacity);
  entry.slot->store(KeySegment::slotFor(entry.tag, version), std::memory_order_release);
}

bool KeyTable::eraseNewest(const Version* version, Position until) {
  const SegmentRef ref = refOf(version->hash);
  KeySegment& segment = *ref.segment();
  KeySegment::Probe at = probe(ref, version->key(), version->hash);
  for (;; at.next()) {
    const uint64_t slot = at.slot().load(std::memory_order_relaxed);
    if (slot == KeySegment::slotFor(at.tag, version)) break;
    if (slot == KeySegment::kEmpty) return false;
  }
  FACET_ASSERT(segment.live > 0);
  --segment.live;
  at.slot().store(KeySegment::kErased, std::memory_order_release);
  emptyErased(segment, at.index);
  if (segment.live * 5 < segment.capacity && segment.capacity > kLeastSlots) {
    rebuild(segment, slotsFor(segment.live), segment.keyed, until);
  }
  return true;
}

/// Whoever probes over erased slots to an empty one can as well stop before them.
void KeyTable::emptyErased(KeySegment& segment, uint64_t last) {
  KeySegment::Slot* const slots = segment.slots();
  const uint64_t after = last + 1 == segment.capacity ? 0 : last + 1;
  if (slots[after].load(std::memory_order_relaxed) != KeySegment::kEmpty) return;
  while (slots[last].load(std::memory_order_relaxed) == KeySegment::kErased) {
    slots[last].store(KeySegment::kEmpty, std::memory_order_release);
    --segment.used;
    last = last == 0 ? segment.capacity - 1 : last - 1;
  }
}

uint64_t KeyTable::slotsFor(uint64_t keys) {
  return std::max(kLeastSlots, keys + keys * 3 / 4 + 8);
}

KeySegment* KeyTable::makeSegment(uint32_t firstHash, uint32_t depth, uint64_t capacity,
                                  bool keyed) {
  void* const memory = slab_.allocate(KeySegment::size(capacity));
  auto* const segment = new (memory) KeySegment{firstHash, depth, capacity, keyed};
  for (uint64_t i = 0; i < capacity; ++i) {
    new (&segment->slots()[i]) KeySegment::Slot(KeySegment::kEmpty);
  }
  return segment;
}

KeyTable::Directory* KeyTable::makeDirectory(uint64_t depth) {
  auto* const directory = new (slab_.allocate(Directory::size(depth))) Directory{depth};
  for (uint64_t i = 0; i < uint64_t{1} << depth; ++i) {
    new (&directory->entries()[i]) Directory::Entry(SegmentRef{0});
  }
  return directory;
}

/// Into a segment that nobody sees yet, and that has room.
inline void KeyTable::put(KeySegment& segment, uint64_t home, uint64_t slot) {
  KeySegment::Slot* const slots = segment.slots();
  const uint64_t capacity = segment.capacity;
  while (slots[home].load(std::memory_order_relaxed) != KeySegment::kEmpty) {
    home = home + 1 == capacity ? 0 : home + 1;
  }
  slots[home].store(slot, std::memory_order_relaxed);
}

inline void KeyTable::put(KeySegment& segment, Version* version) {
  const KeySegment::Probe at = segment.probe(version->key(), version->hash);
  put(segment, at.index, KeySegment::slotFor(at.tag, version));
}

void KeyTable::makeRoom(const Entry& entry, Position until) {
  KeySegment& segment = *entry.segment;
  const uint64_t keys = segment.live + 1;
  if (keys > kSplitKeys && canSplit(segment)) {
    split(segment, until);
  } else {
    // What may not be split grows; keys with one tag are told apart by the keyed hash.
    const bool keyed = segment.keyed || keys > kSplitKeys || entry.strangers > kMaxStrangers;
    rebuild(segment, slotsFor(keys), keyed, until);
  }
}

void KeyTable::rebuild(KeySegment& segment, uint64_t capacity, bool keyed, Position until) {
  KeySegment* const larger = makeSegment(segment.firstHash, segment.depth, capacity, keyed);
  uint64_t keys = 0;
  if (keyed) {
    segment.forEach([&](Version* version, uint64_t) {
      put(*larger, version);
      ++keys;
    });
  } else {
    segment.forEachSlot([&](Version* version, uint64_t tag) {
      put(*larger, KeySegment::homeOf(tag, capacity), KeySegment::slotFor(tag, version));
      ++keys;
    });
  }
  FACET_ASSERT(keyed || !segment.keyed);
  FACET_ASSERT(keys == segment.live && keys < capacity, keys, segment.live, capacity);
  larger->live = larger->used = keys;
  publish(larger);
  retire(segment, until);
}

bool KeyTable::canSplit(const KeySegment& segment) const {
  const uint64_t depth = directory_.load(std::memory_order_relaxed)->depth;
  if (segment.depth < depth) return true;
  return depth < kMaxDepth && uint64_t{2} << depth <= kEntriesPerSegment * segments_;
}

void KeyTable::split(KeySegment& segment, Position until) {
  if (segment.depth == directory_.load(std::memory_order_relaxed)->depth) doubleDirectory(until);

  const uint32_t bit = uint32_t{1} << (31 - segment.depth);
  uint64_t keys[2] = {0, 0};
  segment.forEach([&](Version* version, uint64_t) { ++keys[(version->hash & bit) != 0]; });
  FACET_ASSERT(keys[0] + keys[1] == segment.live, keys[0], keys[1], segment.live);
  KeySegment* halves[2];
  for (uint32_t i = 0; i < 2; ++i) {
    halves[i] = makeSegment(segment.firstHash | i * bit, segment.depth + 1, slotsFor(keys[i]),
                            segment.keyed);
    halves[i]->live = halves[i]->used = keys[i];
  }
  segment.forEach(
      [&](Version* version, uint64_t) { put(*halves[(version->hash & bit) != 0], version); });
  publish(halves[0]);
  publish(halves[1]);
  ++segments_;
  retire(segment, until);
}

void KeyTable::doubleDirectory(Position until) {
  Directory* const old = directory_.load(std::memory_order_relaxed);
  Directory* const larger = makeDirectory(old->depth + 1);
  for (uint64_t i = 0; i < uint64_t{1} << larger->depth; ++i) {
    larger->entries()[i].store(old->entries()[i / 2].load(std::memory_order_relaxed),
                               std::memory_order_relaxed);
  }
  directory_.store(larger, std::memory_order_release);
  retired_.retire(old, Directory::size(old->depth), until);
}

void KeyTable::publish(KeySegment* segment) {
  Directory& directory = *directory_.load(std::memory_order_relaxed);
  FACET_ASSERT(segment->depth <= directory.depth, segment->depth, directory.depth);
  const uint64_t first = directory.indexOf(segment->firstHash);
  const uint64_t count = uint64_t{1} << (directory.depth - segment->depth);
  FACET_ASSERT(segment->keyed || segment->capacity <= kMostPlainSlots, segment->capacity);
  const uint64_t capacity = segment->keyed ? 0 : segment->capacity;
  const SegmentRef ref{capacity << KeySegment::kPointerBits | reinterpret_cast<uint64_t>(segment)};
  for (uint64_t i = first; i < first + count; ++i) {
    directory.entries()[i].store(ref, std::memory_order_release);
  }
}

void KeyTable::retire(KeySegment& segment, Position until) {
  retired_.retire(&segment, KeySegment::size(segment.capacity), until);
}

}  // namespace facet
