// A replica: the engine, and a follower that writes its log as its upstream's is.
#include <fmt/format.h>

#include <stdexcept>

#include "actors/engine.h"
#include "actors/log/foldable.h"
#include "actors/log/limits.h"
#include "actors/replication/digest_check.h"
#include "actors/replication/follower.h"
#include "values/assert.h"

namespace facet {

namespace {

std::string hex(uint128 value) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(value >> 64),
                     static_cast<uint64_t>(value));
}

class ReplicaNode final : public EngineNode {
 public:
  ReplicaNode(NodeOptions options, FeedSource& source, NodeListener& listener);
  ~ReplicaNode() override { ReplicaNode::stop(); }

  std::string submit(CommandBatch batch) override;
  Skipped skip(std::string_view view, Position position) override;
  NodeStatus status() const override;
  void stop() override;

 private:
  Engine::Callbacks engineCallbacks();
  Follower::Callbacks followerCallbacks();
  void compare(const FeedBatch& batch);
  std::string hindrance() const;
  void onDifference(const DigestCheck::Difference& found);

  NodeListener& listener_;
  DigestCheck check_;
  std::unique_ptr<Follower> follower_;
  bool stopped_ = false;
};

ReplicaNode::ReplicaNode(NodeOptions options, FeedSource& source, NodeListener& listener)
    : listener_(listener),
      check_([this](const DigestCheck::Difference& found) { onDifference(found); }) {
  engine_ = std::make_unique<Engine>(std::move(options), engineCallbacks());
  engine_->follow(source);
  beginWithSnapshot(engine_->log(), engine_->store(), source);
  const std::vector<FeedBatch> beginning = fetchBeginning(engine_->log(), source);
  fetchNewViews(engine_->log(), engine_->store(), source);
  engine_->recover();
  for (const FeedBatch& batch : beginning) compare(batch);
  follower_ = std::make_unique<Follower>(engine_->log(), source, followerCallbacks());
  follower_->start();
}

Engine::Callbacks ReplicaNode::engineCallbacks() {
  Engine::Callbacks callbacks;
  callbacks.sequenced = [](const SequencedBatch&, Generation) {
    FACET_ASSERT(false);  // nothing is submitted to the actors
  };
  callbacks.visible = [this](Position visible) { listener_.onVisible(visible); };
  callbacks.failed = [this](const std::string& reason) { listener_.onFailed(reason); };
  callbacks.noted = [this](const DigestNote& note) { check_.addOwn(note); };
  return callbacks;
}

Follower::Callbacks ReplicaNode::followerCallbacks() {
  Follower::Callbacks callbacks;
  callbacks.check = [this](const ChunkRef& chunk) {
    requireFoldable(chunk, *engine_->model(), engine_->log(), engine_->skips());
  };
  callbacks.fold = [this](const ChunkRef& chunk) { engine_->fold(chunk); };
  callbacks.control = [this](const ChunkRef& chunk) { engine_->addControl(chunk); };
  callbacks.durable = [this] { listener_.onDurable(); };
  callbacks.notes = [this](const FeedBatch& batch) { compare(batch); };
  callbacks.hindrance = [this] { return hindrance(); };
  callbacks.failed = [this](const std::string& reason) { engine_->fail(reason); };
  return callbacks;
}

void ReplicaNode::compare(const FeedBatch& batch) {
  // Under another model a view of the same name is another view.
  if (batch.model != engine_->model()->hash()) return;
  for (const DigestNote& note : batch.notes) check_.addUpstream(note);
}

std::string ReplicaNode::hindrance() const {
  const uint64_t memory = engine_->memoryBytes();
  const uint64_t limit = engine_->options().memoryBytes;
  if (static_cast<double>(memory) <= static_cast<double>(limit) * kMemoryHighMark) return {};
  return fmt::format(
      "out of memory: views and tables take {} MiB of the {} MiB that --memory allows; start the "
      "replica with more",
      memory >> 20, limit >> 20);
}

void ReplicaNode::onDifference(const DigestCheck::Difference& found) {
  const std::string what =
      fmt::format("at position {} its digest is {} here, and {} on the node that this one follows",
                  found.position, hex(found.own), hex(found.upstream));
  engine_->takeOutOfService(found.relation, what);
  const LiveRelation* const live = engine_->find(found.relation);
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
  NodeStatus out = EngineNode::status();
  const DigestCheck::Figures figures = check_.figures();
  out.digestsCompared = figures.compared;
  out.digestsDiffered = figures.differed;
  return out;
}

void ReplicaNode::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (follower_) follower_->stop();
  engine_->stop();
}

}  // namespace

std::unique_ptr<Node> Node::startReplica(NodeOptions options, FeedSource& source,
                                         NodeListener& listener) {
  if (options.shards == 0) throw std::invalid_argument("a view needs at least one shard");
  if (options.threads == 0) throw std::invalid_argument("at least one thread is needed");
  if (options.model) throw std::invalid_argument("a replica takes its model from the log");
  return std::make_unique<ReplicaNode>(std::move(options), source, listener);
}

}  // namespace facet
