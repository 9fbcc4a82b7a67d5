// One writer at full speed, readers beside it: every answer must be exact for its position.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "views/store/cuts.h"
#include "views/store/ordered_index.h"
#include "views/store/versioned_map.h"

using namespace facet;

namespace {

constexpr uint64_t kAccounts = 1000;
constexpr int64_t kOpening = 100;
constexpr uint64_t kReaders = 2;
constexpr uint64_t kFewestRounds = 20;  // of each reader, before the writer may stop
constexpr auto kLeastTime = std::chrono::seconds(2);

uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/// All accounts together at a position: each position adds one to one of them.
int64_t totalAt(Position at) {
  return static_cast<int64_t>(kAccounts) * kOpening + static_cast<int64_t>(at.value) - 1;
}

std::string keyOf(uint64_t number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof(number));
}

/// Runs a writer and readers; a reader returns what was wrong, or an empty string.
class Race {
 public:
  using Reader = std::function<std::string(Position at, uint64_t round)>;

  Cuts& cuts() { return cuts_; }

  /// Step 1 is taken before the readers begin.
  void run(const std::function<void(uint64_t step)>& step, const Reader& read) {
    step(1);
    for (uint64_t i = 0; i < kReaders; ++i) {
      threads_.emplace_back([this, &read, i] { readUntilDone(read, i); });
    }
    const auto end = std::chrono::steady_clock::now() + kLeastTime;
    for (uint64_t next = 2; !failed_.load(); ++next) {
      step(next);
      if (std::chrono::steady_clock::now() >= end && rounds_[0].load() >= kFewestRounds &&
          rounds_[1].load() >= kFewestRounds) {
        break;
      }
    }
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
    for (const std::string& wrong : wrong_) BOOST_TEST(wrong.empty(), wrong);
  }

 private:
  void readUntilDone(const Reader& read, uint64_t reader) {
    while (!done_.load() && wrong_[reader].empty()) {
      const Cuts::Pin pin = cuts_.pin();
      wrong_[reader] = read(pin.position(), rounds_[reader].fetch_add(1));
    }
    if (!wrong_[reader].empty()) failed_ = true;
  }

  Cuts cuts_{1, {0}};
  std::atomic<bool> done_{false};
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> rounds_[kReaders] = {};
  std::string wrong_[kReaders];
  std::vector<std::thread> threads_;
};

std::string wrongTotal(const char* how, Position at, int64_t total, uint64_t accounts) {
  if (total == totalAt(at) && accounts == kAccounts) return {};
  return std::string(how) + " at " + std::to_string(at.value) + ": " + std::to_string(accounts) +
         " accounts with " + std::to_string(total) + ", not " + std::to_string(totalAt(at));
}

/// Accounts in a map, whose rows change in size, among other keys that come and go.
class Bank {
 public:
  explicit Bank(Cuts& cuts) : cuts_(cuts) {}

  void step(uint64_t step) {
    if (random_() % 50 == 0) {
      writePosition(step);
      writePosition(step + 1);
      map_.rollback({step - 1});
      grown_ = published_;
    }
    writePosition(step);
    cuts_.publish(0, {step});
    published_ = grown_;
    map_.reclaim(cuts_.horizon(), {step + 1});
  }

  std::string readByKey(Position at) const {
    int64_t total = 0;
    uint64_t accounts = 0;
    for (uint64_t account = 0; account < kAccounts; ++account) {
      if (const Version* row = map_.read(keyOf(account), mix(account), at)) {
        total += balanceIn(*row);
        ++accounts;
        if (!isWhole(*row)) return "a torn row by key";
      }
    }
    return wrongTotal("by key", at, total, accounts);
  }

  std::string readByScan(Position at) const {
    int64_t total = 0;
    uint64_t accounts = 0;
    bool whole = true;
    VersionedMap::Cursor cursor;
    while (!cursor.done) {
      uint64_t left = 500;
      map_.scan(at, cursor, [&](const Version& row) {
        uint64_t key;
        std::memcpy(&key, row.keyData(), 8);
        if (key < kAccounts) total += balanceIn(row), ++accounts;
        whole = whole && isWhole(row);
        return --left > 0;
      });
    }
    return whole ? wrongTotal("by scan", at, total, accounts) : "a torn row in a scan";
  }

 private:
  /// Every word of a row is its balance.
  static int64_t balanceIn(const Version& row) {
    int64_t balance;
    std::memcpy(&balance, row.valueData(), 8);
    return balance;
  }
  static bool isWhole(const Version& row) {
    for (uint32_t at = 8; at < row.valueBytes; at += 8) {
      if (std::memcmp(row.valueData() + at, row.valueData(), 8) != 0) return false;
    }
    return row.weight == 1;
  }

  void set(uint64_t key, Position position, int64_t more, uint32_t words) {
    Version* const row = map_.write(keyOf(key), mix(key), position, words * 8);
    row->weight = 1;
    const int64_t balance = balanceIn(*row) + more;
    for (uint32_t at = 0; at < words; ++at) {
      std::memcpy(row->valueData() + at * 8, &balance, 8);
    }
  }

  void writePosition(uint64_t number) {
    const Position position{number};
    if (number == 1) {
      for (uint64_t account = 0; account < kAccounts; ++account) {
        set(account, position, kOpening, 2);
      }
      return;
    }
    const auto words = [this] { return static_cast<uint32_t>(1 + random_() % 4); };
    for (int i = 0; i < 10; ++i) {
      const auto amount = static_cast<int64_t>(1'000'000 + random_() % 1000);
      const uint64_t from = random_() % kAccounts;
      const uint64_t to = random_() % kAccounts;
      set(from, position, -amount, words());
      set(to, position, amount, words());
    }
    set(random_() % kAccounts, position, 1, words());
    growOrShrink(position);
  }

