#include "actors/engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "actors/limits.h"
#include "actors/log/limits.h"
#include "actors/log/skip.h"
#include "actors/replication/follower.h"
#include "actors/snapshots/log_restart.h"
#include "storage/lmdb_log.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr size_t kTablesWriter = 0;
constexpr size_t viewWriter(size_t view) {
  return 1 + view;
}

uint64_t defaultMemory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)) / 4 * 3;
}

/// Where the log ended when the newest snapshot was taken.
std::optional<LogEnd> newestEnd(const SnapshotStore& store) {
  const std::vector<std::string> names = store.names();
  if (names.empty()) return std::nullopt;
  try {
    return decodeManifest(store.readManifest(names.back()), names.back()).commit.end;
  } catch (const LogFailed&) {
    return std::nullopt;  // it is set aside later
  }
}

std::unique_ptr<EventLog> openLog(const NodeOptions& options, const DataFolder& folder,
                                  const SnapshotStore& store) {
  if (!options.beginWith.empty()) restartLog(folder, store, options.beginWith);
  return openLmdbLog({.path = folder.logPath(), .verified = newestEnd(store), .progress = {}});
}

}  // namespace

Engine::Engine(NodeOptions options, Callbacks callbacks)
    : options_(std::move(options)),
      began_(now()),
      callbacks_(std::move(callbacks)),
      folder_(options_.folder ? options_.folder : std::make_shared<DataFolder>(options_.data)),
      store_(folder_->snapshotPath()),
      log_(openLog(options_, *folder_, store_)),
      lag_(*options_.clocks.steady),
      visibleLag_(*options_.clocks.steady) {
  if (options_.memoryBytes == 0) options_.memoryBytes = defaultMemory();
  opening_ = now() - began_;
}

Engine::~Engine() {
  stop();
}

void Engine::follow(FeedSource& source) {
  const bool begun = log_->end().next.value > 0;
  std::optional<LogId> own;
  if (begun) own = folder_->followed();
  if (begun && !own) {
    // A former primary's, or older than the file that says so.
    const std::vector<FoundSnapshot> found = findSnapshots();
    if (log_->begin().next.value > 0 && found.empty()) throwNoSnapshot();
    own = historyAfter(found).id;
  }
  followed_ = source.agree(own);
  if (!followed_) throw std::runtime_error("stopped before the upstream was there");
  if (folder_->followed() != followed_) folder_->setFollowed(*followed_);
}

void Engine::followNobody() {
  requireClock();
  if (!folder_->followed()) {
    const ChunkNumber begin = log_->begin().next;
    if (begin.value > 0 && log_->end().next == begin) newEpoch_ = "it begins anew after a snapshot";
    return;
  }
  if (!hasModel(*log_)) {
    throw LogFailed(fmt::format(
        "{}: it is a replica's folder, and was not filled yet: it has neither a model nor a "
        "snapshot that its log begins with. Start it as a replica again; or remove it",
        folder_->path().string()));
  }
  newEpoch_ = "a replica was made the primary";
}

/// Everything that build() made.
void Engine::tearDown() {
  if (pipeline_) pipeline_->stop();
  pipeline_ = nullptr;
  liveTables_.clear();
  views_.clear();
  sequencer_ = nullptr;
  cuts_ = nullptr;
  tables_ = nullptr;
  ahead_.clear();
  bytesAhead_ = 0;
}

void Engine::build(Position start) {
  FACET_ASSERT(!pipeline_ && views_.empty() && liveTables_.empty() && ahead_.empty());
  tables_ = std::make_unique<Tables>(model_);
  cuts_ = std::make_unique<Cuts>(1 + model_->views().size(), start);
  cuts_->onVisible([this](Position visible) {
    visibleLag_.visible(visible);
    wake();
    callbacks_.visible(visible);
  });
  plans_ = std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_));
  sequencer_ = std::make_unique<Sequencer>(model_, plans_, *tables_, start);
  for (uint32_t i = 0; i < model_->views().size(); ++i) {
    views_.push_back(std::make_unique<LiveView>(model_, i, options_.shards, *tables_, *cuts_,
                                                viewWriter(i), start));
    views_.back()->onSettled([this, view = views_.back().get()](Position position) {
      if (!digests_.expected(position)) return;
      noteDigest({view->view()->name, position, view->digest(position)});
    });
  }
  for (uint32_t i = 0; i < model_->tables().size(); ++i) {
    liveTables_.push_back(std::make_unique<LiveTable>(model_, i, *tables_));
  }
}

/// Once the views have what they begin with.
void Engine::startPipeline() {
  Pipeline::Options options;
  options.threads = options_.threads;
  options.model = model_;
  options.plans = plans_;
  options.sequencer = sequencer_.get();
  for (const auto& view : views_) options.views.push_back(view.get());
  options.sequenced = callbacks_.sequenced;
  options.tableReaders = [this] { return tableReaders(); };
  options.failed = [this](const std::string& reason) { fail(reason); };
  pipeline_ = std::make_unique<Pipeline>(std::move(options));
}

