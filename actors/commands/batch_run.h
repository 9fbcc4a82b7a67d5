// Runs of batches: while many of a client's batches are under way, one may be refused for want of
// room, and room be there again when the next one comes. That would overtake the refused one. So
// batches are sent in runs: with the first that is refused, its run has ended, and nothing of it is
// taken any more. The client goes on with the next run, oldest batch first.
// Thread: any; whoever refuses a batch ends its run before the refusal can be seen.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace facet {

/// The runs of one who submits: numbers that rise, from 1.
class BatchRuns {
 public:
  void end(uint64_t run) {
    uint64_t last = lastEnded_.load(std::memory_order_relaxed);
    while (last < run && !lastEnded_.compare_exchange_weak(last, run)) {
    }
  }
  bool ended(uint64_t run) const { return run <= lastEnded_.load(); }

 private:
  std::atomic<uint64_t> lastEnded_{0};
};

/// The run that a batch belongs to.
struct BatchRun {
  std::shared_ptr<BatchRuns> runs;
  uint64_t number = 0;  // 0: to none; then there need be no runs

  bool ended() const { return number != 0 && runs->ended(number); }
  void end() const {
    if (number != 0) runs->end(number);
  }
};

}  // namespace facet
