// Admission: which batches of commands are let in, and the way back of their outcomes. What is
// under way is bounded, in batches and in bytes; while the log is full, or the views take nearly
// all memory, nothing is let in. Whoever is refused is told why, and what to do.
//
// Thread: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/commands/batch.h"
#include "actors/log/full_log.h"
#include "actors/log/group_commit.h"
#include "actors/node.h"
#include "actors/node_state.h"
#include "actors/threads/changes.h"

namespace facet {

/// Where batches go that are let in.
class BatchSink {
 public:
  virtual void submit(CommandBatch batch) = 0;

 protected:
  ~BatchSink() = default;
};

class Admission final : public AnswerSink {
 public:
  /// All of these outlive it. `changes`: is told when nothing is under way any more.
  Admission(const NodeOptions& options, const EventLog& log, const NodeState& state,
            Changes& changes, NodeListener& listener, BatchSink& next);

  /// Lets a batch in; or why not. Empty: its outcome will come.
  std::string submit(CommandBatch batch);
  /// Lets no more in, and waits for the outcomes of those that are under way, for no longer than
  /// the time.
  void close(std::chrono::milliseconds timeout);
  bool isClosed() const { return closed_; }

  /// Of the node's state, and of what is under way.
  uint64_t memoryBytes() const;
  /// Why batches are refused now, for the operator.
  std::vector<std::string> problems() const;

  void outcomes(std::vector<BatchOutcome> outcomes) override;
  void full() override { fullLog_.full(); }
  void taken() override { fullLog_.taken(); }

 private:
  std::string memoryProblem() const;

  Clock& steady_;
  const uint64_t memoryLimit_;
  const NodeState& state_;
  Changes& changes_;
  NodeListener& listener_;
  BatchSink& next_;
  FullLog fullLog_;
  std::atomic<size_t> bytes_{0};  // under way
  std::atomic<size_t> batches_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace facet
