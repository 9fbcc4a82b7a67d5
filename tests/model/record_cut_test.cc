// A payload cut at an event: what was before it stays, block for block, command for command.
#include "model/record_cut.h"

#include "tests/model/record_vocabulary.h"
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

void append(std::vector<uint64_t>& payload, BlockBuilder& builder) {
  const std::vector<uint64_t> block = builder.finish();
  payload.insert(payload.end(), block.begin(), block.end());
}

/// Every block's first sequence, events and accepted commands: "10: 0:7 1:8 | 0 1; ".
std::string describe(const EventMaker& maker, const std::vector<uint64_t>& payload) {
  std::string out;
  forEachBlock(asBytes(payload), [&](Block block) {
    out += maker.describe(block) + "|";
    for (uint32_t i = 0; i < block.header().commands; ++i) {
      if (block.accepted(i)) out += " " + std::to_string(i);
    }
    out += "; ";
  });
  return out;
}

/// Two blocks: of commands 0 (events 1 and 2), 1 (rejected), 2 (none), 3 (event 3); and 0 (event
/// 4).
std::vector<uint64_t> twoBlocks(EventMaker& maker) {
  std::vector<uint64_t> payload;
  BlockBuilder builder;
  builder.start({7, 8}, 10, 4, 0);
  for (const uint32_t command : {0U, 2U, 3U}) builder.setAccepted(command);
  builder.addEvent(0, 0, maker.row(1));
  builder.addEvent(0, 0, maker.row(2));
  builder.addEvent(0, 3, maker.row(3));
  append(payload, builder);
  builder.start({7, 9}, 1, 1, 0);
  builder.setAccepted(0);
  builder.addEvent(0, 0, maker.row(4));
  append(payload, builder);
  return payload;
}

/// A block of `commands` commands with an event each, the first `streams` of which have a stream.
std::vector<uint64_t> withStreams(EventMaker& maker, uint32_t commands, uint32_t streams) {
  std::vector<uint64_t> payload;
  RowBuilder rows;
  BlockBuilder builder;
  builder.start({}, 1, commands, 0);
  for (uint32_t i = 0; i < commands; ++i) {
    builder.setAccepted(i);
    builder.addEvent(0, i, maker.row(i));
    if (i >= streams) continue;
    const std::string value = std::to_string(i);
    rows.start(streamLayout());
    rows.set(0, Value::text("stream"));
    rows.set(1, Value::text(value));
    builder.addStream(rows.finish());
  }
  append(payload, builder);
  return payload;
}

std::string streamsOf(const std::vector<uint64_t>& payload) {
  std::string out;
  forEachBlock(asBytes(payload), [&](Block block) {
    block.forEachStream(
        [&](Row row) { out += std::string(row.get(streamLayout(), 1).asText()) + " "; });
  });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_cut)

BOOST_AUTO_TEST_CASE(what_was_before_the_event_stays) {
  EventMaker maker;
  const std::vector<uint64_t> payload = twoBlocks(maker);
  const std::string first = "10: 0:1 0:2 3:3 | 0 2 3; ";
  const auto cutAt = [&](uint32_t events) {
    const PayloadCut cut = cutPayload(asBytes(payload), events);
    BOOST_TEST(cut.events == events);
    BOOST_TEST(maker.isValid(cut.payload, events), maker.problem());
    return describe(maker, cut.payload);
  };
  BOOST_TEST(describe(maker, payload) == first + "1: 0:4 | 0; ");
  BOOST_TEST(cutAt(3) == first);
  BOOST_TEST(cutAt(2) == "10: 0:1 0:2 | 0 2; ");
  BOOST_TEST(cutAt(1) == "10: 0:1 | 0; ");
}

BOOST_AUTO_TEST_CASE(nothing_before_the_first_command_is_no_block) {
  EventMaker maker;
  BOOST_TEST(cutPayload(asBytes(twoBlocks(maker)), 0).payload.empty());
}

BOOST_AUTO_TEST_CASE(the_client_and_the_number_of_the_first_command_stay) {
  EventMaker maker;
  const PayloadCut cut = cutPayload(asBytes(twoBlocks(maker)), 1);
  const Block block(reinterpret_cast<const char*>(cut.payload.data()));
  BOOST_TEST((block.header().client == ClientId{7, 8}));
  BOOST_TEST(block.header().firstSequence == 10U);
}

BOOST_AUTO_TEST_CASE(streams_stay_with_their_commands) {
  EventMaker maker;
  const std::vector<uint64_t> payload = withStreams(maker, 4, 4);
  BOOST_TEST(streamsOf(cutPayload(asBytes(payload), 3).payload) == "0 1 2 ");
  BOOST_TEST(streamsOf(cutPayload(asBytes(payload), 1).payload) == "0 ");
}

BOOST_AUTO_TEST_CASE(a_batch_whose_streams_cannot_be_told_apart_is_left_out_and_named) {
  EventMaker maker;
  std::vector<uint64_t> payload = twoBlocks(maker);
  const std::vector<uint64_t> unclear = withStreams(maker, 5, 2);
  payload.insert(payload.end(), unclear.begin(), unclear.end());
  const PayloadCut cut = cutPayload(asBytes(payload), 6);
  BOOST_TEST(cut.unclearBatch == 5U);
  BOOST_TEST(cut.events == 4U);
  BOOST_TEST(cutPayload(asBytes(payload), 4).unclearBatch == 0U);
}

BOOST_AUTO_TEST_CASE(any_payload_is_cut_at_any_event_into_a_valid_one) {
  EventMaker maker;
  const std::vector<uint64_t> payload = maker.payload(5, 70);
  uint32_t events = 0;
  forEachBlock(asBytes(payload), [&](Block block) { events += block.header().events; });
  for (uint32_t i = 0; i < events; ++i) {
    const PayloadCut cut = cutPayload(asBytes(payload), i);
    BOOST_TEST_REQUIRE(cut.events == i);
    BOOST_TEST_REQUIRE(maker.isValid(cut.payload, i), maker.problem());
  }
}

BOOST_AUTO_TEST_SUITE_END()
