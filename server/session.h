// The capabilities that a client holds: Facet (before login), Session, and what comes from it. Each
// endpoint is a thin shell around the RPC thread. Thread: belong to their event loop.
#pragma once

#include <kj/refcount.h>

#include <cstdint>

#include "rpc/message_stream.h"
#include "schema/facet.capnp.h"
#include "server/client_memory.h"
#include "server/rpc_thread.h"

namespace facet {

/// What one connection may use, and does. Shared by the endpoints of the connection and by its
/// messages, which can outlive it for as long as a call of theirs is under way.
class ClientBudget final : public MessageRoom {
 public:
  explicit ClientBudget(RpcThread& thread) : memory(thread.memory()), thread_(thread) {}

  const uint64_t connection = nextConnection();  // its number
  size_t sessions = 0;
  size_t capabilities = 0;
  size_t batches = 0;
  size_t batchBytes = 0;
  bool loggedIn = false;
  ClientMemory::Part memory;

  bool take(size_t bytes) override;
  bool takeSpare(size_t bytes) override;
  kj::Promise<Hold> waitFor(size_t bytes) override;
  void give(size_t bytes) override { memory.give(bytes); }

 private:
  static uint64_t nextConnection();
  RpcThread& thread_;
};

/// One login. Shared by its endpoints.
class SessionState final : public kj::Refcounted {
 public:
  SessionState(RpcThread& rpcThread, kj::Own<ClientBudget> clientBudget, uint64_t sessionId);
  ScanOwner owner() const { return {id, budget->connection}; }
  /// "overloaded" where there is no memory for an answer of so many bytes.
  void requireRoom(size_t bytes) const;
  ~SessionState() noexcept(false) override;

  /// Reads from now on see at least this position.
  void raise(Position position) {
    if (position > floor) floor = position;
  }

  RpcThread& thread;
  kj::Own<ClientBudget> budget;
  const uint64_t id;
  Position floor;
};

/// An endpoint's hold on its session: counts it against the connection's limit ("overloaded" beyond
/// it).
class SessionHold {
 public:
  explicit SessionHold(SessionState& session);
  ~SessionHold() noexcept(false);
  KJ_DISALLOW_COPY(SessionHold);
  SessionState* operator->() { return session_; }
  SessionState& operator*() { return *session_; }

 private:
  kj::Own<SessionState> session_;
};

/// The bootstrap capability of a connection.
wire::Facet::Client newFacetEndpoint(RpcThread& thread, kj::Own<ClientBudget> budget);

wire::Commands::Client newCommandsEndpoint(SessionState& session, wire::Session::Client capability);
capnp::Capability::Client newViewEndpoint(SessionState& session, RelationPlan& plan);
wire::Feed::Client newFeedEndpoint(SessionState& session);
wire::Admin::Client newAdminEndpoint(SessionState& session);

using QueryContext = capnp::CallContext<wire::Session::QueryParams, wire::Session::QueryResults>;
/// Session.query.
kj::Promise<void> answerQuery(SessionState& session, QueryContext context);

}  // namespace facet
