// The ordered index against a model that keeps every interval for ever.
#include "views/store/ordered_index.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <list>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "views/store/cuts.h"
#include "views/store/ordered_batch.h"

using namespace facet;

namespace {

using Entry = std::pair<std::string, std::string>;  // order, map key

/// Which entries hold at which positions.
class Intervals {
 public:
  bool holds(const Entry& entry, uint64_t position) const {
    const auto found = changes_.find(entry);
    if (found == changes_.end()) return false;
    const auto after = found->second.upper_bound(position);
    return after != found->second.begin() && std::prev(after)->second;
  }
  void set(const Entry& entry, uint64_t position, bool there) { changes_[entry][position] = there; }
  void rollback(uint64_t last) {
    for (auto& [entry, changes] : changes_) changes.erase(changes.upper_bound(last), changes.end());
  }
  std::vector<Entry> all(uint64_t position) const {
    std::vector<Entry> out;
    for (const auto& [entry, changes] : changes_) {
      if (holds(entry, position)) out.push_back(entry);
    }
    return out;
  }

 private:
  std::map<Entry, std::map<uint64_t, bool>> changes_;
};

Entry entryOf(const OrderedIndex::Iterator& at) {
  return {std::string(at.order()), std::string(at.mapKey())};
}

std::vector<Entry> forward(OrderedIndex::Iterator& at) {
  std::vector<Entry> out;
  for (; at.valid(); at.next()) out.push_back(entryOf(at));
  return out;
}

std::vector<Entry> backward(OrderedIndex::Iterator& at) {
  std::vector<Entry> out;
  for (; at.valid(); at.previous()) out.push_back(entryOf(at));
  std::reverse(out.begin(), out.end());
  return out;
}

class Run {
 public:
  explicit Run(uint64_t seed) : random_(seed) {}

  /// As from a snapshot, before the first chunk.
  void restore() {
    ++position_;
    for (int i = 0; i < 100; ++i) {
      const Entry entry = randomEntry();
      if (model_.holds(entry, position_)) continue;
      index_.add(entry.first, entry.second, {position_});
      model_.set(entry, position_, true);
    }
    publish();
    check({position_});
  }

  void chunk() {
    for (uint64_t positions = 1 + below(3); positions > 0; --positions) {
      ++position_;
      for (uint64_t changes = below(30); changes > 0; --changes) change(randomEntry());
    }
    if (below(5) == 0) rollback();
    publish();
    if (below(3) == 0) pins_.push_back(cuts_.pin());
    if (!pins_.empty() && below(3) == 0) {
      pins_.erase(std::next(pins_.begin(), static_cast<long>(below(pins_.size()))));
    }
    for (const Cuts::Pin& pin : pins_) check(pin.position());
    BOOST_TEST(index_.entries() == model_.all(position_).size());
  }

  void empty(uint64_t bytesOfEmpty) {
    pins_.clear();
    ++position_;
    for (const Entry& entry : model_.all(position_)) change(entry);
    for (int i = 0; i < 3; ++i) {
      publish();
      ++position_;
    }
    BOOST_TEST(index_.entries() == 0u);
    BOOST_TEST(index_.bytesUsed() == bytesOfEmpty);
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }
  /// Few and short, also empty ones, and prefixes of each other; some equal in the first 8 bytes.
  std::string randomOrder() {
    std::string out(below(3) == 0 ? 8 : 0, 'p');
    for (uint64_t length = below(3); length > 0; --length) {
      out.push_back("\0ab\xff"[below(4)]);
    }
    return out;
  }
  Entry randomEntry() { return {randomOrder(), std::string(8 * (1 + below(2)), "xy"[below(2)])}; }

  void change(const Entry& entry) {
    const bool there = model_.holds(entry, position_);
    if (there) {
      index_.erase(entry.first, entry.second, {position_});
    } else {
      index_.insert(entry.first, entry.second, {position_});
    }
    model_.set(entry, position_, !there);
  }

  void rollback() {
    const uint64_t last = published_ + below(position_ - published_ + 1);
    index_.rollback({last});
    model_.rollback(last);
    position_ = last;
  }

