// Snapshots that are sent elsewhere: in parts, with a hash over all of them.
#include <boost/test/unit_test.hpp>

#include "storage/snapshot_store.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kName = snapshotName({10}, {3});

/// A store with a snapshot of five frames of 800 bytes.
struct Stored {
  const TemporaryFolder folder;
  SnapshotStore store{folder / "snapshots"};
  LogEnd end;

  Stored() {
    const auto writer = store.begin(kName);
    for (uint64_t i = 0; i < 5; ++i) writer->append(payloadOf({i}, 800));
    end = writer->end();
    writer->finish("what it is");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_parts, Stored)

BOOST_AUTO_TEST_CASE(frames_are_read_in_bounded_parts_from_any_on) {
  const auto reader = store.open(kName);
  BOOST_TEST(reader->manifest() == "what it is");
  uint64_t number = 0;
  const auto read = [&](uint64_t from, size_t maxBytes) {
    number = from;
    return reader->readSome(from, maxBytes, [&](std::string_view frame) {
      BOOST_TEST(frame == payloadOf({number++}, 800));
    });
  };
  BOOST_TEST(read(0, 2000) == 2u);
  BOOST_TEST(read(2, 0) == 3u);
  BOOST_TEST(read(3, 1 << 20) == 5u);
  BOOST_TEST(number == 5u);
}

BOOST_AUTO_TEST_CASE(the_end_has_the_number_of_frames_and_a_hash_over_all_of_them) {
  BOOST_TEST((store.open(kName)->end() == end));
  BOOST_TEST(end.next.value == 5u);
  const auto other = store.begin(snapshotName({11}, {4}));
  for (uint64_t i = 0; i < 5; ++i) other->append(payloadOf({i == 2 ? 9 : i}, 800));
  BOOST_TEST((other->end().hash != end.hash));
}

BOOST_AUTO_TEST_SUITE_END()
