#include "server/rpc_thread.h"

#include <kj/debug.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "server/fault.h"
#include "server/helper_thread.h"
#include "server/limits.h"
#include "values/assert.h"

namespace facet {
namespace {

const WireLayout& rowLayoutOf(const Model& model, const LiveRelation& live) {
  const StructCodecs& codecs = model.codecs();
  return live.view() != nullptr ? codecs.viewRow(live.index()) : codecs.tableRow(live.index());
}

const WireLayout* keyLayoutOf(const Model& model, const LiveRelation& live) {
  if (live.source().keyLayout() == nullptr) return nullptr;
  const StructCodecs& codecs = model.codecs();
  return live.view() != nullptr ? &codecs.viewKey(live.index()) : &codecs.tableKey(live.index());
}

/// Counts a call for as long as it lives.
class Counted {
 public:
  explicit Counted(size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  KJ_DISALLOW_COPY(Counted);

 private:
  size_t& count_;
};

/// A call in one slice.
class LogRead final : public ReadPool::Job {
 public:
  explicit LogRead(std::function<void()> call) : call_(std::move(call)) {}
  bool step() override {
    call_();
    return false;
  }
  std::string tooLate(kj::Duration most) const override {
    return fmt::format("reading the log took more than {} s: its disk is slow, or does not answer",
                       most / kj::SECONDS);
  }

