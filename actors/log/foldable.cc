#include "actors/log/foldable.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/log/skip.h"
#include "model/record.h"

namespace facet {

namespace {

[[noreturn]] void refuse(const ChunkHeader& header, const std::string& why) {
  const std::string where =
      header.events == 0
          ? fmt::format("after position {}", header.first.value - 1)
          : fmt::format("positions {} to {}", header.first, header.first.value + header.events - 1);
  throw BadChunk(fmt::format("chunk {} ({}) can't be taken: {}", header.number.value, where, why));
}

/// It takes back what is there, and was not taken back before.
void requireSkippable(const ChunkRef& chunk, const SkipRecord& skip, const Model& model,
                      const EventLog& log, const std::vector<SkipRecord>& skips) {
  const auto same = [&](const SkipRecord& other) {
    return other.view == skip.view && other.definition == skip.definition &&
           other.position == skip.position;
  };
  const std::string_view row(reinterpret_cast<const char*>(skip.row.data()),
                             skip.row.size() * sizeof(uint64_t));
  if (skip.event >= model.events().size() || !isValidRow(model.events()[skip.event].layout, row)) {
    refuse(*chunk.header, "the event that it skips is none of the model's");
  }
  if (std::any_of(skips.begin(), skips.end(), same)) {
    refuse(*chunk.header,
           fmt::format("view {} skips position {} already", skip.view, skip.position));
  }
  if (skip.position >= chunk.header->first) {
    refuse(*chunk.header, fmt::format("it skips position {}, which is later", skip.position));
  }
  if (skip.position <= log.begin().last) return;  // it is not here
  SkipRecord own;
  own.position = skip.position;
  if (!readEvent(log, own) || own.event != skip.event || own.time != skip.time ||
      own.row != skip.row) {
    refuse(*chunk.header,
           fmt::format("the event that it skips is not the one at position {}", skip.position));
  }
}

}  // namespace

void requireValidEvents(const ChunkRef& chunk, const Model& model) {
  std::string problem;
  if (!isValidPayload(model, chunk.payload, chunk.header->events, problem)) {
    refuse(*chunk.header, problem);
  }
}

void requireFoldable(const ChunkRef& chunk, const Model& model, const EventLog& log,
                     const std::vector<SkipRecord>& skips) {
  if (chunk.header->kind == ChunkKind::events) return requireValidEvents(chunk, model);
  const ControlRecord record = readControlRecord(chunk.payload);
  if (record.skip) requireSkippable(chunk, *record.skip, model, log, skips);
}

}  // namespace facet
