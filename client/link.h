// Link: one connection to a node, and its RPC system; and the pauses between attempts. Thread:
// belongs to its event loop.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

#include <string>

#include "rpc/message_stream.h"
#include "schema/facet.capnp.h"

namespace facet {

/// The pause before something is tried again, the `attempt`th time (from 0).
kj::Duration pauseBefore(unsigned attempt);

class Link {
 public:
  /// host:port or unix:/path.
  static kj::Promise<kj::Own<Link>> connect(kj::AsyncIoContext& io, const std::string& address);
  explicit Link(kj::Own<kj::AsyncIoStream> connected);
  KJ_DISALLOW_COPY(Link);

  wire::Facet::Client bootstrap();
  kj::Promise<void> onDisconnect() { return network_.onDisconnect(); }

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  MessageStream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

}  // namespace facet
