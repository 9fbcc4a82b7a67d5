// KeyTable: the newest version of each key of a versioned map, by extendible hashing: a directory
// of segments by the hash's top bits; a segment is an open-addressed table with linear probing. A
// segment that is full is rebuilt a bit larger, or split in two, never the whole table: what a
// single insertion has to do does not grow with the table, but for the directory's doubling (one
// pointer for over a thousand keys). (R. Fagin et al., "Extendible Hashing", 1979.)
//
// A slot is a pointer to the newest version with a 16-bit tag in its upper bits. The tag says the
// slot's home too, so that a rebuild does not look at the versions; a split does.
//
// Hostile keys: keys may be picked so that their hashes are equal, or equal in the top bits. The
// directory does not grow far beyond the segments in it; a segment that may not be split grows
// instead; and a segment that grew so, or in which too many keys have one tag, becomes `keyed`: its
// slots are found by a hash that nobody outside can know (store_keyed_hash.h), and so are those of
// the segments that come from it. (Such a segment is rebuilt as a whole: 100,000 keys of one hash
// cost a pause of a few milliseconds now and then, and no more.)
//
// Readers: segments and directories are replaced, never changed in place but for single slots. A
// reader on a replaced one finds all that its pin can see: what was written later is later than its
// pin. Slots never move within a segment. What is replaced is retired (store_retired.h).
//
// Invariants: a segment has an empty slot, so that every probe ends; between the home of a key and
// its slot no slot is empty. Thread: find, segmentOf, forEach by any thread that holds a pin;
// everything else by the writer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "views/store/slab.h"
#include "views/store/store_retired.h"
#include "views/store/store_version.h"

namespace facet {

/// A part of the table: the keys of one range of hashes (upper halves). Followed by its slots.
struct KeySegment {
  using Slot = std::atomic<uint64_t>;
  static constexpr uint64_t kEmpty = 0;   // ends a probe
  static constexpr uint64_t kErased = 1;  // does not
  static constexpr uint64_t kPointerBits = 48;
  static constexpr uint64_t kPointer = (uint64_t{1} << kPointerBits) - 1;

  uint32_t firstHash;  // the range: all hashes with its upper `depth` bits
  uint32_t depth;
  uint64_t capacity;
  bool keyed;
  uint64_t live = 0;  // writer's: slots with a version
  uint64_t used = 0;  // writer's: slots that are not empty

  uint32_t lastHash() const {
    return firstHash | static_cast<uint32_t>(uint64_t{0xffffffff} >> depth);
  }
  Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
  const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
  static size_t size(uint64_t capacity) { return sizeof(KeySegment) + capacity * sizeof(Slot); }

  static Version* versionIn(uint64_t slot) {
    return slot == kErased ? nullptr : reinterpret_cast<Version*>(slot & kPointer);
  }
  static uint64_t slotFor(uint64_t tag, const Version* version) {
    return tag << kPointerBits | reinterpret_cast<uint64_t>(version);
  }

  /// A way along the slots, from the home of a key.
  struct Probe {
    Slot* slots;
    uint64_t capacity;
    uint64_t index;
    uint64_t tag;

    Slot& slot() const { return slots[index]; }
    void next() { index = index + 1 == capacity ? 0 : index + 1; }
  };
  Probe probe(std::string_view key, uint32_t hash) {
    return keyed ? keyedProbe(key) : probeTag(slots(), capacity, tagOf(hash));
  }
  static Probe probeTag(Slot* slots, uint64_t capacity, uint64_t tag) {
    return {slots, capacity, homeOf(tag, capacity), tag};
  }
  static uint64_t homeOf(uint64_t tag, uint64_t capacity) { return tag * capacity >> 16; }
  /// From all bits of the hash, since those of the directory are the same for all keys here.
  static uint64_t tagOf(uint32_t hash) { return hash * 0x9e3779b1u >> 16; }

