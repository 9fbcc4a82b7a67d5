// The C++ client library. A program that has the Cap'n Proto schemas of its model and views (`facet
// schema --capnp`) does everything in their types; one that has not uses descriptions (rows.h). Any
// other Cap'n Proto client works as well: the wire is stock.
//
//   facet::Client client({.addresses = {"127.0.0.1:7400"}});
//
//   facet::Batch batch = client.batch(1, 4096);
//   auto orders = batch.add<PlaceOrder>("PlaceOrder", 2);
//   orders[0].setOrderId("A-1"); …
//   facet::BatchReply reply = client.submit(kj::mv(batch));     // durable now
//   for (const facet::CommandReply& r : reply.exceptions) …     // rejected, or done before
//
//   auto view = client.view<capnp::List<OrdersByRegionKey>, capnp::List<OrdersByRegion>>(
//       "orders_by_region");
//   auto request = view.getRequest();
//   request.initKeys(1)[0].setRegion("South");
//   client.readAfterWrite(request.initRead());                  // must see the batch
//   auto row = client.wait(request.send());                     // row.getRows()[0]
//
// Errors: a rejected command is data in the reply. Everything else is a ClientError (error.h);
// promises of AsyncClient carry a kj::Exception, and clientError() says which one it is.
//
// What was sent and not answered when the connection broke has the outcome `unknown`. With
// SubmitOptions::resend, a numbered batch is sent again on a new connection: the node does each
// command once. A node that is stopped, or whose machine is gone, breaks its connections too, after
// ClientOptions::silence.
//
// Threads: a client belongs to one thread and its event loop. Client has a loop of its own, which
// only runs inside of its calls; AsyncClient lives on the caller's.
#pragma once

#include <capnp/message.h>
#include <kj/async-io.h>
#include <kj/refcount.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/batch.h"
#include "client/error.h"
#include "client/link.h"
#include "client/rows.h"
#include "client/send_order.h"
#include "schema/facet.capnp.h"

namespace facet {

struct ClientOptions {
  /// host:port or unix:/path: the nodes of one log, a primary and its replicas, or some of them.
  /// Reads go to one of them, a random one at first, the next when it is gone; commands go to the
  /// primary, which replicas name. Empty: $FACET_ADDRESS, or 127.0.0.1:7400.
  std::vector<std::string> addresses;
  /// How long connecting may take before `notReachable`. A refused connection is tried again until
  /// then if `retryConnect`, and always once there was one.
  kj::Duration connectTimeout = 5 * kj::SECONDS;
  bool retryConnect = false;
  /// How long a node may give no sign of life while an answer of its is waited for. It is asked for
  /// one meanwhile, so that an answer itself may take longer. Then the connection counts as broken.
  kj::Duration silence = 8 * kj::SECONDS;
  /// How long an answer may take at a node that lives: of read() and retry() (else `timedOut`), and
  /// until any batch is answered while some are under way (else those are `unknown`). 0: for ever.
  kj::Duration answerTimeout = 120 * kj::SECONDS;
  /// Batches under way before whenRoom() waits.
  unsigned window = 16;
  /// Is told whenever something is about to be tried again: why. On the event loop; must not throw.
  std::function<void(const std::string& why)> onWaiting = {};
};

struct SubmitOptions {
  /// On `overloaded`: try again with growing pauses, this often. 0: report it.
  unsigned retries = 10;
  /// On a broken connection: connect again and send it again (numbered batches only).
  bool resend = false;
  // Batches that are to be sent again keep their order, and newer ones wait for them. Of those
  // that were refused as overloaded only the oldest is tried, until it is answered. When one is
  // tried no more, the others are not either.
};

/// On the caller's event loop: every call is a promise, which the client outlives.
class AsyncClient {
 public:
  /// Connects and logs in.
  static kj::Promise<kj::Own<AsyncClient>> connect(kj::AsyncIoContext& io, ClientOptions options);
  ~AsyncClient() noexcept(false);
  KJ_DISALLOW_COPY(AsyncClient);

  // ---- writing ----

