#include "actors/node.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

#include "actors/full_log.h"
#include "actors/journal.h"
#include "actors/limits.h"
#include "actors/live_view.h"
#include "actors/pipeline.h"
#include "actors/recovery.h"
#include "storage/data_folder.h"
#include "storage/lmdb_log.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr size_t kTablesWriter = 0;
constexpr size_t viewWriter(size_t view) {
  return 1 + view;
}

int64_t nowMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t steadyMillis() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

uint64_t defaultMemory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)) / 4 * 3;
}

class PrimaryNode final : public Node {
 public:
  PrimaryNode(NodeOptions options, NodeListener& listener)
      : options_(std::move(options)),
        listener_(listener),
        folder_(options_.data),
        log_(openLmdbLog({.path = folder_.logPath(), .progress = {}})),
        lag_(steadyMillis) {
    if (options_.memoryBytes == 0) options_.memoryBytes = defaultMemory();
    openModel();
    build();
    recover();
  }

  ~PrimaryNode() override { stop(); }

  std::string submit(CommandBatch batch) override;
  const Model& model() const override { return *model_; }
  std::shared_ptr<const Model> sharedModel() const override { return model_; }
  Cuts& cuts() override { return *cuts_; }
  const LiveRelation* find(std::string_view name) const override;
  LogId logId() const override { return logId_; }
  Epoch epoch() const override { return log_->end().epoch; }
  Position head() const override { return lag_.head(); }
  uint32_t lagMs(Position position) const override { return lag_.lagMs(position); }
  NodeStatus status() const override;
  Position readLog(Position from, uint32_t limit,
                   const std::function<void(const LoggedEvent&)>& visit) const override;
  Recovery recovery() const override { return recovery_; }
  void stop() override;

 private:
  void openModel();
  void build();
  void recover();
  void startJournal();
  Pipeline::Options pipelineOptions();
  void onOutcomes(std::vector<BatchOutcome> outcomes);
  ReaderNeeds tableReaders();
  uint64_t memoryBytes() const;
  /// Waits until every view has applied `position`, or the deadline has passed.
  bool waitApplied(Position position, std::chrono::milliseconds timeout);

  NodeOptions options_;
  NodeListener& listener_;
  DataFolder folder_;
  std::unique_ptr<EventLog> log_;
  LogId logId_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Cuts> cuts_;
  std::unique_ptr<Sequencer> sequencer_;
  std::vector<std::unique_ptr<LiveView>> views_;
  std::vector<std::unique_ptr<LiveTable>> liveTables_;
  LagClock lag_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Pipeline> pipeline_;
  Recovery recovery_;

  FullLog fullLog_;
  std::atomic<size_t> inFlightBytes_{0};
  std::atomic<size_t> inFlightBatches_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  bool stopped_ = false;

  std::mutex waitMutex_;
  std::condition_variable waitChanged_;
};

void PrimaryNode::openModel() {
  const LogHistory history = readHistory(*log_);
  const ChosenModel chosen = chooseModel(history, options_.model.get());
  if (!chosen.model) throw std::invalid_argument("a new data folder needs a model");
  model_ = chosen.model;
  logId_ = history.empty ? makeLogId() : history.id;
  if (chosen.changed) recordModel(*log_, history, *model_, logId_, nowMicros());
}

void PrimaryNode::build() {
  tables_ = std::make_unique<Tables>(model_);
  const Position start{0};
  cuts_ = std::make_unique<Cuts>(1 + model_->views().size(), start);
  cuts_->onVisible([this](Position visible) {
    if (journal_) journal_->onVisible();
    { const std::lock_guard lock(waitMutex_); }
    waitChanged_.notify_all();
    listener_.onVisible(visible);
  });
  auto plans = std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_));
  sequencer_ = std::make_unique<Sequencer>(model_, plans, *tables_, start);
  for (uint32_t i = 0; i < model_->views().size(); ++i) {
    views_.push_back(std::make_unique<LiveView>(model_, i, options_.shards, *tables_, *cuts_,
                                                viewWriter(i), start));
  }
  for (uint32_t i = 0; i < model_->tables().size(); ++i) {
    liveTables_.push_back(std::make_unique<LiveTable>(model_, i, *tables_));
  }
  Pipeline::Options options = pipelineOptions();
  options.plans = std::move(plans);
  pipeline_ = std::make_unique<Pipeline>(std::move(options));
}

