// The versioned row store against a model that keeps every version for ever.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <list>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/views/store/store_vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

struct Row {
  int64_t weight = 0;
  std::string value;
  bool operator==(const Row&) const = default;
};

/// All that a map must answer.
class History {
 public:
  void set(uint64_t key, uint64_t position, Row row) { rows_[key][position] = std::move(row); }
  Row at(uint64_t key, uint64_t position) const {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return {};
    const auto after = found->second.upper_bound(position);
    return after == found->second.begin() ? Row{} : std::prev(after)->second;
  }
  std::map<uint64_t, Row> all(uint64_t position) const {
    std::map<uint64_t, Row> out;
    for (const auto& [key, versions] : rows_) {
      if (Row row = at(key, position); row.weight != 0) out[key] = std::move(row);
    }
    return out;
  }
  void rollback(uint64_t last) {
    for (auto& [key, versions] : rows_) versions.erase(versions.upper_bound(last), versions.end());
  }

 private:
  std::map<uint64_t, std::map<uint64_t, Row>> rows_;
};

/// A map and its history, driven by a seed.
class Run {
 public:
  Run(uint64_t seed, Hash hash, uint64_t keys) : random_(seed), hash_(hash), keys_(keys) {
    keyWords_ = 1 + random_() % 3;
  }

  /// As from a snapshot, before the first chunk.
  void restore() {
    map_.reserve(below(3) * keys_);
    ++position_;
    for (uint64_t number = 0; number < keys_; ++number) {
      if (below(2) == 0) continue;
      const Row row{static_cast<int64_t>(1 + below(3)), std::string(below(6) * 8, 'r')};
      const auto add = [&] {
        return map_.add(key(number), hash_(number), {position_}, row.value, row.weight);
      };
      BOOST_REQUIRE((rowOf(*add()) == row));
      BOOST_REQUIRE(add() == nullptr);
      history_.set(number, position_, row);
    }
    publish();
    map_.reserve(keys_);
    checkNewest();
  }

  void chunk() {
    for (uint64_t positions = 1 + below(3); positions > 0; --positions) {
      ++position_;
      for (uint64_t writes = below(60); writes > 0; --writes) write(below(keys_));
    }
    if (below(6) == 0) rollback();
    publish();
    pinOrUnpin();
    for (Reader& reader : readers_) read(reader);
  }

  /// Everything is deleted, and the last reader gone.
  void empty() {
    readers_.clear();
    ++position_;
    for (const auto& [key, row] : history_.all(position_)) erase(key);
    for (int i = 0; i < 20; ++i) {
      publish();
      ++position_;
    }
    BOOST_TEST(map_.keys() == 0u);
  }

  void checkNewest() {
    std::map<uint64_t, Row> newest;
    map_.forEachNewest([&](const Version& version) { newest[numberOf(version)] = rowOf(version); });
    BOOST_TEST((newest == history_.all(position_)));
    BOOST_TEST(map_.keys() == newest.size());
  }

  const VersionedMap& map() const { return map_; }

 private:
  struct Reader {
    Cuts::Pin pin;
    VersionedMap::Cursor cursor;
    std::map<uint64_t, Row> seen;
    std::pair<uint64_t, std::string> last;
  };

  uint64_t below(uint64_t limit) { return random_() % limit; }
  std::string key(uint64_t number) const { return keyOf(number, keyWords_); }
  static uint64_t numberOf(const Version& version) {
    uint64_t number;
    std::memcpy(&number, version.keyData() + version.keyBytes - 8, 8);
    return number;
  }
  static Row rowOf(const Version& version) {
    return {version.weight, std::string(version.value())};
  }

  void write(uint64_t number) {
    const uint64_t size = below(20) == 0 ? 2000 : below(6) * 8;
    const Row held = history_.at(number, position_ - 1);
    const Row now = history_.at(number, position_);
    const Version* before = nullptr;
    Version* const version =
        map_.write(key(number), hash_(number), {position_}, static_cast<uint32_t>(size), &before);

    BOOST_REQUIRE(version->position.value == position_);
    BOOST_REQUIRE((before == nullptr ? Row{} : rowOf(*before)) ==
                  (held.weight != 0 ? held : Row{}));
    // Within a position the row goes on even from weight 0; from an earlier one it begins anew.
    const bool again = written_.count({number, position_}) != 0;
    Row expected = again || now.weight != 0 ? now : Row{};
    expected.value.resize(size, '\0');
    BOOST_REQUIRE((rowOf(*version) == expected));

    written_.insert({{number, position_}, true});
    version->weight = static_cast<int64_t>(below(3));
    for (uint64_t i = 0; i < size; ++i) version->valueData()[i] = static_cast<char>(random_());
    history_.set(number, position_, rowOf(*version));
  }

  void erase(uint64_t number) {
    map_.write(key(number), hash_(number), {position_}, 0)->weight = 0;
    history_.set(number, position_, {});
  }

