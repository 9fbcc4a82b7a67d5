// Operator: one step of a view's plan in one shard: takes deltas, keeps its state in versioned
// maps, and hands deltas to the next. It knows no thread, clock, disk or actor.
//
// Life of a chunk: begin(), take() any number of times, finish(). Whoever runs it begins the next
// operator first. Thread: belongs to its shard; what says so is for readers with a pin.
#pragma once

#include <atomic>

#include "values/position.h"
#include "views/operators/delta.h"
#include "views/plan/plan_step.h"
#include "views/store/reader_needs.h"
#include "views/tables/chunk_input.h"

namespace facet {

class Operator : public DeltaSink {
 public:
  /// What the chunk itself changes goes to `next` now: rows of joined tables, for example. `next`
  /// takes what comes until finish() returns; null for the last operator. The chunk stays until
  /// then.
  virtual void begin(const ChunkInput& chunk, DeltaSink* next) = 0;
  /// All rows of the chunk were taken.
  virtual void finish() = 0;
  virtual void reclaim(const ViewNeeds& needs, Position next) = 0;
  // Any thread.
  /// Distinct rows that it keeps.
  virtual uint64_t keys() const = 0;
  /// All that its state takes.
  virtual uint64_t bytes() const = 0;
  OperatorFigures figures() const {
    return {keys(), bytes(), taken_.load(std::memory_order_relaxed)};
  }

 protected:
  /// So many rows were taken.
  void count(size_t rows) {
    taken_.store(taken_.load(std::memory_order_relaxed) + rows, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> taken_{0};
};

}  // namespace facet
