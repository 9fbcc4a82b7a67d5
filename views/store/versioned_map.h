// VersionedMap: keyed state with a history as short as its readers allow: the one store for rows of
// tables and views, operators' state and deduplication.
//
// A key has a chain of versions, newest first (store_version.h): each with the position from which
// on it holds, a weight (multiplicity; 0 = there is no row from here on) and the row. Key and value
// are packed rows (values/row.h) or raw bytes, compared as bytes. One writer; readers on other
// threads, at pinned positions, never lock, never wait and are never waited for.
//
// Structure: a hash table of the newest versions that grows in small steps (store_table.h); memory
// from a slab of the map's own (slab.h); all versions that were written, in order, in a queue (not
// those of a snapshot: there is nothing before them to reclaim).
//
// Reclaiming: a version that is shadowed by one at or before the horizon, or within a gap that
// nobody looks at, is freed (reader_needs.h); memory that a reader may still be walking over
// (unlinked versions, replaced segments and directories) is kept until they are gone
// (store_retired.h).
//
// Invariants: positions fall along a chain; within one writing position a key is copied at most
// once, then changed in place; readers at p see exactly the newest version with position <= p. What
// is written is not published yet, and pins are on published positions: so no reader looks at the
// weight, value or flags of a version that the writer may still change.
// Thread: the writer's calls by its owner alone; `read`, `prefetch` and `scan` by any thread that
// holds a pin.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "values/position.h"
#include "views/store/reader_needs.h"
#include "views/store/slab.h"
#include "views/store/store_retired.h"
#include "views/store/store_table.h"
#include "views/store/store_version.h"

namespace facet {

class VersionedMap {
 public:
  VersionedMap() = default;
  ~VersionedMap() = default;
  VersionedMap(const VersionedMap&) = delete;
  VersionedMap& operator=(const VersionedMap&) = delete;

  // ---- the writer ----

  /// The newest version of the key (its weight may be 0), or null. To be changed only if it is of
  /// the position that is being written; else with write().
  Version* find(std::string_view key, uint64_t hash) const { return table_.find(key, half(hash)); }

  /// Fetches the cache line in which the search for a key begins; worth it some keys ahead.
  void prefetch(uint64_t hash) const { table_.prefetch(half(hash)); }
  /// Then, again some keys ahead, the key's newest version.
  void prefetchVersion(uint64_t hash) const { table_.prefetchVersion(half(hash)); }

  /// The key's version at `position` (not before any position written so far, nor before any
  /// `next` of reclaim), to be changed in place:
  ///  - a new key, or one whose newest version has weight 0: weight 0, no flags, value of
  ///    `valueBytes` zero bytes;
  ///  - the first time at this position: a copy of the newest version (value resized to
  ///    `valueBytes`, zero-filled; the older one stays);
  ///  - again at the same position: the same version, moved to another place only if its size must
  ///    change (what it leaves is freed with the position: let values that grow in small steps
  ///    have some room).
  /// It stays where it is until the key is written again.
  /// What `before` receives, if given: the version that held before this position (null: none).
  Version* write(std::string_view key, uint64_t hash, Position position, uint32_t valueBytes,
                 const Version** before = nullptr);

  /// Writes a key with all that belongs to it. For restoring.
  Version* put(std::string_view key, Position position, std::string_view value, int64_t weight,
               uint32_t flags = 0);

  /// Room for so many keys at once, while nobody reads. Does nothing if there are keys already.
  void reserve(uint64_t keys) { table_.reserve(keys); }
  /// As put(), of a weight, and cheaper, for keys of a snapshot: it can't be rolled back, and
  /// reclaim() has nothing to do with it. Null: the key was there already, and nothing was done.
  Version* add(std::string_view key, uint64_t hash, Position position, std::string_view value,
               int64_t weight, uint32_t flags = 0);

  /// Takes back everything written at positions after `last` (a commit that was refused). Only what
  /// was not yet published, so that no reader has seen it.
  void rollback(Position last);

  /// Frees what no reader needs any more, in bounded steps. To be called once a chunk, best after
  /// it is published; `next` is the position that the writer will publish next, or any earlier one
  /// that is not published (what is unlinked now can be in readers' hands until the horizon reaches
  /// it). Versions before `next` are final from now on.
  void reclaim(const ReaderNeeds& needs, Position next);
  void reclaim(Position horizon, Position next) { reclaim(ReaderNeeds::from(horizon), next); }

  /// Calls visit(const Version&) for every key's newest version with weight != 0, in no order.
  template <typename Visit>
  void forEachNewest(Visit&& visit) const;

  // ---- readers, holding a pin at `at` ----

  /// The version that holds at the position; null if there is none or its weight is 0.
  const Version* read(std::string_view key, uint64_t hash, Position at) const {
    return holdingAt(table_.find(key, half(hash)), at);
  }

