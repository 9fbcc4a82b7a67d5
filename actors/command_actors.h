// CommandActors: commands become facts: command actors, several, a session always with the same
// one, then the sequencer's, one; what it decides goes to the next stage, the journal's queue.
// Shells around CommandStage and Sequencer; nothing is decided here. CAF does not show.
// Thread: made and stopped by main; everything else by any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/actor_threads.h"
#include "actors/admission.h"
#include "actors/log/group_commit.h"
#include "actors/node_state.h"

namespace facet {

/// Where the sequencer's decisions go.
class SequencedSink {
 public:
  /// In order, by the sequencer's actor. `generation`: of the decisions that it builds on.
  virtual void push(SequencedBatch batch, Generation generation) = 0;

 protected:
  ~SequencedSink() = default;
};

class CommandActors final : public BatchSink, public Rollback {
 public:
  /// `count`: of command actors. The state's sequencer is its actor's alone from now on.
  CommandActors(ActorThreads& threads, uint32_t count, NodeState& state, SequencedSink& next,
                FailureSink& failure);
  ~CommandActors();

  void submit(CommandBatch batch) override;
  /// A control record that takes a position.
  void record(const std::shared_ptr<ControlRequest>& request);
  void goBack(Sequencer::Progress to, Generation generation) override;

  /// Ends them. What still waits in a mailbox is dropped: the caller drains first.
  void stop();

 private:
  struct Actors;
  ActorThreads& threads_;
  std::unique_ptr<Actors> actors_;
};

}  // namespace facet
