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

  /// Copies the key.
  void add(Row key, uint64_t hash, uint32_t shard, int64_t weight, Position event) {
    if (map_ != nullptr) map_->prefetch(hash);
    places_[count_] = {append(key.data(), key.size()), kNone, kNone};
    DeltaRow& row = rows_[count_++];
    row.hash = hash;
    row.shard = shard;
    row.weight = weight;
    row.event = event;
  }

  // Of the row that was added last.
  Row key() const { return Row(&words_[places_[count_ - 1].key]); }
  void setRest(Row rest);  // copies it
  Value* arguments() { return &values_[(count_ - 1) * arguments_]; }
  bool* present() { return &present_[(count_ - 1) * arguments_]; }
  void setSums(const char* sums);  // copies them
  void drop();

  /// Memory of expressions: what arguments point to. Valid until flush().
  Arena& arena() { return arena_; }
  /// It is to be flushed before the next row.
  bool isFull() const {
    return count_ == kDeltaRows || arena_.bytes() > kMaxBytes || used_ > kMaxWords;
  }
  /// Hands the rows over.
  void flush();

 private:
  /// Of rows, and of the texts that expressions make for them: above it they are handed over early,
  /// as each may take kMaxRowBytes, and its memory is given back.
  static constexpr size_t kMaxBytes = size_t{1} << 20;
  static constexpr size_t kMaxWords = kMaxBytes / sizeof(uint64_t);
  static constexpr size_t kNone = SIZE_MAX;
  /// In words_.
  struct Places {
    size_t key = 0;
    size_t rest = kNone;
    size_t sums = kNone;
  };
  /// Rows of so many words are copied by the loop that is made of them: a call costs more.
  static constexpr size_t kShortWords = 8;
  size_t append(const char* data, size_t size) {
    const size_t at = used_;
    const size_t words = size / sizeof(uint64_t);
    if (at + words > capacity_) grow(words);
    used_ += words;
    uint64_t* const to = &words_[at];
    if (words > kShortWords) {
      std::memcpy(to, data, size);
    } else {
      for (size_t i = 0; i < words; ++i)
        std::memcpy(to + i, data + sizeof(uint64_t) * i, sizeof(uint64_t));
    }
    return at;
  }
  void grow(size_t words);

  const size_t arguments_;
  const uint32_t sumBytes_;
  DeltaSink* next_ = nullptr;
  const VersionedMap* map_ = nullptr;
  size_t count_ = 0;
  std::array<DeltaRow, kDeltaRows> rows_;
  std::array<Places, kDeltaRows> places_;
  std::unique_ptr<uint64_t[]> words_;  // not zeroed first, as a vector would
  size_t used_ = 0;
  size_t capacity_ = 0;
  std::vector<Value> values_;
  std::unique_ptr<bool[]> present_;
  Arena arena_;
};

}  // namespace facet
