// What actors are made of: for the .cc files that have some in them (actor_threads.cc,
// command_actors.cc, projections.cc), which with messages.h are all that sees CAF. Thread: actors
// are made and ended by main, and run on the node's threads.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <exception>
#include <string>
#include <vector>

#include "actors/actor_threads.h"
#include "actors/threads/failure.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace facet {

struct ActorThreads::System {
  explicit System(uint32_t threads);

  struct Config : caf::actor_system_config {
    explicit Config(uint32_t threads);
  };
  Config config;
  caf::actor_system system;
};

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

/// State that is durable or seen can't be trusted after an exception: the node ends.
void stopNodeOnException(caf::scheduled_actor* self, const char* who, FailureSink& failure);

/// Has them end, one after the other, and waits for it. An exit message overtakes what waits in a
/// mailbox, which is dropped: the node has drained them before.
void endActors(ActorThreads& threads, std::vector<caf::actor>& actors);

}  // namespace facet