  void rollback() {
    const uint64_t last = published_ + below(position_ - published_ + 1);
    map_.rollback({last});
    history_.rollback(last);
    std::erase_if(written_, [&](const auto& entry) { return entry.first.second > last; });
    position_ = last;
  }

  void publish() {
    published_ = position_;
    cuts_.publish(0, {published_});
    map_.reclaim(cuts_.horizon(), {published_ + 1});
    written_.clear();
  }

  void pinOrUnpin() {
    if (below(3) == 0) readers_.push_back({cuts_.pin(), {}, {}, {}});
    if (!readers_.empty() && below(4) == 0) {
      readers_.erase(std::next(readers_.begin(), static_cast<long>(below(readers_.size()))));
    }
  }

  void read(Reader& reader) {
    const Position at = reader.pin.position();
    for (int i = 0; i < 20; ++i) {
      const uint64_t number = below(keys_);
      const Version* const version = map_.read(key(number), hash_(number), at);
      const Row expected = history_.at(number, at.value);
      BOOST_REQUIRE((version != nullptr) == (expected.weight != 0));
      if (version != nullptr) BOOST_REQUIRE((rowOf(*version) == expected));
    }
    scanSlice(reader);
  }

  void scanSlice(Reader& reader) {
    if (reader.cursor.done) return;
    uint64_t left = 1 + below(200);
    map_.scan(reader.pin.position(), reader.cursor, [&](const Version& version) {
      std::pair<uint64_t, std::string> now(version.hash, version.key());
      BOOST_REQUIRE((reader.seen.empty() || reader.last < now));
      reader.last = std::move(now);
      reader.seen[numberOf(version)] = rowOf(version);
      return --left > 0;
    });
    if (reader.cursor.done) {
      BOOST_REQUIRE((reader.seen == history_.all(reader.pin.position().value)));
    }
  }

  std::mt19937_64 random_;
  Hash hash_;
  uint64_t keys_;
  size_t keyWords_;
  VersionedMap map_;
  Cuts cuts_{1, {0}};
  History history_;
  std::map<std::pair<uint64_t, uint64_t>, bool> written_;  // key, position: in this chunk
  uint64_t position_ = 0;
  uint64_t published_ = 0;
  std::list<Reader> readers_;
};

void runSeeds(Hash hash, uint64_t seeds, uint64_t keys, int chunks) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed << ", keys " << keys) {
      Run run(seed, hash, keys);
      if (seed % 2 == 0) run.restore();
      for (int i = 0; i < chunks; ++i) run.chunk();
      run.checkNewest();
      run.empty();
      run.checkNewest();
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store)

BOOST_AUTO_TEST_CASE(readers_see_the_history_at_their_pins_with_few_keys) {
  runSeeds(kGood, 25, 30, 80);
}
BOOST_AUTO_TEST_CASE(readers_see_the_history_at_their_pins_with_many_keys) {
  runSeeds(kGood, 2, 8000, 250);
}
BOOST_AUTO_TEST_CASE(equal_hashes_change_nothing) {
  runSeeds(kAllEqual, 3, 4000, 150);
}
BOOST_AUTO_TEST_CASE(few_hashes_change_nothing) {
  runSeeds(kFewHashes, 3, 2000, 150);
}
BOOST_AUTO_TEST_CASE(hashes_with_equal_top_bits_change_nothing) {
  runSeeds(kEqualTopBits, 2, 6000, 150);
}
BOOST_AUTO_TEST_CASE(hashes_with_equal_last_bits_change_nothing) {
  runSeeds(kEqualLastBits, 2, 6000, 150);
}

