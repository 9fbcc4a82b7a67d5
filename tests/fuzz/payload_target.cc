// A chunk's payload, from a log or another node: first its number of events, then the bytes.
#include <cstring>

#include "actors/commands/command_stage.h"
#include "actors/commands/sequencer.h"
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"

namespace facet::fuzz {

namespace {

uint64_t readAll(const Model& model, std::string_view payload) {
  uint64_t sum = 0;
  forEachBlock(payload, [&](const Block& block) {
    for (uint32_t i = 0; i < block.header().commands; ++i) {
      sum += block.accepted(i) ? block.eventCount(i) : 0;
    }
    block.forEachEvent([&](const EventHeader& event, Row row) {
      const RowLayout& layout = model.events()[event.event].layout;
      for (size_t c = 0; c < layout.size(); ++c) sum += row.get(layout, c).isNull() ? 0 : 1;
    });
    block.forEachStream([&](Row row) { sum += row.get(streamLayout(), 1).asText().size(); });
  });
  return sum;
}

std::string makePayload(uint32_t orders) {
  const Model& model = *shopModel();
  const EventType& placed = model.events()[0];
  RowBuilder row;
  RowBuilder stream;
  BlockBuilder block;
  block.start({1, 2}, 1, orders, 0);
  for (uint32_t i = 0; i < orders; ++i) {
    if (i == 2) continue;  // it was rejected
    row.start(placed.layout);
    row.set(0, Value::text("O1"));
    row.set(1, Value::integer(Kind::int16, i));
    block.addEvent(0, i, row.finish());
    block.setAccepted(i);
    stream.start(streamLayout());
    stream.set(0, Value::text("order_id"));
    stream.set(1, Value::text("O1"));
    block.addStream(stream.finish());
  }
  const uint64_t events = block.events();
  const std::vector<uint64_t> words = block.finish();
  std::string out(reinterpret_cast<const char*>(&events), sizeof(events));
  return out.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t));
}

}  // namespace

std::vector<std::string> seeds() {
  return {makePayload(1), makePayload(9), makePayload(70)};
}

void run(std::string_view bytes) {
  if (bytes.size() < sizeof(uint64_t)) return;
  // As in the log's map: aligned, whole words.
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint64_t));
  const std::string_view payload(reinterpret_cast<const char*>(words.data() + 1),
                                 (words.size() - 1) * sizeof(uint64_t));
  std::string problem;
  const auto events = static_cast<uint32_t>(words[0]);
  if (isValidPayload(*shopModel(), payload, events, problem)) readAll(*shopModel(), payload);
}

}  // namespace facet::fuzz
