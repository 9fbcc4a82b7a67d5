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

/// How long connecting to one address and logging in there may take at most. A line around the
/// world and a lost packet take two seconds; more leaves the next address untried.
constexpr auto kLongestAttempt = 5 * kj::SECONDS;

std::string noLogin(kj::Duration time) {
  return kj::str("no answer within ", time / kj::MILLISECONDS, " ms").cStr();
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
      inTime(connectAny(0, 0), options_.connectTimeout,
             [this] {
               return trouble_.empty() ? "no answer from " + address(0) + " in time" : trouble_;
             })
          .then([this]() { connecting_ = false; },
                [this](kj::Exception&& why) {
                  connecting_ = false;
                  kj::throwFatalException(kj::mv(why));
                })
          .fork());
  return attempt.addBranch();
}

/// `what`: what to say when the time has passed.
kj::Promise<void> AsyncClient::inTime(kj::Promise<void> connected, kj::Duration time,
                                      std::function<std::string()> what) {
  auto& timer = io_.provider->getTimer();
  auto timeout = timer.afterDelay(time).then(
      [what = std::move(what)]() -> kj::Promise<void> { return notReachable(what()); });
  return connected.exclusiveJoin(kj::mv(timeout));
}

/// Of one address: so that one that does not answer leaves time for the others.
kj::Duration AsyncClient::attemptTimeout(size_t addresses) const {
  return std::min(options_.connectTimeout / static_cast<int64_t>(addresses),
                  kj::Duration(kLongestAttempt));
}

kj::Exception AsyncClient::noAnswer() const {
  return {kj::Exception::Type::FAILED, "facet", 0,
          kj::str("timed out: no answer within ", options_.answerTimeout / kj::MILLISECONDS,
                  " ms, though the node lives")};
}

const std::string& AsyncClient::address(size_t next) const {
  return options_.addresses[(first_ + next) % options_.addresses.size()];
}

kj::Promise<void> AsyncClient::connectAny(size_t next, unsigned round) {
  return connectOnce(next).catch_([this, next, round](kj::Exception&& why) -> kj::Promise<void> {
    trouble_ = address(next) + ": " + clientError(why).what();
    if (next + 1 < options_.addresses.size()) return connectAny(next + 1, round);
    const bool patient = options_.retryConnect || served_;
    if (!patient) return notReachable(trouble_);
    tellWaiting(trouble_);
    return io_.provider->getTimer().afterDelay(pauseBefore(round)).then([this, round]() {
      return connectAny(0, round + 1);
    });
  });
}

kj::Promise<void> AsyncClient::connectOnce(size_t next) {
  const kj::Duration time = attemptTimeout(options_.addresses.size());
  return inTime(kj::evalNow([&]() {
                  return Link::connect(io_, address(next), options_.silence);
                }).then([this](kj::Own<Link> link) { return login(kj::mv(link)); }),
                time, [time] { return noLogin(time); });
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
    served_ = true;
    takesNumbers_ = response.getNode().getNumbers();
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
  auto& found = writing_.emplace(inTime(askForPrimary(0, 0), options_.connectTimeout, [this] {
                                   return primaryTrouble();
                                 }).fork());
  commands_ = found.addBranch().then([this]() { return writerCommands_; });
  return found.addBranch();
}

kj::Promise<void> AsyncClient::askForPrimary(size_t next, unsigned round) {
  const std::string to = next == 0 ? primary_ : address(next - 1);
  const kj::Duration time = attemptTimeout(options_.addresses.size() + 1);
  return inTime(kj::evalNow([&]() {
                  return Link::connect(io_, to, options_.silence);
                }).then([this, to](kj::Own<Link> link) { return loginToWrite(kj::mv(link), to); }),
                time, [time] { return noLogin(time); })
      .catch_([this, next, round](kj::Exception&& why) -> kj::Promise<void> {
        if (next == 0) noPrimary_ = clientError(why).what();
        if (next < options_.addresses.size()) return askForPrimary(next + 1, round);
        tellWaiting(primaryTrouble());
        return io_.provider->getTimer().afterDelay(pauseBefore(round)).then([this, round]() {
          return askForPrimary(0, round + 1);
        });
      });
}

/// Fails if that is no primary.
kj::Promise<void> AsyncClient::loginToWrite(kj::Own<Link> link, std::string to) {
  auto sent = link->bootstrap().loginRequest().send();
  auto commands = sent.getSession().commandsRequest().send().getCommands();
  return sent.then([this, to = std::move(to), link = kj::mv(link),
                    commands = kj::mv(commands)](auto&& response) mutable {
    const auto node = response.getNode();
    if (node.getRole() == "replica") {
      primary_ = node.getPrimary().cStr();
      kj::throwFatalException(notReachable(to + " is a replica of " + primary_));
    }
    primary_ = to;
    writerTakesNumbers_ = node.getNumbers();
    writer_ = kj::mv(link);
    writerCommands_ = kj::mv(commands);
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
  return onPrimary_ || connecting_ ? reconnect() : findPrimary();
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
  using Answer = capnp::Response<wire::Session::DescribeResults>;
  return retry([](wire::Session::Client session) -> kj::Promise<Answer> {
           return session.describeRequest().send();
         })
      .then([](Answer&& response) {
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
