// The primary: the engine, and the journal that writes its log.
#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "actors/engine.h"
#include "actors/journal.h"
#include "actors/limits.h"
#include "actors/log/commit_clock.h"
#include "actors/log/full_log.h"
#include "actors/log/limits.h"
#include "actors/log/skip.h"
#include "values/assert.h"

namespace facet {

namespace {

class PrimaryNode final : public EngineNode {
 public:
  PrimaryNode(NodeOptions options, NodeListener& listener);
  ~PrimaryNode() override { PrimaryNode::stop(); }

  std::string submit(CommandBatch batch) override;
  Skipped skip(std::string_view view, Position position) override;
  NodeStatus status() const override;
  void stop() override;

 private:
  void tellAtStart();
  void startJournal();
  void onOutcomes(std::vector<BatchOutcome> outcomes);
  Position record(const SkipRecord& skip);
  std::string memoryProblem() const;
  std::string timeProblem() const;
  uint64_t memoryBytes() const { return engine_->memoryBytes() + inFlightBytes_.load(); }

  NodeListener& listener_;
  std::unique_ptr<Journal> journal_;
  std::atomic<Journal*> started_{nullptr};  // views report while it is being made
  FullLog fullLog_{[this] { return engine_->log().space().left; },
                   [this](const std::string& line) { engine_->options().notice(line); }};
  mutable CommitClock clock_;
  std::atomic<size_t> inFlightBytes_{0};
  std::atomic<size_t> inFlightBatches_{0};
  std::mutex skipMutex_;  // one after another: each is checked with those before it recorded
  std::atomic<bool> stopping_{false};
  bool stopped_ = false;
};

PrimaryNode::PrimaryNode(NodeOptions options, NodeListener& listener)
    : listener_(listener), clock_(options.clocks) {
  Engine::Callbacks callbacks;
  callbacks.sequenced = [this](SequencedBatch batch, Generation generation) {
    FACET_ASSERT(journal_ != nullptr);
    journal_->push(std::move(batch), generation);
  };
  callbacks.visible = [this](Position visible) {
    if (Journal* journal = started_.load()) journal->onVisible();
    listener_.onVisible(visible);
  };
  callbacks.failed = [this](const std::string& reason) { listener_.onFailed(reason); };
  engine_ = std::make_unique<Engine>(std::move(options), std::move(callbacks));
  engine_->followNobody();
  engine_->recover();
  tellAtStart();
  startJournal();
}

/// What an operator need not find out by a command that is refused.
void PrimaryNode::tellAtStart() {
  fullLog_.look();
  if (const std::string problem = timeProblem(); !problem.empty()) {
    engine_->options().notice(problem);
  }
}

void PrimaryNode::startJournal() {
  Journal::Callbacks callbacks;
  callbacks.recorded = [this](ChunkNumber number, std::string_view record) {
    engine_->addControl(number, record);
  };
  callbacks.committed = [this](const LogEnd& end, BlockNumber block) {
    engine_->committed(end, block);
  };
  callbacks.broadcast = [this](ChunkPtr chunk) {
    fullLog_.taken();
    engine_->broadcast(chunk);
  };
  callbacks.outcomes = [this](std::vector<BatchOutcome> outcomes) {
    listener_.onDurable();
    onOutcomes(std::move(outcomes));
  };
  callbacks.full = [this] { fullLog_.full(); };
  callbacks.goBack = [this](Sequencer::Progress to, Generation generation) {
    engine_->pipeline().goBack(to, generation);
  };
  callbacks.failed = [this](const std::string& reason) { engine_->fail(reason); };
  callbacks.now = [this] { return clock_.now(); };
  journal_ = std::make_unique<Journal>(engine_->log(), engine_->sequencer().progress().block,
                                       engine_->cuts(), engine_->lag(), std::move(callbacks));
  journal_->start();
  started_ = journal_.get();
}

std::string PrimaryNode::submit(CommandBatch batch) {
  if (stopping_) return "stopping: the server is shutting down; send the commands again later";
  const size_t bytes = batch.bytes();
  if (std::string full = fullLog_.refusal(bytes, engine_->options().clocks.steady->now() / 1000);
      !full.empty())
    return full;
  if (inFlightBatches_.fetch_add(1) >= kMaxInFlightBatches) {
    inFlightBatches_.fetch_sub(1);
    return fmt::format("overloaded: {} batches are under way; wait for outcomes, then send again",
                       kMaxInFlightBatches);
  }
  if (inFlightBytes_.fetch_add(bytes) + bytes > kMaxInFlightBytes) {
    inFlightBytes_.fetch_sub(bytes);
    inFlightBatches_.fetch_sub(1);
    return fmt::format(
        "overloaded: {} MiB of commands are under way; wait for outcomes, then send again",
        kMaxInFlightBytes >> 20);
  }
  if (const std::string problem = memoryProblem(); !problem.empty()) {
    inFlightBytes_.fetch_sub(bytes);
    inFlightBatches_.fetch_sub(1);
    return "overloaded: " + problem;
  }
  batch.admittedBytes = bytes;
  engine_->pipeline().submit(std::move(batch));
  return {};
}

void PrimaryNode::onOutcomes(std::vector<BatchOutcome> outcomes) {
  size_t bytes = 0;
  for (const BatchOutcome& outcome : outcomes) bytes += outcome.admittedBytes;
  const size_t bytesBefore = inFlightBytes_.fetch_sub(bytes);
  FACET_ASSERT(bytesBefore >= bytes, bytesBefore, bytes);
  const size_t before = inFlightBatches_.fetch_sub(outcomes.size());
  FACET_ASSERT(before >= outcomes.size(), before, outcomes.size());
  const size_t left = before - outcomes.size();
  listener_.onOutcomes(std::move(outcomes));
  if (left == 0 && stopping_) {
    engine_->wake();
  }
}

Skipped PrimaryNode::skip(std::string_view view, Position position) {
  const std::lock_guard one(skipMutex_);
  Skipped out;
  out.at = record(engine_->upkeep().prepareSkip(view, position, engine_->skips()));
  const auto* const live = static_cast<const LiveView*>(engine_->find(view));
  bool settled = false;
  engine_->waitFor(
      [&] {
        // So that a rebuild does not free the shards that are looked at.
        const Cuts::Pin pin = engine_->cuts().pin();
        settled = pin && live->applied() >= out.at && (live->hasErrors() || !live->degraded());
        out.live = settled && !live->degraded();
        if (settled && !out.live) out.error = live->reason();
        return settled || stopping_;
      },
      kSkipTimeout);
  if (!settled) out.error = "it is recorded; the view has not come that far yet";
  return out;
}

/// Returns the position of the record. Throws std::runtime_error if it was refused.
Position PrimaryNode::record(const SkipRecord& skip) {
  struct Answer {
    std::atomic<bool> there{false};
    Position position;
    std::string refused;
  };
  const auto answer = std::make_shared<Answer>();
  auto request = std::make_shared<ControlRequest>();
  request->record = skipRecord(skip);
  request->chunk = skipChunk(skip, *engine_->model());
  request->done = [answer](Position position, const std::string& refused) {
    answer->position = position;
    answer->refused = refused;
    answer->there = true;
  };
  engine_->pipeline().record(request);
  engine_->waitFor([&] { return answer->there || stopping_; }, kSkipTimeout);
  if (!answer->there) {
    throw std::runtime_error(
        "it is not known whether it was recorded: look at the status of the view");
  }
  if (!answer->refused.empty()) throw std::runtime_error(answer->refused);
  return answer->position;
}

NodeStatus PrimaryNode::status() const {
  NodeStatus out = EngineNode::status();
  out.memoryBytes = memoryBytes();
  for (std::string problem : {fullLog_.problem(), memoryProblem(), timeProblem()}) {
    if (!problem.empty()) out.problems.push_back(std::move(problem));
  }
  return out;
}

std::string PrimaryNode::timeProblem() const {
  std::string jump = clock_.problem();
  if (!jump.empty()) return jump;
  return aheadProblem(clock_.now(), engine_->log().end().time);
}

/// Why commands are refused for want of memory; empty: they are not.
std::string PrimaryNode::memoryProblem() const {
  const uint64_t memory = memoryBytes();
  const uint64_t limit = engine_->options().memoryBytes;
  if (static_cast<double>(memory) <= static_cast<double>(limit) * kMemoryHighMark) return {};
  return fmt::format(
      "views and tables take {} MiB of the {} MiB that --memory allows; start the server with "
      "more, or with fewer views",
      memory >> 20, limit >> 20);
}

void PrimaryNode::stop() {
  if (stopped_) return;
  stopped_ = true;
  stopping_ = true;
  engine_->waitFor([this] { return inFlightBatches_.load() == 0; }, kStopTimeout);
  if (journal_) journal_->stop();
  engine_->stop();
}

}  // namespace

std::unique_ptr<Node> Node::start(NodeOptions options, NodeListener& listener) {
  if (options.shards == 0) throw std::invalid_argument("a view needs at least one shard");
  if (options.threads == 0) throw std::invalid_argument("at least one thread is needed");
  return std::make_unique<PrimaryNode>(std::move(options), listener);
}

}  // namespace facet