Pipeline::Options PrimaryNode::pipelineOptions() {
  Pipeline::Options options;
  options.threads = options_.threads;
  options.model = model_;
  options.sequencer = sequencer_.get();
  for (const auto& view : views_) options.views.push_back(view.get());
  options.sequenced = [this](SequencedBatch batch, Generation generation) {
    journal_->push(std::move(batch), generation);
  };
  options.tableReaders = [this] { return tableReaders(); };
  options.failed = [this](const std::string& reason) {
    failed_ = true;
    listener_.onFailed(reason);
  };
  return options;
}

void PrimaryNode::recover() {
  const int64_t begin = steadyMillis();
  const uint64_t total = log_->end().last.value;
  int64_t shown = begin;
  const auto progress = [&](Position at) {
    const int64_t now = steadyMillis();
    if (!options_.progress || now - shown < 100) return;
    shown = now;
    options_.progress(at.value, total, static_cast<double>(now - begin) / 1000);
  };
  std::deque<std::pair<Position, size_t>> ahead;
  size_t bytesAhead = 0;
  foldLog(*log_, *sequencer_, [&](ChunkPtr chunk) {
    const Position last = chunk->last;
    ahead.emplace_back(last, chunk->bytes);
    bytesAhead += chunk->bytes;
    pipeline_->broadcast(chunk);
    cuts_->publish(kTablesWriter, last);
    while (ahead.size() > kMaxChunksAhead || bytesAhead > kMaxBytesAhead) {
      waitApplied(ahead.front().first, std::chrono::hours(24));
      bytesAhead -= ahead.front().second;
      ahead.pop_front();
    }
    sequencer_->reclaim(tableReaders());
    progress(last);
  });
  waitApplied({total}, std::chrono::hours(24));
  lag_.setHead({total});
  recovery_ = {total, static_cast<double>(steadyMillis() - begin) / 1000};
  startJournal();
}

void PrimaryNode::startJournal() {
  Journal::Callbacks callbacks;
  callbacks.broadcast = [this](ChunkPtr chunk) {
    const Position last = chunk->last;
    fullLog_.taken();
    pipeline_->broadcast(chunk);
    cuts_->publish(kTablesWriter, last);
  };
  callbacks.outcomes = [this](std::vector<BatchOutcome> outcomes) {
    onOutcomes(std::move(outcomes));
  };
  callbacks.goBack = [this](Sequencer::Progress to, Generation generation) {
    fullLog_.full();
    pipeline_->goBack(to, generation);
  };
  callbacks.failed = [this](const std::string& reason) {
    failed_ = true;
    listener_.onFailed(reason);
  };
  callbacks.now = nowMicros;
  journal_ = std::make_unique<Journal>(*log_, sequencer_->progress().block, *cuts_, lag_,
                                       std::move(callbacks));
  journal_->start();
}

std::string PrimaryNode::submit(CommandBatch batch) {
  if (stopping_) return "stopping: the server is shutting down; send the commands again later";
  const size_t bytes = batch.bytes();
  const auto roomLeft = [this] { return log_->space().left; };
  if (std::string full = fullLog_.refusal(bytes, roomLeft, steadyMillis()); !full.empty()) {
    return full;
  }
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
  const uint64_t memory = memoryBytes();
  if (static_cast<double>(memory) > static_cast<double>(options_.memoryBytes) * kMemoryHighMark) {
    inFlightBytes_.fetch_sub(bytes);
    inFlightBatches_.fetch_sub(1);
    return fmt::format(
        "overloaded: views and tables take {} MiB of the {} MiB that --memory allows; "
        "start the server with more, or with fewer views",
        memory >> 20, options_.memoryBytes >> 20);
  }
  batch.admittedBytes = bytes;
  pipeline_->submit(std::move(batch));
  return {};
}

void PrimaryNode::onOutcomes(std::vector<BatchOutcome> outcomes) {
  size_t bytes = 0;
  for (const BatchOutcome& outcome : outcomes) bytes += outcome.admittedBytes;
  inFlightBytes_.fetch_sub(bytes);
  const size_t left = inFlightBatches_.fetch_sub(outcomes.size()) - outcomes.size();
  listener_.onOutcomes(std::move(outcomes));
  if (left == 0 && stopping_) {
    { const std::lock_guard lock(waitMutex_); }
    waitChanged_.notify_all();
  }
}

