#include "model/record_cut.h"

#include "values/assert.h"

namespace facet {
namespace {

/// The first command that goes.
uint32_t firstDropped(const Block& block, uint32_t events) {
  uint32_t index = 0;
  uint32_t command = 0;
  uint32_t last = UINT32_MAX;  // the command of the last event that stays
  block.forEachEvent([&](const EventHeader& event, Row) {
    if (index < events) last = event.command;
    if (index == events) command = event.command;
    ++index;
  });
  return command == last ? command + 1 : command;
}

/// The commands before `end`, with the first events of them.
std::vector<uint64_t> leadingPart(const Block& block, uint32_t events, uint32_t end) {
  const BlockHeader& header = block.header();
  BlockBuilder builder;
  builder.start(header.client, header.firstSequence, header.commands, header.bytes);
  uint32_t index = 0;
  block.forEachEvent([&](const EventHeader& event, Row row) {
    if (index++ < events) builder.addEvent(event.event, event.command, row);
  });
  uint32_t accepted = 0;
  for (uint32_t command = 0; command < end; ++command) {
    if (!block.accepted(command)) continue;
    builder.setAccepted(command);
    if ((header.flags & kDigests) != 0) builder.addDigest(block.digest(accepted));
    ++accepted;
  }
  if (accepted == 0) return {};
  uint32_t streams = header.streams == 0 ? 0 : accepted;
  block.forEachStream([&](Row stream) {
    if (streams == 0) return;
    --streams;
    builder.addStream(stream);
  });
  return builder.finish();
}

}  // namespace

PayloadCut cutPayload(std::string_view payload, uint32_t events) {
  PayloadCut out;
  bool done = false;
  forEachBlock(payload, [&](Block block) {
    const BlockHeader& header = block.header();
    const uint32_t left = events - out.events;
    if (done) return;
    if (header.events <= left) {
      const auto* words = reinterpret_cast<const uint64_t*>(block.bytes().data());
      out.payload.insert(out.payload.end(), words, words + header.bytes / sizeof(uint64_t));
      out.events += header.events;
      return;
    }
    done = true;
    const uint32_t end = firstDropped(block, left);
    if (end > 0 && header.streams != 0 && header.streams != header.accepted) {
      out.unclearBatch = header.events;
      return;
    }
    const std::vector<uint64_t> part = leadingPart(block, left, end);
    out.payload.insert(out.payload.end(), part.begin(), part.end());
    out.events += left;
  });
  FACET_ASSERT(done, events, out.events);
  return out;
}

}  // namespace facet