void Engine::startSnapshots() {
  Snapshots::Options options;
  options.sources = {model_, cuts_.get(), tables_.get(), sequencer_.get(), {}, &commits_};
  for (const auto& view : views_) options.sources.views.push_back(view.get());
  options.logId = logId_;
  options.controls = [this](ChunkNumber before) { return controlsBefore(before); };
  options.head = [this] { return head(); };
  options.wait = [this](const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
    return waitFor(condition, timeout) && !failed_;
  };
  options.notice = options_.notice;
  options.every = options_.snapshotEvery;
  options.last = recovery_.snapshot;
  options.log = log_.get();
  snapshots_ = std::make_unique<Snapshots>(store_, std::move(options));
}

void Engine::startWatch() {
  std::vector<const LiveView*> views;
  for (const auto& view : views_) views.push_back(view.get());
  watch_ = std::make_unique<ViewWatch>(std::move(views), *cuts_, *options_.clocks.steady,
                                       options_.notice);
}

void Engine::startUpkeep() {
  Upkeep::Options options;
  options.model = model_;
  options.log = log_.get();
  options.store = &store_;
  options.open = [this](const std::string& name) -> std::shared_ptr<const SnapshotReader> {
    const auto opened = snapshots_->open(name);
    return opened ? opened->reader : nullptr;
  };
  options.damaged = [this](const std::string& name, const std::string& what) {
    snapshots_->reportDamage(name, what);
  };
  options.cuts = cuts_.get();
  options.tables = tables_.get();
  for (const auto& view : views_) options.views.push_back(view.get());
  for (const auto& table : liveTables_) options.relations.push_back(table.get());
  for (const auto& view : views_) options.relations.push_back(view.get());
  options.head = [this] { return head(); };
  options.pause = [this](size_t view, const std::function<void()>& paused) {
    const std::lock_guard lock(broadcastMutex_);
    pipeline_->pause(view, paused);
  };
  options.resume = [this](size_t view) { pipeline_->resume(view); };
  options.memoryBytes = [this] { return memoryBytes(); };
  options.memoryLimit = options_.memoryBytes;
  options.exclusive = &snapshots_->exclusive();
  upkeep_ = std::make_unique<Upkeep>(std::move(options));
}

std::vector<std::string> Engine::controlsBefore(ChunkNumber chunk) const {
  const std::lock_guard lock(historyMutex_);
  std::vector<std::string> out;
  for (const LogHistory::Control& control : history_.controls) {
    if (control.number < chunk) out.push_back(control.payload);
  }
  return out;
}

std::optional<Node::EpochEnd> Engine::endOf(Epoch epoch) const {
  const std::lock_guard lock(historyMutex_);
  for (const EpochStart& start : history_.epochs) {
    if (start.epoch > epoch) return Node::EpochEnd{start.chunk, start.after};
  }
  return std::nullopt;
}

void Engine::committed(const LogEnd& end, BlockNumber block) {
  visibleLag_.durable(end.last);
  commits_.note({end, block}, cuts_->horizon());
}

void Engine::fold(const ChunkRef& chunk) {
  const ChunkPtr folded = foldChunk(chunk, *sequencer_);
  const ChunkHeader& header = *chunk.header;
  committed({.next = {header.number.value + 1},
             .last = chunk.last(),
             .epoch = header.epoch,
             .time = header.time,
             .hash = hashChunk(chunk.bytes())},
            sequencer_->progress().block);
  FACET_ASSERT(sequencer_->progress().last == chunk.last(), chunk.last());
  if (chunk.header->events == 0) return;
  lag_.mark(folded->last);
  pushToViews(folded);
}

void Engine::addControl(const ChunkRef& chunk) {
  addControl(chunk.header->number, chunk.payload);
}

void Engine::addControl(ChunkNumber number, std::string_view record) {
  const std::lock_guard lock(historyMutex_);
  facet::addControl(number, record, history_);
}

std::vector<SkipRecord> Engine::skips() const {
  const std::lock_guard lock(historyMutex_);
  return history_.skips;
}

void Engine::pushToViews(const ChunkPtr& chunk) {
  ahead_.emplace_back(chunk->last, chunk->bytes);
  bytesAhead_ += chunk->bytes;
  broadcast(chunk);
  while (ahead_.size() > kMaxChunksAhead || bytesAhead_ > kMaxBytesAhead) {
    FACET_ASSERT(!ahead_.empty() && bytesAhead_ >= ahead_.front().second, bytesAhead_);
    waitApplied(ahead_.front().first, std::chrono::hours(24));
    bytesAhead_ -= ahead_.front().second;
    ahead_.pop_front();
  }
  sequencer_->reclaim(tableReaders());
}

void Engine::noteDigest(const DigestNote& note) {
  digests_.add(note);
  if (callbacks_.noted) callbacks_.noted(note);
}

void Engine::takeOutOfService(std::string_view relation, const std::string& why) {
  for (const auto& view : views_) {
    if (view->view()->name == relation) view->takeOutOfService(why);
  }
  for (const auto& table : liveTables_) {
    if (table->table()->relation.name == relation) table->takeOutOfService(why);
  }
}

