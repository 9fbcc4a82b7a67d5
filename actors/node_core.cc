#include "actors/node_core.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "actors/limits.h"
#include "actors/log/limits.h"
#include "actors/log/recovery.h"
#include "actors/log/skip.h"
#include "storage/chain.h"
#include "values/assert.h"

namespace facet {

namespace {

uint64_t defaultMemory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)) / 4 * 3;
}

}  // namespace

NodeOptions requireSound(NodeOptions options) {
  if (options.shards == 0) throw std::invalid_argument("a view needs at least one shard");
  if (options.threads == 0) throw std::invalid_argument("at least one thread is needed");
  if (options.memoryBytes == 0) options.memoryBytes = defaultMemory();
  return options;
}

NodeCore::NodeCore(RecoveredState recovered, const NodeOptions& options, NodeReports& reports)
    : memoryLimit_(options.memoryBytes),
      changes_(reports.changes()),
      opened_(std::move(recovered.opened)),
      logId_(recovered.logId),
      history_(std::move(recovered.history)),
      state_(std::move(recovered.state)),
      broadcast_(std::move(recovered.broadcast)),
      recovery_(std::move(recovered.figures)),
      snapshots_(*opened_.store, snapshotOptions(options)),
      upkeep_(upkeepOptions()),
      watch_({state_->views().begin(), state_->views().end()}, state_->cuts(),
             *options.clocks.steady, options.notice) {}

NodeCore::~NodeCore() {
  stop();
}

Snapshots::Options NodeCore::snapshotOptions(const NodeOptions& options) {
  Snapshots::Options out;
  out.sources = {state_->model(),      &state_->cuts(), &state_->tables(),
                 &state_->sequencer(), state_->views(), &state_->commits()};
  out.logId = logId_;
  out.log = opened_.log.get();
  out.history = history_.get();
  out.lag = &state_->lag();
  out.changes = &changes_;
  out.wall = options.clocks.wall;
  out.notice = options.notice;
  out.every = options.snapshotEvery;
  out.last = recovery_.snapshot;
  return out;
}

Upkeep::Options NodeCore::upkeepOptions() {
  Upkeep::Options out;
  out.model = state_->model();
  out.log = opened_.log.get();
  out.lag = &state_->lag();
  out.store = opened_.store.get();
  out.snapshots = &snapshots_;
  out.cuts = &state_->cuts();
  out.tables = &state_->tables();
  out.views = state_->views();
  for (const auto& table : state_->liveTables()) out.relations.push_back(table.get());
  out.relations.insert(out.relations.end(), out.views.begin(), out.views.end());
  out.host = this;
  out.memoryLimit = memoryLimit_;
  return out;
}

void NodeCore::pause(size_t view, const std::function<void()>& paused) {
  broadcast_->pause(view, paused);
}

void NodeCore::recorded(ChunkNumber number, std::string_view record) {
  history_->add(number, record);
}

void NodeCore::committed(const LogEnd& end, BlockNumber block) {
  state_->committed(end, block);
}

void NodeCore::fold(const ChunkRef& chunk) {
  const ChunkPtr folded = foldChunk(chunk, state_->sequencer());
  const ChunkHeader& header = *chunk.header;
  committed({.next = {header.number.value + 1},
             .last = chunk.last(),
             .epoch = header.epoch,
             .time = header.time,
             .hash = hashChunk(chunk.bytes())},
            state_->sequencer().progress().block);
  FACET_ASSERT(state_->sequencer().progress().last == chunk.last(), chunk.last());
  if (chunk.header->events == 0) return;
  state_->lag().mark(folded->last);
  broadcast_->push(folded);
}

NodeStatus NodeCore::status() {
  NodeStatus out;
  const Cuts::Pin pin = state_->cuts().pin();
  out.logId = logId_;
  out.epoch = opened_.log->end().epoch;
  out.begin = opened_.log->begin();
  out.position = state_->lag().head();
  out.visible = pin ? pin.position() : state_->cuts().visible();
  out.snapshotBytes = opened_.store->bytes();
  out.diskBytes = opened_.log->space().used + out.snapshotBytes;
  std::error_code unknown;
  const auto disk = std::filesystem::space(opened_.folder->path(), unknown);
  if (!unknown) out.freeBytes = disk.available;
  if (const auto damage = opened_.log->damage()) out.problems.push_back(damageText(*damage));
  out.visibleLag = state_->visibleLag().recent();
  if (std::string missing = snapshots_.problem(); !missing.empty()) {
    out.problems.push_back(std::move(missing));
  }
  if (!pin) return out;
  const auto add = [&](RelationStatus status) {
    status.lagEvents = out.position.value - std::min(out.position, status.position).value;
    status.lagMs = state_->lag().lagMs(status.position);
    return status;
  };
  const std::vector<SkipRecord> skips = history_->skips();
  for (const LiveView* view : state_->views()) {
    out.views.push_back(add(view->status(pin)));
    out.views.back().skipped = skippedBy(*view->view(), skips);
    if (std::string why = viewProblem(*view->view(), out.views.back()); !why.empty()) {
      out.problems.push_back(std::move(why));
    }
  }
  for (const auto& table : state_->liveTables()) {
    out.tables.push_back(add(table->status(pin)));
    if (std::string why = tableProblem(out.tables.back()); !why.empty()) {
      out.problems.push_back(std::move(why));
    }
  }
  out.memoryBytes = memoryBytes();
  out.memoryLimit = memoryLimit_;
  return out;
}

std::vector<ExplainedView> NodeCore::explain(std::string_view name) const {
  std::vector<ExplainedView> out;
  for (const LiveView* view : state_->views()) {
    const std::string& own = view->view()->name;
    if (name.empty() || name == own) out.push_back({own, view->steps()});
  }
  if (out.empty() && !name.empty()) {
    throw std::invalid_argument(fmt::format("there is no view \"{}\"", name));
  }
  return out;
}

Position NodeCore::readLog(Position from, uint32_t limit,
                           const std::function<bool(const LoggedEvent&)>& visit) const {
  const Position head = state_->lag().head();
  Position next = std::max(from, opened_.log->begin().last + 1);
  uint32_t left = limit;
  if (next > head || left == 0) return next;
  opened_.log->read(opened_.log->find(next), kRecoveryReadBytes, [&](const ChunkRef& chunk) {
    if (chunk.header->kind != ChunkKind::events) return true;
    Position at = chunk.header->first;
    forEachBlock(chunk.payload, [&](Block block) {
      block.forEachEvent([&](const EventHeader& event, Row row) {
        // Not every position has an event: a control record can have one.
        if (at >= next && left > 0 && at <= head) {
          left = visit({at, chunk.header->time, event.event, row}) ? left - 1 : 0;
          next = at + 1;
        }
        at = at + 1;
      });
    });
    return left > 0 && next <= head;
  });
  return next;
}

void NodeCore::stop() {
  watch_.stop();
  upkeep_.stop();
  snapshots_.stop();
  if (!changes_.areOver()) broadcast_->waitApplied(state_->lag().head(), kStopTimeout / 4);
  broadcast_->stop();
}

std::optional<Node::EpochEnd> NodeBase::endOf(Epoch epoch) const {
  const std::optional<EpochStart> next = core_.history().endOf(epoch);
  if (!next) return std::nullopt;
  return EpochEnd{next->chunk, next->after};
}

}  // namespace facet
