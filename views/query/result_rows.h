// ResultRows: the rows that a block answers: sorted, if it says so, and cut by OFFSET and LIMIT.
// Thread: belongs to its query.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sql/select.h"
#include "views/query/query_budget.h"
#include "views/store/versioned_map.h"

namespace facet {

/// A row of the answer.
struct ResultRow {
  std::vector<Value> order;
  std::vector<Value> row;
  const Version* version = nullptr;  // that it was made of; null: of several
  uint64_t times = 1;                // it is there
  uint64_t textBytes = 0;
  std::unique_ptr<char[]> texts;

  /// Copies what its values point to.
  void own();
  /// What it takes: in the list of those that are sorted, which may be twice as large as what is in
  /// it, and half as much for sorting.
  static constexpr uint64_t kRoom = 3;
  uint64_t bytes() const {
    return kRoom * sizeof(ResultRow) + (order.capacity() + row.capacity()) * sizeof(Value) +
           textBytes;
  }
};

class ResultRows {
 public:
  /// `sorts`: rows have an order, which is not the one that they come in.
  ResultRows(const Select& select, bool sorts, const QueryBudget& budget)
      : select_(select), sorts_(sorts), budget_(budget) {}

  bool sorts() const { return sorts_; }
  /// One more. Where they are sorted it owns its texts from here on.
  void add(ResultRow row);
  /// No more are needed, whatever comes.
  bool isFull() const {
    return !sorts_ && select_.limit && produced_ >= *select_.limit + select_.offset;
  }
  /// There are no more: sorts them.
  void finish();

  /// How often next() gives the next row that is ready; 0: none is.
  uint64_t ready() const { return ready_.empty() ? 0 : ready_.front().times; }
  /// Valid until the next row is taken; nullptr: none is ready.
  const std::vector<Value>* next();
  /// The same, all that are equal at once; `times`: how many.
  const std::vector<Value>* nextAll(uint64_t& times);
  /// next() gives the same row once more.
  bool repeats() const { return repeats_; }
  /// The one that was taken last.
  const ResultRow& taken() const { return taken_; }
  uint64_t bytes() const { return bytes_; }

 private:
  void push(ResultRow row);
  void offer(ResultRow row);
  bool before(const ResultRow& a, const ResultRow& b) const;

  const Select& select_;
  const bool sorts_;
  const QueryBudget& budget_;
  uint64_t produced_ = 0;  // rows before OFFSET and LIMIT
  std::deque<ResultRow> ready_;
  ResultRow taken_;
  bool repeats_ = false;
  std::vector<ResultRow> sorted_;  // a heap of the best, if there is a LIMIT
  uint64_t bytes_ = 0;             // of sorted_ and ready_
};

}  // namespace facet
