// Commands: batches in, outcomes out. A batch that the node has taken is never cancelled.
#include <kj/debug.h>

#include "rpc/kj_interfaces.h"
#include "server/batch_decoder.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/session.h"

namespace facet {
namespace {

/// Counts a batch against its connection while it is under way.
class InFlight {
 public:
  InFlight(kj::Own<ClientBudget> budget, size_t bytes)
      : budget_(kj::mv(budget)), memory_(budget_->memory), bytes_(bytes) {
    if (!memory_.resize(bytes_)) {
      throwOverloaded(
          "overloaded: clients have as much under way as there is memory for; try again in a "
          "moment");
    }
    ++budget_->batches;
    budget_->batchBytes += bytes_;
  }
  InFlight(InFlight&& other) = default;
  ~InFlight() noexcept(false) {
    if (budget_.get() == nullptr) return;  // moved away
    --budget_->batches;
    budget_->batchBytes -= bytes_;
  }

 private:
  kj::Own<ClientBudget> budget_;
  MemoryHold memory_;
  size_t bytes_;
};

void checkBudget(const ClientBudget& budget, size_t bytes) {
  if (budget.batches >= kMaxBatchesInFlight || budget.batchBytes + bytes > kMaxBatchBytesInFlight) {
    throwOverloaded(fmt::format(
        "overloaded: this connection has {} batches ({} bytes) under way; wait for their outcomes "
        "before sending more",
        budget.batches, budget.batchBytes));
  }
}

class CommandsEndpoint final : public wire::Commands::Server {
 public:
  /// `capability`: the session's own, which replies carry for reads after the batch.
  CommandsEndpoint(SessionState& session, wire::Session::Client capability)
      : session_(session), capability_(kj::mv(capability)) {}

 protected:
  kj::Promise<void> submit(SubmitContext context) override {
    const BatchRun run{runs_, context.getParams().getRun()};
    if (run.ended()) {
      throwOverloaded("overloaded: a batch before this one was refused, and is to be sent first");
    }
    try {
      return take(context, run);
    } catch (const kj::Exception& e) {
      if (e.getType() == kj::Exception::Type::OVERLOADED) run.end();
      throw;
    }
  }

 private:
  kj::Promise<void> take(SubmitContext& context, const BatchRun& run) {
    const auto params = context.getParams();
    if (const Upstream* upstream = session_->thread.upstream()) {
      throwFailed(fmt::format("{}this node is a replica; send commands to {}", kNotPrimary,
                              upstream->primary()));
    }
    if (!params.hasBatch()) throwFailed("submit needs a batch");
    checkBudget(*session_->budget, 0);
    CommandBatch batch =
        session_->thread.batchDecoder().decode(params.getBatch(), params.getAtomic());
    context.releaseParams();
    const size_t bytes = batch.bytes();
    checkBudget(*session_->budget, bytes);
    batch.session = session_->id;
    batch.run = run;
    InFlight inFlight(kj::addRef(*session_->budget), bytes);
    return session_->thread.submit(std::move(batch))
        .then([this, context, inFlight = kj::mv(inFlight)](BatchOutcome&& outcome) mutable {
          answer(context, outcome);
        });
  }

  void answer(SubmitContext& context, const BatchOutcome& outcome) {
    if (outcome.what == BatchOutcome::What::refused) throwOverloaded(outcome.reason);
    if (outcome.what == BatchOutcome::What::unknown) {
      throwFailed(fmt::format("{}{}", kUnknown, outcome.reason));
    }
    session_->raise(outcome.duplicates > 0 ? outcome.durable : outcome.last);
    const Token token{session_->thread.node().logId(), outcome.epoch, outcome.durable};
    auto results = context.getResults(capnp::MessageSize{resultWords(outcome) + 4, 1});
    encodeOutcome(outcome, token, results.initResult());
    results.setSession(capability_);
  }

  SessionHold session_;
  wire::Session::Client capability_;
  const std::shared_ptr<BatchRuns> runs_ = std::make_shared<BatchRuns>();
};

}  // namespace

wire::Commands::Client newCommandsEndpoint(SessionState& session,
                                           wire::Session::Client capability) {
  return kj::heap<CommandsEndpoint>(session, kj::mv(capability));
}

}  // namespace facet
