#include "views/live_view.h"

#include <algorithm>

#include "values/assert.h"

namespace facet {

LiveView::LiveView(std::shared_ptr<const Model> model, uint32_t index, uint32_t shards,
                   const Tables& tables, Cuts& cuts, size_t writer, Position start,
                   std::shared_ptr<const ViewPlan> plan)
    : model_(std::move(model)),
      index_(index),
      cuts_(cuts),
      writer_(writer),
      plan_(plan ? std::move(plan) : ViewPlan::compile(model_, index)),
      workingSince_(shards),
      applied_(start.value),
      good_(start) {
  std::vector<std::unique_ptr<ViewShard>> made;
  for (uint32_t i = 0; i < shards; ++i) {
    made.push_back(std::make_unique<ViewShard>(plan_, ShardId{i}, shards, tables));
  }
  current_ = makeCopy(std::move(made), {0});
  newest_ = current_.get();
  for (uint32_t i = 0; i < shards; ++i) endWork(i);
  noteBytes();
}

LiveView::~LiveView() = default;

std::unique_ptr<LiveView::Copy> LiveView::makeCopy(std::vector<std::unique_ptr<ViewShard>> shards,
                                                   Position start) {
  auto made = std::make_unique<Copy>();
  made->start = start;
  made->shards = std::move(shards);
  std::vector<const ViewShard*> readable;
  for (const auto& shard : made->shards) readable.push_back(shard.get());
  made->source = viewSource(std::move(readable));
  return made;
}

const LiveView::Copy& LiveView::copyAt(Position at) const {
  const Copy* copy = &newest();
  if (at >= copy->start) return *copy;
  const Copy* const older = copy->older.load(std::memory_order_seq_cst);
  return older != nullptr ? *older : *copy;
}

std::vector<std::unique_ptr<ViewShard>> LiveView::releaseShards() {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(pending_.empty() && copies_.is(CopiesState::single), pending_.size());
  life_.move(ViewEvent::released);
  return std::move(current_->shards);
}

void LiveView::adopt(std::vector<std::unique_ptr<ViewShard>> shards, Position start) {
  auto made = makeCopy(std::move(shards), start);
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(pending_.empty() && applied() == start, start, applied());
  FACET_ASSERT(made->shards.size() == shardCount(), made->shards.size(), shardCount());
  life_.move(ViewEvent::rebuilt);
  copies_.move(CopiesEvent::adopted);
  made->older = current_.get();
  older_ = std::move(current_);
  current_ = std::move(made);
  newest_.store(current_.get(), std::memory_order_seq_cst);
  noteBytes();
  outOfService_.putBack();
}

bool LiveView::dropOlder() {
  const std::lock_guard lock(mutex_);
  return isOlderGone();
}

bool LiveView::isOlderGone() {
  if (copies_.is(CopiesState::single)) return true;
  FACET_ASSERT(older_ != nullptr);
  if (copies_.is(CopiesState::older)) {
    const Position start = current_->start;
    const uint64_t held = held_.load(std::memory_order_seq_cst);
    const bool isRead = std::any_of(givenUp_.begin(), givenUp_.end(),
                                    [&](const GivenUp& given) { return given.cut < start; });
    if (cuts_.horizon() < start || (held != kNotHeld && held < start.value) || isRead) {
      return false;
    }
    current_->older.store(nullptr, std::memory_order_seq_cst);
    olderUnlinked_ = cuts_.tick();
    copies_.move(CopiesEvent::unlinked);
  }
  if (cuts_.quiescent() < olderUnlinked_) return false;
  older_ = nullptr;
  copies_.move(CopiesEvent::freed);
  return true;
}

uint64_t LiveView::workingSince() const {
  uint64_t least = UINT64_MAX;
  for (const auto& since : workingSince_) least = std::min(least, since.load());
  return least;
}

void LiveView::report(Position position, uint64_t errors) {
  const std::lock_guard lock(mutex_);
  auto entry = std::find_if(pending_.begin(), pending_.end(),
                            [&](const Pending& p) { return p.position == position; });
  if (entry == pending_.end()) {
    FACET_ASSERT(pending_.empty() || pending_.back().position < position, position);
    entry = pending_.insert(pending_.end(), Pending{position, shardCount(), 0});
  }
  FACET_ASSERT(entry->missing > 0, position, shardCount());
  entry->errors += errors;
  --entry->missing;
  while (!pending_.empty() && pending_.front().missing == 0) {
    const Pending done = pending_.front();
    pending_.pop_front();
    settle(done.position, done.errors);
  }
  isOlderGone();
  noteBytes();
}

void LiveView::settle(Position position, uint64_t errors) {
  FACET_ASSERT(applied() < position, applied(), position);
  applied_.store(position.value, std::memory_order_seq_cst);
  decide(position, errors);
  requireConsistent();
  if (capture_.life.is(CaptureState::open)) capture_.stands.push_back({position, held_.load()});
}

void LiveView::decide(Position position, uint64_t errors) {
  if (errors > 0) return degrade();
  if (life_.is(ViewState::degraded)) {
    tryReturn(position);
  } else {
    life_.move(ViewEvent::sound);
    if (settled_) settled_(position);
    good_ = position;
    cuts_.publish(writer_, position);
  }
  arriveIfSeen();
}

/// What readers and cuts_ go by says the same as the state.
void LiveView::requireConsistent() const {
  const uint64_t held = held_.load();
  const uint64_t since = liveSince_.load();
  FACET_ASSERT((held != kNotHeld) == holds(life_.state()), name(life_.state()), held);
  FACET_ASSERT((since == kNotHeld) == life_.is(ViewState::degraded), name(life_.state()), since);
  FACET_ASSERT(held == kNotHeld || held < applied_.load(), held, applied_.load());
}

/// Its readers follow `visible` again; the held cut is given up.
void LiveView::arriveIfSeen() {
  if (!life_.is(ViewState::returning)) return;
  if (cuts_.visible().value < liveSince_.load(std::memory_order_seq_cst)) return;
  life_.move(ViewEvent::seen);
  giveUpHeld();
}

void LiveView::giveUpHeld() {
  const uint64_t held = held_.load(std::memory_order_seq_cst);
  FACET_ASSERT(held != kNotHeld);
  // From this tick on nobody finds it any more.
  held_.store(kNotHeld, std::memory_order_seq_cst);
  givenUp_.push_back({{held}, cuts_.tick()});
}

void LiveView::degrade() {
  const bool isNew = !life_.is(ViewState::degraded);
  arriveIfSeen();
  const bool hasHeld = holds(life_.state());
  life_.move(ViewEvent::failed);
  if (!isNew) return;
  // While `visible` has not reached the last return, readers are still served from the cut before
  // it.
  if (!hasHeld) {
    goodSince_.store(liveSince_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    held_.store(good_.value, std::memory_order_seq_cst);
  }
  // Held before it stops counting: from then on `visible` can pass it.
  liveSince_.store(kNotHeld, std::memory_order_seq_cst);
  failures_.fetch_add(1, std::memory_order_relaxed);
  cuts_.setCounts(writer_, counts(life_.state()));
}

void LiveView::tryReturn(Position position) {
  cuts_.publish(writer_, position);
  cuts_.setCounts(writer_, true);
  // Now `visible` cannot pass `position`; had it done so already, the view is still behind, and
  // tries again after the next chunk.
  if (cuts_.visible() > position) {
    cuts_.setCounts(writer_, false);
    life_.move(ViewEvent::soundLate);
    return;
  }
  life_.move(ViewEvent::sound);
  good_ = position;
  liveSince_.store(position.value, std::memory_order_seq_cst);
}

ViewNeeds LiveView::readerNeeds(Position last) {
  const std::lock_guard lock(mutex_);
  const ViewNeeds needs = needsOf(last);
  const Position start = std::min(current_->start, last);
  return {needs.rows.notBefore(start), needs.state.notBefore(start)};
}

ViewNeeds LiveView::needsOf(Position last) {
  ViewNeeds needs;
  needs.state = cuts_.needs().upTo(last);
  needs.rows = needs.state;
  const uint64_t held = held_.load(std::memory_order_seq_cst);
  const bool isCaptured = !capture_.life.is(CaptureState::none);
  if (held == kNotHeld && givenUp_.empty() && !isCaptured) return needs;
  ReaderNeeds& rows = needs.rows;
  if (rows.tick == 0) rows.tick = cuts_.tick();
  rows.quiescent = cuts_.quiescent();
  while (!givenUp_.empty() && givenUp_.front().tick <= rows.quiescent) givenUp_.pop_front();
  if (!givenUp_.empty()) rows.horizon = std::min(rows.horizon, givenUp_.front().cut);
  if (capture_.keeps) rows.horizon = std::min(rows.horizon, *capture_.keeps);
  if (held != kNotHeld) {
    rows.horizon = std::min(rows.horizon, Position{held});
    rows.gapAfter = {held};
    rows.gapEnd = life_.is(ViewState::degraded)
                      ? applied()
                      : Position{liveSince_.load(std::memory_order_seq_cst)};
  }
  // One gap at a time: the one behind the snapshot's cut grows, the one before it no longer does.
  if (capture_.life.is(CaptureState::chosen)) rows.gapAfter = std::max(rows.gapAfter, capture_.at);
  if (capture_.life.is(CaptureState::open)) rows.gapEnd = std::min(rows.gapEnd, capture_.at);
  return needs;
}

void LiveView::restoreAt(Position at, std::optional<Position> held) {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(pending_.empty() && (!held || *held < at), at);
  life_.move(held ? ViewEvent::restoredDegraded : ViewEvent::restored);
  applied_.store(at.value);
  good_ = held.value_or(at);
  noteBytes();
  if (!held) return requireConsistent();
  goodSince_.store(held->value);
  held_.store(held->value);
  liveSince_.store(kNotHeld);
  cuts_.setCounts(writer_, counts(life_.state()));
  requireConsistent();
}

void LiveView::takeOver(LiveView& filled, const Tables& tables) {
  // One that has recovered, and only waits for the next chunk to be live, is.
  const std::optional<Position> held = filled.hasErrors() ? filled.held() : std::nullopt;
  std::vector<std::unique_ptr<ViewShard>> shards = filled.releaseShards();
  for (const auto& shard : shards) shard->useTables(tables);
  current_ = makeCopy(std::move(shards), {0});
  newest_.store(current_.get(), std::memory_order_seq_cst);
  restoreAt(filled.applied(), held);
}

void LiveView::beginCapture(Position from) {
  const std::lock_guard lock(mutex_);
  capture_.life.move(CaptureEvent::begun);
  capture_.at = from;
  capture_.stands.push_back({applied(), held_.load()});
}

std::optional<Position> LiveView::captureAt(Position at) {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(at >= capture_.at && applied() >= at, at, capture_.at, applied());
  uint64_t held = kNotHeld;
  for (const Stand& stand : capture_.stands) {
    if (stand.position <= at) held = stand.held;
  }
  capture_.life.move(CaptureEvent::chosen);
  capture_.at = at;
  capture_.stands.clear();
  if (held == kNotHeld) return std::nullopt;
  return capture_.keeps = Position{held};
}

void LiveView::endCapture() {
  const std::lock_guard lock(mutex_);
  capture_.life.move(CaptureEvent::ended);
  capture_.stands.clear();
  capture_.keeps.reset();
}

bool LiveView::degraded() const {
  const uint64_t since = liveSince_.load(std::memory_order_seq_cst);
  return since == kNotHeld || cuts_.visible().value < since;
}

Position LiveView::cut(Cuts::Pin& pin, std::string* why) const {
  for (;;) {
    const uint64_t held = held_.load(std::memory_order_seq_cst);
    const uint64_t since = liveSince_.load(std::memory_order_seq_cst);
    const uint64_t at = pin.position().value;
    if (since != kNotHeld && at >= since) return pin.position();
    if (held != kNotHeld && at > held) {
      if (why != nullptr) *why = reason();
      return {held};
    }
    if (held != kNotHeld && at >= goodSince_.load(std::memory_order_seq_cst)) {
      return pin.position();
    }
    // The view changed meanwhile, or the pin is from before it recovered: a newer one is not.
    pin = Cuts::Pin();
    pin = cuts_.pin();
    if (!pin) return {held};
  }
}

bool LiveView::hasErrors() const {
  uint64_t errors = 0;
  for (const auto& shard : newest().shards) errors += shard->errors();
  return errors > 0;
}

ViewError LiveView::error() const {
  std::vector<const ViewShard*> shards;
  for (const auto& shard : newest().shards) shards.push_back(shard.get());
  if (ViewError first = ViewShard::firstError(shards); !first.text.empty()) return first;
  return {"it was degraded, and is catching up", {}};
}

/// Under the lock: whoever asks for the bytes has no pin that keeps a copy.
void LiveView::noteBytes() {
  uint64_t total = 0;
  for (const auto& shard : current_->shards) total += shard->bytes();
  bytes_.store(total, std::memory_order_relaxed);
}

uint128 LiveView::digest(Position at) const {
  uint128 total = 0;
  for (const auto& shard : copyAt(at).shards) total += shard->digest(at);
  return total;
}

RelationStatus LiveView::status(const Cuts::Pin& visible) const {
  RelationStatus out;
  out.name = view()->name;
  Cuts::Pin pin = cuts_.pin();
  if (!pin) return out;
  const Position at = cut(pin, &out.error);
  if (!out.error.empty()) {
    ViewError error = this->error();
    out.error = std::move(error.text);
    out.errorEvent = error.event;
  }
  out.state = out.error.empty() ? "live" : "degraded";
  // A live view shows its digest at the cut of the whole status; a degraded one where it stands.
  out.position = out.error.empty() ? Position{applied_.load()} : at;
  const Position digestAt = out.error.empty() ? visible.position() : at;
  for (const auto& shard : newest().shards) {
    out.rows += shard->rows();
    out.bytes += shard->bytes();
  }
  out.digest = digest(digestAt);
  if (const std::string* why = outOfService()) {
    out.state = "diverged";
    out.error = *why;
  }
  return out;
}

std::vector<PlanStep> LiveView::steps() const {
  std::vector<PlanStep> out = plan_->steps();
  const Cuts::Pin pin = cuts_.pin();
  if (!pin) return out;
  for (const auto& shard : newest().shards) {
    const std::vector<OperatorFigures> figures = shard->figures();
    FACET_ASSERT(figures.size() == out.size(), figures.size(), out.size());
    for (size_t i = 0; i < out.size(); ++i) out[i].figures += figures[i];
  }
  return out;
}

LiveTable::LiveTable(std::shared_ptr<const Model> model, uint32_t index, const Tables& tables)
    : model_(std::move(model)),
      index_(index),
      tables_(tables),
      source_(tableSource(tables, index)) {}

RelationStatus LiveTable::status(const Cuts::Pin& pin) const {
  RelationStatus out;
  out.name = table()->relation.name;
  out.state = "live";
  out.rows = tables_.map(index_).keys();
  out.bytes = tables_.map(index_).bytes();
  out.position = pin.position();
  out.digest = tables_.digest(index_, pin.position());
  if (const std::string* why = outOfService()) {
    out.state = "diverged";
    out.error = *why;
  }
  return out;
}

}  // namespace facet
