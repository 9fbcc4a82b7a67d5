#include "actors/commands/deduplication.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <unordered_map>

namespace facet::test {

BOOST_AUTO_TEST_SUITE(deduplication)

using What = Deduplication::Seen::What;
constexpr ClientId kClient{7, 7};

void addBatch(Deduplication& dedup, ClientId client, uint64_t first, uint64_t commands,
              uint64_t position) {
  static uint64_t block = 0;
  dedup.beginBatch({++block});
  for (uint64_t i = 0; i < commands; ++i) dedup.add(client, first + i, {{position + i}, 9});
  dedup.endBatch();
}

Deduplication::Seen find(const Deduplication& dedup, ClientId client, uint64_t sequence) {
  return Deduplication::Memory(dedup, client).find(sequence, 9);
}

BOOST_AUTO_TEST_CASE(an_unknown_command_is_fresh) {
  Deduplication dedup;
  BOOST_TEST((find(dedup, kClient, 1).what == What::fresh));
  addBatch(dedup, kClient, 1, 10, 100);
  BOOST_TEST((find(dedup, kClient, 11).what == What::fresh));
  BOOST_TEST((find(dedup, {7, 8}, 1).what == What::fresh));
}

BOOST_AUTO_TEST_CASE(a_long_run_takes_few_bytes) {
  Deduplication dedup;
  addBatch(dedup, kClient, 1, 10'000, 1);
  BOOST_TEST(find(dedup, kClient, 9'999).position.value == 9'999u);
  BOOST_TEST(dedup.bytes() < 200'000u);
}

BOOST_AUTO_TEST_CASE(what_is_older_than_the_window_is_forgotten_not_fresh) {
  Deduplication dedup;
  addBatch(dedup, kClient, 1, 100, 1);
  const uint64_t window = Deduplication::kSpansPerClient * 64;
  addBatch(dedup, kClient, window + 1, 1, 1000);
  BOOST_TEST((find(dedup, kClient, 1).what == What::forgotten));
  BOOST_TEST((find(dedup, kClient, 100).what == What::done));
  addBatch(dedup, kClient, uint64_t{1} << 60, 1, 2000);  // a jump costs no more than the window
  BOOST_TEST((find(dedup, kClient, window + 1).what == What::forgotten));
}

BOOST_AUTO_TEST_CASE(random_batches_are_remembered_exactly) {
  Deduplication dedup;
  std::mt19937_64 random(20'171'108);
  std::unordered_map<uint64_t, uint64_t> truth;
  uint64_t position = 1;
  for (uint64_t batch = 1; batch <= 2'000; ++batch) {
    dedup.beginBatch({batch});
    const uint64_t first = 1 + random() % 20'000;
    const uint64_t commands = 1 + random() % 30;
    for (uint64_t s = first; s < first + commands; ++s) {
      if (truth.contains(s) || random() % 4 == 0) continue;
      const bool hasEvents = random() % 8 != 0;
      position += hasEvents ? 1 + random() % 2 : 0;
      const uint64_t last = hasEvents ? position : 0;
      dedup.add(kClient, s, {{last}, 9});
      truth[s] = last;
    }
    dedup.endBatch();
    dedup.reclaim(ReaderNeeds::ofWriterAlone({}), {batch}, {batch + 1});
    ++position;
  }
  for (uint64_t s = 1; s < 20'100; ++s) {
    const Deduplication::Seen seen = find(dedup, kClient, s);
    const auto known = truth.find(s);
    BOOST_REQUIRE((seen.what == (known == truth.end() ? What::fresh : What::done)));
    if (known != truth.end()) BOOST_REQUIRE(seen.position.value == known->second);
  }
}

BOOST_AUTO_TEST_CASE(a_refused_commit_is_forgotten) {
  Deduplication dedup;
  const auto add = [&](uint64_t block, uint64_t first) {
    dedup.beginBatch({block});
    for (uint64_t s = first; s < first + 5; ++s) dedup.add(kClient, s, {{s}, 9});
    dedup.endBatch();
  };
  add(1, 1);
  dedup.reclaim(ReaderNeeds::ofWriterAlone({}), {1}, {2});
  add(2, 6);
  dedup.rollback({1});
  BOOST_TEST((find(dedup, kClient, 5).what == What::done));
  BOOST_TEST((find(dedup, kClient, 6).what == What::fresh));
  add(2, 6);
  BOOST_TEST(find(dedup, kClient, 10).position.value == 10u);
}

/// A client's numbers from 1 on, with a digest for each; 0: it is not known.
void addDigests(Deduplication& dedup, uint64_t block, uint64_t first,
                std::initializer_list<uint64_t> digests) {
  dedup.beginBatch({block});
  for (const uint64_t digest : digests) {
    dedup.add(kClient, first, {{first}, digest == 0 ? kNoCommandDigest : digest});
    ++first;
  }
  dedup.endBatch();
}

/// What is known of each number, from 1 on, by the digest 9.
std::string known(const Deduplication& dedup, uint64_t numbers) {
  std::string out;
  Deduplication::Memory memory(dedup, kClient);
  for (uint64_t s = 1; s <= numbers; ++s) {
    const What what = memory.find(s, 9).what;
    out += what == What::done ? 'd' : what == What::other ? 'o' : 'f';
  }
  return out;
}

BOOST_AUTO_TEST_CASE(another_content_is_told_from_the_same) {
  Deduplication dedup;
  addDigests(dedup, 1, 1, {9, 8, 9});
  addDigests(dedup, 2, 5, {8, 9});
  BOOST_TEST(known(dedup, 7) == "dodfodf");
  addDigests(dedup, 3, 4, {8});  // between the others
  BOOST_TEST(known(dedup, 7) == "dodoodf");
}

BOOST_AUTO_TEST_CASE(what_came_without_a_digest_goes_by_its_number) {
  Deduplication dedup;
  addDigests(dedup, 1, 1, {0, 0, 0});
  BOOST_TEST(known(dedup, 4) == "dddf");
  addDigests(dedup, 2, 4, {8, 9});
  BOOST_TEST(known(dedup, 6) == "dddodf");
}

/// As a snapshot has them: rows of format 2 are those without digests.
BOOST_AUTO_TEST_CASE(rows_of_a_snapshot_with_and_without_digests_are_restored) {
  static_assert(isKnownStateFormat(2) && isKnownStateFormat(kStateFormat));
  for (const bool digests : {false, true}) {
    Deduplication before;
    if (digests) {
      addDigests(before, 1, 1, {9, 8, 9});
    } else {
      addDigests(before, 1, 1, {0, 0, 0});
    }
    Deduplication after;
    before.map().forEachNewest([&](const Version& version) {
      after.restore({version.key(), version.value(), version.weight, 0}, {1});
    });
    BOOST_TEST(known(after, 4) == (digests ? "dodf" : "dddf"));
    addDigests(after, 2, 4, {8, 9});
    BOOST_TEST(known(after, 6) == (digests ? "dododf" : "dddodf"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
