// A replica: the core, and a follower that writes its log as its upstream's is: the follower
// appends chunks, and has the core fold them.
#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "actors/log/foldable.h"
#include "actors/log/limits.h"
#include "actors/node_core.h"
#include "actors/replication/digest_check.h"
#include "actors/replication/follower.h"

namespace facet {

namespace {

std::string hex(uint128 value) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(value >> 64),
                     static_cast<uint64_t>(value));
}

/// A log that is the source's, and has enough of it for a node to be made from.
struct CopiedLog {
  OpenedLog opened;
  LogOrigin origin;
  std::vector<FeedBatch> beginning;  // what was taken of it now, without its chunks
};

CopiedLog copyBeginning(const NodeOptions& options, FeedSource& source) {
  OpenedLog opened = openLog(options);
  LogOrigin origin = followedLog(opened, source, options);
  beginWithSnapshot(*opened.log, *opened.store, source);
  std::vector<FeedBatch> beginning = fetchBeginning(*opened.log, source);
  fetchNewViews(*opened.log, *opened.store, source);
  return {std::move(opened), std::move(origin), std::move(beginning)};
}

class ReplicaNode final : public NodeBase,
                          public ChunkSink,
                          public FollowerHost,
                          public DigestSink,
                          public DifferenceSink {
 public:
  ReplicaNode(const NodeOptions& options, CopiedLog copied, FeedSource& source,
              NodeListener& listener);
  ~ReplicaNode() override { ReplicaNode::stop(); }

  std::string submit(CommandBatch batch) override;
  Skipped skip(std::string_view view, Position position) override;
  NodeStatus status() const override;
  void stop() override;

 private:
  std::unique_ptr<Follower> follow(FeedSource& source, const std::vector<FeedBatch>& beginning);
  void check(const ChunkRef& chunk) override;
  void control(const ChunkRef& chunk) override;
  void fold(const ChunkRef& chunk) override { core_.fold(chunk); }
  std::string hindrance() override;
  void notes(const FeedBatch& batch) override;
  void durable() override { listener_.onDurable(); }
  void noted(const DigestNote& note) override { check_.addOwn(note); }
  void differed(const DigestDifference& found) override;

  NodeListener& listener_;
  DigestCheck check_;
  NodeReports reports_;
  NodeCore core_;
  const std::unique_ptr<Follower> follower_;
  bool stopped_ = false;
};

ReplicaNode::ReplicaNode(const NodeOptions& options, CopiedLog copied, FeedSource& source,
                         NodeListener& listener)
    : NodeBase(core_),
      listener_(listener),
      check_(*this),
      reports_(listener, nullptr),
      core_(recover(std::move(copied.opened), copied.origin, options, reports_, this), options,
            reports_),
      follower_(follow(source, copied.beginning)) {}

std::unique_ptr<Follower> ReplicaNode::follow(FeedSource& source,
                                              const std::vector<FeedBatch>& beginning) {
  for (const FeedBatch& batch : beginning) notes(batch);
  return std::make_unique<Follower>(core_.log(), source, *this, *this, reports_);
}

void ReplicaNode::check(const ChunkRef& chunk) {
  requireFoldable(chunk, *core_.state().model(), core_.log(), core_.history().skips());
}

void ReplicaNode::control(const ChunkRef& chunk) {
  core_.recorded(chunk.header->number, chunk.payload);
}

void ReplicaNode::notes(const FeedBatch& batch) {
  // Under another model a view of the same name is another view.
  if (batch.model != core_.state().model()->hash()) return;
  for (const DigestNote& note : batch.notes) check_.addUpstream(note);
}

std::string ReplicaNode::hindrance() {
  const uint64_t memory = core_.state().memoryBytes();
  const uint64_t limit = core_.memoryLimit();
  if (static_cast<double>(memory) <= static_cast<double>(limit) * kMemoryHighMark) return {};
  return fmt::format(
      "out of memory: views and tables take {} MiB of the {} MiB that --memory allows; start the "
      "replica with more",
      memory >> 20, limit >> 20);
}

void ReplicaNode::differed(const DigestDifference& found) {
  const std::string what =
      fmt::format("at position {} its digest is {} here, and {} on the node that this one follows",
                  found.position, hex(found.own), hex(found.upstream));
  core_.state().takeOutOfService(found.relation, what);
  const LiveRelation* const live = core_.state().find(found.relation);
  const bool isTable = live != nullptr && live->table() != nullptr;
  listener_.onAlarm(fmt::format("the {} \"{}\" has diverged: {}", isTable ? "table" : "view",
                                found.relation, what));
}

std::string ReplicaNode::submit(CommandBatch) {
  return "this node is a replica: send commands to the primary";
}

Skipped ReplicaNode::skip(std::string_view, Position) {
  throw std::runtime_error("this node is a replica: have the primary skip it; replicas follow");
}

NodeStatus ReplicaNode::status() const {
  NodeStatus out = NodeBase::status();
  const DigestCheck::Figures figures = check_.figures();
  out.digestsCompared = figures.compared;
  out.digestsDiffered = figures.differed;
  return out;
}

void ReplicaNode::stop() {
  if (stopped_) return;
  stopped_ = true;
  follower_->stop();
  core_.stop();
}

}  // namespace

std::unique_ptr<Node> Node::startReplica(NodeOptions options, FeedSource& source,
                                         NodeListener& listener) {
  if (options.model) throw std::invalid_argument("a replica takes its model from the log");
  options = requireSound(std::move(options));
  CopiedLog copied = copyBeginning(options, source);
  return std::make_unique<ReplicaNode>(options, std::move(copied), source, listener);
}

}  // namespace facet
