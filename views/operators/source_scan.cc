#include "views/operators/source_scan.h"

namespace facet {

SourceScan::SourceScan(const ViewPlan::Operators& plan, Shards shards, const Model& model,
                       ViewErrors& errors)
    : plan_(plan.source),
      shards_(shards),
      out_(plan.join ? 0 : plan.store.aggregates.size(), plan.store.sums.bytes) {
  if (plan.join) {
    const RowLayout& joined = model.tables()[plan.join->tables[0].table].keyLayout;
    lower_ = std::make_unique<LowerMap>(plan_, plan.join->lower, joined, shards.count, errors);
  } else {
    upper_ =
        std::make_unique<UpperMap>(plan.rows, plan.store.format, plan_, 0, shards.count, errors);
  }
}

bool SourceScan::isShared(const ChunkInput& chunk) const {
  if (shards_.count == 1) return false;
  const size_t rows =
      plan_.isEvent ? chunk.last.value + 1 - chunk.first.value : chunk.changes.size();
  return rows >= shards_.sharedRows * shards_.count;
}

void SourceScan::run(const ChunkInput& chunk, DeltaSink& next) {
  const bool shared = isShared(chunk);
  Kept kept;
  if (!shared) kept.only = shards_.own;
  out_.connect(next);
  uint64_t rows = 0;
  const auto each = [&](auto& map) {
    forEachRow(chunk, shared, [&](const EvalContext& context, int64_t weight) {
      ++rows;
      map.map(context, weight, kept, out_);
      if (out_.isFull()) out_.flush();
    });
  };
  lower_ ? each(*lower_) : each(*upper_);
  out_.flush();
  if (kept.counts()) rows_.store(rows_.load(std::memory_order_relaxed) + rows);
}

/// Calls visit(context, weight).
template <typename Visit>
void SourceScan::forEachRow(const ChunkInput& chunk, bool shared, Visit&& visit) {
  if (plan_.isEvent) {
    forEachEvent(chunk, shared, visit);
  } else {
    forEachChange(chunk, shared, visit);
  }
}

template <typename Visit>
void SourceScan::forEachEvent(const ChunkInput& chunk, bool shared, Visit&& visit) {
  Row inputs[1];
  EvalContext context;
  context.rows = inputs;
  context.arena = &out_.arena();
  uint64_t begin = chunk.first.value;
  uint64_t end = chunk.last.value + 1;
  if (shared) {
    const uint64_t count = end - begin;
    end = begin + count * (shards_.own + 1) / shards_.count;
    begin = begin + count * shards_.own / shards_.count;
  }
  uint64_t position = chunk.first.value;
  for (const auto& [block, time] : chunk.blocks) {
    const uint64_t events = block.header().events;
    if (position + events <= begin || position >= end) {
      position += events;
      continue;
    }
    context.time = time;
    block.forEachEvent([&](const EventHeader& event, Row row) {
      if (event.event == plan_.index && position >= begin && position < end) {
        inputs[0] = row;
        context.position = {position};
        visit(context, 1);
      }
      ++position;
    });
  }
  if (shared && shards_.own != 0) return;
  for (const SkippedEvent& event : chunk.skipped) {
    if (event.view != plan_.view) continue;
    inputs[0] = event.row;
    context.position = event.position;
    context.time = event.time;
    visit(context, -1);
  }
}

template <typename Visit>
void SourceScan::forEachChange(const ChunkInput& chunk, bool shared, Visit&& visit) {
  Row inputs[2];
  EvalContext context;
  context.rows = inputs;
  context.arena = &out_.arena();
  for (const TableChange& change : chunk.changes) {
    if (change.table != plan_.index) continue;
    const uint32_t hash = (change.before != nullptr ? change.before : change.after)->hash;
    if (shared && shardOfKey(hash, shards_.count) != shards_.own) continue;
    for (const Version* version : {change.before, change.after}) {
      if (version == nullptr || version->weight == 0) continue;
      inputs[0] = version->keyRow();
      inputs[1] = version->valueRow();
      visit(context, version == change.before ? -1 : 1);
    }
  }
}

}  // namespace facet
