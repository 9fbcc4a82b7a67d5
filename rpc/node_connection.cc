#include "rpc/node_connection.h"

#include "rpc/socket_stream.h"

namespace facet {
namespace {

constexpr unsigned kDefaultPort = 7400;

}  // namespace

kj::Promise<kj::Own<kj::AsyncIoStream>> connectToNode(kj::AsyncIoContext& io,
                                                      const std::string& address) {
  return io.provider->getNetwork()
      .parseAddress(address.c_str(), kDefaultPort)
      .then([](kj::Own<kj::NetworkAddress> parsed) {
        auto connecting = parsed->connect();
        return connecting.attach(kj::mv(parsed));
      })
      .then([&io](kj::Own<kj::AsyncIoStream> stream) {
        return adoptSocket(io.unixEventPort, kj::mv(stream));
      });
}

NodeConnection::NodeConnection(kj::Own<kj::AsyncIoStream> connected, StreamLimits limits,
                               StreamListener* listener)
    : socket_(kj::mv(connected)),
      messages_(*socket_, limits, listener),
      network_(messages_, capnp::rpc::twoparty::Side::CLIENT),
      rpc_(capnp::makeRpcClient(network_)) {}

NodeConnection::~NodeConnection() noexcept(false) = default;

wire::Facet::Client NodeConnection::bootstrap() {
  capnp::MallocMessageBuilder message(8);
  auto vat = message.initRoot<capnp::rpc::twoparty::VatId>();
  vat.setSide(capnp::rpc::twoparty::Side::SERVER);
  return rpc_.bootstrap(vat).castAs<wire::Facet>();
}

}  // namespace facet
