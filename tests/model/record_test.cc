// Blocks of events: what is built is read again.
#include "model/record.h"

#include "tests/model/record_vocabulary.h"
#include "tests/model/vocabulary.h"
#include "values/text.h"

using namespace facet;
using namespace facet::test;

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(a_batch_of_which_everything_was_accepted_is_just_its_events) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({1, 2}, 10, 3, 0);
  for (uint32_t i = 0; i < 3; ++i) {
    builder.addEvent(0, i, maker.row(i));
    builder.setAccepted(i);
  }
  const std::vector<uint64_t> bytes = builder.finish();
  const Block block(reinterpret_cast<const char*>(bytes.data()));
  BOOST_TEST(block.header().flags == (kAllAccepted | kOneEventEach));
  BOOST_TEST(block.header().client.low == 2U);
  BOOST_TEST(block.header().firstSequence == 10U);
  BOOST_TEST(block.bytes().size() ==
             48 + 3 * 8 + maker.row(0).size() + maker.row(1).size() + maker.row(2).size());
  BOOST_TEST(maker.describe(block) == "10: 0:0 1:1 2:2 ");
  BOOST_TEST(maker.isValid(bytes, 3));
}

BOOST_AUTO_TEST_CASE(outcomes_and_counts_are_kept_where_they_differ) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({}, 1, 70, 1 << 12);
  for (const uint32_t command : {0U, 3U, 65U, 69U}) builder.setAccepted(command);
  builder.setAccepted(3);
  builder.addEvent(0, 3, maker.row(30));
  builder.addEvent(0, 3, maker.row(31));
  builder.addEvent(0, 69, maker.row(69));
  BOOST_TEST(builder.events() == 3U);
  const std::vector<uint64_t> bytes = builder.finish();
  const Block block(reinterpret_cast<const char*>(bytes.data()));
  BOOST_TEST(block.header().flags == 0U);
  BOOST_TEST(block.header().accepted == 4U);
  for (uint32_t i = 0; i < 70; ++i) {
    BOOST_TEST(block.accepted(i) == (i == 0 || i == 3 || i == 65 || i == 69));
    BOOST_TEST(block.eventCount(i) == (i == 3 ? 2U : i == 69 ? 1U : 0U));
  }
  BOOST_TEST(maker.describe(block) == "1: 3:30 3:31 69:69 ");
  BOOST_TEST(maker.isValid(bytes, 3));
}

BOOST_AUTO_TEST_CASE(rejected_commands_need_no_counts) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({}, 1, 2, 0);
  builder.setAccepted(1);
  builder.addEvent(0, 1, maker.row(5));
  const std::vector<uint64_t> bytes = builder.finish();
  const Block block(reinterpret_cast<const char*>(bytes.data()));
  BOOST_TEST(block.header().flags == kOneEventEach);
  BOOST_TEST(block.eventCount(0) == 0U);
  BOOST_TEST(block.eventCount(1) == 1U);
  BOOST_TEST(maker.isValid(bytes, 1));
}

BOOST_AUTO_TEST_CASE(commands_without_events_are_recorded) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({3, 4}, 7, 2, 0);
  builder.setAccepted(0);
  builder.setAccepted(1);
  const std::vector<uint64_t> bytes = builder.finish();
  BOOST_TEST(maker.isValid(bytes, 0));
  BOOST_TEST(!maker.isValid(bytes, 1));
}

BOOST_AUTO_TEST_CASE(a_batch_can_be_taken_back) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({}, 1, 2, 0);
  builder.setAccepted(0);
  builder.addEvent(0, 0, maker.row(1));
  builder.clear();
  BOOST_TEST(builder.events() == 0U);
  builder.setAccepted(1);
  builder.addEvent(0, 1, maker.row(2));
  const std::vector<uint64_t> bytes = builder.finish();
  BOOST_TEST(maker.describe(Block(reinterpret_cast<const char*>(bytes.data()))) == "1: 1:2 ");
}

BOOST_AUTO_TEST_CASE(streams_stand_behind_the_events) {
  EventMaker maker;
  RowBuilder row;
  BlockBuilder builder;
  builder.start({}, 1, 2, 0);
  for (uint32_t i = 0; i < 2; ++i) {
    builder.setAccepted(i);
    builder.addEvent(0, i, maker.row(i));
    row.start(streamLayout());
    row.set(0, Value::text("cart"));
    row.set(1, Value::text(i == 0 ? "a" : "b"));
    builder.addStream(row.finish());
  }
  const std::vector<uint64_t> bytes = builder.finish();
  BOOST_TEST(maker.isValid(bytes, 2));
  std::string streams;
  Block(reinterpret_cast<const char*>(bytes.data())).forEachStream([&](Row stream) {
    streams += std::string(stream.get(streamLayout(), 0).asText()) + "=" +
               std::string(stream.get(streamLayout(), 1).asText()) + " ";
  });
  BOOST_TEST(streams == "cart=a cart=b ");
}

BOOST_AUTO_TEST_CASE(the_events_of_one_command_can_be_taken_back) {
  EventMaker maker;
  BlockBuilder builder;
  builder.start({}, 1, 2, 0);
  builder.setAccepted(0);
  builder.addEvent(0, 0, maker.row(1));
  const BlockBuilder::Mark mark = builder.mark();
  builder.addEvent(0, 1, maker.row(2));
  builder.addEvent(0, 1, maker.row(3));
  builder.undoTo(mark, 1);
  const std::vector<uint64_t> bytes = builder.finish();
  BOOST_TEST(maker.isValid(bytes, 1));
  BOOST_TEST(maker.describe(Block(reinterpret_cast<const char*>(bytes.data()))) == "1: 0:1 ");
}

BOOST_AUTO_TEST_CASE(a_payload_is_several_blocks) {
  EventMaker maker;
  const std::vector<uint64_t> payload = maker.payload(3, 5);
  uint32_t blocks = 0;
  uint32_t events = 0;
  forEachBlock(asBytes(payload), [&](const Block& block) {
    ++blocks;
    block.forEachEvent([&](const EventHeader&, Row) { ++events; });
  });
  BOOST_TEST(blocks == 3U);
  BOOST_TEST(maker.isValid(payload, events));
  BOOST_TEST(maker.isValid({}, 0));
}

BOOST_AUTO_TEST_CASE(a_list_of_numbers_or_structs_has_no_nulls) {
  EventMaker maker;
  const EventType& type = maker.model().events()[0];
  const auto problemOf = [&](size_t column, const std::string& list) {
    RowBuilder rows;
    rows.start(type.layout);
    std::string scratch;
    rows.set(column, parseText(type.fields[column].type, list, scratch).value());
    BlockBuilder builder;
    builder.start({1, 1}, 1, 1, 0);
    builder.setAccepted(0);
    builder.addEvent(0, 0, rows.finish());
    return maker.isValid(builder.finish(), 1) ? "" : maker.problem();
  };
  BOOST_TEST(problemOf(2, "{1,2}") == "");
  BOOST_TEST(problemOf(2, "{}") == "");
  BOOST_TEST(problemOf(2, "{1,NULL}") ==
             "block at byte 0: event 0, of E, has a NULL in the list tags");
  BOOST_TEST(problemOf(3, "{\"(,0,1)\"}") == "");
  BOOST_TEST(problemOf(3, "{\"(a,0,1)\",NULL}") ==
             "block at byte 0: event 0, of E, has a NULL in the list lines");
}

BOOST_AUTO_TEST_SUITE_END()
