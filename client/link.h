// Link: a connection to a node that is watched; and the pauses between attempts. While
// something is waited for and the node is silent, it is asked for a sign of life, whatever is
// waited for may take; a node that gives none ends the connection. Thread: belongs to its event
// loop.
#pragma once

#include <kj/async-io.h>

#include <string>

#include "rpc/node_connection.h"

namespace facet {

/// The pause before something is tried again, the `attempt`th time (from 0).
kj::Duration pauseBefore(unsigned attempt);

class Link final : private StreamListener {
 public:
  /// host:port or unix:/path. `silence`: how long the node may give no sign of life while it is
  /// waited for.
  static kj::Promise<kj::Own<Link>> connect(kj::AsyncIoContext& io, const std::string& address,
                                            kj::Duration silence);
  Link(kj::Timer& timer, kj::Own<kj::AsyncIoStream> connected, kj::Duration silence);
  ~Link() noexcept(false);
  KJ_DISALLOW_COPY(Link);

  wire::Facet::Client bootstrap() { return connection_.bootstrap(); }
  kj::Promise<void> onDisconnect() { return connection_.onDisconnect(); }
  /// Ends the connection: what is waited for fails with this, as disconnected.
  void end(const std::string& why);

 private:
  void onMessage(capnp::MessageReader& message) override;
  void onSend(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  void onQueued(int64_t) override {}
  kj::Promise<void> watch();
  void look();
  int64_t heldBySystem();
  void ping();

  kj::Timer& timer_;
  const kj::Duration silence_;
  NodeConnection connection_;

  uint64_t questions_ = 0;  // that are not answered
  bool watched_ = false;
  // At the last look:
  uint64_t read_ = 0;     // bytes that had come,
  int64_t left_ = 0;      // and had left;
  bool waiting_ = false;  // some had not
  unsigned quiet_ = 0;    // looks since the last sign of life
  kj::Promise<void> pinging_ = nullptr;
  kj::Promise<void> watching_ = nullptr;
};

}  // namespace facet