  void growOrShrink(Position position) {
    const bool growing = position.value / 2000 % 2 == 0;
    for (int i = 0; i < 10; ++i) {
      if (growing) {
        set(kAccounts + grown_++, position, 1, 3);
      } else if (grown_ > 0) {
        --grown_;
        map_.write(keyOf(kAccounts + grown_), mix(kAccounts + grown_), position, 0)->weight = 0;
      }
    }
  }

  Cuts& cuts_;
  VersionedMap map_;
  std::mt19937_64 random_{1};
  uint64_t grown_ = 0;      // other keys
  uint64_t published_ = 0;  // of them, published
};

/// Accounts in an index in order of their balances.
class Ranking {
 public:
  explicit Ranking(Cuts& cuts) : cuts_(cuts), balances_(kAccounts, kOpening) {}

  void step(uint64_t step) {
    if (random_() % 50 == 0) {
      const std::vector<int64_t> before = balances_;
      writePosition(step);
      index_.rollback({step - 1});
      balances_ = before;
    }
    writePosition(step);
    cuts_.publish(0, {step});
    index_.reclaim(cuts_.horizon(), {step + 1});
  }

  std::string readForward(Position at) const {
    int64_t total = 0;
    int64_t last = 0;
    uint64_t accounts = 0;
    OrderedIndex::Iterator entry(index_, at);
    for (entry.seek(""); entry.valid(); entry.next(), ++accounts) {
      const int64_t balance = balanceIn(entry.order());
      if (balance < last) return "out of order";
      last = balance;
      total += balance;
    }
    return wrongTotal("forward", at, total, accounts);
  }

  std::string readBackward(Position at) const {
    int64_t total = 0;
    int64_t last = INT64_MAX;
    uint64_t accounts = 0;
    OrderedIndex::Iterator entry(index_, at);
    for (entry.seekLast(); entry.valid(); entry.previous(), ++accounts) {
      const int64_t balance = balanceIn(entry.order());
      if (balance > last) return "out of order, backward";
      last = balance;
      total += balance;
    }
    return wrongTotal("backward", at, total, accounts);
  }

 private:
  static std::string orderOf(int64_t balance) {
    return keyOf(__builtin_bswap64(static_cast<uint64_t>(balance)));
  }
  static int64_t balanceIn(std::string_view order) {
    uint64_t bits;
    std::memcpy(&bits, order.data(), 8);
    return static_cast<int64_t>(__builtin_bswap64(bits));
  }

  void add(uint64_t account, int64_t more, Position position) {
    index_.erase(orderOf(balances_[account]), keyOf(account), position);
    balances_[account] += more;
    index_.insert(orderOf(balances_[account]), keyOf(account), position);
  }

  void writePosition(uint64_t number) {
    const Position position{number};
    if (number == 1) {
      for (uint64_t account = 0; account < kAccounts; ++account) {
        index_.insert(orderOf(kOpening), keyOf(account), position);
      }
      return;
    }
    for (int i = 0; i < 5; ++i) {
      const uint64_t from = random_() % kAccounts;
      const int64_t amount = balances_[from] / 2;
      add(from, -amount, position);
      add(random_() % kAccounts, amount, position);
    }
    add(random_() % kAccounts, 1, position);
  }

  Cuts& cuts_;
  OrderedIndex index_;
  std::vector<int64_t> balances_;
  std::mt19937_64 random_{2};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_concurrency)

BOOST_AUTO_TEST_CASE(sums_over_a_map_are_exact_at_every_pin) {
  Race race;
  Bank bank(race.cuts());
  race.run([&](uint64_t step) { bank.step(step); },
           [&](Position at, uint64_t round) {
             return round % 2 == 0 ? bank.readByKey(at) : bank.readByScan(at);
           });
}

BOOST_AUTO_TEST_CASE(walks_over_an_index_are_exact_at_every_pin) {
  Race race;
  Ranking ranking(race.cuts());
  race.run([&](uint64_t step) { ranking.step(step); },
           [&](Position at, uint64_t round) {
             return round % 2 == 0 ? ranking.readForward(at) : ranking.readBackward(at);
           });
}

// A pin that is published too late, or not looked at again, has its rows reclaimed under it.
BOOST_AUTO_TEST_CASE(no_horizon_of_several_writers_passes_a_pin) {
  Cuts cuts(2, {1});
  std::atomic<bool> done{false};
  std::atomic<uint64_t> wrong{0};
  std::atomic<uint64_t> reclaimed{0};
  std::vector<std::thread> threads;
  for (size_t writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&, writer] {
      for (uint64_t position = 2; position < 200'000; ++position) {
        cuts.publish(writer, {position});
        const Position visible = cuts.visible();  // before what it is compared with
        if (visible > cuts.published(0) || visible > cuts.published(1)) ++wrong;
        const uint64_t horizon = cuts.horizon().value;
        uint64_t seen = reclaimed.load();
        while (seen < horizon && !reclaimed.compare_exchange_weak(seen, horizon)) continue;
      }
    });
  }
  std::thread reader([&] {
    Position last;
    while (!done.load()) {
      const Cuts::Pin pin = cuts.pin();
      if (pin.position() < last || reclaimed.load() > pin.position().value) ++wrong;
      last = pin.position();
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  BOOST_TEST(wrong.load() == 0u);
  BOOST_TEST(cuts.visible().value == 199'999u);
  BOOST_TEST(cuts.horizon().value == 199'999u);
}

BOOST_AUTO_TEST_SUITE_END()
