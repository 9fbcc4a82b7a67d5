#include "server/connection.h"

#include <capnp/rpc.capnp.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/fault.h"
#include "server/limits.h"

namespace facet {
namespace {

/// Words of calls that are not answered yet: beyond it nothing more is read from the connection.
/// Twice what its batches may take, so that "overloaded" is said before silence.
constexpr size_t kFlowLimitWords = 2 * kMaxBatchBytesInFlight / sizeof(capnp::word);

}  // namespace

Connection::Connection(RpcThread& thread, kj::UnixEventPort& port, kj::AutoCloseFd socket)
    : timer_(thread.timer()),
      budget_(kj::refcounted<ClientBudget>(thread)),
      socket_(port, kj::mv(socket)),
      messages_(socket_, StreamLimits{}, this, kj::addRef(*budget_)),
      network_(messages_, capnp::rpc::twoparty::Side::SERVER),
      rpc_(capnp::makeRpcServer(network_, newFacetEndpoint(thread, kj::addRef(*budget_)))),
      since_(timer_.now()),
      lastMessage_(since_),
      lastProgress_(since_),
      lastPart_(since_),
      messageSince_(since_) {
  rpc_.setFlowLimit(kFlowLimitWords);
}

Connection::~Connection() noexcept(false) = default;

void Connection::onMessage(capnp::MessageReader& message) {
  lastMessage_ = timer_.now();
  switch (message.getRoot<capnp::rpc::Message>().which()) {
    case capnp::rpc::Message::BOOTSTRAP:
    case capnp::rpc::Message::CALL:
      return countQuestion();
    case capnp::rpc::Message::FINISH:
      if (questions_ > 0) --questions_;
      return;
    default:
      return;
  }
}

void Connection::countQuestion() {
  const size_t most = budget_->loggedIn ? kMaxQuestions : kMaxQuestionsBeforeLogin;
  if (++questions_ <= most) return;
  throwFailed(budget_->loggedIn
                  ? fmt::format("more than {} calls of this connection are not finished", most)
                  : fmt::format("more than {} calls before login was answered", most));
}

void Connection::onQueued(int64_t bytes) {
  if (bytes <= 0) return budget_->memory.give(static_cast<uint64_t>(-bytes));
  if (!budget_->memory.add(static_cast<uint64_t>(bytes))) {
    throwOverloaded("too many answers wait for clients to read them");
  }
}

const char* Connection::overdue(kj::TimePoint now) {
  messages_.trim();
  if (messages_.queuedBytes() == 0 || messages_.bytesWritten() != written_) lastProgress_ = now;
  written_ = messages_.bytesWritten();
  if (!messages_.isInMessage() || messages_.bytesRead() != read_) lastPart_ = now;
  read_ = messages_.bytesRead();
  if (!messages_.isInMessage() || messages_.messagesRead() != messagesRead_) messageSince_ = now;
  messagesRead_ = messages_.messagesRead();
  if (now - lastProgress_ > kStalledSeconds * kj::SECONDS) return "it does not read its answers";
  if (now - lastPart_ > kStalledSeconds * kj::SECONDS) return "it stopped inside a message";
  if (now - messageSince_ > kMessageSeconds * kj::SECONDS) return "its message takes too long";
  if (!budget_->loggedIn && now - since_ > kLoginSeconds * kj::SECONDS) return "it did not log in";
  const bool waits = budget_->batches > 0 || questions_ > 0;
  if (!waits && now - lastMessage_ > kIdleSeconds * kj::SECONDS) return "it was idle too long";
  return nullptr;
}

bool Connection::isInTheWay(kj::TimePoint now) const {
  return memoryUsed() > kFreeBytes &&
         now - std::min(lastProgress_, lastPart_) >= kGiveWaySeconds * kj::SECONDS;
}

void Connection::cutOff(const char* why) {
  cutOff_ = true;
  spdlog::debug("connection: cut off: {}", why);
  messages_.abort(
      fault(kj::Exception::Type::DISCONNECTED, fmt::format("connection closed: {}", why)));
}

}  // namespace facet
