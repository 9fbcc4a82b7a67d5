// Digests of a replica and of its upstream meet by view and position, whichever comes first.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "actors/log/digest_notes.h"
#include "actors/log/limits.h"
#include "actors/replication/digest_check.h"

namespace facet::test {

namespace {

struct Check final : DifferenceSink {
  void differed(const DigestDifference& found) override { differences.push_back(found); }

  std::vector<DigestDifference> differences;
  DigestCheck check{*this};

  uint64_t compared() const { return check.figures().compared; }
};

DigestNote note(const char* view, uint64_t position, uint64_t digest) {
  return {view, {position}, digest};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(digests)

BOOST_AUTO_TEST_CASE(equal_digests_are_counted_and_nothing_else) {
  Check c;
  c.check.addOwn(note("a", 5, 1));
  BOOST_TEST(c.compared() == 0u);
  c.check.addUpstream(note("a", 5, 1));
  c.check.addUpstream(note("b", 5, 2));
  c.check.addOwn(note("b", 5, 2));
  BOOST_TEST(c.compared() == 2u);
  BOOST_TEST(c.differences.empty());
}

BOOST_AUTO_TEST_CASE(other_views_and_positions_are_not_compared) {
  Check c;
  c.check.addOwn(note("a", 5, 1));
  c.check.addUpstream(note("b", 5, 2));
  c.check.addUpstream(note("a", 6, 2));
  BOOST_TEST(c.compared() == 0u);
}

BOOST_AUTO_TEST_CASE(a_difference_is_told_with_its_place_and_both_digests) {
  Check c;
  c.check.addUpstream(note("a", 5, 7));
  c.check.addOwn(note("a", 5, 8));
  BOOST_REQUIRE(c.differences.size() == 1u);
  BOOST_TEST(c.differences[0].relation == "a");
  BOOST_TEST(c.differences[0].position.value == 5u);
  BOOST_TEST((c.differences[0].own == 8u && c.differences[0].upstream == 7u));
  BOOST_TEST(c.check.figures().differed == 1u);
}

BOOST_AUTO_TEST_CASE(what_meets_nothing_is_forgotten_in_time) {
  Check c;
  for (uint64_t i = 1; i <= 2 * kDigestNotes; ++i) c.check.addOwn(note("a", i, 1));
  for (uint64_t i = 1; i <= 2 * kDigestNotes; ++i) c.check.addUpstream(note("a", i, 1));
  BOOST_TEST(c.compared() == kDigestNotes);
}

BOOST_AUTO_TEST_CASE(notes_are_given_out_from_a_number_on) {
  DigestNotes notes;
  notes.expect({5});
  notes.expect({9});
  BOOST_TEST(notes.expected({5}));
  BOOST_TEST(!notes.expected({6}));
  for (uint64_t i = 1; i <= 10; ++i) notes.add(note("a", i, i));
  const DigestNotes::Some all = notes.after(0);
  BOOST_TEST(all.notes.size() == 10u);
  BOOST_TEST(all.next == 10u);
  BOOST_TEST(notes.after(7).notes.size() == 3u);
  BOOST_TEST(notes.after(10).notes.empty());
  BOOST_TEST(notes.after(10).next == 10u);
  BOOST_TEST(notes.after(99).notes.size() == 10u);  // of an earlier life
}

BOOST_AUTO_TEST_CASE(notes_are_bounded_in_all_and_at_a_time) {
  DigestNotes notes;
  for (uint64_t i = 1; i <= kDigestNotes + 100; ++i) notes.add(note("a", i, i));
  const DigestNotes::Some some = notes.after(3);
  BOOST_TEST(some.notes.size() == kMaxNotesAtATime);
  BOOST_TEST(some.notes.front().position.value == 101u);
  BOOST_TEST(some.next == 100 + kMaxNotesAtATime);
}

BOOST_AUTO_TEST_CASE(agreed_chunks_are_the_same_everywhere) {
  BOOST_TEST(DigestNotes::agreed({kDigestEvery}));
  BOOST_TEST(!DigestNotes::agreed({kDigestEvery + 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
