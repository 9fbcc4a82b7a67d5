// Runs of batches: while many of a client's batches are under way, one may be refused for want of
// room, and room be there again when the next one comes. That would overtake the refused one. So
// batches are sent in runs: with the first that is refused, its run has ended, and nothing of it is
// let in any more. The client goes on with the next run, oldest batch first.
//
// Those that were let in before the refused one are done as if nothing had happened. But where it
// is the log that has no room, later ones may have been let in already: they are taken back.
// Thread: any; whoever refuses a batch ends its run before the refusal can be seen.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace facet {

/// The runs of one who submits: numbers that rise, from 1.
class BatchRuns {
 public:
  void end(uint64_t run) { raise(lastEnded_, run); }
  bool ended(uint64_t run) const { return run <= lastEnded_.load(); }
  void takeBack(uint64_t run) {
    raise(lastTakenBack_, run);
    end(run);
  }
  bool takenBack(uint64_t run) const { return run <= lastTakenBack_.load(); }

 private:
  static void raise(std::atomic<uint64_t>& last, uint64_t run) {
    uint64_t before = last.load(std::memory_order_relaxed);
    while (before < run && !last.compare_exchange_weak(before, run)) {
    }
  }
  std::atomic<uint64_t> lastEnded_{0};
  std::atomic<uint64_t> lastTakenBack_{0};
};

/// The run that a batch belongs to.
struct BatchRun {
  std::shared_ptr<BatchRuns> runs;
  uint64_t number = 0;  // 0: to none; then there need be no runs

  bool ended() const { return number != 0 && runs->ended(number); }
  void end() const {
    if (number != 0) runs->end(number);
  }
  /// By the log: asked in the order in which batches are written, so that whatever is of a run
  /// that was taken back came behind the batch that there was no room for.
  void takeBack() const {
    if (number != 0) runs->takeBack(number);
  }
  bool takenBack() const { return number != 0 && runs->takenBack(number); }
};

}  // namespace facet
