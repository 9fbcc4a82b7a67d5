// FeedClient: the network side of a replica: connects to the upstream, logs in, and pulls chunks:
// one request is under way at a time, and none while an answer waits to be taken; so the memory
// that it takes is two answers at most, beside the one that the follower works on. It asks ahead
// only while there is more already: at the log's end a request tells the upstream what is durable
// here.
//
// While the follower is stalled (no room, no memory) nothing is pulled; the upstream is told so
// every second, and its operator sees it; from its answers this node knows how far it is behind.
//
// A node that finds itself among those that it follows, and one whose upstream does, takes nothing
// either, and says so, until that has changed.
//
// It never gives up: whatever breaks, it connects again, with growing pauses. The exception is an
// upstream with another log: what this node shows is not what that one has, or has any more; so
// `onForeign` is to end the process.
//
// Thread: agree, next, fetchSnapshot, refuse, stalled, modelChanged by the follower's thread;
// interrupt by any; everything else belongs to the event loop.
#pragma once

#include <kj/async-io.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "actors/log/lag_clock.h"
#include "actors/replication/feed_source.h"
#include "rpc/node_connection.h"
#include "schema/facet.capnp.h"
#include "server/upstream.h"
#include "server/wake_up.h"

namespace facet {

struct FeedClientOptions {
  std::string address;  // of the upstream
  std::string name;     // what the upstream calls this replica: the address that it serves on
  /// The upstream's log is another one; with what to do. Is called once.
  std::function<void(const std::string& why)> onForeign;
};

class FeedClient final : public FeedSource, public Upstream {
 public:
  FeedClient(kj::AsyncIoContext& io, FeedClientOptions options);
  ~FeedClient() noexcept override;
  KJ_DISALLOW_COPY(FeedClient);

  /// Resolves when the log has a new model, and the node is to be started anew. Once.
  kj::Promise<void> whenModelChanged();

  std::optional<LogId> agree(std::optional<LogId> own) override;
  std::optional<FeedBatch> next(const LogEnd& end) override;
  std::optional<std::string> fetchSnapshot(SnapshotStore& store) override;
  void refuse(const std::string& why) override;
  void stalled(const std::string& why, const LogEnd& end) override;
  void modelChanged() override;
  void interrupt() override;

  UpstreamState state() const override;
  const std::string& primary() const override { return primary_; }
  std::vector<ChainNode> chain() const override;
  Position head() const override { return head_; }
  uint32_t lagMs(Position position) const override { return lag_.lagMs(position); }

 private:
  /// What is asked for: chunks from this number on, whose predecessor has this hash.
  struct Start {
    ChunkNumber from;
    ChunkHash previous;
    bool operator==(const Start&) const = default;
  };
  struct Delivery {
    Start start;
    FeedBatch batch;
  };

  kj::Promise<void> run();
  kj::Promise<void> connect();
  kj::Promise<void> login(kj::Own<kj::AsyncIoStream> stream);
  kj::Promise<void> followOn();
  kj::Maybe<Start> askable();
  SnapshotStore* wantedStore() const;
  kj::Promise<void> fetchInto(SnapshotStore& store);
  kj::Promise<void> ask(Start start);
  kj::Promise<void> tellStalled();
  kj::Promise<void> idle();
  void writeRequest(const Start& start, wire::FeedRequest::Builder out);
  void heard(wire::FeedBatch::Reader batch);
  void heardChain(capnp::List<wire::FeedBatch::ChainNode>::Reader chain);
  bool takesNothing() const { return isStalled() || !ring_.empty(); }
  std::string ownId() const;
  void requireSameLog() const;
  bool isStalled() const;
  bool receive(const Start& start, wire::FeedBatch::Reader batch);
  void deliver(Delivery delivery);
  kj::Promise<void> broken(kj::Exception&& why);
  kj::Duration pauseBefore(unsigned attempt);
  void onWoken();

  kj::AsyncIoContext& io_;
  const FeedClientOptions options_;
  std::mt19937_64 random_;
  std::array<uint64_t, 2> id_;
  kj::Own<NodeConnection> connection_;
  wire::Feed::Client feed_ = nullptr;
  bool connected_ = false;
  unsigned attempts_ = 0;  // since the last answer
  std::string trouble_;    // why it is not connected; said once
  std::string primary_;
  std::vector<ChainNode> above_;  // the upstream and those that it follows, up to a primary
  std::string ring_;              // why there is no primary up there
  Position head_;
  kj::TimePoint heard_;
  LagClock lag_;
  uint64_t notes_ = 0;             // the last note that was received on this connection
  std::vector<uint64_t> partial_;  // of a chunk that comes in parts
  std::optional<Start> ahead_;     // there is more already
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> idle_;  // waits until something can be asked
  kj::PromiseFulfillerPair<void> changedModel_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::optional<Delivery> delivery_;
  std::optional<Start> wanted_;    // the follower waits for it
  std::optional<LogId> agreed_;    // the log that is followed
  std::optional<LogId> upstream_;  // the one that the upstream had at the last login
  LogEnd own_;                     // where the replica's log ended when it last asked
  std::string refused_;
  std::string stalled_;
  SnapshotStore* store_ = nullptr;      // where a snapshot is wanted
  std::optional<std::string> fetched_;  // its name
  bool modelChanged_ = false;
  bool interrupted_ = false;

  WakeUp wakeUp_;
  kj::Promise<void> running_;
};

}  // namespace facet
