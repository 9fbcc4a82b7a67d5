// OrderedIndex: versioned keys in order, for range scans, ORDER BY, and min/max that can be
// retracted.
//
// An entry is an ordered key (values/row.h: appendOrderedKey) with the map key of the row it
// belongs to, and the positions from and until which it holds. A skip list with one writer and
// lock-free readers, as LevelDB's (W. Pugh, "Skip Lists", 1990), but with removal: an entry that
// nobody can see is unlinked, and its memory is kept until the horizon has passed
// (store_retired.h).
//
// Order of nodes: (order, mapKey), then the newest first; no two are equal, since an entry that is
// erased at the position of its insertion is unlinked at once. Of nodes with equal (order, mapKey)
// at most one holds at any position.
//
// A reader on an unlinked node goes on correctly:
//  - Between two calls an iterator stands on a node that holds at its pin. No such node is
//    unlinked: reclaim takes those whose end the horizon has reached, and the horizon is not past
//    the pin, or that begin and end in a gap, where there is no pin; rollback and an erase at once
//    take those that begin after everything published, so after the pin.
//
//  - Within a call it may walk over nodes that are being unlinked. An unlinked node N keeps its
//    forward pointers, and they led to linked nodes at that moment (a node is taken out of all its
//    predecessors while these are linked). Such a successor M, if unlinked later, is retired later,
//    until a position that was not published even then; so while a reader that found N is pinned,
//    M is valid memory. By induction so is all that can be reached.
//
//  - It misses nothing: what N's pointers do not lead to was linked after N was unlinked; it holds
//    from a position that was not published then, so after the pin. The order is kept, since
//    pointers only ever lead forward in it.
//
// The writer keeps its last place (a finger): of entries in ascending order, as of rows by their
// time, or of a restore, each is found in O(log of how far it is from the one before).
//
// Thread: insert, erase, rollback, reclaim by the owner; Iterator by any thread that holds a pin.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "values/position.h"
#include "views/store/reader_needs.h"
#include "views/store/slab.h"
#include "views/store/store_retired.h"

namespace facet {

/// The first 8 bytes as a number: that of the lesser order is not the greater one.
uint64_t orderPrefix(std::string_view order);

class OrderedIndex {
 public:
  OrderedIndex();
  ~OrderedIndex() = default;
  OrderedIndex(const OrderedIndex&) = delete;
  OrderedIndex& operator=(const OrderedIndex&) = delete;

  /// From `position` on the entry is there. It must not be there. Positions never fall.
  void insert(std::string_view order, std::string_view mapKey, Position position);
  /// The same, and cheaper, for what a snapshot has: it can't be rolled back, nor erased at its own
  /// position, and reclaim() has nothing to do with it.
  void add(std::string_view order, std::string_view mapKey, Position position);
  /// From `position` on it is not there. It must be there.
  void erase(std::string_view order, std::string_view mapKey, Position position);
  /// Takes back what was done at positions after `last`, which were not published.
  void rollback(Position last);
  /// As VersionedMap::reclaim.
  void reclaim(const ReaderNeeds& needs, Position next);
  void reclaim(Position horizon, Position next) { reclaim(ReaderNeeds::from(horizon), next); }

  struct Node;

  /// Entries that hold at a position, in order of (order, mapKey), both ways. Its strings are valid
  /// as long as the pin. Backward steps search from the top: O(log n).
  class Iterator {
   public:
    Iterator(const OrderedIndex& index, Position at) : index_(&index), at_(at) {}
    /// To the first entry at or after `order` (an empty string: the first of all).
    void seek(std::string_view order);
    /// To the first entry after (order, mapKey).
    void seekAfter(std::string_view order, std::string_view mapKey);
    void seekLast();
    /// To the last entry before `order`.
    void seekBefore(std::string_view order);
    void next();
    void previous();
    bool valid() const { return node_ != nullptr; }
    std::string_view order() const;
    std::string_view mapKey() const;

   private:
    void skipForward(const Node* node);
    void skipBackward(const Node* node);

    const OrderedIndex* index_;
    Position at_;
    const Node* node_ = nullptr;
  };

  /// Entries that hold after the newest change.
  uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }
  uint64_t bytes() const { return slab_.bytes(); }
  uint64_t bytesUsed() const { return slab_.used(); }

 private:
  // With a quarter of the nodes one level higher: enough for 4^12 entries.
  static constexpr uint32_t kMaxHeight = 12;

  struct Target;
  /// The last node before some place, of each level.
  struct Path {
    std::array<Node*, kMaxHeight> last;
  };
  /// What was done: an insertion, or an erasure, of a node.
  struct Change {
    Node* node;
    bool erasure;
    Position position() const;
  };

  Node* make(const Target& target, Position from, uint32_t height);
  Node* place(std::string_view order, std::string_view mapKey, Position position);
  void free(Node* node);
  void retire(Node* node, Position until);
  /// The last node for which `before` holds (the head if there is none), and if `path` is given the
  /// last one of each level. `before` holds for a node if it holds for its successor.
  template <typename Before>
  Node* lastBefore(const Before& before, Path* path = nullptr) const;
  template <typename Before>
  Node* descend(Node* node, uint32_t level, const Before& before, Path* path) const;
  Node* seekInsertion(const Target& target);
  const Node* lastBefore(const Node& node) const;
  void pass(const Change& change, Position next);
  void closeGap(const ReaderNeeds& needs, Position next, size_t limit);
  void dropGone(Position next);
  void link(Node* node);
  void unlink(Node* node);
  uint32_t randomHeight();
  void addEntries(int64_t more) {
    entries_.store(entries_.load(std::memory_order_relaxed) + static_cast<uint64_t>(more),
                   std::memory_order_relaxed);
  }

  Slab slab_;
  RetiredMemory retired_{slab_};
  Node* head_;
  std::atomic<uint32_t> height_{1};
  Path finger_;                 // the writer's: where it last inserted
  std::deque<Change> changes_;  // after the horizon, in the order of their positions
  size_t closed_ = 0;           // so many in front have been looked at by closeGap()
  size_t gone_ = 0;             // of those: of nodes that are gone
  size_t sinceReclaim_ = 0;     // changes since the last reclaim
  Position position_;           // of the newest change
  Position horizon_;            // the furthest one reclaimed with
  uint64_t random_ = 0x9e3779b97f4a7c15;
  std::atomic<uint64_t> entries_{0};
};

}  // namespace facet
