#include "client/link.h"

#include <algorithm>
#include <cstdlib>

#include "rpc/socket_stream.h"

namespace facet {
namespace {

constexpr unsigned kDefaultPort = 7400;

/// Bytes that may wait to be sent: the window bounds them; this only tells a program that ignores
/// it from one that has a large window of large batches.
constexpr size_t kMaxQueuedToNode = size_t{512} << 20;

/// The first pause before something is tried again, and the longest: each is twice the one before,
/// with a random part, so that clients do not come back all at once.
constexpr auto kFirstPause = 2 * kj::MILLISECONDS;
constexpr auto kLongestPause = 500 * kj::MILLISECONDS;

}  // namespace

kj::Duration pauseBefore(unsigned attempt) {
  const auto pause = std::min(kFirstPause * (1U << std::min(attempt, 10U)), kLongestPause);
  return pause / 2 + pause * (static_cast<unsigned>(std::rand()) % 128U) / 256U;
}

kj::Promise<kj::Own<Link>> Link::connect(kj::AsyncIoContext& io, const std::string& address) {
  return io.provider->getNetwork()
      .parseAddress(address.c_str(), kDefaultPort)
      .then([](kj::Own<kj::NetworkAddress> parsed) {
        auto connecting = parsed->connect();
        return connecting.attach(kj::mv(parsed));
      })
      .then([&io](kj::Own<kj::AsyncIoStream> stream) {
        return kj::heap<Link>(adoptSocket(io.unixEventPort, kj::mv(stream)));
      });
}

Link::Link(kj::Own<kj::AsyncIoStream> connected)
    : stream_(kj::mv(connected)),
      messages_(*stream_, {.queuedBytes = kMaxQueuedToNode}),
      network_(messages_, capnp::rpc::twoparty::Side::CLIENT),
      rpc_(capnp::makeRpcClient(network_)) {}

wire::Facet::Client Link::bootstrap() {
  capnp::MallocMessageBuilder message(8);
  auto vat = message.initRoot<capnp::rpc::twoparty::VatId>();
  vat.setSide(capnp::rpc::twoparty::Side::SERVER);
  return rpc_.bootstrap(vat).castAs<wire::Facet>();
}

}  // namespace facet
