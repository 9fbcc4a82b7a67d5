// LiveView: a view as the node runs it: its shards, and the cut at which it can be read.
//
// The shards report each chunk they have applied. When all have, the view as a whole stands at that
// chunk's end: without errors the position is published in Cuts; with errors the view is degraded:
// it keeps its last good cut readable (held), and no longer holds `visible` back. Once a chunk
// leaves no error, and the view is not behind `visible`, it counts again; the held cut is given up
// when `visible` has reached that position.
//
// A reader of the held cut has a pin, at a later position: pinning the held one would keep the rows
// of all other views too. So what keeps its rows is that a cut that is given up stays readable
// until every reader has gone that began before (Cuts::tick).
//
// A snapshot needs the view's state at its own cut, and the cut that is held there. What it needs
// is kept from before it pins: beginCapture, then pin, then captureAt.
//
// While a cut is held nobody reads the view at a position after it, but for those from which on it
// is live again: so what is written and overwritten in between is reclaimed (ReaderNeeds' gap), and
// a view that is degraded for ever takes no more memory than one that is not.
//
// What can happen to it, and when, is in view_life.h; here is what each of these means for its
// readers and its memory.
//
// Thread: report and readerNeeds by the shards' actors; cut and the figures by any thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "views/out_of_service.h"
#include "views/relation_status.h"
#include "views/tables/live_relation.h"
#include "views/view_life.h"
#include "views/view_shard.h"

namespace facet {

class LiveView final : public LiveRelation {
 public:
  /// `writer` is the view's slot in `cuts`. `plan`: if there is one already.
  LiveView(std::shared_ptr<const Model> model, uint32_t index, uint32_t shards,
           const Tables& tables, Cuts& cuts, size_t writer, Position start,
           std::shared_ptr<const ViewPlan> plan = nullptr);
  ~LiveView() override;

  /// Of the newest copy.
  ViewShard& shard(size_t i) { return *newest().shards[i]; }
  const ViewShard& shard(size_t i) const { return *newest().shards[i]; }
  size_t shardCount() const { return workingSince_.size(); }
  const std::shared_ptr<const ViewPlan>& plan() const { return plan_; }

  // ---- a rebuilt copy ----

  /// The shards, to be another view's next copy. This one is of no use any more.
  std::vector<std::unique_ptr<ViewShard>> releaseShards();
  /// While no shard is at work: readers at `start`, where all stand, and later find the rows in
  /// these shards from now on, and writers write them. Readers of older cuts keep the others. If it
  /// was out of service, it is back.
  void adopt(std::vector<std::unique_ptr<ViewShard>> shards, Position start);
  /// Frees the older copy if no reader needs it; each chunk does so too. True: there is none
  /// any more.
  bool dropOlder();

  /// A shard has applied the chunk that ends at `position`; `errors` are its error rows after it.
  void report(Position position, uint64_t errors);
  /// What a shard that has applied everything up to `last` must keep.
  ViewNeeds readerNeeds(Position last);

  /// Before the first chunk: the shards were restored as of `at`; `held`: the view was degraded
  /// there, and is read at that cut.
  void restoreAt(Position at, std::optional<Position> held);
  /// Before the first chunk: the shards of another one of this view, which was filled beside, are
  /// this one's, and look at `tables` from now on. The other one is of no use any more.
  void takeOver(LiveView& filled, const Tables& tables);

  // ---- for a snapshot, by its thread ----

  /// Everything that a reader at `from` or later needs is kept from now on. `from`: not before any
  /// position that the view has applied.
  void beginCapture(Position from);
  /// The snapshot's cut, which is pinned, and which the view has applied. Returns the cut that
  /// readers had there, if the view was degraded.
  std::optional<Position> captureAt(Position at);
  void endCapture();

  /// A shard looks at tables from begin to end, without a pin. Since which tick any does; the
  /// greatest number: none.
  void beginWork(uint32_t shard) { workingSince_[shard].store(cuts_.now()); }
  void endWork(uint32_t shard) { workingSince_[shard].store(UINT64_MAX); }
  uint64_t workingSince() const;
  /// Every shard has applied everything up to here; table rows that later chunks need must be kept.
  Position applied() const { return {applied_.load(std::memory_order_seq_cst)}; }

  using LiveRelation::source;
  const RowSource& source(Position at) const override { return *copyAt(at).source; }
  Position cut(Cuts::Pin& pin, std::string* why) const override;
  bool degraded() const override;
  /// The cut that a degraded view answers from. Any thread.
  std::optional<Position> held() const {
    const uint64_t at = held_.load(std::memory_order_acquire);
    return at == kNotHeld ? std::nullopt : std::optional(Position{at});
  }
  /// Rows fail, as of what its shards have applied.
  bool hasErrors() const;
  /// Why it is degraded.
  ViewError error() const;
  std::string reason() const { return error().text; }
  /// Its SELECT fails, as of the last chunk that all shards have applied; and how often it has
  /// begun to. Any thread.
  bool fails() const { return liveSince_.load() == kNotHeld; }
  uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  const ViewType* view() const override { return &model_->views()[index_]; }
  const TableType* table() const override { return nullptr; }
  uint32_t index() const override { return index_; }

