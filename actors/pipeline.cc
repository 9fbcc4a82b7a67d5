#include "actors/pipeline.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/messages.h"
#include "actors/threads/threads.h"
#include "values/assert.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace facet {

namespace {

/// Messages that an actor handles before it makes room for others. Lower: more switches; higher: a
/// busy actor keeps a worker from the others for longer (a message is a batch or a chunk: about a
/// millisecond at most).
constexpr size_t kMaxThroughput = 16;

#ifdef __SANITIZE_THREAD__
/// A mailbox orders: sending before handling, one handling before the next, the last one before the
/// actor's end. CAF's library is not instrumented: the thread sanitizer has to be told.
template <typename State>
class Actor : public caf::stateful_actor<State> {
 public:
  using Base = caf::stateful_actor<State>;
  using Base::Base;
  ~Actor() override { __tsan_acquire(this); }

  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* unit) override {
    __tsan_release(this);
    Base::enqueue(std::move(message), unit);
  }
  caf::resumable::resume_result resume(caf::execution_unit* unit, size_t messages) override {
    __tsan_acquire(this);
    const caf::resumable::resume_result result = Base::resume(unit, messages);
    __tsan_release(this);
    return result;
  }
  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    __tsan_acquire(this);
    const caf::invoke_message_result result = Base::consume(message);
    __tsan_release(this);
    return result;
  }
};
#else
template <typename State>
using Actor = caf::stateful_actor<State>;
#endif

using Failed = std::function<void(const std::string&)>;

class Config : public caf::actor_system_config {
 public:
  explicit Config(uint32_t threads) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", kMaxThroughput);
  }
};

/// State that is durable or seen can't be trusted after an exception: the node ends.
void stopNodeOnException(caf::scheduled_actor* self, const char* who, const Failed& failed) {
  self->set_exception_handler([who, failed](std::exception_ptr& pointer) -> caf::error {
    try {
      std::rethrow_exception(pointer);
    } catch (const std::exception& e) {
      failed(std::string(who) + ": " + e.what());
    } catch (...) {
      failed(std::string(who) + ": unknown exception");
    }
    return caf::exit_reason::unhandled_exception;
  });
}

struct CommandState {
  std::unique_ptr<CommandStage> stage;
};

caf::behavior commandActor(Actor<CommandState>* self, std::shared_ptr<const Model> model,
                           std::shared_ptr<const std::vector<CommandPlan>> plans,
                           const caf::actor& sequencer, const Failed& failed) {
  stopNodeOnException(self, "command actor", failed);
  self->state.stage = std::make_unique<CommandStage>(std::move(model), std::move(plans));
  return {[self, sequencer](Submit& message) {
    auto shaped =
        std::make_shared<ShapedBatch>(self->state.stage->shape(std::move(*message.batch)));
    self->send(sequencer, Sequence{std::move(shaped)});
  }};
}

struct SequencerState {
  Generation generation = 0;
};

caf::behavior sequencerActor(Actor<SequencerState>* self, Sequencer* sequencer,
                             const std::function<void(SequencedBatch, Generation)>& sequenced,
                             const std::function<ReaderNeeds()>& readers, const Failed& failed) {
  stopNodeOnException(self, "sequencer", failed);
  return {[self, sequencer, sequenced, readers](const Sequence& message) {
            sequenced(sequencer->sequence(*message.batch), self->state.generation);
            sequencer->reclaim(readers());
          },
          [self, sequencer, sequenced](const Record& message) {
            sequenced(sequencer->sequence(message.request), self->state.generation);
          },
          [self, sequencer](const GoBack& message) {
            FACET_ASSERT(message.generation > self->state.generation, message.generation,
                         self->state.generation);
            sequencer->rollback(message.to);
            self->state.generation = message.generation;
          }};
}

/// The projections of one view, for their exchange; filled before the first chunk.
using Peers = std::shared_ptr<std::vector<caf::actor>>;

struct ProjectionState {
  std::unique_ptr<Projection> projection;
};