void Engine::broadcast(const ChunkPtr& chunk) {
  const Position last = chunk->last;
  FACET_ASSERT(chunk->first <= last, chunk->first, last);
  if (DigestNotes::agreed(chunk->number)) {
    digests_.expect(last);
    for (uint32_t i = 0; i < model_->tables().size(); ++i) {
      noteDigest({model_->tables()[i].relation.name, last, tables_->digest(i, last)});
    }
  }
  {
    const std::lock_guard lock(broadcastMutex_);
    pipeline_->broadcast(chunk);
  }
  cuts_->publish(kTablesWriter, last);
}

void Engine::fail(const std::string& reason) {
  failed_ = true;
  wake();
  callbacks_.failed(reason);
}

ReaderNeeds Engine::tableReaders() {
  ReaderNeeds needs = cuts_->needs();
  // Chunks that a view has still to apply point at table rows from before them.
  for (const auto& view : views_) needs = needs.upTo(view->applied());
  // Commands that are rejected for ever move no horizon.
  if (needs.tick == 0) needs.tick = cuts_->tick();
  needs.quiescent = cuts_->quiescent();
  for (const auto& view : views_) {
    needs.quiescent = std::min(needs.quiescent, view->workingSince());
  }
  return needs;
}

uint64_t Engine::memoryBytes() const {
  uint64_t total = tables_->bytes() + sequencer_->bytes();
  for (const auto& view : views_) total += view->bytes();
  return total;
}

bool Engine::waitApplied(Position position, std::chrono::milliseconds timeout) {
  return waitFor(
      [&] {
        return std::all_of(views_.begin(), views_.end(),
                           [&](const auto& view) { return view->applied() >= position; });
      },
      timeout);
}

bool Engine::waitFor(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
  // A degraded view does not move `visible`: look again from time to time.
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(waitMutex_);
  while (!failed_ && !condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    waitChanged_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

void Engine::wake() {
  { const std::lock_guard lock(waitMutex_); }
  waitChanged_.notify_all();
}

const LiveRelation* Engine::find(std::string_view name) const {
  for (const auto& view : views_) {
    if (view->view()->name == name) return view.get();
  }
  for (const auto& table : liveTables_) {
    if (table->table()->relation.name == name) return table.get();
  }
  return nullptr;
}

NodeStatus Engine::status() {
  NodeStatus out;
  const Cuts::Pin pin = cuts_->pin();
  out.logId = logId_;
  out.epoch = log_->end().epoch;
  out.begin = log_->begin();
  out.position = lag_.head();
  out.visible = pin ? pin.position() : cuts_->visible();
  out.snapshotBytes = store_.bytes();
  out.diskBytes = log_->space().used + out.snapshotBytes;
  std::error_code unknown;
  const auto disk = std::filesystem::space(options_.data, unknown);
  if (!unknown) out.freeBytes = disk.available;
  if (const auto damage = log_->damage()) out.problems.push_back(damageText(*damage));
  out.visibleLag = visibleLag_.recent();
  if (std::string missing = snapshots_->problem(); !missing.empty()) {
    out.problems.push_back(std::move(missing));
  }
  if (!pin) return out;
  const auto add = [&](RelationStatus status) {
    status.lagEvents = out.position.value - std::min(out.position, status.position).value;
    status.lagMs = lag_.lagMs(status.position);
    return status;
  };
  const std::vector<SkipRecord> skips = this->skips();
  for (const auto& view : views_) {
    out.views.push_back(add(view->status(pin)));
    out.views.back().skipped = skippedBy(*view->view(), skips);
    if (std::string why = viewProblem(*view->view(), out.views.back()); !why.empty()) {
      out.problems.push_back(std::move(why));
    }
  }
  for (const auto& table : liveTables_) {
    out.tables.push_back(add(table->status(pin)));
    if (std::string why = tableProblem(out.tables.back()); !why.empty()) {
      out.problems.push_back(std::move(why));
    }
  }
  out.memoryBytes = memoryBytes();
  out.memoryLimit = options_.memoryBytes;
  return out;
}

std::vector<ExplainedView> Engine::explain(std::string_view name) const {
  std::vector<ExplainedView> out;
  for (const auto& view : views_) {
    const std::string& own = view->view()->name;
    if (name.empty() || name == own) out.push_back({own, view->steps()});
  }
  if (out.empty() && !name.empty()) {
    throw std::invalid_argument(fmt::format("there is no view \"{}\"", name));
  }
  return out;
}

Position Engine::readLog(Position from, uint32_t limit,
                         const std::function<bool(const LoggedEvent&)>& visit) const {
  const Position head = lag_.head();
  Position next = std::max(from, log_->begin().last + 1);
  uint32_t left = limit;
  if (next > head || left == 0) return next;
  log_->read(log_->find(next), kRecoveryReadBytes, [&](const ChunkRef& chunk) {
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

void Engine::stop() {
  if (watch_) watch_->stop();
  if (upkeep_) upkeep_->stop();
  if (snapshots_) snapshots_->stop();
  if (!pipeline_) return;
  if (!failed_) waitApplied(lag_.head(), kStopTimeout / 4);
  pipeline_->stop();
}

}  // namespace facet
