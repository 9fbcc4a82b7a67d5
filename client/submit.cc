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
  const ClientError::Kind kind = clientError(why).kind;
  const bool overloaded = why.getType() == kj::Exception::Type::OVERLOADED;
  // A primary that became a replica has done nothing of the batch: another one is asked for.
  const bool moved = kind == ClientError::Kind::notPrimary && sending->attempts == 0 &&
                     sending->copy.get() != nullptr;
  const bool broken =
      why.getType() == kj::Exception::Type::DISCONNECTED && kind != ClientError::Kind::notReachable;
  if (broken && !sending->options.resend) throwUnknown(why);
  const bool sentBefore = sending->attempts > 0;
  if (kind == ClientError::Kind::notReachable && sentBefore) throwUnknown(why);
  const bool retry =
      broken || moved || (overloaded && sending->attempts < sending->options.retries);
  if (!retry) {
    if (refused_.count(sending->number) > 0) giveUp(why);
    return kj::mv(why);
  }
  tellWaiting(clientError(why).what());
  auto ready = io_.provider->getTimer().afterDelay(pauseBefore(sending->attempts++));
  if (overloaded) {
    refused_.try_emplace(sending->number);
    ready = ready.then([this, number = sending->number]() { return turnOf(number); });
  }
  if (broken || moved) {
    ready = ready.then([this, link = sending->link]() -> kj::Promise<void> {
      if (link != links_) return kj::READY_NOW;  // another batch has seen to it
      return reconnectCommands().catch_([this](kj::Exception&& reason) {
        giveUp(reason);
        throwUnknown(reason);
      });
    });
  }
  return ready.then([this, sending = kj::mv(sending)]() mutable {
    auto from = sending->copy->getRoot<wire::Commands::SubmitParams>().asReader();
    auto request = commands().submitRequest(from.totalSize());
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

}  // namespace facet
