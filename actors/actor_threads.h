// ActorThreads: the threads that run a node's actors, commands' (command_actors.h) and views'
// (projections.h).
//
// Scheduling: CAF's work sharing; one mailbox message is one batch or one chunk, so that its cost
// vanishes. No CAF network module, no CAF streams. An exception in an actor that owns durable or
// view state stops the node (FailureSink). Thread: made by main, and by it destroyed when all
// actors have ended.
#pragma once

#include <cstdint>
#include <memory>

namespace facet {

class ActorThreads {
 public:
  /// Throws std::runtime_error if the system does not let there be so many.
  explicit ActorThreads(uint32_t threads);
  ~ActorThreads();

  /// Of CAF's: for those who make actors (caf_actor.h).
  struct System;
  System& system() { return *system_; }

 private:
  std::unique_ptr<System> system_;
};

}  // namespace facet
