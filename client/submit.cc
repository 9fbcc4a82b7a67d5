// AsyncClient's batches: sent, sent again, in order.
#include <kj/debug.h>

#include <algorithm>
#include <utility>

#include "client/client.h"
#include "rpc/limits.h"

namespace facet {
namespace {

/// A node closes the connection on larger messages: then the batch would be sent again for ever.
void checkSize(uint64_t bytes) {
  if (bytes + 1024 <= kMaxMessageBytes) return;
  kj::throwFatalException(
      kj::Exception(kj::Exception::Type::FAILED, "facet", 0,
                    kj::str("the batch has ", bytes, " bytes; a message has at most ",
                            kMaxMessageBytes, ": send several")));
}

/// Looks at batches under way before they are given up: more make the time more exact, and wake an
/// idle program.
constexpr unsigned kLooks = 8;

/// Of a batch that was sent and not answered.
[[noreturn]] void throwUnknown(const kj::Exception& why) {
  kj::throwFatalException(kj::Exception(
      kj::Exception::Type::DISCONNECTED, "facet", 0,
      kj::str("unknown: the connection broke before the answer came: ", why.getDescription())));
}

}  // namespace

/// A batch on its way; with a copy if it may have to be sent again.
struct AsyncClient::Sending {
  Sending(AsyncClient& owner, Batch&& toSend, SubmitOptions submitOptions)
      : client(owner), options(submitOptions), batch(kj::mv(toSend)) {
    if (options.retries > 0 || options.resend) keepCopy();
    if (++client.inFlight_ == 1) client.beginWatch();
  }
  ~Sending() noexcept(false) {
    client.order_.answered(number);
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
  uint64_t run = 0;   // that it was sent in
  unsigned attempts = 0;
  bool inDoubt = false;  // it was under way on a connection that broke
};

kj::Promise<BatchReply> AsyncClient::submit(Batch batch, SubmitOptions options) {
  return kj::evalNow([&]() -> kj::Promise<BatchReply> {
           KJ_REQUIRE(!options.resend || batch.numbered_,
                      "only a numbered batch can be sent again");
           auto sending = kj::heap<Sending>(*this, kj::mv(batch), options);
           if (order_.holdsNone()) {
             // One that was built for a connection that is gone would come behind newer ones.
             return sending->batch.link_ == links_ ? send(kj::mv(sending))
                                                   : resend(kj::mv(sending));
           }
           return order_.turnOf(sending->number).then([this, sending = kj::mv(sending)]() mutable {
             return resend(kj::mv(sending));
           });
         })
      .eagerlyEvaluate(nullptr);  // others may wait for it, though nobody asks for its reply now
}

kj::Promise<BatchReply> AsyncClient::send(kj::Own<Sending> sending) {
  sending->link = links_;
  sending->run = order_.run();
  sending->batch.request_.setRun(sending->run);
  auto sent = sending->batch.request_.send();
  order_.sent(sending->number);
  return sent
      .then([this](auto&& response) -> BatchReply {
        ++answers_;
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

/// Sends it over today's connection, from its copy if it has one.
kj::Promise<BatchReply> AsyncClient::resend(kj::Own<Sending> sending) {
  if (sending->copy.get() != nullptr) {
    auto from = sending->copy->getRoot<wire::Commands::SubmitParams>().asReader();
    auto request = commands().submitRequest(from.totalSize());
    request.setBatch(from.getBatch());
    request.setAtomic(from.getAtomic());
    sending->batch.request_ = kj::mv(request);
  }
  return send(kj::mv(sending));
}

kj::Promise<BatchReply> AsyncClient::again(kj::Own<Sending> sending, kj::Exception&& why) {
  const ClientError::Kind kind = clientError(why).kind;
  const bool overloaded = why.getType() == kj::Exception::Type::OVERLOADED;
  if (overloaded) order_.ended(sending->run);
  // A primary that became a replica has done nothing of the batch: another one is asked for.
  const bool moved = kind == ClientError::Kind::notPrimary && sending->attempts == 0 &&
                     sending->copy.get() != nullptr;
  const bool broken =
      why.getType() == kj::Exception::Type::DISCONNECTED && kind != ClientError::Kind::notReachable;
  if (broken) {
    sending->inDoubt = true;
    if (sending->link == links_) order_.broken();
    if (!sending->options.resend) throwUnknown(why);
  }
  const bool retry =
      broken || moved || (overloaded && sending->attempts < sending->options.retries);
  if (!retry) {
    if (order_.holds(sending->number)) order_.giveUp(why);
    if (sending->inDoubt) throwUnknown(why);
    return kj::mv(why);
  }
  tellWaiting(clientError(why).what());
  if (overloaded || moved) order_.refused(sending->number);
  auto ready = io_.provider->getTimer().afterDelay(pauseBefore(sending->attempts++));
  if (broken || moved) {
    ready = ready.then([this, link = sending->link]() { return connectAfter(link); });
  }
  const uint64_t number = sending->number;
  const bool inDoubt = sending->inDoubt;
  return ready.then([this, number]() { return order_.turnOf(number); })
      .catch_([inDoubt](kj::Exception&& reason) {
        if (inDoubt) throwUnknown(reason);
        kj::throwFatalException(kj::mv(reason));
      })
      .then([this, sending = kj::mv(sending)]() mutable { return resend(kj::mv(sending)); });
}

/// A new connection for commands, unless another batch has seen to it since `link`.
kj::Promise<void> AsyncClient::connectAfter(uint64_t link) {
  KJ_IF_MAYBE (why, order_.gaveUp()) return kj::cp(*why);
  if (link != links_ && !connecting_) return kj::READY_NOW;
  return reconnectCommands().catch_([this](kj::Exception&& reason) {
    order_.giveUp(reason);
    kj::throwFatalException(kj::mv(reason));
  });
}

void AsyncClient::beginWatch() {
  if (watched_ || options_.answerTimeout == 0 * kj::SECONDS) return;
  watched_ = true;
  unanswered_ = 0;
  watching_ = watchBatches().eagerlyEvaluate(nullptr);
}

/// A node that lives and answers no batch: its disk hangs, for example. Sending them again is of no
/// use.
kj::Promise<void> AsyncClient::watchBatches() {
  return io_.provider->getTimer()
      .afterDelay(options_.answerTimeout / kLooks)
      .then([this, answers = answers_]() -> kj::Promise<void> {
        watched_ = inFlight_ > 0;
        if (!watched_) return kj::READY_NOW;
        unanswered_ = answers_ == answers && order_.underWay() ? unanswered_ + 1 : 0;
        if (unanswered_ == kLooks) giveUpBatches();
        return watchBatches();
      });
}

void AsyncClient::giveUpBatches() {
  unanswered_ = 0;
  const auto what = kj::str("the node lives, and answered no batch within ",
                            options_.answerTimeout / kj::MILLISECONDS, " ms");
  order_.broken();
  order_.giveUp({kj::Exception::Type::DISCONNECTED, "facet", 0, kj::str("not reachable: ", what)});
  (writer_.get() == nullptr ? link_ : writer_)->end(what.cStr());
}

void AsyncClient::finished() {
  --inFlight_;
  if (inFlight_ >= options_.window || !order_.holdsNone()) return;
  for (auto& waiter : waiting_) waiter->fulfill();
  waiting_.clear();
}

kj::Promise<void> AsyncClient::whenRoom() {
  if (inFlight_ < options_.window && order_.holdsNone()) return kj::READY_NOW;
  auto room = kj::newPromiseAndFulfiller<void>();
  waiting_.push_back(kj::mv(room.fulfiller));
  return room.promise.then([this]() { return whenRoom(); });
}

}  // namespace facet
