#include "actors/command_actors.h"

#include "actors/caf_actor.h"
#include "actors/commands/command_stage.h"
#include "actors/messages.h"
#include "values/assert.h"

namespace facet {

namespace {

struct CommandState {
  std::unique_ptr<CommandStage> stage;
};

caf::behavior commandActor(Actor<CommandState>* self, const NodeState* state,
                           const caf::actor& sequencer, FailureSink* failure) {
  stopNodeOnException(self, "command actor", *failure);
  self->state.stage = std::make_unique<CommandStage>(state->model(), state->plans());
  return {[self, sequencer](Submit& message) {
    auto shaped =
        std::make_shared<ShapedBatch>(self->state.stage->shape(std::move(*message.batch)));
    self->send(sequencer, Sequence{std::move(shaped)});
  }};
}

struct SequencerState {
  Generation generation = 0;
};

caf::behavior sequencerActor(Actor<SequencerState>* self, NodeState* state, SequencedSink* next,
                             FailureSink* failure) {
  stopNodeOnException(self, "sequencer", *failure);
  Sequencer* const sequencer = &state->sequencer();
  return {[self, sequencer, state, next](const Sequence& message) {
            next->push(sequencer->sequence(*message.batch), self->state.generation);
            sequencer->reclaim(state->tableReaders());
          },
          [self, sequencer, next](const Record& message) {
            next->push(sequencer->sequence(message.request), self->state.generation);
          },
          [self, sequencer](const GoBack& message) {
            FACET_ASSERT(message.generation > self->state.generation, message.generation,
                         self->state.generation);
            sequencer->rollback(message.to);
            self->state.generation = message.generation;
          }};
}

}  // namespace

struct CommandActors::Actors {
  std::vector<caf::actor> commands;
  std::vector<caf::actor> sequencer;  // one; none: they have ended
};

CommandActors::CommandActors(ActorThreads& threads, uint32_t count, NodeState& state,
                             SequencedSink& next, FailureSink& failure)
    : threads_(threads), actors_(std::make_unique<Actors>()) {
  FACET_ASSERT(count > 0);
  caf::actor_system& system = threads.system().system;
  actors_->sequencer.push_back(system.spawn(sequencerActor, &state, &next, &failure));
  for (uint32_t i = 0; i < count; ++i) {
    actors_->commands.push_back(
        system.spawn(commandActor, &state, actors_->sequencer.front(), &failure));
  }
}

CommandActors::~CommandActors() {
  stop();
}

void CommandActors::submit(CommandBatch batch) {
  FACET_ASSERT(!actors_->commands.empty());
  // A session always meets the same command actor: its batches keep their order.
  const caf::actor& actor = actors_->commands[batch.session % actors_->commands.size()];
  caf::anon_send(actor, Submit{std::make_shared<CommandBatch>(std::move(batch))});
}

void CommandActors::record(const std::shared_ptr<ControlRequest>& request) {
  FACET_ASSERT(!actors_->sequencer.empty());
  caf::anon_send(actors_->sequencer.front(), Record{request});
}

void CommandActors::goBack(Sequencer::Progress to, Generation generation) {
  FACET_ASSERT(!actors_->sequencer.empty());
  caf::anon_send(actors_->sequencer.front(), GoBack{to, generation});
}

void CommandActors::stop() {
  endActors(threads_, actors_->commands);
  endActors(threads_, actors_->sequencer);
}

}  // namespace facet
