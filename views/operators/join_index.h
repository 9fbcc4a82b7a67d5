// JoinIndex: which entries below a join have a key: by the key's hash under a secret
// (store_keyed_hash.h), so that neither keys are kept nor can they be picked to collide. Should two
// keys have one hash, the entries of both are found: who asks looks at the entries themselves.
//
// The entries of a hash are a doubly linked list; a table with linear probing has the first of
// each. Invariant: an entry is in at most one list. Thread: belongs to its shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace facet {

class JoinIndex {
 public:
  JoinIndex();

  /// Room for so many entries, before the first.
  void reserve(size_t entries);
  /// Puts the entry under the hash, out of the list in which it is.
  void set(uint32_t entry, uint64_t hash);
  void remove(uint32_t entry);

  template <typename Visit>
  void forEach(uint64_t hash, Visit&& visit) const {
    for (uint32_t entry = slots_[find(hash)]; entry != kNone; entry = links_[entry].next) {
      visit(entry);
    }
  }

  uint64_t bytes() const {
    return links_.capacity() * sizeof(Link) + slots_.capacity() * sizeof(uint32_t);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kUnlinked = UINT32_MAX - 1;  // as `previous`: in no list
  struct Link {
    uint64_t hash = 0;
    uint32_t next = kNone;
    uint32_t previous = kUnlinked;
  };

  size_t home(uint64_t hash) const { return hash & (slots_.size() - 1); }
  size_t find(uint64_t hash) const;
  void erase(size_t slot);
  void grow();

  std::vector<Link> links_;      // by entry
  std::vector<uint32_t> slots_;  // first entries; as many as a power of two
  size_t used_ = 0;
};

}  // namespace facet
