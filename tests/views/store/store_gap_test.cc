// What the store frees within a gap that no reader looks into (reader_needs.h).
#include <boost/test/unit_test.hpp>

#include "tests/views/store/store_vocabulary.h"

using namespace facet;
using namespace facet::test;

BOOST_AUTO_TEST_SUITE(store_gap)

BOOST_AUTO_TEST_CASE(what_is_overwritten_in_a_gap_takes_no_memory) {
  Writer writer;
  const uint64_t empty = writer.map.bytesUsed();
  writer.insertAndPublish(0, 1000);
  const Position held{writer.position - 1};
  uint64_t bytes = 0;
  for (uint64_t round = 0; round < 300; ++round) {
    for (uint64_t key = 0; key < 1000; ++key) {
      Version& row = writer.write(key, 40 + 8 * static_cast<uint32_t>((key + round) % 3));
      row.weight = static_cast<int64_t>(round) + 2;
    }
    // Others come and go.
    for (uint64_t key = 0; key < 100; ++key) writer.write(1000 + round * 100 + key).weight = 1;
    if (round > 0) writer.erase(1000 + (round - 1) * 100, 100);
    writer.publishHeld(held);
    if (round == 20) bytes = writer.map.bytes();
  }
  BOOST_TEST(writer.map.bytes() <= bytes + bytes / 10);
  for (uint64_t key = 0; key < 1000; ++key) {
    BOOST_REQUIRE(writer.map.read(keyOf(key), kGood(key), held)->weight == 1);
    BOOST_REQUIRE(writer.map.find(keyOf(key), kGood(key))->weight == 301);
  }
  BOOST_TEST(writer.map.keys() == 1100u);
  // It recovers: everything is as if there had been no gap.
  for (int i = 0; i < 5; ++i) writer.publish();
  BOOST_TEST(writer.map.keys() == 1100u);
  for (uint64_t key = 0; key < 1000; ++key) {
    BOOST_REQUIRE(writer.map.read(keyOf(key), kGood(key), writer.cuts.visible())->weight == 301);
  }
  writer.erase(0, 31'000);
  for (int i = 0; i < 30; ++i) writer.publish();
  BOOST_TEST(writer.map.keys() == 0u);
  BOOST_TEST(writer.map.bytesUsed() <= empty + 16 * 400);  // the least size of a few segments
}

// Of a degraded view: the rows of its held cut, and then those of the snapshot's own.
BOOST_AUTO_TEST_CASE(what_a_snapshot_had_after_the_held_cut_goes_in_the_gap) {
  Writer writer;
  const uint64_t empty = writer.map.bytesUsed();
  writer.add(0, 1000);
  const Position held{writer.position};
  writer.publish();
  writer.add(1000, 1000);
  writer.publishHeld(held);
  uint64_t bytes = 0;
  for (int64_t round = 0; round < 50; ++round) {
    for (uint64_t key = 0; key < 2000; ++key) writer.write(key).weight = round + 2;
    writer.erase(1500, round % 2 == 0 ? 500 : 0);
    writer.publishHeld(held);
    if (round == 5) bytes = writer.map.bytesUsed();
  }
  BOOST_TEST(writer.map.bytesUsed() <= bytes);
  for (uint64_t key = 0; key < 2000; ++key) {
    const Version* const atHeld = writer.map.read(keyOf(key), kGood(key), held);
    BOOST_REQUIRE((atHeld != nullptr) == (key < 1000));
    BOOST_REQUIRE(writer.map.find(keyOf(key), kGood(key))->weight == 51);
  }
  writer.erase(0, 2000);
  for (int i = 0; i < 30; ++i) writer.publish();
  BOOST_TEST(writer.map.keys() == 0u);
  BOOST_TEST(writer.map.bytesUsed() <= empty + 16 * 400);
}

BOOST_AUTO_TEST_CASE(a_reader_that_began_before_a_gap_was_closed_keeps_its_memory) {
  Writer writer;
  writer.insertAndPublish(0, 100);
  const Position held{writer.position - 1};
  {
    const Cuts::Pin pin = writer.cuts.pin();
    const uint64_t before = writer.map.bytesUsed();
    for (int i = 0; i < 10; ++i) {
      for (uint64_t key = 0; key < 100; ++key) writer.write(key).weight = 1;
      writer.publishHeld(held);
    }
    BOOST_TEST(writer.map.bytesUsed() >= before + 9 * 100 * 88);
  }
  const uint64_t during = writer.map.bytesUsed();
  writer.publishHeld(held);
  writer.publishHeld(held);
  BOOST_TEST(writer.map.bytesUsed() <= during - 7 * 100 * 88);
}

BOOST_AUTO_TEST_SUITE_END()
