#include "client/client.h"

#include <capnp/rpc-twoparty.h>
#include <kj/debug.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "rpc/message_stream.h"
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

kj::Duration pauseBefore(unsigned attempt) {
  const auto pause = std::min(kFirstPause * (1U << std::min(attempt, 10U)), kLongestPause);
  return pause / 2 + pause * (static_cast<unsigned>(std::rand()) % 128U) / 256U;
}

kj::Exception notReachable(const std::string& what) {
  return {kj::Exception::Type::DISCONNECTED, "facet", 0, kj::str("not reachable: ", what.c_str())};
}

/// A node closes the connection on larger messages: then the batch would be sent again for ever.
void checkSize(uint64_t bytes) {
  if (bytes + 1024 <= kMaxMessageBytes) return;
  kj::throwFatalException(
      kj::Exception(kj::Exception::Type::FAILED, "facet", 0,
                    kj::str("the batch has ", bytes, " bytes; a message has at most ",
                            kMaxMessageBytes, ": send several")));
}

/// Of a batch that was sent and not answered.
[[noreturn]] void throwUnknown(const kj::Exception& why) {
  kj::throwFatalException(kj::Exception(
      kj::Exception::Type::DISCONNECTED, "facet", 0,
      kj::str("unknown: the connection broke before the answer came: ", why.getDescription())));
}

}  // namespace

std::string defaultAddress() {
  const char* address = std::getenv("FACET_ADDRESS");
  return address != nullptr && *address != '\0' ? address : "127.0.0.1:7400";
}

/// One connection and its RPC system.
struct AsyncClient::Link {
  explicit Link(kj::Own<kj::AsyncIoStream> connected)
      : stream(kj::mv(connected)),
        messages(*stream, {.queuedBytes = kMaxQueuedToNode}),
        network(messages, capnp::rpc::twoparty::Side::CLIENT),
        rpc(capnp::makeRpcClient(network)) {}

  wire::Facet::Client bootstrap() {
    capnp::MallocMessageBuilder message(8);
    auto vat = message.initRoot<capnp::rpc::twoparty::VatId>();
    vat.setSide(capnp::rpc::twoparty::Side::SERVER);
    return rpc.bootstrap(vat).castAs<wire::Facet>();
  }

  kj::Own<kj::AsyncIoStream> stream;
  MessageStream messages;
  capnp::TwoPartyVatNetwork network;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc;
};

/// A batch on its way; with a copy if it may have to be sent again.
struct AsyncClient::Sending {
  Sending(AsyncClient& owner, Batch&& toSend, SubmitOptions submitOptions)
      : client(owner), options(submitOptions), batch(kj::mv(toSend)) {
    if (options.retries > 0 || options.resend) keepCopy();
    ++client.inFlight_;
  }
  ~Sending() noexcept(false) {
    client.answered(number);
    client.finished();
  }
  KJ_DISALLOW_COPY(Sending);

  void keepCopy() {
    auto from = batch.request_.asReader();
    const uint64_t words = from.totalSize().wordCount;
    checkSize(words * sizeof(capnp::word));
    copy = kj::heap<capnp::MallocMessageBuilder>(static_cast<unsigned>(words + 8));
    copy->setRoot(from);
  }

  AsyncClient& client;
  SubmitOptions options;
  Batch batch;
  kj::Own<capnp::MallocMessageBuilder> copy;
  const uint64_t number = ++client.batches_;
  uint64_t link = 0;  // that it was sent on
  unsigned attempts = 0;
};

AsyncClient::AsyncClient(kj::AsyncIoContext& io, ClientOptions options)
    : io_(io), options_(std::move(options)) {
  if (options_.addresses.empty()) options_.addresses.push_back(defaultAddress());
}

AsyncClient::~AsyncClient() noexcept(false) = default;

kj::Promise<kj::Own<AsyncClient>> AsyncClient::connect(kj::AsyncIoContext& io,
                                                       ClientOptions options) {
  kj::Own<AsyncClient> client(new AsyncClient(io, std::move(options)),
                              kj::_::HeapDisposer<AsyncClient>::instance);
  auto connected = client->reconnect();
  return connected.then([client = kj::mv(client)]() mutable { return kj::mv(client); });
}

