// Connection: one client's socket with its RPC system, and the limits that no client gets past:
// message size, calls that are not finished, answers that are not read, time without login and
// without a sign of life. Thread: belongs to its event loop.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-unix.h>
#include <kj/timer.h>

#include <cstdint>

#include "rpc/message_stream.h"
#include "rpc/socket_stream.h"
#include "server/session.h"

namespace facet {

/// What all connections of a thread share.
struct ConnectionTotals {
  int64_t queuedBytes = 0;
};

class Connection final : private StreamListener {
 public:
  Connection(RpcThread& thread, ConnectionTotals& totals, kj::UnixEventPort& port,
             kj::AutoCloseFd socket);
  ~Connection() noexcept(false);
  KJ_DISALLOW_COPY(Connection);

  /// Resolves when the client is gone, or was cut off.
  kj::Promise<void> onDisconnect() { return network_.onDisconnect(); }

  /// Why its time is up; null: it may stay. To be asked from time to time: it remembers what it
  /// saw.
  const char* overdue(kj::TimePoint now);
  void cutOff(const char* why);
  bool isCutOff() const { return cutOff_; }

  bool loggedIn() const { return budget_->loggedIn; }
  /// Nothing of it is under way, and nothing waits to be sent.
  bool isIdle() const { return budget_->batches == 0 && messages_.queuedBytes() == 0; }

 private:
  void onMessage(capnp::MessageReader& message) override;
  void onQueued(int64_t bytes) override;
  void countQuestion();

  kj::Timer& timer_;
  ConnectionTotals& totals_;
  kj::Own<ClientBudget> budget_;
  SocketStream socket_;
  MessageStream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;

  const kj::TimePoint since_;
  kj::TimePoint lastMessage_;
  kj::TimePoint lastProgress_;  // something that waited was sent, or nothing waited
  uint64_t written_ = 0;        // at the last look
  size_t questions_ = 0;
  bool cutOff_ = false;
};

}  // namespace facet
