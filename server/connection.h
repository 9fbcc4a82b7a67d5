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

class Connection final : private StreamListener {
 public:
  Connection(RpcThread& thread, kj::UnixEventPort& port, kj::AutoCloseFd socket);
  ~Connection() noexcept(false);
  KJ_DISALLOW_COPY(Connection);

  /// Resolves when the client is gone, or was cut off.
  kj::Promise<void> onDisconnect() { return network_.onDisconnect(); }

  /// Why its time is up; null: it may stay. To be asked from time to time: it remembers what it
  /// saw, and gives back what it needs no more.
  const char* overdue(kj::TimePoint now);
  /// At the last look it held memory for nothing: its client did not read, or had stopped inside a
  /// message, for kGiveWaySeconds.
  bool isInTheWay(kj::TimePoint now) const;
  uint64_t memoryUsed() const { return budget_->memory.used(); }
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
  kj::Own<ClientBudget> budget_;
  SocketStream socket_;
  MessageStream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;

  const kj::TimePoint since_;
  kj::TimePoint lastMessage_;
  // At the last look:
  kj::TimePoint lastProgress_;  // when something that waited was sent, or nothing waited
  kj::TimePoint lastPart_;      // when more of a message had come, or there was none
  kj::TimePoint messageSince_;  // when there was no message that had come in part, or another
  uint64_t written_ = 0;
  uint64_t read_ = 0;
  uint64_t messagesRead_ = 0;
  size_t questions_ = 0;
  bool cutOff_ = false;
};

}  // namespace facet