  /// Visits the newest versions with their tags, in no order; fetches their memory ahead.
  template <typename Visit>
  void forEach(Visit&& visit) const {
    constexpr uint64_t kAhead = 8;
    for (uint64_t i = 0; i < capacity; ++i) {
      if (i + kAhead < capacity) {
        const uint64_t ahead = slots()[i + kAhead].load(std::memory_order_relaxed);
        __builtin_prefetch(reinterpret_cast<const void*>(ahead & kPointer));
      }
      visitSlot(i, visit);
    }
  }
  /// The same for those who do not look into the versions.
  template <typename Visit>
  void forEachSlot(Visit&& visit) const {
    for (uint64_t i = 0; i < capacity; ++i) visitSlot(i, visit);
  }

 private:
  Probe keyedProbe(std::string_view key);
  template <typename Visit>
  void visitSlot(uint64_t index, Visit& visit) const {
    const uint64_t slot = slots()[index].load(std::memory_order_acquire);
    if (Version* version = versionIn(slot)) visit(version, slot >> kPointerBits);
  }
};

class KeyTable {
 public:
  KeyTable(Slab& slab, RetiredMemory& retired);

  /// Room for so many keys at once, while nobody reads. Does nothing if there are keys already.
  void reserve(uint64_t keys);

  /// The newest version of the key, or null.
  Version* find(std::string_view key, uint32_t hash) const;
  /// Fetches the cache line in which the search for a key begins.
  void prefetch(uint32_t hash) const {
    const SegmentRef ref = refOf(hash);
    if (ref.capacity() == 0) return;
    const uint64_t tag = KeySegment::tagOf(hash);
    __builtin_prefetch(&KeySegment::probeTag(ref.segment()->slots(), ref.capacity(), tag).slot());
  }
  /// Fetches the version that the search will most likely end with. Waits for nothing but the cache
  /// line that prefetch() has fetched.
  void prefetchVersion(uint32_t hash) const {
    const SegmentRef ref = refOf(hash);
    if (ref.capacity() == 0) return;
    const uint64_t tag = KeySegment::tagOf(hash);
    KeySegment::Probe at = KeySegment::probeTag(ref.segment()->slots(), ref.capacity(), tag);
    for (;; at.next()) {
      const uint64_t slot = at.slot().load(std::memory_order_relaxed);
      if (slot == KeySegment::kEmpty) return;
      if (slot >> KeySegment::kPointerBits != tag) continue;
      const char* const version = reinterpret_cast<const char*>(slot & KeySegment::kPointer);
      __builtin_prefetch(version);
      __builtin_prefetch(version + 64);
      return;
    }
  }
  /// The segment that has the keys of this hash. To visit all keys in order of their hashes: go on
  /// with the hash after the segment's last one.
  const KeySegment* segmentOf(uint32_t hash) const { return refOf(hash).segment(); }

  /// Where a key is, or, if it is not there, where it would be.
  struct Entry {
    KeySegment* segment;
    KeySegment::Slot* slot;
    Version* newest;  // null: the key is not there
    uint64_t tag;
    uint32_t strangers;  // other keys with the same tag on the way
  };
  Entry locate(std::string_view key, uint32_t hash) const;
  /// The key has a new newest version, or an older one again.
  static void replace(const Entry& entry, Version* version);
  /// A new key: `entry` is where locate() found that it is missing. What is replaced is retired
  /// `until` a position that is not published.
  void insert(Entry entry, Version* version, Position until);
  /// Forgets the key if this is its newest version; else false.
  bool eraseNewest(const Version* version, Position until);

 private:
  // A segment with more keys is split. More: a longer pause for a split (each key's version is
  // looked at), and slower scans in slices; less: a larger directory.
  static constexpr uint64_t kSplitKeys = 1500;
  static constexpr uint64_t kReservedKeys = 1000;  // of a segment, on the average: some get more
  static constexpr uint32_t kMaxReservedDepth = 24;
  static constexpr uint64_t kLeastSlots = 16;
  static constexpr uint64_t kMostPlainSlots = 0xffff;  // of segments that are not keyed
  // Directory entries for a segment, at most. More: memory that hostile hashes can take (8 bytes
  // each); less: segments grow where a shard's hashes share their top bits.
  static constexpr uint64_t kEntriesPerSegment = 64;
  static constexpr uint32_t kMaxDepth = 32;
  // Keys with one tag on one way. Honest hashes stay far below (about 1 in 32 of a home's keys).
  static constexpr uint32_t kMaxStrangers = 32;

