// The primary: the core, and the way of its commands, each stage made with those that it needs:
//
//   submit → Admission → CommandActors → JournalQueue → Journal → NodeCore: the log, then the views
//                 ↑ outcomes        ↑ going back             │
//                 └─────────────────┴────────────────────────┘
//
// Readers' `visible` comes back from the views by NodeReports.
#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <stdexcept>

#include "actors/admission.h"
#include "actors/command_actors.h"
#include "actors/journal.h"
#include "actors/limits.h"
#include "actors/log/commit_clock.h"
#include "actors/log/skip.h"
#include "actors/node_core.h"
#include "values/assert.h"

namespace facet {

namespace {

/// All stages of a start.
RecoveredState recoverOwn(const NodeOptions& options, NodeReports& reports) {
  OpenedLog opened = openLog(options);
  const LogOrigin origin = ownLog(opened, options);
  return recover(std::move(opened), origin, options, reports, nullptr);
}

class PrimaryNode final : public NodeBase {
 public:
  PrimaryNode(const NodeOptions& options, NodeListener& listener);
  ~PrimaryNode() override { PrimaryNode::stop(); }

  std::string submit(CommandBatch batch) override { return admission_.submit(std::move(batch)); }
  Skipped skip(std::string_view view, Position position) override;
  NodeStatus status() const override;
  void stop() override;

 private:
  Position record(const SkipRecord& skip);
  std::string timeProblem() const;

  mutable CommitClock clock_;
  JournalQueue queue_;
  NodeReports reports_;
  NodeCore core_;
  CommandActors commands_;
  Admission admission_;
  Journal journal_;
  std::mutex skipMutex_;  // one after another: each is checked with those before it recorded
  bool stopped_ = false;
};

PrimaryNode::PrimaryNode(const NodeOptions& options, NodeListener& listener)
    : NodeBase(core_),
      clock_(options.clocks),
      reports_(listener, &queue_),
      core_(recoverOwn(options, reports_), options, reports_),
      commands_(core_.threads(), options.threads, core_.state(), queue_, reports_),
      admission_(options, core_.log(), core_.state(), reports_.changes(), listener, commands_),
      journal_(queue_, core_.log(), core_.state().sequencer().progress().block,
               core_.state().cuts(), core_.state().lag(), clock_,
               {core_, admission_, commands_, reports_}) {
  if (const std::string problem = timeProblem(); !problem.empty()) options.notice(problem);
}

Skipped PrimaryNode::skip(std::string_view view, Position position) {
  const std::lock_guard one(skipMutex_);
  Skipped out;
  out.at = record(core_.upkeep().prepareSkip(view, position, core_.history().skips()));
  const auto* const live = static_cast<const LiveView*>(core_.state().find(view));
  bool settled = false;
  reports_.changes().until(
      [&] {
        // So that a rebuild does not free the shards that are looked at.
        const Cuts::Pin pin = core_.state().cuts().pin();
        settled = pin && live->applied() >= out.at && (live->hasErrors() || !live->degraded());
        out.live = settled && !live->degraded();
        if (settled && !out.live) out.error = live->reason();
        return settled || admission_.isClosed();
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
  request->chunk = skipChunk(skip, *core_.state().model());
  request->done = [answer](Position position, const std::string& refused) {
    answer->position = position;
    answer->refused = refused;
    answer->there = true;
  };
  commands_.record(request);
  reports_.changes().until([&] { return answer->there || admission_.isClosed(); }, kSkipTimeout);
  if (!answer->there) {
    throw std::runtime_error(
        "it is not known whether it was recorded: look at the status of the view");
  }
  if (!answer->refused.empty()) throw std::runtime_error(answer->refused);
  return answer->position;
}

NodeStatus PrimaryNode::status() const {
  NodeStatus out = NodeBase::status();
  out.memoryBytes = admission_.memoryBytes();
  for (std::string& problem : admission_.problems()) out.problems.push_back(std::move(problem));
  if (std::string problem = timeProblem(); !problem.empty()) {
    out.problems.push_back(std::move(problem));
  }
  return out;
}

std::string PrimaryNode::timeProblem() const {
  std::string jump = clock_.problem();
  if (!jump.empty()) return jump;
  return aheadProblem(clock_.now(), core_.log().end().time);
}

/// In the order of the flow.
void PrimaryNode::stop() {
  if (stopped_) return;
  stopped_ = true;
  admission_.close(kStopTimeout);
  journal_.stop();
  commands_.stop();
  core_.stop();
}

}  // namespace

std::unique_ptr<Node> Node::start(NodeOptions options, NodeListener& listener) {
  return std::make_unique<PrimaryNode>(requireSound(std::move(options)), listener);
}

}  // namespace facet
