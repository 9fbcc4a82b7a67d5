// Broadcast: a durable chunk's way to the views: the digests of tables are noted where all nodes
// note them, the projections get it, and readers see the tables at its end. It has the threads that
// all actors of the node run on.
//
// Thread: send and push by the log's one writer; everything else by any.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "actors/actor_threads.h"
#include "actors/log/digest_notes.h"
#include "actors/node_state.h"
#include "actors/projections.h"
#include "actors/threads/changes.h"

namespace facet {

/// Who compares digests with another node's.
class DigestSink {
 public:
  /// Of a table or a view, at an agreed position.
  virtual void noted(const DigestNote& note) = 0;

 protected:
  ~DigestSink() = default;
};

class Broadcast {
 public:
  /// The views have what they begin with. `next`: null: nobody compares. All outlive it.
  Broadcast(NodeState& state, uint32_t threads, Changes& changes, FailureSink& failure,
            DigestSink* next);
  ~Broadcast();

  ActorThreads& threads() { return threads_; }
  const DigestNotes& digests() const { return digests_; }

  void send(const ChunkPtr& chunk);
  /// The same for a chunk that no sequencer's actor made: waits while the views are too far behind,
  /// and reclaims.
  void push(const ChunkPtr& chunk);
  /// Waits until every view has applied the position, or the time has passed.
  void waitApplied(Position position, std::chrono::milliseconds timeout);

  /// A view's projections stand still between two chunks; see projections.h. And go on.
  void pause(size_t view, const std::function<void()>& paused);
  void resume(size_t view) { projections_.resume(view); }

  /// Ends the projections.
  void stop() { projections_.stop(); }

 private:
  void note(const DigestNote& note);

  NodeState& state_;
  Changes& changes_;
  DigestSink* const next_;
  DigestNotes digests_;
  std::deque<std::pair<Position, size_t>> ahead_;  // pushed, not applied by every view: bytes
  size_t bytesAhead_ = 0;
  ActorThreads threads_;
  std::mutex mutex_;  // a view's pause comes between two chunks
  Projections projections_;
};

}  // namespace facet