  /// Visits all versions that hold at `at` in order of (hash, key) after the cursor, until `visit`
  /// returns false. Several calls with the same pin see each key exactly once, whatever the writer
  /// does meanwhile. The hash is its stored upper half.
  /// Cost: a segment (up to about 2,000 keys) at a time is collected and sorted, so a call costs up
  /// to some 100 µs beside its rows; slices of a thousand rows or more make that small.
  struct Cursor {
    uint64_t hash = 0;
    std::string key;  // the last key visited
    bool started = false;
    bool done = false;
  };
  void scan(Position at, Cursor& cursor, const std::function<bool(const Version&)>& visit) const;

  // ---- figures, any thread (relaxed) ----

  /// Keys whose newest version before the `next` of the last reclaim has a weight.
  uint64_t keys() const { return keys_.load(std::memory_order_relaxed); }
  /// Bytes taken from the system for versions, segments and directories.
  uint64_t bytes() const { return slab_.bytes(); }
  /// Those that are in use: the rest is free for what is written next.
  uint64_t bytesUsed() const { return slab_.used(); }

 private:
  static constexpr size_t kAhead = 16;  // in the queue: what is fetched before its turn

  static uint32_t half(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static const Version* holdingAt(const Version* newest, Position at);
  static void collect(const KeySegment& segment, Position at, const Cursor& cursor,
                      std::vector<const Version*>& out);

  Version* make(std::string_view key, uint32_t hash, Position position, uint32_t valueBytes,
                Version* older);
  Version* makeAndQueue(std::string_view key, uint32_t hash, Position position, uint32_t valueBytes,
                        Version* older);
  Version* resizeInPlace(const KeyTable::Entry& entry, uint32_t valueBytes);
  void settle(Position next);
  void addKeys(int64_t more) {
    keys_.store(keys_.load(std::memory_order_relaxed) + static_cast<uint64_t>(more),
                std::memory_order_relaxed);
  }
  void pass(Version* version, Position next);
  void prefetchQueued(size_t at) const;
  void closeGap(const ReaderNeeds& needs, Position next, size_t limit);
  void forget(Version* version, Position next);
  void dropUnneeded(Position next);
  void takeBack(Version* version, Position last);
  void free(Version* version) { slab_.free(version, version->size()); }
  void retire(Version* version, Position until) {
    retired_.retire(version, version->size(), until);
  }

  Slab slab_;
  RetiredMemory retired_{slab_};
  KeyTable table_{slab_, retired_};

  // All versions after the reclaimed ones in the order of writing, so that positions never fall.
  std::deque<Version*> written_;
  size_t settled_ = 0;       // so many in front are counted in keys_
  size_t closed_ = 0;        // so many in front have been looked at by closeGap()
  size_t unneeded_ = 0;      // of those: that can go
  size_t sinceReclaim_ = 0;  // versions written since the last reclaim
  Position position_;        // newest one written
  Position next_;            // no position before it is written any more
  Position horizon_;         // the furthest one reclaimed with
  std::atomic<uint64_t> keys_{0};
};

/// Keys that are worth reading together. Fewer: their searches wait for memory one after another;
/// more: what was fetched for the first is gone from the cache when its turn comes.
constexpr size_t kReadTogether = 32;

/// read() of each key (a packed row), kReadTogether at most, in the map that mapOf(hash) returns:
/// the searches wait for memory together.
template <typename MapOf>
void readTogether(std::span<const Row> keys, Position at, std::span<const Version*> found,
                  MapOf&& mapOf) {
  std::array<uint64_t, kReadTogether> hashes;
  for (size_t i = 0; i < keys.size(); ++i) {
    hashes[i] = hashRow(keys[i].bytes());
    mapOf(hashes[i]).prefetch(hashes[i]);
  }
  for (size_t i = 0; i < keys.size(); ++i) mapOf(hashes[i]).prefetchVersion(hashes[i]);
  for (size_t i = 0; i < keys.size(); ++i) {
    found[i] = mapOf(hashes[i]).read(keys[i].bytes(), hashes[i], at);
  }
}

template <typename Visit>
void VersionedMap::forEachNewest(Visit&& visit) const {
  for (uint64_t hash = 0; hash <= UINT32_MAX;) {
    const KeySegment& segment = *table_.segmentOf(static_cast<uint32_t>(hash));
    segment.forEach([&visit](const Version* version, uint64_t) {
      if (version->weight != 0) visit(*version);
    });
    hash = uint64_t{segment.lastHash()} + 1;
  }
}

inline const Version* VersionedMap::holdingAt(const Version* newest, Position at) {
  const Version* version = newest;
  while (version != nullptr && version->position > at) {
    version = version->older.load(std::memory_order_acquire);
  }
  return version != nullptr && version->weight != 0 ? version : nullptr;
}

}  // namespace facet
