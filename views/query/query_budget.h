// QueryBudget: what the blocks of one query hold and do, all together, against its limits. Thread:
// the query's.
#pragma once

#include <cstdint>

#include "sql/evaluator.h"
#include "views/query/query.h"

namespace facet {

class QueryBudget {
 public:
  explicit QueryBudget(QueryLimits limits);

  /// What one holder has of it; gives it back at its end.
  class Part {
   public:
    explicit Part(QueryBudget& budget) : budget_(budget) {}
    ~Part() { budget_.held_ -= bytes_; }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    /// It holds so many bytes now, and its expressions took so much work so far. Throws QueryError
    /// if that is too much.
    void set(uint64_t bytes, uint64_t work);
    /// The bytes alone, of one that gives some back.
    void giveBack(uint64_t bytes);

   private:
    QueryBudget& budget_;
    uint64_t bytes_ = 0;
    uint64_t work_ = 0;
  };

  /// Throws QueryError if a holder may not have so many rows.
  void checkRows(uint64_t rows) const;
  /// Throws QueryInterrupted if the query is to stop.
  void checkStop() const;
  uint64_t maxRows() const { return limits_.maxRows; }
  uint64_t held() const { return held_; }
  uint64_t work() const { return work_; }
  /// Watches for the stop too.
  void watch(Arena& arena) const { arena.work().watch(limits_.stop); }
  /// For the constants of all its expressions.
  Arena& folding() { return folding_; }

 private:
  void check();

  const QueryLimits limits_;
  uint64_t held_ = 0;
  uint64_t work_ = 0;
  uint64_t granted_ = 0;  // bytes that limits_.memory has given
  Arena folding_;
};

/// What may be done before the query gives its thread back: rows that are looked at, which are
/// counted down, and work.
class QuerySlice {
 public:
  QuerySlice(const QueryBudget& budget, uint64_t rows, uint64_t work)
      : budget_(budget), rows_(rows), lastWork_(budget.work() + work) {}

  void countRow() { --rows_; }
  bool isOver() const { return rows_ == 0 || budget_.work() >= lastWork_; }

 private:
  const QueryBudget& budget_;
  uint64_t rows_;
  const uint64_t lastWork_;
};

/// Throws QueryError, or QueryInterrupted, if the value is an error.
void checkQueryValue(const Value& value);

}  // namespace facet
