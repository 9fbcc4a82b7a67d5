#include "actors/actor_threads.h"

#include "actors/caf_actor.h"
#include "actors/threads/threads.h"
#include "values/assert.h"

namespace facet {

namespace {

/// Messages that an actor handles before it makes room for others. Lower: more switches; higher: a
/// busy actor keeps a worker from the others for longer (a message is a batch or a chunk: about a
/// millisecond at most).
constexpr size_t kMaxThroughput = 16;

/// Threads of CAF's beside those that run actors: of its clock, and room for one more.
constexpr uint32_t kMoreThreads = 2;

/// CAF's library ends the process where it gets no thread.
uint32_t available(uint32_t threads) {
  FACET_ASSERT(threads > 0);
  requireThreads(threads + kMoreThreads);
  return threads;
}

}  // namespace

ActorThreads::System::Config::Config(uint32_t threads) {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
  set("scheduler.max-throughput", kMaxThroughput);
}

ActorThreads::System::System(uint32_t threads) : config(available(threads)), system(config) {}

ActorThreads::ActorThreads(uint32_t threads) : system_(std::make_unique<System>(threads)) {}

ActorThreads::~ActorThreads() = default;

void stopNodeOnException(caf::scheduled_actor* self, const char* who, FailureSink& failure) {
  self->set_exception_handler([who, &failure](std::exception_ptr& pointer) -> caf::error {
    try {
      std::rethrow_exception(pointer);
    } catch (const std::exception& e) {
      failure.fail(std::string(who) + ": " + e.what());
    } catch (...) {
      failure.fail(std::string(who) + ": unknown exception");
    }
    return caf::exit_reason::unhandled_exception;
  });
}

void endActors(ActorThreads& threads, std::vector<caf::actor>& actors) {
  if (actors.empty()) return;
  caf::scoped_actor self{threads.system().system};
  for (const caf::actor& actor : actors) {
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actor);
  }
  actors.clear();
}

}  // namespace facet