  const std::string* outOfService() const override { return outOfService_.why(); }

  /// When the last chunk was applied.
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  /// Of the rows of all shards, at a position that readers or the view itself still hold.
  uint128 digest(Position at) const;
  /// Is called with each position that the view is about to publish without errors. Set before the
  /// first chunk.
  void onSettled(std::function<void(Position)> listener) { settled_ = std::move(listener); }
  void takeOutOfService(const std::string& why) { outOfService_.take(why); }
  RelationStatus status(const Cuts::Pin& pin) const;
  /// The plan's operators, with what they keep in all shards.
  std::vector<PlanStep> steps() const;

 private:
  static constexpr uint64_t kNotHeld = UINT64_MAX;
  struct Pending {
    Position position;
    size_t missing;  // shards that have not reported it
    uint64_t errors;
  };
  /// Its rows as one writer, or a rebuild, made them: for readers from a position on.
  struct Copy {
    Position start;
    std::vector<std::unique_ptr<ViewShard>> shards;
    std::unique_ptr<RowSource> source;
    std::atomic<Copy*> older{nullptr};  // for readers before start
  };
  static std::unique_ptr<Copy> makeCopy(std::vector<std::unique_ptr<ViewShard>> shards,
                                        Position start);
  Copy& newest() const { return *newest_.load(std::memory_order_seq_cst); }
  const Copy& copyAt(Position at) const;
  bool isOlderGone();
  void noteBytes();
  ViewNeeds needsOf(Position last);
  void settle(Position position, uint64_t errors);
  void decide(Position position, uint64_t errors);
  void degrade();
  void tryReturn(Position position);
  void arriveIfSeen();
  void giveUpHeld();
  void requireConsistent() const;

  std::shared_ptr<const Model> model_;
  uint32_t index_;
  Cuts& cuts_;
  size_t writer_;
  std::shared_ptr<const ViewPlan> plan_;
  std::unique_ptr<Copy> current_;
  std::unique_ptr<Copy> older_;  // or null
  uint64_t olderUnlinked_ = 0;   // if it is unlinked: the tick from which on nobody finds it
  std::atomic<Copy*> newest_;
  std::vector<std::atomic<uint64_t>> workingSince_;  // by shard: ticks
  std::atomic<uint64_t> applied_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> held_{kNotHeld};
  std::atomic<uint64_t> goodSince_{
      0};  // from this position up to the held one it was never degraded
  std::atomic<uint64_t> liveSince_{0};  // from this position on readers may follow `visible` again
  std::atomic<uint64_t> failures_{0};
  std::mutex mutex_;  // of what follows: the shards' reports
  Life<ViewState, ViewEvent> life_{ViewState::fresh};
  Life<CopiesState, CopiesEvent> copies_{CopiesState::single};
  std::deque<Pending> pending_;
  Position good_;  // the last position without errors
  struct GivenUp {
    Position cut;
    uint64_t tick;  // no reader that began at it, or later, reads the cut
  };
  std::deque<GivenUp> givenUp_;  // held cuts that may still be read
  struct Stand {
    Position position;
    uint64_t held;
  };
  struct Capture {
    Life<CaptureState, CaptureEvent> life{CaptureState::none};
    Position at;                    // the cut, or the first one that it can be
    std::deque<Stand> stands;       // what was held at each position, until it is chosen
    std::optional<Position> keeps;  // the held cut that the snapshot reads
  } capture_;
  std::function<void(Position)> settled_;
  OutOfService outOfService_;
};

/// A table as readers see it: always at the pin.
class LiveTable final : public LiveRelation {
 public:
  LiveTable(std::shared_ptr<const Model> model, uint32_t index, const Tables& tables);
  using LiveRelation::source;
  const RowSource& source(Position) const override { return *source_; }
  Position cut(Cuts::Pin& pin, std::string*) const override { return pin.position(); }
  bool degraded() const override { return false; }
  const ViewType* view() const override { return nullptr; }
  const TableType* table() const override { return &model_->tables()[index_]; }
  uint32_t index() const override { return index_; }
  const std::string* outOfService() const override { return outOfService_.why(); }

  void takeOutOfService(const std::string& why) { outOfService_.take(why); }
  RelationStatus status(const Cuts::Pin& pin) const;

 private:
  std::shared_ptr<const Model> model_;
  uint32_t index_;
  const Tables& tables_;
  std::unique_ptr<RowSource> source_;
  OutOfService outOfService_;
};

}  // namespace facet
