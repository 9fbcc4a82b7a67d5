#include "actors/node_state.h"

#include <algorithm>

#include "values/assert.h"

namespace facet {

namespace {

// Who writes which slot of the cuts.
constexpr size_t kTablesWriter = 0;
constexpr size_t viewWriter(size_t view) {
  return 1 + view;
}

}  // namespace

NodeState::NodeState(std::shared_ptr<const Model> model, uint32_t shards, Position start,
                     Clock& steady, VisibleSink& next)
    : model_(std::move(model)),
      plans_(std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_))),
      tables_(model_),
      cuts_(1 + model_->views().size(), start),
      sequencer_(model_, plans_, tables_, start),
      lag_(steady),
      visibleLag_(steady) {
  FACET_ASSERT(shards > 0);
  cuts_.onVisible([this, &next](Position position) {
    visibleLag_.visible(position);
    next.visible(position);
  });
  for (uint32_t i = 0; i < model_->views().size(); ++i) {
    views_.push_back(
        std::make_unique<LiveView>(model_, i, shards, tables_, cuts_, viewWriter(i), start));
    viewPointers_.push_back(views_.back().get());
  }
  for (uint32_t i = 0; i < model_->tables().size(); ++i) {
    liveTables_.push_back(std::make_unique<LiveTable>(model_, i, tables_));
  }
}

const LiveRelation* NodeState::find(std::string_view name) const {
  for (const LiveView* view : viewPointers_) {
    if (view->view()->name == name) return view;
  }
  for (const auto& table : liveTables_) {
    if (table->table()->relation.name == name) return table.get();
  }
  return nullptr;
}

void NodeState::takeOutOfService(std::string_view name, const std::string& why) {
  for (LiveView* view : viewPointers_) {
    if (view->view()->name == name) view->takeOutOfService(why);
  }
  for (const auto& table : liveTables_) {
    if (table->table()->relation.name == name) table->takeOutOfService(why);
  }
}

void NodeState::begin(const LogEnd& end) {
  FACET_ASSERT(sequencer_.end() == end.last, sequencer_.end(), end.last);
  lag_.setHead(end.last);
  visibleLag_.begin(end.last);
  committed(end, sequencer_.progress().block);
  sequencer_.reclaim(tableReaders());
}

void NodeState::committed(const LogEnd& end, BlockNumber block) {
  visibleLag_.durable(end.last);
  commits_.note({end, block}, cuts_.horizon());
}

void NodeState::publishTables(Position position) {
  FACET_ASSERT(cuts_.published(kTablesWriter) < position, position);
  cuts_.publish(kTablesWriter, position);
}

bool NodeState::hasApplied(Position position) const {
  return std::all_of(viewPointers_.begin(), viewPointers_.end(),
                     [&](const LiveView* view) { return view->applied() >= position; });
}

std::optional<Position> NodeState::firstHeld(Position from) const {
  std::optional<Position> first;
  for (const LiveView* view : viewPointers_) {
    const std::optional<Position> held = view->held();
    if (held && *held >= from && (!first || *held < *first)) first = held;
  }
  return first;
}

ReaderNeeds NodeState::tableReaders() {
  ReaderNeeds needs = cuts_.needs();
  // Chunks that a view has still to apply point at table rows from before them.
  for (const LiveView* view : viewPointers_) needs = needs.upTo(view->applied());
  // Commands that are rejected for ever move no horizon.
  if (needs.tick == 0) needs.tick = cuts_.tick();
  needs.quiescent = cuts_.quiescent();
  for (const LiveView* view : viewPointers_) {
    needs.quiescent = std::min(needs.quiescent, view->workingSince());
  }
  return needs;
}

uint64_t NodeState::memoryBytes() const {
  uint64_t total = tables_.bytes() + sequencer_.bytes();
  for (const LiveView* view : viewPointers_) total += view->bytes();
  return total;
}

}  // namespace facet