  /// A batch of `groups` groups; `words` (8 bytes each) is a guess of its size, so that it is
  /// allocated once.
  Batch batch(unsigned groups, uint64_t words);
  kj::Promise<BatchReply> submit(Batch batch, SubmitOptions options = {});
  /// Resolves when fewer than ClientOptions::window batches are under way, and none of them is to
  /// be sent again: a newer one would wait for it.
  kj::Promise<void> whenRoom();
  /// The node that commands go to takes batches whose numbers have gaps, as far as is known.
  bool takesNumbers() const { return onPrimary_ ? takesNumbers_ : writerTakesNumbers_; }
  unsigned inFlight() const { return inFlight_; }
  /// The token of the newest batch that was answered; empty: none was.
  const std::string& lastToken() const { return lastToken_; }
  /// Asks a read to see everything that was submitted and answered here, and everything that a cut
  /// was of that saw() was told.
  void readAfterWrite(wire::ReadOptions::Builder read) const;

  // ---- reading ----

  /// The session, for all calls of facet.capnp. Replaced when the connection is made anew.
  wire::Session::Client session() { return session_; }
  /// A view or table. `rowTypeId`: capnp::typeId<Row>(), checked by the node; 0: not checked.
  template <typename Keys, typename Rows>
  typename wire::View<Keys, Rows>::Client view(capnp::Text::Reader name, uint64_t rowTypeId = 0) {
    auto request = session_.viewRequest();
    request.setName(name);
    request.setRowTypeId(rowTypeId);
    return request.send().getView().template castAs<wire::View<Keys, Rows>>();
  }
  /// The relation's description. Fails if there is none of the name.
  kj::Promise<RelationShape> describe(std::string name);
  kj::Promise<std::vector<RelationShape>> describeAll();

  /// A call that is sent again, at the next node if there are several, when the connection breaks:
  /// `ask(session)` sends it and returns the promise of a response. May be called several times.
  template <typename Ask>
  auto retry(Ask ask, unsigned attempts = 10) -> decltype(ask(session())) {
    return answerInTime(ask(session()))
        .catch_([this, ask, attempts](kj::Exception&& why) mutable -> decltype(ask(session())) {
          if (attempts == 0 || clientError(why).kind != ClientError::Kind::disconnected) {
            return kj::mv(why);
          }
          tellWaiting(clientError(why).what());
          return reconnect().then(
              [this, ask = kj::mv(ask), attempts]() mutable { return retry(ask, attempts - 1); });
        });
  }
  /// A read that goes on so, and never sees less than the one before: `ask` sends it with
  /// readAfterWrite() for its options, and its response has a cut.
  template <typename Ask>
  auto read(Ask ask, unsigned attempts = 10) -> decltype(ask(session())) {
    using Response = kj::_::UnwrapPromise<decltype(ask(session()))>;
    return retry(kj::mv(ask), attempts).then([this](Response&& response) {
      saw(response.getCut());
      return kj::mv(response);
    });
  }
  /// What a read has seen: for those that are not sent through read().
  void saw(wire::Cut::Reader cut);

  /// Resolves when the connection is lost.
  kj::Promise<void> onDisconnect();
  /// Connects anew, to the next node if there are several; calls at the same time share one
  /// attempt.
  kj::Promise<void> reconnect();

 private:
  struct Sending;
  AsyncClient(kj::AsyncIoContext& io, ClientOptions options);
  const std::string& address(size_t next) const;
  template <typename T>
  kj::Promise<T> answerInTime(kj::Promise<T> answer) {
    if (options_.answerTimeout == 0 * kj::SECONDS) return answer;
    auto& timer = io_.provider->getTimer();
    return answer.exclusiveJoin(
        timer.afterDelay(options_.answerTimeout).then([this]() -> kj::Promise<T> {
          return noAnswer();
        }));
  }
  kj::Exception noAnswer() const;
  kj::Duration attemptTimeout(size_t addresses) const;
  kj::Promise<void> inTime(kj::Promise<void> connected, kj::Duration time,
                           std::function<std::string()> what);
  std::string primaryTrouble() const;
  void tellWaiting(const std::string& why) const;
  kj::Promise<void> connectOnce(size_t next);
  kj::Promise<void> connectAny(size_t next, unsigned round);
  kj::Promise<void> login(kj::Own<Link> link);
  /// Where commands go; looks for the primary if the connection is to a replica.
  wire::Commands::Client& commands();
  kj::Promise<void> findPrimary();
  kj::Promise<void> askForPrimary(size_t next, unsigned round);
  kj::Promise<void> loginToWrite(kj::Own<Link> link, std::string to);
  kj::Promise<void> reconnectCommands();
  kj::Promise<BatchReply> send(kj::Own<Sending> sending);
  kj::Promise<BatchReply> resend(kj::Own<Sending> sending);
  kj::Promise<BatchReply> again(kj::Own<Sending> sending, kj::Exception&& why);
  kj::Promise<void> connectAfter(uint64_t link);
  void newLink();
  void finished();
  void beginWatch();
  kj::Promise<void> watchBatches();
  void giveUpBatches();