  /// A pointer to a segment, with its capacity in the upper bits: one cache miss less on the way to
  /// a slot. 0 there: look into the segment, it is keyed.
  struct SegmentRef {
    uint64_t bits;
    KeySegment* segment() const {
      return reinterpret_cast<KeySegment*>(bits & KeySegment::kPointer);
    }
    uint64_t capacity() const { return bits >> KeySegment::kPointerBits; }
  };
  /// Followed by its entries.
  struct Directory {
    using Entry = std::atomic<SegmentRef>;
    uint64_t depth;
    static size_t size(uint64_t depth) { return sizeof(Directory) + (sizeof(Entry) << depth); }
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    const Entry* entries() const { return reinterpret_cast<const Entry*>(this + 1); }
    uint64_t indexOf(uint32_t hash) const { return uint64_t{hash} << depth >> 32; }
  };

  SegmentRef refOf(uint32_t hash) const {
    const Directory* const directory = directory_.load(std::memory_order_acquire);
    return directory->entries()[directory->indexOf(hash)].load(std::memory_order_acquire);
  }
  static KeySegment::Probe probe(SegmentRef ref, std::string_view key, uint32_t hash) {
    if (__builtin_expect(ref.capacity() == 0, 0)) return ref.segment()->probe(key, hash);
    return KeySegment::probeTag(ref.segment()->slots(), ref.capacity(), KeySegment::tagOf(hash));
  }
  /// Slots for so many keys: filled to 57 % at first, and to 80 % before the next rebuild.
  static uint64_t slotsFor(uint64_t keys);
  static bool hasRoom(const Entry& entry);
  KeySegment* makeSegment(uint32_t firstHash, uint32_t depth, uint64_t capacity, bool keyed);
  Directory* makeDirectory(uint64_t depth);
  static void put(KeySegment& segment, uint64_t home, uint64_t slot);
  static void put(KeySegment& segment, Version* version);
  void makeRoom(const Entry& entry, Position until);
  void rebuild(KeySegment& segment, uint64_t capacity, bool keyed, Position until);
  bool canSplit(const KeySegment& segment) const;
  void split(KeySegment& segment, Position until);
  void doubleDirectory(Position until);
  static void emptyErased(KeySegment& segment, uint64_t last);
  void publish(KeySegment* segment);
  void retire(KeySegment& segment, Position until);

  Slab& slab_;
  RetiredMemory& retired_;
  std::atomic<Directory*> directory_;
  uint64_t segments_ = 1;
};

/// Keys are multiples of 8 bytes.
inline bool equalKeys(std::string_view key, const Version& version) {
  if (version.keyBytes != key.size()) return false;
  const char* const other = version.keyData();
  for (size_t i = 0; i < key.size(); i += 8) {
    uint64_t a;
    uint64_t b;
    std::memcpy(&a, key.data() + i, 8);
    std::memcpy(&b, other + i, 8);
    if (a != b) return false;
  }
  return true;
}

inline Version* KeyTable::find(std::string_view key, uint32_t hash) const {
  for (KeySegment::Probe at = probe(refOf(hash), key, hash);; at.next()) {
    const uint64_t slot = at.slot().load(std::memory_order_acquire);
    if (slot == KeySegment::kEmpty) return nullptr;
    if (slot >> KeySegment::kPointerBits != at.tag) continue;
    Version* const version = KeySegment::versionIn(slot);
    if (version != nullptr && version->hash == hash && equalKeys(key, *version)) return version;
  }
}

}  // namespace facet
