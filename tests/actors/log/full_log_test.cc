// While the log has no room, nothing is let in that it would only refuse.
#include "actors/log/full_log.h"

#include <boost/test/unit_test.hpp>

#include "actors/log/limits.h"

using namespace facet;

namespace {

/// A log that has as much room as the test says, and nothing else.
class Room final : public EventLog {
 public:
  explicit Room(const uint64_t& left) : left_(left) {}
  Space space() const override { return ++asked, Space{0, left_}; }
  mutable int asked = 0;

  LogEnd append(const ChunkDraft&, const LogEnd& end) override { return end; }
  LogEnd appendCopies(const CheckedChunks&) override { return {}; }
  LogEnd end() const override { return {}; }
  LogEnd begin() const override { return {}; }
  void beginAfter(const LogEnd&) override {}
  ChunkNumber read(ChunkNumber from, size_t, const Visitor&) const override { return from; }
  ChunkNumber find(Position) const override { return {}; }
  std::optional<LogDamaged> damage() const override { return std::nullopt; }

 private:
  const uint64_t& left_;
};

struct Log {
  uint64_t left = 0;
  int64_t now = 1'000;
  std::vector<std::string> told;
  Room room{left};
  FullLog door{room, [this](const std::string& line) { told.push_back(line); }};

  bool takes(size_t bytes) { return door.refusal(bytes, now).empty(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(full_log)

BOOST_AUTO_TEST_CASE(a_log_with_room_is_not_even_asked) {
  Log log;
  BOOST_TEST(log.takes(1'000));
  log.door.taken();
  BOOST_TEST(log.takes(1'000));
  BOOST_TEST(log.room.asked == 0);
  BOOST_TEST(log.told.empty());
}

BOOST_AUTO_TEST_CASE(the_operator_is_told_once_and_once_more_when_it_is_over) {
  Log log;
  BOOST_TEST(log.door.problem().empty());
  // A small batch fits now and then: it is full all the time.
  for (int i = 0; i < 10; ++i) {
    log.left = 100;
    log.door.full();
    BOOST_TEST(log.door.problem().find("room for 100 more bytes; make space") != std::string::npos);
    log.left = kFullOverBytes - 1;
    log.door.taken();
    BOOST_TEST(!log.door.problem().empty());
  }
  BOOST_REQUIRE(log.told.size() == 1U);
  BOOST_TEST(log.told[0].find("the log is full") != std::string::npos);
  log.left = kFullOverBytes;
  BOOST_TEST(log.door.problem().empty());  // space was made; nobody has sent anything yet
  for (int i = 0; i < 10; ++i) log.door.taken();
  BOOST_REQUIRE(log.told.size() == 2U);
  BOOST_TEST(log.told[1].find("has room again") != std::string::npos);
  log.door.full();
  BOOST_TEST(log.told.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_full_log_takes_nothing_until_there_is_room_again) {
  Log log;
  log.door.full();
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!log.takes(1'000));
    log.now += 10'000;
  }
  log.left = kFullMarginBytes + 999;
  BOOST_TEST(!log.takes(1'000));
  log.left += 1;
  BOOST_TEST(log.takes(1'000));
  log.door.taken();
  for (int i = 0; i < 100; ++i) BOOST_TEST(log.takes(1'000));
}

BOOST_AUTO_TEST_CASE(where_the_room_was_none_one_batch_at_a_time_tries_it) {
  Log log;
  log.left = uint64_t{1} << 40;
  log.door.full();
  BOOST_TEST(log.takes(1));
  log.door.full();
  BOOST_TEST(!log.takes(1));
  log.now += kFullProbe.count() - 1;
  BOOST_TEST(!log.takes(1));
  log.now += 1;
  BOOST_TEST(log.takes(1));
}

BOOST_AUTO_TEST_CASE(a_log_that_is_full_at_the_start_says_so_before_anything_is_refused) {
  Log log;
  log.left = kFullMarginBytes;
  log.door.look();
  BOOST_TEST(log.told.empty());
  log.left = kFullMarginBytes - 1;
  log.door.look();
  BOOST_TEST(log.told.size() == 1u);
  BOOST_TEST(log.door.problem().starts_with("the log is full: "));
  log.left = uint64_t{1} << 40;
  log.door.taken();
  BOOST_TEST(log.door.problem().empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_says_how_much_room_there_is) {
  Log log;
  log.left = 4711;
  log.door.full();
  const std::string text = log.door.refusal(1, 0);
  BOOST_TEST(text.starts_with("overloaded: the log is full: there is room for 4711 more bytes"));
}

BOOST_AUTO_TEST_SUITE_END()
