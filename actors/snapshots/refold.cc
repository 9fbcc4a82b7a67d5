#include "actors/snapshots/refold.h"

#include <algorithm>

#include "actors/log/limits.h"
#include "actors/log/recovery.h"
#include "actors/snapshots/snapshot_load.h"
#include "values/assert.h"
#include "views/shard_runner.h"

namespace facet {

Refold::Refold(const std::shared_ptr<const Model>& model, const std::vector<const LiveView*>& views)
    : model_(model), like_(views) {
  build({0});
}

Refold::~Refold() = default;

void Refold::build(Position start) {
  views_.clear();
  start_ = start;
  tables_ = std::make_unique<Tables>(model_);
  cuts_ = std::make_unique<Cuts>(1 + like_.size(), start);
  sequencer_ = std::make_unique<Sequencer>(
      model_, std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_)), *tables_,
      start);
  for (uint32_t i = 0; i < like_.size(); ++i) {
    views_.push_back(nullptr);
    const LiveView* const like = like_[i];
    if (like == nullptr) {
      cuts_->setCounts(1 + i, false);
      continue;
    }
    views_.back() = std::make_unique<LiveView>(model_, i, static_cast<uint32_t>(like->shardCount()),
                                               *tables_, *cuts_, 1 + i, start, like->plan());
  }
}

void Refold::load(const SnapshotReader& reader, const SnapshotManifest& manifest) {
  build(manifest.position());
  LoadTargets targets{tables_.get(), sequencer_.get(), {}};
  for (const auto& view : views_) targets.views.push_back(view.get());
  loadSnapshot(reader, manifest, targets);
  next_ = manifest.commit.end.next;
}

bool Refold::fold(const EventLog& log, Position until, const std::function<bool(Position)>& each) {
  FACET_ASSERT(until <= log.end().last, until, log.end().last);
  bool goOn = true;
  next_ = std::max(next_, log.begin().next);
  while (goOn && at() < until) {
    next_ = log.read(next_, kRecoveryReadBytes, [&](const ChunkRef& ref) {
      if (!isFolded(ref)) return true;
      const ChunkPtr chunk = foldChunk(ref, *sequencer_);
      if (ref.header->events == 0) return true;
      apply(chunk);
      goOn = each(at());
      return goOn && at() < until;
    });
  }
  return goOn;
}

void Refold::tryOut(const std::shared_ptr<Chunk>& chunk) {
  chunk->first = chunk->last = sequencer_->takePosition();
  apply(chunk);
}

void Refold::apply(const ChunkPtr& chunk) {
  const ChunkInput input = chunk->input();
  FACET_ASSERT(cuts_->published(0) + 1 == input.first, cuts_->published(0), input.first);
  FACET_ASSERT(input.last == at(), input.last, at());
  cuts_->publish(0, input.last);
  for (const auto& view : views_) {
    if (view) applyTo(*view, input);
  }
  sequencer_->reclaim(ReaderNeeds::from(cuts_->horizon()));
}

void Refold::applyTo(LiveView& view, const ChunkInput& input) {
  std::vector<ViewShard*> shards;
  for (size_t s = 0; s < view.shardCount(); ++s) shards.push_back(&view.shard(s));
  runChunk(shards, input);
  for (const ViewShard* shard : shards) view.report(input.last, shard->errors());
  for (ViewShard* shard : shards) shard->reclaim(view.readerNeeds(input.last), input.last + 1);
}

}  // namespace facet
