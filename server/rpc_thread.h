// RpcThread: what the endpoints of one RPC thread share: the node, batches that wait for their
// outcome, reads that wait for a position, open cursors, plans for encoding. There is one for each
// event loop, so that more threads need no locks. Thread: belongs to its event loop.
#pragma once

#include <kj/async-unix.h>
#include <kj/async.h>
#include <kj/string.h>
#include <kj/timer.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/node.h"
#include "rpc/token.h"
#include "schema/facet.capnp.h"
#include "server/batch_decoder.h"
#include "server/client_memory.h"
#include "server/completion_queue.h"
#include "server/cursor_table.h"
#include "server/feed_endpoint.h"
#include "server/limits.h"
#include "server/read_cut.h"
#include "server/read_gate.h"
#include "server/read_pool.h"
#include "server/room_queue.h"
#include "server/row_codec.h"
#include "server/upstream.h"

namespace facet {

/// How one relation is read: resolved once, when it is first asked for.
struct RelationPlan {
  explicit RelationPlan(const Model& model, const LiveRelation& relation);

  const LiveRelation& live;
  const Relation& relation;  // names and types
  const WireLayout& rowLayout;
  const WireLayout* keyLayout;  // null: no key
  RowEncoder encoder;
  std::unique_ptr<KeyReader> keys;
};

/// What a get needs for a moment: one for all, so that endpoints hold nothing.
struct GetScratch {
  std::vector<const Version*> found;
  std::vector<uint64_t> keyWords;  // keys that are looked for together
  Arena arena;
};

class RpcThread final : private CompletionQueue::Handler, private kj::TaskSet::ErrorHandler {
 public:
  struct Options {
    /// How long a query, or a page of a scan, may take.
    kj::Duration queryTimeout = kQuerySeconds * kj::SECONDS;
    /// Whom this node follows; null: it is the primary.
    const Upstream* upstream = nullptr;
  };
  RpcThread(Node& node, CompletionQueue& completions, kj::Timer& timer, kj::UnixEventPort& port,
            Options options);
  ~RpcThread();
  KJ_DISALLOW_COPY(RpcThread);

  Node& node() { return node_; }
  kj::Timer& timer() { return timer_; }
  CursorTable& cursors() { return cursors_; }
  /// Where queries and scans run.
  ReadPool& reads() { return reads_; }
  kj::Duration queryTimeout() const { return options_.queryTimeout; }
  void setQueryTimeout(kj::Duration timeout) { options_.queryTimeout = timeout; }
  FeedHub& feeds() { return feeds_; }
  ClientMemory& memory() { return memory_; }
  /// Messages that wait for memory.
  RoomQueue& room() { return room_; }
  BatchDecoder& batchDecoder() { return batchDecoder_; }
  GetScratch& getScratch() { return getScratch_; }

  const Upstream* upstream() const { return options_.upstream; }

  // ---- writing ----

  /// Hands a batch to the node. The promise breaks as "overloaded" if it was not taken.
  kj::Promise<BatchOutcome> submit(CommandBatch batch);
  /// At the end, when the node has stopped: what still waits for an outcome, or for a call beside,
  /// won't get one. After it the loop turns once more, so that calls, which outlive their
  /// connections, let go of this thread and of the node before these go.
  void abandon();
  size_t batchesInFlight() const { return batches_.size(); }
  size_t batchBytesInFlight() const { return batchBytes_; }

  // ---- reading ----

  /// Null: there is no such view or table.
  RelationPlan* findRelation(std::string_view name);
  /// What the options ask for; a token of another log, or of a lost part of this one, is an
  /// exception.
  ReadDemand demand(wire::ReadOptions::Reader options);
  /// A cut at once, if the demand and the session's floor are met now: for calls that must not cost
  /// a promise.
  kj::Maybe<ReadCut> cutNow(const LiveRelation& live, const ReadDemand& demand, Position floor);
  /// Resolves once the demand and the session's floor are met, or the demand's wait is over: then
  /// pinCut says what there is. "timed out" if the floor is not reached.
  kj::Promise<void> waitFor(const ReadDemand& demand, Position floor);
  void describeCut(const ReadCut& cut, wire::Cut::Builder out);
  /// How far a position is behind the newest that is known of, here or at the upstream.
  struct Lag {
    uint64_t events = 0;
    uint32_t ms = 0;
  };
  Lag lagOf(Position at) const;
  void writeToken(Position position, capnp::Data::Builder out);
  Token token(Position position) const;

  // ---- what takes long ----

  /// Runs a call on a thread of its own; resolves when it has ended, or fails with what it threw.
  /// It goes on if nobody waits any more. "overloaded" if too many are under way.
  kj::Promise<void> beside(std::function<void()> call);
  /// The same for a look that takes a moment, and waits for nothing: those that take long are not
  /// in its way.
  kj::Promise<void> look(std::function<void()> call);

  /// Runs a read of the log on a thread that has only those; resolves when it has ended, or fails
  /// with what it threw. What it looks at must live for as long as the node: it may go on a while
  /// when nobody waits any more.
  kj::Promise<void> readLog(uint64_t client, std::function<void()> call);

  // ---- figures ----

  uint32_t connections = 0;
  uint64_t uptimeMs() const;

 private:
  struct Pending;
  kj::Promise<void> runBeside(std::function<void()> call, size_t& count);
  void handleOutcome(BatchOutcome outcome) override;
  void handleVisible() override;
  void taskFailed(kj::Exception&& exception) override;
  void handleDurable() override { feeds_.release(); }

  Node& node_;
  Options options_;
  kj::Timer& timer_;
  const kj::TimePoint started_;
  std::unordered_map<uint64_t, Pending> batches_;  // by ticket
  uint64_t lastTicket_ = 0;
  size_t batchBytes_ = 0;
  BatchDecoder batchDecoder_;
  GetScratch getScratch_;
  ClientMemory memory_;
  RoomQueue room_;
  ReadGate gate_;
  CursorTable cursors_;
  ReadPool reads_;
  ReadPool logReads_;
  FeedHub feeds_;
  std::unordered_map<const LiveRelation*, std::unique_ptr<RelationPlan>> plans_;
  kj::Promise<void> completing_;
  kj::UnixEventPort& port_;
  size_t besideCount_ = 0;
  size_t lookCount_ = 0;
  std::unique_ptr<kj::TaskSet> beside_;  // null: the node has stopped
};

}  // namespace facet
