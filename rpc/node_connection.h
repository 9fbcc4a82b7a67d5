// NodeConnection: the end of a connection to a node that has asked for it, a client's or a
// replica's: its socket and its RPC system. Thread: belongs to its event loop.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

#include <string>

#include "rpc/message_stream.h"
#include "schema/facet.capnp.h"

namespace facet {

/// A socket that is connected to host:port (7400 where it has none) or unix:/path.
kj::Promise<kj::Own<kj::AsyncIoStream>> connectToNode(kj::AsyncIoContext& io,
                                                      const std::string& address);

class NodeConnection {
 public:
  /// `listener` (may be null) outlives the object.
  NodeConnection(kj::Own<kj::AsyncIoStream> connected, StreamLimits limits,
                 StreamListener* listener = nullptr);
  ~NodeConnection() noexcept(false);
  KJ_DISALLOW_COPY(NodeConnection);

  wire::Facet::Client bootstrap();
  kj::Promise<void> onDisconnect() { return network_.onDisconnect(); }
  MessageStream& messages() { return messages_; }
  kj::AsyncIoStream& socket() { return *socket_; }

 private:
  kj::Own<kj::AsyncIoStream> socket_;
  MessageStream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

}  // namespace facet