kj::Promise<void> AsyncClient::reconnect() {
  if (connecting_) return KJ_ASSERT_NONNULL(reconnecting_).addBranch();
  connecting_ = true;
  auto& timer = io_.provider->getTimer();
  auto timeout = timer.afterDelay(options_.connectTimeout).then([this]() -> kj::Promise<void> {
    return notReachable("no answer from " + options_.addresses[0] + " in time");
  });
  auto connected = connectAny(0, 0).exclusiveJoin(kj::mv(timeout));
  auto& attempt = reconnecting_.emplace(connected
                                            .then([this]() { connecting_ = false; },
                                                  [this](kj::Exception&& why) {
                                                    connecting_ = false;
                                                    kj::throwFatalException(kj::mv(why));
                                                  })
                                            .fork());
  return attempt.addBranch();
}

kj::Promise<void> AsyncClient::connectAny(size_t next, unsigned round) {
  return connectOnce(next).catch_([this, next, round](kj::Exception&& why) -> kj::Promise<void> {
    if (next + 1 < options_.addresses.size()) return connectAny(next + 1, round);
    const bool patient = options_.retryConnect || links_ > 0;
    if (!patient) {
      return notReachable(options_.addresses[next] + ": " + why.getDescription().cStr());
    }
    return io_.provider->getTimer().afterDelay(pauseBefore(round)).then([this, round]() {
      return connectAny(0, round + 1);
    });
  });
}

kj::Promise<void> AsyncClient::connectOnce(size_t address) {
  return io_.provider->getNetwork()
      .parseAddress(options_.addresses[address].c_str(), kDefaultPort)
      .then([](kj::Own<kj::NetworkAddress> parsed) {
        auto connecting = parsed->connect();
        return connecting.attach(kj::mv(parsed));
      })
      .then([this](kj::Own<kj::AsyncIoStream> stream) {
        return login(adoptSocket(io_.unixEventPort, kj::mv(stream)));
      });
}

kj::Promise<void> AsyncClient::login(kj::Own<kj::AsyncIoStream> stream) {
  link_ = kj::heap<Link>(kj::mv(stream));
  ++links_;
  // Pipelined: a batch that is built before the answer belongs to the new connection already.
  auto sent = link_->bootstrap().loginRequest().send();
  session_ = sent.getSession();
  commands_ = session_.commandsRequest().send().getCommands();
  return sent.ignoreResult();
}

kj::Promise<void> AsyncClient::onDisconnect() {
  return link_->network.onDisconnect();
}

Batch AsyncClient::batch(unsigned groups, uint64_t words) {
  return {commands_, groups, words};
}

kj::Promise<BatchReply> AsyncClient::submit(Batch batch, SubmitOptions options) {
  return kj::evalNow([&]() {
    KJ_REQUIRE(!options.resend || batch.numbered_, "only a numbered batch can be sent again");
    return send(kj::heap<Sending>(*this, kj::mv(batch), options));
  });
}

kj::Promise<BatchReply> AsyncClient::send(kj::Own<Sending> sending) {
  sending->link = links_;
  auto sent = sending->batch.request_.send();
  return sent
      .then([this](auto&& response) -> BatchReply {
        BatchReply reply = batchReply(response.getResult());
        const uint64_t position = reply.position;
        if (lastToken_.empty() || position > lastPosition_ || reply.duplicates > 0) {
          lastToken_ = reply.token;
          lastPosition_ = std::max(lastPosition_, position);
        }
        return reply;
      })
      .catch_([this, sending = kj::mv(sending)](kj::Exception&& why) mutable {
        return again(kj::mv(sending), kj::mv(why));
      });
}

