#include "actors/log/skip.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "model/record.h"
#include "views/shard_runner.h"

namespace facet {

namespace {

template <typename... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw std::invalid_argument(fmt::format(format, std::forward<Args>(args)...));
}

/// The type of the events that the view reads; nothing: it reads a table's rows.
std::optional<uint32_t> sourceEvent(const ViewType& view) {
  const Relation& source = *view.select.from.front().relation;
  if (source.kind != RelationKind::event) return std::nullopt;
  return source.index;
}

std::optional<uint32_t> findView(const SkipRecord& skip, const Model& model) {
  const ViewType* const view = model.findView(skip.view);
  if (view == nullptr || definitionHash(*view) != skip.definition) return std::nullopt;
  if (sourceEvent(*view) != skip.event) return std::nullopt;
  return view->relation.index;
}

std::string_view bytesOf(const std::vector<uint64_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
}

}  // namespace

std::shared_ptr<Chunk> skipChunk(const SkipRecord& skip, const Model& model) {
  auto chunk = std::make_shared<Chunk>();
  const std::optional<uint32_t> view = findView(skip, model);
  if (!view || !isValidRow(model.events()[skip.event].layout, bytesOf(skip.row))) return chunk;
  const std::vector<uint64_t>& row = chunk->memory.emplace_back(skip.row);
  chunk->bytes = bytesOf(row).size();
  chunk->skipped.push_back({*view, skip.position, skip.time, Row(row.data())});
  return chunk;
}

bool readEvent(const EventLog& log, SkipRecord& skip) {
  bool found = false;
  log.read(log.find(skip.position), 1, [&](const ChunkRef& chunk) {
    Position at = chunk.header->first;
    if (chunk.header->kind != ChunkKind::events) return false;
    forEachBlock(chunk.payload, [&](Block block) {
      block.forEachEvent([&](const EventHeader& event, Row row) {
        if (at == skip.position) {
          found = true;
          skip.event = event.event;
          skip.time = chunk.header->time;
          skip.row.resize(row.size() / sizeof(uint64_t));
          std::memcpy(skip.row.data(), row.data(), row.size());
        }
        at = at + 1;
      });
    });
    return false;
  });
  return found;
}

std::vector<Position> skippedBy(const ViewType& view, const std::vector<SkipRecord>& skips) {
  std::vector<Position> out;
  if (skips.empty()) return out;
  const uint128 definition = definitionHash(view);
  for (const SkipRecord& skip : skips) {
    if (skip.view == view.name && skip.definition == definition) out.push_back(skip.position);
  }
  return out;
}

SkipRecord recordFor(const LiveView& live, Position position, const EventLog& log, Position head,
                     const std::vector<SkipRecord>& skips) {
  const ViewType& view = *live.view();
  SkipRecord out;
  out.view = view.name;
  out.definition = definitionHash(view);
  out.position = position;
  const std::optional<uint32_t> source = sourceEvent(view);
  if (!source) {
    refuse(
        "view {} reads the table {}: a command that corrects the row, or takes it away, makes it "
        "live again. Only events, which no command can change, are skipped",
        view.name, view.select.from.front().relation->name);
  }
  for (const Position skipped : skippedBy(view, skips)) {
    if (skipped == position) refuse("view {} skips position {} already", view.name, position);
  }
  const std::optional<Position> held = live.held();
  if (!held || !live.degraded()) refuse("view {} is not degraded: it skips nothing", view.name);
  if (position <= *held || position > head) {
    refuse(
        "view {} is degraded after position {} (the log ends with {}): position {} is not what it "
        "fails at. It fails with: {}",
        view.name, *held, head, position, live.reason());
  }
  if (position <= log.begin().last) {
    refuse("the log here begins after position {}: ask a node that has the event at {}",
           log.begin().last, position);
  }
  if (!readEvent(log, out)) {
    refuse("at position {} there is no event, but the record of a skipped one", position);
  }
  const std::vector<EventType>& events = live.plan()->model().events();
  if (out.event != *source) {
    refuse(
        "position {} is an event {}, of which view {} takes nothing: it reads {}. It fails with: "
        "{}",
        position, events[out.event].name, view.name, events[*source].name, live.reason());
  }
  return out;
}

bool failsAlone(const LiveView& view, const SkipRecord& skip, const Tables& tables, Position at) {
  ViewShard alone(view.plan(), ShardId{0}, 1, tables);
  BlockBuilder builder;
  builder.start({}, 0, 1, bytesOf(skip.row).size());
  builder.addEvent(skip.event, 0, Row(skip.row.data()));
  builder.setAccepted(0);
  const std::vector<uint64_t> block = builder.finish();
  const TimedBlock timed{Block(reinterpret_cast<const char*>(block.data())), skip.time};
  ChunkInput input{skip.position, at, {&timed, 1}, {}};
  ViewShard* const shard = &alone;
  runChunk({&shard, 1}, input);
  // An error of a group has no event: whether it goes with this row is not said.
  return ViewShard::firstError({&alone}).event == skip.position;
}

}  // namespace facet