BOOST_AUTO_TEST_CASE(a_large_table_keeps_every_key) {
  Writer writer;
  for (uint64_t key = 0; key < 200'000; key += 1000) writer.insertAndPublish(key, 1000);
  BOOST_TEST(writer.map.keys() == 200'000u);
  for (uint64_t key = 0; key < 200'100; ++key) {
    const Version* const found = writer.map.read(keyOf(key), kGood(key), writer.cuts.visible());
    BOOST_REQUIRE((found != nullptr) == (key < 200'000));
  }
  BOOST_TEST(writer.map.bytes() < 200'000u * (Slab::rounded(40 + 8 + 40) + 20));
}

BOOST_AUTO_TEST_CASE(updates_take_no_memory_while_the_horizon_advances) {
  Writer writer;
  writer.insertAndPublish(0, 10'000);
  writer.insertAndPublish(0, 10'000);
  writer.publish();
  const uint64_t bytes = writer.map.bytes();
  for (int i = 0; i < 300; ++i) writer.insertAndPublish(static_cast<uint64_t>(i) * 33, 100);
  BOOST_TEST(writer.map.bytes() <= bytes);
}

BOOST_AUTO_TEST_CASE(keys_that_come_and_go_leave_nothing_behind) {
  Writer writer;
  const uint64_t empty = writer.map.bytesUsed();
  uint64_t bytes = 0;
  for (uint64_t first = 0; first < 200'000; first += 500) {
    writer.insertAndPublish(first, 500);
    if (first >= 5'000) writer.erase(first - 5'000, 500);
    if (first == 50'000) bytes = writer.map.bytes();
  }
  BOOST_TEST(writer.map.bytes() <= bytes + bytes / 2);
  writer.erase(195'000, 5'000);
  for (int i = 0; i < 4; ++i) writer.publish();
  BOOST_TEST(writer.map.keys() == 0u);
  BOOST_TEST(writer.map.bytesUsed() <= empty + 16 * 200);  // the least size of a few segments
}

BOOST_AUTO_TEST_CASE(a_key_written_and_deleted_at_one_position_leaves_nothing) {
  Writer writer;
  const uint64_t empty = writer.map.bytesUsed();
  for (uint64_t key = 0; key < 10; ++key) {
    writer.write(key, 2000).weight = 1;
    writer.write(key, 8).weight = 0;
  }
  writer.publish();
  writer.publish();
  writer.publish();
  BOOST_TEST(writer.map.bytesUsed() == empty);
}

BOOST_AUTO_TEST_CASE(a_rollback_over_a_passed_tombstone_forgets_the_key) {
  Writer writer;
  const uint64_t empty = writer.map.bytesUsed();
  writer.insertAndPublish(7, 1);
  writer.erase(7, 1);
  // The key is born again before the horizon passes its tombstone.
  const uint64_t tombstone = writer.position++;
  writer.write(7).weight = 1;
  writer.cuts.publish(0, {tombstone});
  writer.map.reclaim(writer.cuts.horizon(), {tombstone + 1});
  writer.map.rollback({tombstone});
  BOOST_TEST(writer.map.find(keyOf(7), kGood(7)) == nullptr);
  for (int i = 0; i < 3; ++i) writer.publish();
  BOOST_TEST(writer.map.bytesUsed() == empty);
  BOOST_TEST(writer.map.keys() == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_long_pin_held_up_is_worked_off_in_steps) {
  Writer writer;
  writer.insertAndPublish(0, 5'000);
  writer.insertAndPublish(0, 5'000);
  writer.publish();
  const uint64_t before = writer.map.bytesUsed();
  {
    const Cuts::Pin pin = writer.cuts.pin();
    for (int i = 0; i < 10; ++i) writer.insertAndPublish(0, 5'000);
    BOOST_TEST(writer.map.bytesUsed() >= before + 9 * 5'000 * 88);
  }
  writer.publish();
  BOOST_TEST(writer.map.bytesUsed() > before);
  for (int i = 0; i < 20; ++i) writer.publish();
  BOOST_TEST(writer.map.bytesUsed() <= before);
}

BOOST_AUTO_TEST_CASE(room_for_all_keys_is_made_at_once) {
  Writer writer;
  writer.map.reserve(100'000);
  const uint64_t reserved = writer.map.bytesUsed();
  writer.add(0, 100'000);
  // The rows, 88 bytes in steps of 16, and hardly a segment that had to grow.
  BOOST_TEST(writer.map.bytesUsed() <= reserved + 100'000 * 96 + reserved / 10);
  writer.publish();
  for (uint64_t key = 0; key < 100'000; ++key) {
    BOOST_REQUIRE(writer.map.find(keyOf(key), kGood(key)) != nullptr);
  }
}

BOOST_AUTO_TEST_CASE(fifty_thousand_keys_of_one_hash_are_no_trouble) {
  VersionedMap map;
  for (uint64_t key = 0; key < 50'000; ++key) {
    map.write(keyOf(key), kAllEqual(key), {1}, 8)->weight = 1;
  }
  for (uint64_t key = 0; key < 50'000; ++key) {
    BOOST_REQUIRE(map.read(keyOf(key), kAllEqual(key), {1}) != nullptr);
  }
  BOOST_TEST(map.read(keyOf(50'000), kAllEqual(0), {1}) == nullptr);
  BOOST_TEST(map.bytes() < 10'000'000u);
}

BOOST_AUTO_TEST_CASE(equal_top_bits_do_not_blow_up_the_directory) {
  VersionedMap map;
  for (uint64_t key = 0; key < 50'000; ++key) {
    map.write(keyOf(key), kEqualTopBits(key), {1}, 8)->weight = 1;
  }
  BOOST_TEST(map.bytes() < 10'000'000u);
}

BOOST_AUTO_TEST_CASE(a_tombstone_hands_no_flags_or_bytes_to_the_next_row) {
  Writer writer;
  Version& first = writer.write(1);
  first.weight = 1;
  first.flags = Version::kHidden;
  first.valueData()[0] = 'x';
  writer.publish();
  const Cuts::Pin pin = writer.cuts.pin();
  BOOST_TEST(writer.write(1).flags == Version::kHidden);
  BOOST_TEST(writer.write(1).valueData()[0] == 'x');
  writer.erase(1, 1);
  writer.publish();
  BOOST_TEST(writer.write(1).flags == 0u);
  BOOST_TEST(writer.write(1).valueData()[0] == 0);
}

BOOST_AUTO_TEST_SUITE_END()
