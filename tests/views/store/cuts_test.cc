// Cuts and pins, and the slab, one thread at a time.
#include "views/store/cuts.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "views/store/slab.h"

using namespace facet;

BOOST_AUTO_TEST_SUITE(cuts)

BOOST_AUTO_TEST_CASE(visible_is_the_least_that_is_published) {
  Cuts cuts(3, {5});
  BOOST_TEST(cuts.visible().value == 5u);
  cuts.publish(0, {9});
  cuts.publish(1, {7});
  BOOST_TEST(cuts.visible().value == 5u);
  cuts.publish(2, {8});
  BOOST_TEST(cuts.visible().value == 7u);
  BOOST_TEST(cuts.published(0).value == 9u);
}

BOOST_AUTO_TEST_CASE(the_listener_hears_of_each_rise) {
  Cuts cuts(2, {0});
  std::vector<uint64_t> heard;
  cuts.onVisible([&](Position visible) { heard.push_back(visible.value); });
  cuts.publish(0, {3});
  cuts.publish(1, {2});
  cuts.publish(1, {2});
  cuts.publish(1, {4});
  BOOST_TEST(heard == (std::vector<uint64_t>{2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_writer_that_does_not_count_holds_nothing_back) {
  Cuts cuts(2, {0});
  cuts.publish(0, {6});
  BOOST_TEST(cuts.visible().value == 0u);
  cuts.setCounts(1, false);
  BOOST_TEST(cuts.visible().value == 6u);
  BOOST_TEST(cuts.published(1).value == 0u);

  cuts.publish(1, {6});
  cuts.setCounts(1, true);
  cuts.publish(0, {8});
  BOOST_TEST(cuts.visible().value == 6u);
}

BOOST_AUTO_TEST_CASE(visible_stands_still_while_nobody_counts) {
  Cuts cuts(1, {4});
  cuts.setCounts(0, false);
  cuts.publish(0, {9});
  BOOST_TEST(cuts.visible().value == 4u);
}

BOOST_AUTO_TEST_CASE(the_oldest_pin_is_the_horizon) {
  Cuts cuts(1, {1});
  Cuts::Pin old = cuts.pin();
  cuts.publish(0, {5});
  Cuts::Pin young = cuts.pin();
  cuts.publish(0, {9});
  BOOST_TEST(cuts.horizon().value == 1u);
  old = {};
  BOOST_TEST(cuts.horizon().value == 5u);
  Cuts::Pin moved = std::move(young);
  BOOST_TEST(!young);
  BOOST_TEST(moved.position().value == 5u);
  BOOST_TEST(cuts.horizon().value == 5u);
  old = std::move(moved);
  BOOST_TEST(cuts.horizon().value == 5u);
  old = cuts.pin();
  BOOST_TEST(cuts.horizon().value == 9u);
}

BOOST_AUTO_TEST_CASE(a_tick_is_quiescent_when_the_pins_from_before_it_are_gone) {
  Cuts cuts(1, {1});
  BOOST_TEST(cuts.quiescent() == UINT64_MAX);
  Cuts::Pin before = cuts.pin();
  const uint64_t tick = cuts.tick();
  Cuts::Pin after = cuts.pin();
  BOOST_TEST(cuts.quiescent() < tick);
  before = {};
  BOOST_TEST(cuts.quiescent() == tick);
  const uint64_t next = cuts.tick();
  BOOST_TEST(cuts.quiescent() < next);
  after = {};
  BOOST_TEST(cuts.quiescent() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(when_all_pins_are_taken_there_is_none) {
  Cuts cuts(1, {1});
  std::vector<Cuts::Pin> pins;
  for (size_t i = 0; i < Cuts::kMaxPins; ++i) {
    pins.push_back(cuts.pin());
    BOOST_REQUIRE(static_cast<bool>(pins.back()));
  }
  BOOST_TEST(!cuts.pin());
  pins.erase(pins.begin() + 100);
  BOOST_TEST(static_cast<bool>(cuts.pin()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slab)

BOOST_AUTO_TEST_CASE(memory_is_aligned_and_used_again) {
  Slab slab;
  std::vector<char*> pieces;
  for (size_t size = 1; size <= 3000; size += 7) {
    auto* const piece = static_cast<char*>(slab.allocate(size));
    BOOST_REQUIRE(reinterpret_cast<uintptr_t>(piece) % 16 == 0);
    std::memset(piece, static_cast<int>(size), size);
    pieces.push_back(piece);
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    const size_t size = 1 + i * 7;
    for (size_t at = 0; at < size; ++at) BOOST_REQUIRE(pieces[i][at] == static_cast<char>(size));
    slab.free(pieces[i], size);
  }
  BOOST_TEST(slab.used() == 0u);

  void* const first = slab.allocate(100);
  slab.free(first, 100);
  BOOST_TEST(slab.allocate(112) == first);  // 100 takes as much
}

/// Pieces of some sizes, and which of them are in use.
struct Pieces {
  explicit Pieces(size_t count) {
    for (size_t i = 0; i < count; ++i) take(i);
  }
  static size_t size(size_t i) { return 40 + i % 5 * 24; }
  void take(size_t i) {
    if (i >= at.size()) at.resize(i + 1);
    at[i] = static_cast<char*>(slab.allocate(size(i)));
    std::memset(at[i], static_cast<int>(i % 251), size(i));
  }
  void release(size_t i) {
    slab.free(at[i], size(i));
    at[i] = nullptr;
  }
  bool isWhole(size_t i) const {
    return std::all_of(at[i], at[i] + size(i),
                       [i](char c) { return c == static_cast<char>(i % 251); });
  }
  void tidy(size_t calls) {
    for (size_t i = 0; i < calls; ++i) slab.tidy(100);
  }

  Slab slab;
  std::vector<char*> at;
};

BOOST_AUTO_TEST_CASE(blocks_that_are_free_as_a_whole_go_back_to_the_system) {
  Pieces pieces(100'000);
  const uint64_t most = pieces.slab.bytes();
  for (size_t i = 100; i < 100'000; ++i) pieces.release(i);
  pieces.tidy(2'000);
  BOOST_TEST(pieces.slab.bytes() < most / 4);
  for (size_t i = 0; i < 100; ++i) BOOST_TEST(pieces.isWhole(i));
  for (size_t i = 100; i < 50'000; ++i) pieces.take(i);
  for (size_t i = 0; i < 50'000; ++i) BOOST_REQUIRE(pieces.isWhole(i));
}

BOOST_AUTO_TEST_CASE(a_slab_that_is_mostly_used_is_left_alone) {
  Pieces pieces(100'000);
  const uint64_t most = pieces.slab.bytes();
  for (size_t i = 0; i < 100'000; i += 3) pieces.release(i);
  pieces.tidy(2'000);
  BOOST_TEST(pieces.slab.bytes() == most);
}

BOOST_AUTO_TEST_CASE(rows_that_are_written_again_leave_the_emptiest_blocks) {
  Pieces pieces(100'000);
  const uint64_t most = pieces.slab.bytes();
  for (size_t i = 0; i < 100'000; ++i) {
    if (i % 50 != 0) pieces.release(i);
  }
  // As a map does: the new version is written before the old one is freed.
  for (size_t round = 0; round < 40; ++round) {
    for (size_t i = 0; i < 100'000; i += 50) {
      char* const old = pieces.at[i];
      pieces.take(i);
      pieces.slab.free(old, Pieces::size(i));
      pieces.slab.tidy(50);
    }
  }
  BOOST_TEST(pieces.slab.bytes() < most / 3);
  for (size_t i = 0; i < 100'000; i += 50) BOOST_REQUIRE(pieces.isWhole(i));
}

BOOST_AUTO_TEST_CASE(what_is_allocated_and_freed_during_a_sweep_is_not_lost) {
  std::mt19937 random(7);
  Pieces pieces(50'000);
  std::vector<size_t> free;
  std::vector<size_t> used;
  for (size_t i = 0; i < 50'000; ++i) used.push_back(i);
  std::shuffle(used.begin(), used.end(), random);
  const auto move = [&](std::vector<size_t>& from, std::vector<size_t>& to) {
    std::swap(from[random() % from.size()], from.back());
    to.push_back(from.back());
    from.pop_back();
    return to.back();
  };
  for (size_t round = 0; round < 300'000; ++round) {
    const bool shrinking = round / 50'000 % 2 == 0;
    if (used.empty() || (!free.empty() && random() % 10 < (shrinking ? 1U : 9U))) {
      pieces.take(move(free, used));
    } else {
      BOOST_REQUIRE(pieces.isWhole(used.back()));
      pieces.release(move(used, free));
    }
    if (round % 10 == 0) pieces.slab.tidy(random() % 300);
  }
  for (const size_t i : used) BOOST_REQUIRE(pieces.isWhole(i));
  for (const size_t i : used) pieces.release(i);
  BOOST_TEST(pieces.slab.used() == 0u);
}

BOOST_AUTO_TEST_CASE(large_memory_goes_back_to_the_system) {
  Slab slab;
  const uint64_t before = slab.bytes();
  void* const large = slab.allocate(1 << 20);
  BOOST_TEST(slab.bytes() == before + Slab::rounded(1 << 20));
  slab.free(large, 1 << 20);
  BOOST_TEST(slab.bytes() == before);
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_block_is_not_lost) {
  Slab slab;
  uint64_t taken = 0;
  const auto take = [&](size_t size) {
    slab.allocate(size);
    taken += Slab::rounded(size);
  };
  while (slab.bytes() < 10 << 20) take(1008);
  // Small pieces come out of what was left of each block.
  const uint64_t bytes = slab.bytes();
  for (int i = 0; i < 12; ++i) take(16);
  BOOST_TEST(slab.bytes() == bytes);
  BOOST_TEST(slab.used() == taken);
}

BOOST_AUTO_TEST_SUITE_END()