ReaderNeeds PrimaryNode::tableReaders() {
  // Chunks that a view has still to apply point at table rows from before them.
  Position horizon = cuts_->horizon();
  for (const auto& view : views_) horizon = std::min(horizon, view->applied());
  ReaderNeeds needs = ReaderNeeds::from(horizon);
  needs.tick = cuts_->tick();
  needs.quiescent = cuts_->quiescent();
  for (const auto& view : views_) {
    needs.quiescent = std::min(needs.quiescent, view->workingSince());
  }
  return needs;
}

uint64_t PrimaryNode::memoryBytes() const {
  uint64_t total = tables_->bytes() + sequencer_->bytes() + inFlightBytes_.load();
  for (const auto& view : views_) total += view->bytes();
  return total;
}

bool PrimaryNode::waitApplied(Position position, std::chrono::milliseconds timeout) {
  const auto applied = [&] {
    return failed_ || std::all_of(views_.begin(), views_.end(),
                                  [&](const auto& view) { return view->applied() >= position; });
  };
  // A degraded view does not move `visible`: look again from time to time.
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(waitMutex_);
  while (!applied()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    waitChanged_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

const LiveRelation* PrimaryNode::find(std::string_view name) const {
  for (const auto& view : views_) {
    if (view->view()->name == name) return view.get();
  }
  for (const auto& table : liveTables_) {
    if (table->table()->relation.name == name) return table.get();
  }
  return nullptr;
}

NodeStatus PrimaryNode::status() const {
  NodeStatus out;
  const Cuts::Pin pin = cuts_->pin();
  out.logId = logId_;
  out.epoch = log_->end().epoch;
  out.position = lag_.head();
  out.visible = pin ? pin.position() : cuts_->visible();
  if (!pin) return out;
  const auto add = [&](RelationStatus status) {
    status.lagEvents = out.position.value - std::min(out.position, status.position).value;
    status.lagMs = lag_.lagMs(status.position);
    return status;
  };
  for (const auto& view : views_) out.views.push_back(add(view->status(pin)));
  for (const auto& table : liveTables_) out.tables.push_back(add(table->status(pin)));
  out.diskBytes = log_->space().used;
  out.memoryBytes = memoryBytes();
  out.memoryLimit = options_.memoryBytes;
  return out;
}

Position PrimaryNode::readLog(Position from, uint32_t limit,
                              const std::function<void(const LoggedEvent&)>& visit) const {
  const Position head = lag_.head();
  Position next = std::max(from, Position{1});
  uint32_t left = limit;
  if (next > head || left == 0) return next;
  log_->read(log_->find(next), kRecoveryReadBytes, [&](const ChunkRef& chunk) {
    if (chunk.header->kind != ChunkKind::events) return true;
    Position at = chunk.header->first;
    forEachBlock(chunk.payload, [&](Block block) {
      block.forEachEvent([&](const EventHeader& event, Row row) {
        if (at == next && left > 0 && at <= head) {
          visit({at, chunk.header->time, event.event, row});
          next = next + 1;
          --left;
        }
        at = at + 1;
      });
    });
    return left > 0 && next <= head;
  });
  return next;
}

void PrimaryNode::stop() {
  if (stopped_) return;
  stopped_ = true;
  stopping_ = true;
  if (!failed_) {
    std::unique_lock lock(waitMutex_);
    waitChanged_.wait_for(lock, kStopTimeout,
                          [&] { return inFlightBatches_.load() == 0 || failed_.load(); });
  }
  journal_->stop();
  if (!failed_) waitApplied(lag_.head(), kStopTimeout / 4);
  pipeline_->stop();
}

}  // namespace

std::unique_ptr<Node> Node::start(NodeOptions options, NodeListener& listener) {
  if (options.shards == 0) throw std::invalid_argument("a view needs at least one shard");
  if (options.threads == 0) throw std::invalid_argument("at least one thread is needed");
  return std::make_unique<PrimaryNode>(std::move(options), listener);
}

}  // namespace facet