 private:
  std::function<void()> call_;
};

kj::Own<HelperThread> newHelper(kj::UnixEventPort& port, std::function<void()> call) {
  try {
    return kj::heap<HelperThread>(port, std::move(call));
  } catch (const kj::Exception& error) {
    throwOverloaded(
        fmt::format("overloaded: {}; try again in a moment", error.getDescription().cStr()));
  } catch (const std::runtime_error& error) {
    throwOverloaded(fmt::format("overloaded: {}; try again in a moment", error.what()));
  }
}

}  // namespace

RelationPlan::RelationPlan(const Model& model, const LiveRelation& relationToRead)
    : live(relationToRead),
      relation(live.source().relation()),
      rowLayout(rowLayoutOf(model, live)),
      keyLayout(keyLayoutOf(model, live)),
      encoder(rowLayout) {
  if (keyLayout != nullptr) {
    keys = std::make_unique<KeyReader>(*keyLayout, *live.source().keyLayout());
  }
}

struct RpcThread::Pending {
  kj::Own<kj::PromiseFulfiller<BatchOutcome>> fulfiller;
  size_t bytes = 0;
};

RpcThread::RpcThread(Node& node, CompletionQueue& completions, kj::Timer& timer,
                     kj::UnixEventPort& port, Options options)
    : node_(node),
      options_(options),
      timer_(timer),
      started_(timer.now()),
      batchDecoder_(node.model(),
                    std::min(kMaxBatchRowBytes, clientMemoryLimit(node.memoryLimit()) / 2)),
      memory_(clientMemoryLimit(node.memoryLimit())),
      room_(timer),
      gate_(timer, completions),
      cursors_(timer),
      reads_(port, timer, kReadThreads),
      logReads_(port, timer, 1),
      feeds_(timer, completions),
      completing_(completions.run(*this).eagerlyEvaluate(nullptr)),
      port_(port),
      beside_(new kj::TaskSet(*this)) {}

RpcThread::~RpcThread() = default;

uint64_t RpcThread::uptimeMs() const {
  return static_cast<uint64_t>((timer_.now() - started_) / kj::MILLISECONDS);
}

kj::Promise<void> RpcThread::beside(std::function<void()> call) {
  if (besideCount_ >= kMaxBeside) {
    throwOverloaded(
        "overloaded: too many snapshots, backups and checks are under way; wait for one");
  }
  return runBeside(std::move(call), besideCount_);
}

kj::Promise<void> RpcThread::look(std::function<void()> call) {
  if (lookCount_ >= kMaxLooks) {
    throwOverloaded("overloaded: too many ask for the status at once; try again in a moment");
  }
  return runBeside(std::move(call), lookCount_);
}

kj::Promise<void> RpcThread::readLog(uint64_t client, std::function<void()> call) {
  return logReads_.run(client, kj::heap<LogRead>(std::move(call)), kLogReadSeconds * kj::SECONDS)
      .ignoreResult();
}

/// Where a thread can't be had, the caller is told, and nothing stays counted.
kj::Promise<void> RpcThread::runBeside(std::function<void()> call, size_t& count) {
  if (beside_ == nullptr) throwOverloaded("stopping: the server is shutting down; try again later");
  auto counted = kj::heap<Counted>(count);
  auto done = kj::newPromiseAndFulfiller<void>();
  auto helper = newHelper(port_, std::move(call));
  HelperThread& thread = *helper;
  beside_->add(thread.ended()
                   .then([&thread, fulfiller = kj::mv(done.fulfiller)]() mutable {
                     try {
                       if (const std::exception_ptr thrown = thread.thrown())
                         std::rethrow_exception(thrown);
                       fulfiller->fulfill();
                     } catch (const std::exception& e) {
                       fulfiller->reject(fault(kj::Exception::Type::FAILED, e.what()));
                     }
                   })
                   .attach(kj::mv(helper), kj::mv(counted)));
  return kj::mv(done.promise);
}

void RpcThread::taskFailed(kj::Exception&& exception) {
  KJ_LOG(ERROR, exception);
}

kj::Promise<BatchOutcome> RpcThread::submit(CommandBatch batch) {
  const size_t bytes = batch.bytes();
  if (batchBytes_ + bytes > kMaxBatchBytesTotal) {
    throwOverloaded("overloaded: the node has too many commands under way; try again in a moment");
  }
  const uint64_t ticket = ++lastTicket_;
  batch.ticket = ticket;
  auto outcome = kj::newPromiseAndFulfiller<BatchOutcome>();
  // Before the node has it: the outcome may come at once.
  batches_.emplace(ticket, Pending{kj::mv(outcome.fulfiller), bytes});
  batchBytes_ += bytes;
  const std::string refused = node_.submit(std::move(batch));
  if (!refused.empty()) {
    batches_.erase(ticket);
    batchBytes_ -= bytes;
    throwOverloaded(refused);
  }
  return kj::mv(outcome.promise);
}

void RpcThread::abandon() {
  auto abandoned = std::move(batches_);
  batches_.clear();
  batchBytes_ = 0;
  for (auto& [ticket, pending] : abandoned) {
    pending.fulfiller->reject(
        fault(kj::Exception::Type::DISCONNECTED, "the node has stopped before the batch was done"));
  }
  reads_.stop();
  logReads_.stop();
  beside_ = nullptr;  // waits for the calls, which the node has ended
}

void RpcThread::handleOutcome(BatchOutcome outcome) {
  const auto found = batches_.find(outcome.ticket);
  FACET_ASSERT(found != batches_.end(), outcome.ticket);
  Pending pending = std::move(found->second);
  batches_.erase(found);
  batchBytes_ -= pending.bytes;
  pending.fulfiller->fulfill(kj::mv(outcome));
}

void RpcThread::handleVisible() {
  if (gate_.waiting() > 0) gate_.release(node_.cuts().visible());
}

RelationPlan* RpcThread::findRelation(std::string_view name) {
  const LiveRelation* live = node_.find(name);
  if (live == nullptr) return nullptr;
  auto& plan = plans_[live];
  if (plan == nullptr) plan = std::make_unique<RelationPlan>(node_.model(), *live);
  return plan.get();
}

ReadDemand RpcThread::demand(wire::ReadOptions::Reader options) {
  ReadDemand out;
  const auto bytes = options.getAtLeast();
  if (bytes.size() == 0) return out;
  const auto token = decodeToken({reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
  if (!token) throwFailed("atLeast is no token of facet's; take it from a reply as it is");
  if (token->log != node_.logId()) {
    throwFailed(
        fmt::format("{}the token is from another log (this node was restored, or holds "
                    "other data); read without it, and submit again what is missing",
                    kLost));
  }
  const Epoch epoch = node_.epoch();
  // What a replica does not have may still come.
  const bool whole = options_.upstream == nullptr;
  bool lost =
      whole && (token->epoch > epoch || (token->epoch == epoch && token->position > node_.head()));
  if (token->epoch < epoch) {
    const auto end = node_.endOf(token->epoch);
    lost = end && token->position > end->last;
  }
  if (lost) {
    throwFailed(
        fmt::format("{}the token stands for position {}, which this log no longer has; "
                    "read without it, and submit again what is missing",
                    kLost, token->position.value));
  }
  out.atLeast = token->position;
  const uint32_t wait = options.getMaxWaitMs() == 0 ? kDefaultWaitMs : options.getMaxWaitMs();
  out.maxWait = std::min(wait, kMaxWaitMs) * kj::MILLISECONDS;
  out.orOlder = options.getOrOlder();
  return out;
}

kj::Maybe<ReadCut> RpcThread::cutNow(const LiveRelation& live, const ReadDemand& demand,
                                     Position floor) {
  if (node_.cuts().visible() < std::max(demand.atLeast, floor)) return nullptr;
  return pinCut(node_, live, demand);
}

kj::Promise<void> RpcThread::waitFor(const ReadDemand& demand, Position floor) {
  const Position wanted = std::max(demand.atLeast, floor);
  if (node_.cuts().visible() >= wanted) return kj::READY_NOW;
  const kj::Duration wait =
      demand.atLeast.value > 0 ? demand.maxWait : kDefaultWaitMs * kj::MILLISECONDS;
  auto waiting = gate_.wait(wanted, wait);
  // It may have become visible before the queue knew that somebody waits for it.
  gate_.release(node_.cuts().visible());
  return waiting.then([this, floor](bool reached) {
    const Position visible = node_.cuts().visible();
    if (reached || visible >= floor) return;
    throwFailed(
        fmt::format("{}the session has seen position {}, and the newest visible one is {}; "
                    "try again",
                    kTimedOut, floor.value, visible.value));
  });
}

Token RpcThread::token(Position position) const {
  return {node_.logId(), node_.epoch(), position};
}

void RpcThread::writeToken(Position position, capnp::Data::Builder out) {
  const TokenBytes bytes = encodeToken(token(position));
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

RpcThread::Lag RpcThread::lagOf(Position at) const {
  const Position head = options_.upstream == nullptr
                            ? node_.head()
                            : std::max(node_.head(), options_.upstream->head());
  if (head <= at) return {};
  const uint32_t upstreams = options_.upstream == nullptr ? 0 : options_.upstream->lagMs(at);
  return {head.value - at.value, std::max(node_.lagMs(at), upstreams)};
}

void RpcThread::describeCut(const ReadCut& cut, wire::Cut::Builder out) {
  out.setPosition(cut.at.value);
  const Lag lag = lagOf(cut.at);
  out.setLagEvents(lag.events);
  out.setLagMs(lag.ms);
  if (cut.degraded.size() > 0) out.setDegraded(cut.degraded);
  out.setOlder(cut.older);
  writeToken(cut.at, out.initToken(kTokenBytes));
}

}  // namespace facet
