#include "actors/snapshots/snapshot_capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "actors/snapshots/limits.h"
#include "model/definition.h"
#include "values/assert.h"

namespace facet {

Capture::Capture(const CaptureSources& sources, Position head, const Wait& wait)
    : sources_(sources) {
  // From here on every view keeps what a reader at the head, or later, will need: so whatever cut
  // is pinned then is whole, in views that are degraded too.
  for (LiveView* view : sources_.views) view->beginCapture(head);
  const auto giveUp = [&](const char* why) {
    release();
    throw std::runtime_error(why);
  };
  if (!wait([&] { return sources_.cuts->visible() >= head; })) {
    giveUp("the views did not reach the log's end in time; try again when they lag less");
  }
  pin_ = sources_.cuts->pinForSnapshot();
  if (!pin_) giveUp("another snapshot is under way");
  const Position at = pin_.position();
  const bool applied = wait([&] {
    return std::all_of(sources_.views.begin(), sources_.views.end(),
                       [&](const LiveView* view) { return view->applied() >= at; });
  });
  const std::optional<Commit> commit = sources_.commits->at(at);
  if (!applied || !commit) giveUp("a degraded view did not reach the snapshot's cut in time");
  FACET_ASSERT(commit->end.last == at && at >= head, commit->end.last, at, head);
  commit_ = *commit;
  for (LiveView* view : sources_.views) {
    const std::optional<Position> held = view->captureAt(at);
    held_.push_back(held);
  }
}

Capture::~Capture() {
  release();
}

void Capture::run(const Write& write) {
  FACET_ASSERT(pin_ && held_.size() == sources_.views.size(), held_.size());
  for (uint32_t t = 0; t < sources_.model->tables().size(); ++t) runTable(t, write);
  const Position block{commit_.block.value};
  const Sequencer& sequencer = *sources_.sequencer;
  runMap({StatePart::deduplication, 0}, sequencer.deduplication().map(), block, write);
  runMap({StatePart::streams, 0}, sequencer.streams().map(), block, write);
  for (uint32_t v = 0; v < sources_.views.size(); ++v) runView(v, write);
  release();
}

void Capture::release() {
  for (LiveView* view : sources_.views) view->endCapture();
  pin_ = Cuts::Pin();
}

void Capture::runTable(uint32_t table, const Write& write) {
  SnapshotRelation& out = tables_.emplace_back();
  const TableType& type = sources_.model->tables()[table];
  out.name = type.relation.name;
  out.definition = hashOfDefinition(definitionOf(type));
  out.digest = sources_.tables->digest(table, pin_.position());
  scan(
      {StatePart::table, table},
      [&](VersionedMap::Cursor& cursor, const std::function<bool(const StateEntry&)>& visit) {
        sources_.tables->map(table).scan(pin_.position(), cursor, [&](const Version& row) {
          return visit({row.key(), row.value(), row.weight, 0});
        });
      },
      write);
}

void Capture::runMap(FrameKind kind, const VersionedMap& map, Position at, const Write& write) {
  scan(
      kind,
      [&](VersionedMap::Cursor& cursor, const std::function<bool(const StateEntry&)>& visit) {
        map.scan(at, cursor, [&](const Version& row) {
          return visit({row.key(), row.value(), row.weight, 0});
        });
      },
      write);
}

bool Capture::hasErrors(const LiveView& view) const {
  int64_t errors = 0;
  for (size_t s = 0; s < view.shardCount(); ++s) {
    VersionedMap::Cursor cursor;
    view.shard(s).scanPart(StatePart::errors, pin_.position(), cursor, [&](const StateEntry& row) {
      errors += row.weight;
      return true;
    });
  }
  return errors != 0;
}

void Capture::runView(uint32_t index, const Write& write) {
  const LiveView& view = *sources_.views[index];
  SnapshotRelation& out = views_.emplace_back();
  out.name = view.view()->name;
  out.definition = hashOfDefinition(definitionOf(*view.view()));
  const auto digestAt = [&](Position at) {
    uint128 digest = 0;
    for (size_t s = 0; s < view.shardCount(); ++s) digest += view.shard(s).digest(at);
    return digest;
  };
  const auto runPart = [&](StatePart part, Position at) {
    for (size_t s = 0; s < view.shardCount(); ++s) {
      scan(
          {part, index},
          [&](VersionedMap::Cursor& cursor, const std::function<bool(const StateEntry&)>& visit) {
            view.shard(s).scanPart(part, at, cursor, visit);
          },
          write);
    }
  };
  out.digest = digestAt(pin_.position());
  // A view that has recovered, and only waits for the next chunk to be live, needs no older cut.
  if (held_[index] && hasErrors(view)) {
    out.held = held_[index];
    FACET_ASSERT(*out.held < pin_.position(), *out.held, pin_.position());
    out.heldDigest = digestAt(*out.held);
    runPart(StatePart::heldRows, *out.held);
  }
  for (const StatePart part : kViewParts) runPart(part, pin_.position());
}

void Capture::scan(FrameKind kind, const Slice& slice, const Write& write) {
  frame_.start(kind);
  VersionedMap::Cursor cursor;
  while (!cursor.done) {
    size_t rows = 0;
    slice(cursor, [&](const StateEntry& entry) {
      frame_.add(entry);
      return ++rows < kCaptureSlice && frame_.bytes() < kSnapshotFrameBytes;
    });
    sources_.cuts->renew(pin_);
    if (frame_.bytes() < kSnapshotFrameBytes) continue;
    write(frame_.finish());
    frame_.start(kind);
  }
  if (!frame_.empty()) write(frame_.finish());
}

}  // namespace facet
