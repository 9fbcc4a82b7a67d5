#include "server/session.h"

#include <atomic>

#include "rpc/kj_interfaces.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/relation_wire.h"
#include "server/version.h"
#include "views/query/query.h"

namespace facet {
namespace {

std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}
capnp::Text::Reader text(std::string_view s) {
  return {s.data(), s.size()};
}

void writeId(capnp::Data::Builder out, uint64_t high, uint64_t low) {
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = static_cast<capnp::byte>(high >> (56 - 8 * i));
    out[8 + i] = static_cast<capnp::byte>(low >> (56 - 8 * i));
  }
}

uint64_t nextSessionId() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

class SessionEndpoint final : public wire::Session::Server {
 public:
  explicit SessionEndpoint(kj::Own<SessionState> state) : state_(kj::mv(state)) {}

 protected:
  kj::Promise<void> commands(CommandsContext context) override {
    context.getResults(capnp::MessageSize{4, 1})
        .setCommands(newCommandsEndpoint(*state_, thisCap()));
    return kj::READY_NOW;
  }

  kj::Promise<void> view(ViewContext context) override {
    const auto params = context.getParams();
    const std::string name(facet::view(params.getName()));
    RelationPlan* plan = state_->thread.findRelation(name);
    if (plan == nullptr) throwFailed(noSuchRelation(name));
    checkType(*plan, params.getRowTypeId());
    context.getResults(capnp::MessageSize{4, 1})
        .setView(newViewEndpoint(*state_, *plan).castAs<AnyView>());
    return kj::READY_NOW;
  }

  kj::Promise<void> query(QueryContext context) override { return answerQuery(*state_, context); }

  kj::Promise<void> describe(DescribeContext context) override {
    describeModel(state_->thread, context.getResults());
    return kj::READY_NOW;
  }

  kj::Promise<void> admin(AdminContext context) override {
    context.getResults(capnp::MessageSize{4, 1}).setAdmin(newAdminEndpoint(*state_));
    return kj::READY_NOW;
  }

  kj::Promise<void> feed(FeedContext context) override {
    context.getResults(capnp::MessageSize{4, 1}).setFeed(newFeedEndpoint(*state_));
    return kj::READY_NOW;
  }

 private:
  using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;

  std::string noSuchRelation(const std::string& name) const {
    const Relation* relation = state_->thread.node().model().findRelation(name);
    if (relation != nullptr) {
      return fmt::format("\"{}\" is an event: make a view of it, and read that", name);
    }
    return fmt::format("there is no view or table \"{}\"; describe (`facet status`) lists them",
                       name.substr(0, 100));
  }

  void checkType(const RelationPlan& plan, uint64_t typeId) const {
    if (typeId == 0 || typeId == plan.rowLayout.typeId) return;
    throwFailed(
        fmt::format("\"{}\" has rows of type @0x{:016x} here, and the client was compiled for "
                    "@0x{:016x}: the view's "
                    "columns have changed; run `facet schema --capnp` again and recompile",
                    plan.relation.name, plan.rowLayout.typeId, typeId));
  }

  kj::Own<SessionState> state_;
};

class FacetEndpoint final : public wire::Facet::Server {
 public:
  FacetEndpoint(RpcThread& thread, kj::Own<ClientBudget> budget)
      : thread_(thread), budget_(kj::mv(budget)) {}

 protected:
  kj::Promise<void> login(LoginContext context) override {
    const auto params = context.getParams();
    if (params.getUser().size() > 0 || params.getSecret().size() > 0) {
      throwFailed("this node has no users configured: log in with empty user and secret");
    }
    if (budget_->sessions >= kMaxSessions) {
      throwOverloaded(
          fmt::format("overloaded: this connection has {} sessions; use them", kMaxSessions));
    }
    budget_->loggedIn = true;
    auto results = context.getResults(capnp::MessageSize{64, 1});
    results.setSession(kj::heap<SessionEndpoint>(
        kj::refcounted<SessionState>(thread_, kj::addRef(*budget_), nextSessionId())));
    Node& node = thread_.node();
    auto about = results.initNode();
    about.setVersion(text(kVersion));
    const Upstream* upstream = thread_.upstream();
    about.setNumbers(true);
    about.setRole(upstream == nullptr ? "primary" : "replica");
    if (upstream != nullptr) about.setPrimary(text(upstream->primary()));
    const LogId log = node.logId();
    writeId(about.initLogId(16), log.high, log.low);
    const uint128 hash = node.model().hash();
    writeId(about.initModelHash(16), static_cast<uint64_t>(hash >> 64),
            static_cast<uint64_t>(hash));
    return kj::READY_NOW;
  }

 private:
  RpcThread& thread_;
  kj::Own<ClientBudget> budget_;
};

}  // namespace

uint64_t ClientBudget::nextConnection() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

bool ClientBudget::take(size_t bytes) {
  if (!loggedIn && bytes > kMaxLoginMessageBytes) {
    throwFailed(fmt::format("a message of {} bytes before login", bytes));
  }
  if (!memory.isFree(bytes) && thread_.room().waiting() > 0) return false;
  return memory.take(bytes);
}

bool ClientBudget::takeSpare(size_t bytes) {
  return memory.takeSpare(bytes);
}

kj::Promise<MessageRoom::Hold> ClientBudget::waitFor(size_t bytes) {
  return thread_.room().wait(kj::addRef(*this), memory, bytes);
}

SessionState::SessionState(RpcThread& rpcThread, kj::Own<ClientBudget> clientBudget,
                           uint64_t sessionId)
    : thread(rpcThread), budget(kj::mv(clientBudget)), id(sessionId) {
  ++budget->sessions;
}

void SessionState::requireRoom(size_t bytes) const {
  if (budget->memory.hasRoom(bytes)) return;
  throwOverloaded(fmt::format("overloaded: {}", kStarved));
}

SessionState::~SessionState() noexcept(false) {
  thread.cursors().drop(id);
  --budget->sessions;
}

SessionHold::SessionHold(SessionState& session) : session_(kj::addRef(session)) {
  if (session.budget->capabilities >= kMaxCapabilities) {
    throwOverloaded(fmt::format("overloaded: this connection holds {} capabilities; release some",
                                kMaxCapabilities));
  }
  ++session.budget->capabilities;
}

SessionHold::~SessionHold() noexcept(false) {
  --session_->budget->capabilities;
}

wire::Facet::Client newFacetEndpoint(RpcThread& thread, kj::Own<ClientBudget> budget) {
  return kj::heap<FacetEndpoint>(thread, kj::mv(budget));
}

}  // namespace facet
