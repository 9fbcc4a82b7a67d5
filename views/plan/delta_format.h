// DeltaFormat: how the rows that an operator takes are laid out (operators/delta.h), and by what
// they are sharded. Thread: immutable.
#pragma once

#include <cstdint>

#include "values/row.h"

namespace facet {

/// Which shard a hash belongs to. Uses other bits of the hash than the maps do.
inline uint32_t shardOfKey(uint64_t hash, uint32_t shards) {
  return static_cast<uint32_t>(((hash & UINT32_MAX) * shards) >> 32);
}

struct DeltaFormat {
  RowLayout key;
  bool exact = false;  // keys are kept to the digit; else they are equal when SQL says so
  RowLayout rest;      // no columns: rows have none

  /// Rows are sharded by so many first columns of their keys, so that rows that have to meet do.
  uint32_t shardColumns = 0;
  RowLayout shardKey;

  bool shardsByWholeKey() const { return shardColumns == key.size(); }
  /// The hash that decides the shard of a key; `whole`: the hash of its bytes.
  uint64_t shardHash(Row row, uint64_t whole, RowBuilder& builder) const {
    if (shardsByWholeKey()) return whole;
    builder.start(shardKey);
    for (uint32_t i = 0; i < shardColumns; ++i) builder.set(i, row.get(key, i));
    return hashRow(builder.finish().bytes());
  }
};

}  // namespace facet
