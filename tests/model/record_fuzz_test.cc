// Payloads from outside are checked before they are read: no damage is read beyond its bytes, most
// is found.
#include <random>

#include "tests/model/record_vocabulary.h"
#include "tests/values/damage.h"

using namespace facet;
using namespace facet::test;

namespace {

uint32_t eventsOf(const std::vector<uint64_t>& payload) {
  uint32_t events = 0;
  forEachBlock(asBytes(payload),
               [&events](const Block& block) { events += block.header().events; });
  return events;
}

/// Reads everything there is, as a projection would.
uint64_t readAll(const Model& model, const std::vector<uint64_t>& payload) {
  uint64_t sum = 0;
  forEachBlock(asBytes(payload), [&](const Block& block) {
    for (uint32_t i = 0; i < block.header().commands; ++i)
      sum += block.accepted(i) ? block.eventCount(i) : 0;
    block.forEachEvent([&](const EventHeader& event, Row row) {
      const RowLayout& layout = model.events()[event.event].layout;
      for (size_t c = 0; c < layout.size(); ++c) {
        const Value value = row.get(layout, c);
        if (value.isNull()) continue;
        sum += value.kind() == Kind::int64 ? static_cast<uint64_t>(value.asInt())
                                           : value.asText().size();
      }
    });
  });
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_fuzz)

BOOST_AUTO_TEST_CASE(damaged_payloads_are_refused_or_harmless) {
  EventMaker maker;
  const std::vector<uint64_t> good = maker.payload(3, 9);
  const uint32_t events = eventsOf(good);
  BOOST_REQUIRE(maker.isValid(good, events));
  std::mt19937_64 random(11);
  size_t refused = 0;
  uint64_t sum = 0;
  constexpr size_t kRounds = 30'000;
  for (size_t round = 0; round < kRounds; ++round) {
    std::vector<uint64_t> bad = good;
    damage(bad, random);
    if (maker.isValid(bad, events)) {
      sum += readAll(maker.model(), bad);
    } else {
      ++refused;
      BOOST_TEST(!maker.problem().empty());
    }
  }
  BOOST_TEST(sum > 0U);
  BOOST_TEST(refused > kRounds / 3);
}

BOOST_AUTO_TEST_CASE(every_cut_is_noticed) {
  EventMaker maker;
  const std::vector<uint64_t> good = maker.payload(2, 9);
  const uint32_t events = eventsOf(good);
  for (size_t words = 0; words < good.size(); ++words) {
    BOOST_TEST(
        !maker.isValid({good.begin(), good.begin() + static_cast<ptrdiff_t>(words)}, events));
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
  EventMaker maker;
  const std::vector<uint64_t> good = maker.payload(1, 2);
  const auto problemWith = [&](size_t word, uint64_t value) {
    std::vector<uint64_t> bad = good;
    bad[word] = value;
    maker.isValid(bad, 2);
    return maker.problem();
  };
  BOOST_TEST(problemWith(0, good[0] & ~uint64_t{0xffffffff}) ==
             "block at byte 0: its size, 0, is impossible");
  BOOST_TEST(problemWith(0, good[0] + 8) == "block at byte 0: it is cut off");
  BOOST_TEST(problemWith(5, good[5] | 8) == "block at byte 0: it has flags of a newer version");
  BOOST_TEST(problemWith(6, 1) ==
             "block at byte 0: event 0 is of type 1, which the model does not have");
  BOOST_TEST(problemWith(6, uint64_t{1} << 32) ==
             "block at byte 0: event 0 belongs to another command");
  BOOST_TEST(problemWith(7, good[7] + (uint64_t{1} << 32)) ==
             "block at byte 0: event 0 is no row of E");
  maker.isValid(good, 3);
  BOOST_TEST(maker.problem() == "it has 2 events instead of 3");
  std::string problem;
  BOOST_TEST(!isValidPayload(maker.model(), asBytes(good).substr(4), 2, problem));
  BOOST_TEST(problem == "the payload is not aligned to 8 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
