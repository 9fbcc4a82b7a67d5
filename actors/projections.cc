#include "actors/projections.h"

#include "actors/caf_actor.h"
#include "actors/messages.h"
#include "actors/projection.h"
#include "values/assert.h"

namespace facet {

namespace {

/// The projections of one view, for their exchange; filled before the first chunk.
using Peers = std::shared_ptr<std::vector<caf::actor>>;

/// A shard's actor in its view.
class ShardSink final : public ProjectionSink {
 public:
  ShardSink(caf::event_based_actor* self, LiveView& view, uint32_t index, Peers peers)
      : self_(self), view_(view), index_(index), peers_(std::move(peers)) {}

  void send(uint32_t to, Exchange exchange) override {
    FACET_ASSERT(to < peers_->size(), to, peers_->size());
    self_->send((*peers_)[to], Exchanged{std::move(exchange)});
  }
  void applied(Position last) override {
    ViewShard& shard = view_.shard(index_);
    view_.report(last, shard.errors());
    shard.reclaim(view_.readerNeeds(last), last + 1);
  }

 private:
  caf::event_based_actor* const self_;
  LiveView& view_;
  const uint32_t index_;
  const Peers peers_;
};

struct ProjectionState {
  std::unique_ptr<ShardSink> sink;
  std::unique_ptr<Projection> projection;
};

caf::behavior projectionActor(Actor<ProjectionState>* self, LiveView* view, uint32_t index,
                              const Peers& peers, FailureSink* failure) {
  stopNodeOnException(self, "projection", *failure);
  self->state.sink = std::make_unique<ShardSink>(self, *view, index, peers);
  self->state.projection = std::make_unique<Projection>(
      view->shard(index), index, static_cast<uint32_t>(view->shardCount()), *self->state.sink);
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

}  // namespace

struct Projections::Actors {
  std::vector<caf::actor> all;  // of all views, one after another
  std::vector<Peers> peers;     // by view
};

Projections::Projections(ActorThreads& threads, const std::vector<LiveView*>& views,
                         FailureSink& failure)
    : threads_(threads), actors_(std::make_unique<Actors>()) {
  caf::actor_system& system = threads.system().system;
  for (LiveView* view : views) {
    auto peers = std::make_shared<std::vector<caf::actor>>();
    for (uint32_t i = 0; i < view->shardCount(); ++i) {
      peers->push_back(system.spawn(projectionActor, view, i, peers, &failure));
    }
    actors_->all.insert(actors_->all.end(), peers->begin(), peers->end());
    actors_->peers.push_back(std::move(peers));
  }
}

Projections::~Projections() {
  stop();
}

void Projections::apply(const ChunkPtr& chunk) {
  for (const caf::actor& projection : actors_->all) {
    caf::anon_send(projection, Apply{chunk});
  }
}

void Projections::pause(size_t view, const std::function<void()>& paused) {
  FACET_ASSERT(view < actors_->peers.size(), view, actors_->peers.size());
  for (const caf::actor& projection : *actors_->peers[view]) {
    caf::anon_send(projection, Pause{paused});
  }
}

void Projections::resume(size_t view) {
  FACET_ASSERT(view < actors_->peers.size(), view, actors_->peers.size());
  for (const caf::actor& projection : *actors_->peers[view]) caf::anon_send(projection, Resume{});
}

void Projections::stop() {
  endActors(threads_, actors_->all);
  for (Peers& peers : actors_->peers) peers->clear();
}

}  // namespace facet