  void publish() {
    published_ = position_;
    cuts_.publish(0, {published_});
    index_.reclaim(cuts_.horizon(), {published_ + 1});
  }

  void check(Position at) {
    const std::vector<Entry> all = model_.all(at.value);
    OrderedIndex::Iterator iterator(index_, at);
    iterator.seek("");
    BOOST_REQUIRE((forward(iterator) == all));
    iterator.seekLast();
    BOOST_REQUIRE((backward(iterator) == all));

    const Entry target = randomEntry();
    const auto first = std::lower_bound(all.begin(), all.end(), Entry(target.first, ""));
    iterator.seek(target.first);
    BOOST_REQUIRE((forward(iterator) == std::vector<Entry>(first, all.end())));
    iterator.seekBefore(target.first);
    BOOST_REQUIRE((backward(iterator) == std::vector<Entry>(all.begin(), first)));
    const auto after = std::upper_bound(all.begin(), all.end(), target);
    iterator.seekAfter(target.first, target.second);
    BOOST_REQUIRE((forward(iterator) == std::vector<Entry>(after, all.end())));
  }

  std::mt19937_64 random_;
  OrderedIndex index_;
  Cuts cuts_{1, {0}};
  Intervals model_;
  uint64_t position_ = 0;
  uint64_t published_ = 0;
  std::list<Cuts::Pin> pins_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ordered_index)

BOOST_AUTO_TEST_CASE(iterators_see_the_entries_at_their_pins_both_ways) {
  const uint64_t empty = OrderedIndex().bytesUsed();
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Run run(seed);
      if (seed % 2 == 0) run.restore();
      for (int i = 0; i < 100; ++i) run.chunk();
      run.empty(empty);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_entry_comes_and_goes_many_times_at_one_position) {
  OrderedIndex index;
  const uint64_t empty = index.bytesUsed();
  for (int i = 0; i < 5; ++i) {
    index.insert("a", "key-key-", {1});
    index.erase("a", "key-key-", {1});
  }
  OrderedIndex::Iterator iterator(index, {1});
  iterator.seek("");
  BOOST_TEST(!iterator.valid());
  index.reclaim(Position{1}, Position{2});
  BOOST_TEST(index.bytesUsed() == empty);
}

std::string orderOf(uint64_t number) {
  std::string out(8, '\0');
  for (size_t i = 8; i-- > 0; number >>= 8) out[i] = static_cast<char>(number);
  return out;
}

BOOST_AUTO_TEST_CASE(moving_entries_take_no_memory_while_the_horizon_advances) {
  OrderedIndex index;
  Cuts cuts(1, {0});
  uint64_t bytes = 0;
  for (uint64_t round = 0; round < 200; ++round) {
    const Position position{round + 1};
    for (uint64_t i = 0; i < 200; ++i) {
      if (round > 0) index.erase(orderOf(i * 1000 + round - 1), "key-key-", position);
      index.insert(orderOf(i * 1000 + round), "key-key-", position);
    }
    cuts.publish(0, position);
    index.reclaim(cuts.horizon(), position + 1);
    if (round == 50) bytes = index.bytes();
  }
  BOOST_TEST(index.entries() == 200u);
  BOOST_TEST(index.bytes() == bytes);
}

uint64_t entriesAt(const OrderedIndex& index, Position at) {
  uint64_t count = 0;
  OrderedIndex::Iterator iterator(index, at);
  for (iterator.seek(""); iterator.valid(); iterator.next()) ++count;
  return count;
}

/// `added`: what is there first is as from a snapshot, at the held cut and after it.
void moveEntriesInGap(bool added) {
  OrderedIndex index;
  Cuts cuts(1, {0});
  const uint64_t empty = index.bytesUsed();
  const Position held{1};
  const auto reclaim = [&](Position last, bool gap) {
    cuts.publish(0, last);
    if (!gap) return index.reclaim(cuts.horizon(), last + 1);
    ReaderNeeds needs = ReaderNeeds::from(held);
    needs.gapAfter = held;
    needs.gapEnd = last;
    needs.tick = cuts.tick();
    needs.quiescent = cuts.quiescent();
    index.reclaim(needs, last + 1);
  };
  uint64_t bytes = 0;
  for (uint64_t round = 0; round < 300; ++round) {
    const Position position{round + 1};
    for (uint64_t i = 0; i < 200; ++i) {
      if (round > 0) index.erase(orderOf(i * 1000 + round - 1), "key-key-", position);
      if (added && round < 2) {
        index.add(orderOf(i * 1000 + round), "key-key-", position);
        continue;
      }
      index.insert(orderOf(i * 1000 + round), "key-key-", position);
      index.insert("passing", orderOf(i), position);
      index.erase("passing", orderOf(i), position);
    }
    reclaim(position, round > 0);
    if (round == 50) bytes = index.bytes();
  }
  BOOST_TEST(index.bytes() <= bytes);
  BOOST_TEST(entriesAt(index, held) == 200u);
  BOOST_TEST(entriesAt(index, {300}) == 200u);
  // It recovers, and all goes.
  for (uint64_t i = 0; i < 200; ++i) index.erase(orderOf(i * 1000 + 299), "key-key-", {301});
  for (uint64_t last = 301; last < 305; ++last) reclaim({last}, false);
  BOOST_TEST(entriesAt(index, {304}) == 0u);
  BOOST_TEST(index.bytesUsed() == empty);
}

BOOST_AUTO_TEST_CASE(entries_that_move_in_a_gap_take_no_memory) {
  moveEntriesInGap(false);
  moveEntriesInGap(true);
}

/// Eight digits: more than the prefix tells apart, with what stands before them.
Entry numbered(uint64_t number) {
  const std::string digits = std::to_string(100'000'000 + number);
  return {digits.substr(0, 5) + "......" + digits.substr(5), digits};
}

// What follows the last place is found from there, wherever the next run begins.
BOOST_AUTO_TEST_CASE(runs_of_ascending_entries_begin_and_end_anywhere) {
  OrderedIndex index;
  std::set<Entry> model;
  std::mt19937_64 random(1);
  for (uint64_t run = 1; run <= 300; ++run) {
    const uint64_t begin = random() % 10'000;
    for (uint64_t number = begin; number < begin + 40; ++number) {
      const Entry entry = numbered(number);
      if (model.insert(entry).second) index.insert(entry.first, entry.second, {run});
      if (random() % 8 != 0) continue;
      // Often at the place of the last insertion, now and then far from it.
      const auto gone = random() % 4 == 0 ? model.begin() : model.find(entry);
      index.erase(gone->first, gone->second, {run});
      model.erase(gone);
    }
    index.reclaim(Position{run}, Position{run + 1});
    const Entry target = numbered(random() % 10'000);
    OrderedIndex::Iterator iterator(index, {run});
    iterator.seek(target.first);
    const auto expected = model.lower_bound(Entry(target.first, ""));
    BOOST_REQUIRE(iterator.valid() == (expected != model.end()));
    if (iterator.valid()) BOOST_REQUIRE(iterator.order() == expected->first);
  }
  OrderedIndex::Iterator iterator(index, {300});
  iterator.seek("");
  BOOST_TEST((forward(iterator) == std::vector<Entry>(model.begin(), model.end())));
}

BOOST_AUTO_TEST_CASE(batches_in_no_order_are_put_in_place) {
  OrderedIndex index;
  std::set<Entry> model;
  std::mt19937_64 random(2);
  OrderedBatch batch;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 2'000; ++j) {
      const Entry entry = numbered(random() % 1'000'000);
      if (model.insert(entry).second) batch.add(entry.first, entry.second);
    }
    BOOST_TEST(!batch.isFull());
    batch.insertInto(index, {1});
  }
  OrderedIndex::Iterator iterator(index, {1});
  iterator.seek("");
  BOOST_TEST((forward(iterator) == std::vector<Entry>(model.begin(), model.end())));
}

BOOST_AUTO_TEST_SUITE_END()
