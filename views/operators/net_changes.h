// NetChanges: what one chunk did to the rows of one table: for each key the row of before the chunk
// and the one after it. Thread: belongs to its shard.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "views/tables/chunk_input.h"

namespace facet {

class NetChanges {
 public:
  struct Net {
    uint64_t hash;  // hashRow(key)
    // Null, or of weight 0: no row.
    const Version* before;
    const Version* after;

    std::string_view key() const { return before != nullptr ? before->key() : after->key(); }
  };

  /// Takes the changes of one table from a chunk.
  void read(std::span<const TableChange> changes, uint32_t table);

  /// Null: the chunk did not touch the key.
  const Net* find(std::string_view key, uint64_t hash) const;

  const std::vector<Net>& all() const { return all_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  size_t slotOf(std::string_view key, uint64_t hash) const;

  std::vector<Net> all_;
  std::vector<uint32_t> slots_;  // places in all_; as many as a power of two
};

}  // namespace facet