kj::Promise<BatchReply> AsyncClient::again(kj::Own<Sending> sending, kj::Exception&& why) {
  const bool overloaded = why.getType() == kj::Exception::Type::OVERLOADED;
  const bool broken = why.getType() == kj::Exception::Type::DISCONNECTED;
  if (broken && !sending->options.resend) throwUnknown(why);
  const bool retry = broken || (overloaded && sending->attempts < sending->options.retries);
  if (!retry) {
    if (refused_.count(sending->number) > 0) giveUp(why);
    return kj::mv(why);
  }
  auto ready = io_.provider->getTimer().afterDelay(pauseBefore(sending->attempts++));
  if (overloaded) {
    refused_.try_emplace(sending->number);
    ready = ready.then([this, number = sending->number]() { return turnOf(number); });
  }
  if (broken) {
    ready = ready.then([this, link = sending->link]() -> kj::Promise<void> {
      if (link != links_) return kj::READY_NOW;  // another batch has seen to it
      return reconnect().catch_([this](kj::Exception&& reason) {
        giveUp(reason);
        throwUnknown(reason);
      });
    });
  }
  return ready.then([this, sending = kj::mv(sending)]() mutable {
    auto from = sending->copy->getRoot<wire::Commands::SubmitParams>().asReader();
    auto request = commands_.submitRequest(from.totalSize());
    request.setBatch(from.getBatch());
    request.setAtomic(from.getAtomic());
    sending->batch.request_ = kj::mv(request);
    return send(kj::mv(sending));
  });
}

kj::Promise<void> AsyncClient::turnOf(uint64_t number) {
  KJ_IF_MAYBE (why, gaveUp_) return kj::cp(*why);
  if (refused_.begin()->first == number) return kj::READY_NOW;
  auto turn = kj::newPromiseAndFulfiller<void>();
  refused_[number] = kj::mv(turn.fulfiller);
  return kj::mv(turn.promise);
}

void AsyncClient::giveUp(const kj::Exception& why) {
  if (refused_.empty()) return;
  gaveUp_ = kj::cp(why);
  for (auto& [number, turn] : refused_) {
    if (turn.get() != nullptr) turn->reject(kj::cp(why));
  }
}

void AsyncClient::answered(uint64_t number) {
  if (refused_.erase(number) == 0) return;
  if (refused_.empty()) {
    gaveUp_ = nullptr;
  } else if (auto& turn = refused_.begin()->second; turn.get() != nullptr) {
    turn->fulfill();
  }
}

void AsyncClient::finished() {
  --inFlight_;
  if (inFlight_ >= options_.window || !refused_.empty()) return;
  for (auto& waiter : waiting_) waiter->fulfill();
  waiting_.clear();
}

kj::Promise<void> AsyncClient::whenRoom() {
  if (inFlight_ < options_.window && refused_.empty()) return kj::READY_NOW;
  auto room = kj::newPromiseAndFulfiller<void>();
  waiting_.push_back(kj::mv(room.fulfiller));
  return room.promise.then([this]() { return whenRoom(); });
}

void AsyncClient::readAfterWrite(wire::ReadOptions::Builder read) const {
  if (lastToken_.empty()) return;
  read.setAtLeast({reinterpret_cast<const capnp::byte*>(lastToken_.data()), lastToken_.size()});
}

kj::Promise<std::vector<RelationShape>> AsyncClient::describeAll() {
  return session_.describeRequest().send().then([](auto&& response) {
    std::vector<RelationShape> out;
    for (const auto relation : response.getRelations()) out.push_back(relationShape(relation));
    return out;
  });
}

kj::Promise<RelationShape> AsyncClient::describe(std::string name) {
  return describeAll().then([name = std::move(name)](std::vector<RelationShape> all) {
    for (RelationShape& relation : all) {
      if (relation.name == name) return std::move(relation);
    }
    kj::throwFatalException(
        kj::Exception(kj::Exception::Type::FAILED, "facet", 0,
                      kj::str("the node has nothing named \"", name.c_str(), "\"")));
  });
}

Client::Client(ClientOptions options) : io_(kj::setupAsyncIo()) {
  client_ = wait(AsyncClient::connect(io_, std::move(options)));
}

Client::~Client() noexcept(false) = default;

BatchReply Client::submit(Batch batch, SubmitOptions options) {
  return wait(client_->submit(kj::mv(batch), options));
}

}  // namespace facet