  kj::AsyncIoContext& io_;
  ClientOptions options_;
  size_t first_ = 0;     // index of the address that is tried first
  bool served_ = false;  // a login was answered once
  std::string trouble_;  // with the last address that was tried
  kj::Own<Link> link_;
  wire::Session::Client session_ = nullptr;
  wire::Commands::Client commands_ = nullptr;
  bool onPrimary_ = true;  // link_ is to the primary; else commands have a connection of their own:
  bool takesNumbers_ = false;
  bool writerTakesNumbers_ = false;
  std::string primary_;    // its address, as a replica named it
  std::string noPrimary_;  // why the last attempt to connect to it failed
  kj::Own<Link> writer_;
  wire::Commands::Client writerCommands_ = nullptr;
  kj::Maybe<kj::ForkedPromise<void>> writing_;  // it is found; none: it was not looked for
  uint64_t links_ = 0;                          // connections for commands so far
  bool connecting_ = false;
  kj::Maybe<kj::ForkedPromise<void>>
      reconnecting_;  // the attempt that is under way, or the last one
  unsigned inFlight_ = 0;
  uint64_t answers_ = 0;     // to batches, so far
  bool watched_ = false;     // batches
  unsigned unanswered_ = 0;  // looks at them without an answer in between
  kj::Promise<void> watching_ = nullptr;
  uint64_t batches_ = 0;  // so far: they are numbered in the order of submit()
  SendOrder order_;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> waiting_;
  std::string lastToken_;
  uint64_t lastPosition_ = 0;
  std::string seenToken_;  // of the newest cut
  uint64_t seenPosition_ = 0;
};

/// A blocking client: the same calls, that wait for their answers and throw ClientError.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client() noexcept(false);
  KJ_DISALLOW_COPY(Client);

  /// Runs the loop until the promise is there.
  template <typename Promise>
  auto wait(Promise&& promise) {
    try {
      return promise.wait(io_.waitScope);
    } catch (const kj::Exception& exception) {
      throw clientError(exception);
    }
  }

  Batch batch(unsigned groups, uint64_t words) { return client_->batch(groups, words); }
  BatchReply submit(Batch batch, SubmitOptions options = {});
  const std::string& lastToken() const { return client_->lastToken(); }
  void readAfterWrite(wire::ReadOptions::Builder read) const { client_->readAfterWrite(read); }

  template <typename Keys, typename Rows>
  typename wire::View<Keys, Rows>::Client view(capnp::Text::Reader name, uint64_t rowTypeId = 0) {
    return client_->view<Keys, Rows>(name, rowTypeId);
  }
  wire::Session::Client session() { return client_->session(); }
  template <typename Ask>
  auto read(Ask ask) {
    return wait(client_->read(kj::mv(ask)));
  }
  template <typename Ask>
  auto retry(Ask ask) {
    return wait(client_->retry(kj::mv(ask)));
  }
  RelationShape describe(const std::string& name) { return wait(client_->describe(name)); }
  std::vector<RelationShape> describeAll() { return wait(client_->describeAll()); }

  AsyncClient& async() { return *client_; }
  kj::AsyncIoContext& io() { return io_; }

 private:
  kj::AsyncIoContext io_;
  kj::Own<AsyncClient> client_;
};

/// $FACET_ADDRESS, or the address that `facet serve` listens on by default.
std::string defaultAddress();
/// The addresses of "a,b,c".
std::vector<std::string> addressList(const std::string& text);

}  // namespace facet
