#include "client/client.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>

#include "client/link.h"

namespace facet {
namespace {

kj::Exception notReachable(const std::string& what) {
  return {kj::Exception::Type::DISCONNECTED, "facet", 0, kj::str("not reachable: ", what.c_str())};
}

}  // namespace

std::vector<std::string> addressList(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string defaultAddress() {
  const char* address = std::getenv("FACET_ADDRESS");
  return address != nullptr && *address != '\0' ? address : "127.0.0.1:7400";
}

AsyncClient::AsyncClient(kj::AsyncIoContext& io, ClientOptions options)
    : io_(io), options_(std::move(options)) {
  if (options_.addresses.empty()) options_.addresses = addressList(defaultAddress());
  first_ = std::random_device()() % options_.addresses.size();
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
  if (links_ > 0) ++first_;  // another one than that which is gone, if there is one
  auto& attempt = reconnecting_.emplace(
      inTime(connectAny(0, 0), [this] { return "no answer from " + address(0) + " in time"; })
          .then([this]() { connecting_ = false; },
                [this](kj::Exception&& why) {
                  connecting_ = false;
                  kj::throwFatalException(kj::mv(why));
                })
          .fork());
  return attempt.addBranch();
}

/// `what`: what to say when the time has passed.
kj::Promise<void> AsyncClient::inTime(kj::Promise<void> connected,
                                      std::function<std::string()> what) {
  auto& timer = io_.provider->getTimer();
  auto timeout =
      timer.afterDelay(options_.connectTimeout)
          .then([what = std::move(what)]() -> kj::Promise<void> { return notReachable(what()); });
  return connected.exclusiveJoin(kj::mv(timeout));
}

const std::string& AsyncClient::address(size_t next) const {
  return options_.addresses[(first_ + next) % options_.addresses.size()];
}

kj::Promise<void> AsyncClient::connectAny(size_t next, unsigned round) {
  return connectOnce(next).catch_([this, next, round](kj::Exception&& why) -> kj::Promise<void> {
    if (next + 1 < options_.addresses.size()) return connectAny(next + 1, round);
    const bool patient = options_.retryConnect || links_ > 0;
    if (!patient) return notReachable(address(next) + ": " + why.getDescription().cStr());
    tellWaiting(address(next) + ": " + why.getDescription().cStr());
    return io_.provider->getTimer().afterDelay(pauseBefore(round)).then([this, round]() {
      return connectAny(0, round + 1);
    });
  });
}

kj::Promise<void> AsyncClient::connectOnce(size_t next) {
  return kj::evalNow([&]() { return Link::connect(io_, address(next)); })
      .then([this](kj::Own<Link> link) { return login(kj::mv(link)); });
}

kj::Promise<void> AsyncClient::login(kj::Own<Link> link) {
  link_ = kj::mv(link);
  newLink();
  onPrimary_ = true;
  writer_ = nullptr;
  writing_ = nullptr;
  // Pipelined: a batch that is built before the answer belongs to the new connection already.
  auto sent = link_->bootstrap().loginRequest().send();
  session_ = sent.getSession();
  commands_ = session_.commandsRequest().send().getCommands();
  return sent.then([this](auto&& response) {
    onPrimary_ = response.getNode().getRole() != "replica";
    primary_ = response.getNode().getPrimary().cStr();
  });
}

/// What was under way on another connection will fail, and is older than what comes now.
void AsyncClient::newLink() {
  ++links_;
  order_.broken();
}

kj::Promise<void> AsyncClient::onDisconnect() {
  return link_->onDisconnect();
}

// ---- commands: to the primary, wherever the reads go ----

wire::Commands::Client& AsyncClient::commands() {
  if (!onPrimary_ && writing_ == nullptr) findPrimary();
  return commands_;
}

kj::Promise<void> AsyncClient::findPrimary() {
  newLink();
  writer_ = nullptr;
  auto& found =
      writing_.emplace(inTime(askForPrimary(0, 0), [this] { return primaryTrouble(); }).fork());
  commands_ = found.addBranch().then([this]() { return writerCommands_; });
  return found.addBranch();
}

kj::Promise<void> AsyncClient::askForPrimary(size_t next, unsigned round) {
  const std::string to = next == 0 ? primary_ : address(next - 1);
  return kj::evalNow([&]() { return Link::connect(io_, to); })
      .then([this, to](kj::Own<Link> link) {
        auto sent = link->bootstrap().loginRequest().send();
        auto commands = sent.getSession().commandsRequest().send().getCommands();
        return sent.then(
            [this, to, link = kj::mv(link), commands = kj::mv(commands)](auto&& response) mutable {
              const auto node = response.getNode();
              if (node.getRole() == "replica") {
                primary_ = node.getPrimary().cStr();
                kj::throwFatalException(notReachable(to + " is a replica of " + primary_));
              }
              primary_ = to;
              writer_ = kj::mv(link);
              writerCommands_ = kj::mv(commands);
            });
      })
      .catch_([this, next, round](kj::Exception&& why) -> kj::Promise<void> {
        if (next == 0) noPrimary_ = clientError(why).what();
        if (next < options_.addresses.size()) return askForPrimary(next + 1, round);
        tellWaiting(primaryTrouble());
        return io_.provider->getTimer().afterDelay(pauseBefore(round)).then([this, round]() {
          return askForPrimary(0, round + 1);
        });
      });
}

std::string AsyncClient::primaryTrouble() const {
  return "commands go to the primary, at " + primary_ + ", and it does not answer" +
         (noPrimary_.empty() ? "" : " (" + noPrimary_ + ")") +
         "; replicas do, and take none. Start it, or name the address of the one that took over";
}

void AsyncClient::tellWaiting(const std::string& why) const {
  if (options_.onWaiting) options_.onWaiting(why);
}

kj::Promise<void> AsyncClient::reconnectCommands() {
  return onPrimary_ ? reconnect() : findPrimary();
}

Batch AsyncClient::batch(unsigned groups, uint64_t words) {
  Batch batch(commands(), groups, words);
  batch.link_ = links_;
  return batch;
}

void AsyncClient::readAfterWrite(wire::ReadOptions::Builder read) const {
  const std::string& newest = lastPosition_ >= seenPosition_ ? lastToken_ : seenToken_;
  if (newest.empty()) return;
  read.setAtLeast({reinterpret_cast<const capnp::byte*>(newest.data()), newest.size()});
}

void AsyncClient::saw(wire::Cut::Reader cut) {
  if (cut.getPosition() < seenPosition_) return;
  seenPosition_ = cut.getPosition();
  const auto token = cut.getToken();
  seenToken_.assign(token.begin(), token.end());
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
