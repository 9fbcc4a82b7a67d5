// DeltaBatch: rows that are being made for an operator, up to kDeltaRows of them, in memory that is
// used again: no allocation once warm. Thread: belongs to its shard.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "sql/evaluator.h"
#include "views/operators/delta.h"

namespace facet {

class DeltaBatch {
 public:
  /// `arguments`: of each row, one for each aggregate; `sumBytes`: of each row's sums.
  DeltaBatch(size_t arguments, uint32_t sumBytes);

  /// Where the rows of this chunk go.
  void connect(DeltaSink& next);

  /// The row, finished where it stays until flush().
  Row finish(RowBuilder& row) {
    const size_t size = row.size();
    return row.finishAt(arena_.allocate(size), size);
  }
  /// Memory for a row's sums, all zero.
  char* makeSums();

  /// One more row. What it is made of stays until flush(), as the batch's own memory does; rest and
  /// sums are the caller's to set, where it has them.
  DeltaRow& add(Row key, uint64_t hash, uint32_t shard, int64_t weight, Position event) {
    if (map_ != nullptr) map_->prefetch(hash);
    DeltaRow& row = rows_[count_++];
    row.key = key;
    row.hash = hash;
    row.shard = shard;
    row.rest = Row();
    row.weight = weight;
    row.sums = nullptr;
    row.event = event;
    return row;
  }
  // Of the row that was added last.
  Value* arguments() { return &values_[(count_ - 1) * arguments_]; }
  bool* present() { return &present_[(count_ - 1) * arguments_]; }
  /// Takes it back; null.
  DeltaRow* drop() {
    --count_;
    return nullptr;
  }

  /// The batch's memory: what rows and arguments point to. Valid until flush().
  Arena& arena() { return arena_; }
  /// It is to be flushed before the next row.
  bool isFull() const { return count_ == kDeltaRows || arena_.bytes() > kMaxBytes; }
  /// Hands the rows over.
  void flush();

 private:
  /// Of its memory: above it rows are handed over early, as each may take kMaxRowBytes.
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  const size_t arguments_;
  const uint32_t sumBytes_;
  DeltaSink* next_ = nullptr;
  const VersionedMap* map_ = nullptr;
  size_t count_ = 0;
  std::array<DeltaRow, kDeltaRows> rows_;
  std::vector<Value> values_;
  std::unique_ptr<bool[]> present_;
  Arena arena_;
};

}  // namespace facet
