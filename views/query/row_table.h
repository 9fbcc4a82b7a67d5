// RowTable: rows of one input of a join, found by what they are joined by, or one after another.
// Filled once, then read. Thread: belongs to its query.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/evaluator.h"
#include "values/row.h"

namespace facet {

class RowTable {
 public:
  explicit RowTable(std::vector<Type> columns) : layout_(std::move(columns)) {}

  static constexpr uint32_t kNone = UINT32_MAX;

  /// `key`: a packed row; empty for all, if nobody asks for keys. `times`: how often the row is
  /// there.
  void add(std::string_view key, const std::vector<Value>& row, uint64_t times);
  /// The first row of a key, and the next one of the same key, in no order; kNone: there is none.
  uint32_t first(std::string_view key) const;
  uint32_t next(uint32_t row) const { return rows_[row].next; }
  /// Its columns; texts point into the table. How often it is there.
  uint64_t read(uint32_t row, Value* columns) const;

  uint32_t rows() const { return static_cast<uint32_t>(rows_.size()); }
  uint64_t bytes() const;

 private:
  struct Stored {
    const char* row;
    uint64_t times;
    uint32_t next;
  };

  RowLayout layout_;
  Arena arena_;
  std::vector<Stored> rows_;
  std::unordered_map<std::string_view, uint32_t> firsts_;  // keys: in the arena
  RowBuilder builder_;
};

}  // namespace facet