caf::behavior projectionActor(Actor<ProjectionState>* self, LiveView* view, uint32_t index,
                              const Peers& peers, const Failed& failed) {
  stopNodeOnException(self, "projection", failed);
  self->state.projection = std::make_unique<Projection>(
      view->shard(index), index, static_cast<uint32_t>(view->shardCount()),
      [self, peers](uint32_t to, Exchange exchange) {
        FACET_ASSERT(to < peers->size(), to, peers->size());
        self->send((*peers)[to], Exchanged{std::move(exchange)});
      },
      [view, index](Position last) {
        ViewShard& shard = view->shard(index);
        view->report(last, shard.errors());
        shard.reclaim(view->readerNeeds(last), last + 1);
      });
  return {[self, view, index](const Apply& message) {
            view->beginWork(index);
            self->state.projection->onChunk(message.chunk);
            view->endWork(index);
          },
          [self](const Pause& message) { self->state.projection->pause(message.paused); },
          [self, view, index](const Resume&) {
            view->beginWork(index);
            self->state.projection->resume(view->shard(index));
            view->endWork(index);
          },
          [self, view, index](const Exchanged& message) {
            view->beginWork(index);
            self->state.projection->onExchange(message.exchange);
            view->endWork(index);
          }};
}

/// Threads of CAF's beside those that run actors: of its clock, and room for one more.
constexpr uint32_t kMoreThreads = 2;

/// CAF's library ends the process where it gets no thread.
uint32_t available(uint32_t threads) {
  requireThreads(threads + kMoreThreads);
  return threads;
}

}  // namespace

struct Pipeline::System {
  explicit System(uint32_t threads) : config(available(threads)), system(config) {}
  Config config;
  caf::actor_system system;
  std::vector<caf::actor> commands;
  caf::actor sequencer;
  std::vector<caf::actor> projections;  // of all views
  std::vector<Peers> peers;
};

Pipeline::Pipeline(Options options) : system_(std::make_unique<System>(options.threads)) {
  FACET_ASSERT(options.threads > 0);
  caf::actor_system& system = system_->system;
  for (LiveView* view : options.views) {
    auto peers = std::make_shared<std::vector<caf::actor>>();
    for (uint32_t i = 0; i < view->shardCount(); ++i) {
      peers->push_back(system.spawn(projectionActor, view, i, peers, options.failed));
    }
    system_->projections.insert(system_->projections.end(), peers->begin(), peers->end());
    system_->peers.push_back(std::move(peers));
  }
  system_->sequencer = system.spawn(sequencerActor, options.sequencer, options.sequenced,
                                    options.tableReaders, options.failed);
  for (uint32_t i = 0; i < options.threads; ++i) {
    system_->commands.push_back(system.spawn(commandActor, options.model, options.plans,
                                             system_->sequencer, options.failed));
  }
}

Pipeline::~Pipeline() {
  stop();
}

void Pipeline::submit(CommandBatch batch) {
  FACET_ASSERT(!system_->commands.empty());
  // A session always meets the same command actor: its batches keep their order.
  const caf::actor& actor = system_->commands[batch.session % system_->commands.size()];
  caf::anon_send(actor, Submit{std::make_shared<CommandBatch>(std::move(batch))});
}

void Pipeline::goBack(Sequencer::Progress to, Generation generation) {
  caf::anon_send(system_->sequencer, GoBack{to, generation});
}

void Pipeline::record(const std::shared_ptr<ControlRequest>& request) {
  caf::anon_send(system_->sequencer, Record{request});
}

void Pipeline::broadcast(const ChunkPtr& chunk) {
  for (const caf::actor& projection : system_->projections) {
    caf::anon_send(projection, Apply{chunk});
  }
}

void Pipeline::pause(size_t view, const std::function<void()>& paused) {
  FACET_ASSERT(view < system_->peers.size(), view, system_->peers.size());
  for (const caf::actor& projection : *system_->peers[view]) {
    caf::anon_send(projection, Pause{paused});
  }
}

void Pipeline::resume(size_t view) {
  FACET_ASSERT(view < system_->peers.size(), view, system_->peers.size());
  for (const caf::actor& projection : *system_->peers[view]) caf::anon_send(projection, Resume{});
}

void Pipeline::stop() {
  if (!system_->sequencer) return;
  // In the order of the flow. An exit message overtakes what waits in a mailbox: the node has
  // drained them before.
  caf::scoped_actor self{system_->system};
  const auto end = [&](const caf::actor& actor) {
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actor);
  };
  for (const caf::actor& actor : system_->commands) end(actor);
  end(system_->sequencer);
  for (const caf::actor& actor : system_->projections) end(actor);
  for (Peers& peers : system_->peers) peers->clear();
  system_->commands.clear();
  system_->sequencer = nullptr;
  system_->projections.clear();
}

}  // namespace facet
