// The whole node without RPC: real threads, a real log, readers at full speed beside a writer.
#include "actors/node.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "model/load.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(node)

constexpr const char kBank[] = R"(
@0xe3b1d7f2408c59a6;
using Facet = import "/facet/model.capnp";

struct Accounts $Facet.table(key = ["account"]) { account @0 :Int32; region @1 :Int32; }
struct AccountSet $Facet.event(writes = [(table = "Accounts", how = upsert)]) {
  account @0 :Int32;  region @1 :Int32;
}
struct SetAccount $Facet.command(emits = [(event = "AccountSet")]) {
  account @0 :Int32;  region @1 :Int32;
}
struct Moved $Facet.event() { account @0 :Int32;  amount @1 :Int64; }
struct Transfer $Facet.command(emits = [
    (event = "Moved", set = [(field = "account", to = "source"),
                              (field = "amount", to = "-amount")]),
    (event = "Moved", set = [(field = "account", to = "target")])]) {
  source @0 :Int32;  target @1 :Int32;  amount @2 :Int64;
}
)";

constexpr const char kBankViews[] = R"(
CREATE MATERIALIZED VIEW balances AS
  SELECT account, sum(amount) AS balance, count(*) AS moves FROM moved GROUP BY account;
CREATE MATERIALIZED VIEW regions AS
  SELECT a.region, sum(m.amount) AS balance, count(*) AS moves
  FROM moved m JOIN accounts a USING (account) GROUP BY a.region;
CREATE MATERIALIZED VIEW settings AS SELECT count(*) AS n FROM account_set;
CREATE MATERIALIZED VIEW ratios AS
  SELECT account % 10 AS last_digit, 1000 / nullif(sum(amount) % 7 + 7, 7) AS ratio
  FROM moved GROUP BY account % 10;
-- Fails while anybody lives in the region kForbidden.
CREATE MATERIALIZED VIEW residents AS
  SELECT account % 50 AS house, count(*) AS residents, sum(1000 / (region - 99)) AS share,
         max(region) AS region
  FROM accounts GROUP BY account % 50;
CREATE INDEX ON residents (share, region);
)";
constexpr int kForbidden = 99;

constexpr int kAccounts = 500;
constexpr int kRegions = 7;

/// Counts outcomes; whoever submits waits for room.
class Outcomes final : public NodeListener {
 public:
  void onOutcomes(std::vector<BatchOutcome> outcomes) override {
    const std::lock_guard lock(mutex_);
    for (const BatchOutcome& outcome : outcomes) {
      undone_ += outcome.what == BatchOutcome::What::done ? 0 : 1;
      accepted_ += outcome.accepted;
      rejected_ += outcome.rejected;
    }
    pending_ -= outcomes.size();
    changed_.notify_all();
  }
  void onVisible(Position) override {}
  void onFailed(const std::string& reason) override {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::abort();
  }

  void submit(Node& node, CommandBatch batch) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return pending_ < 32; });
      ++pending_;
    }
    const std::string refusal = node.submit(std::move(batch));
    BOOST_REQUIRE_MESSAGE(refusal.empty(), refusal);
  }
  void waitForAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return pending_ == 0; });
    BOOST_TEST(undone_ == 0u);
  }
  uint64_t accepted() const { return accepted_; }
  uint64_t rejected() const { return rejected_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t pending_ = 0;
  uint64_t accepted_ = 0;
  uint64_t rejected_ = 0;
  uint64_t undone_ = 0;
};

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/facet-node-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

struct Bank {
  explicit Bank(const std::filesystem::path& data, uint32_t shards = 2) {
    NodeOptions options;
    options.data = data;
    options.model = loadModel({{"bank.capnp", kBank}, {"views.sql", kBankViews}});
    options.shards = shards;
    node = Node::start(std::move(options), outcomes);
  }

  void add(CommandBatch& batch, std::string_view command, std::initializer_list<int64_t> values) {
    const CommandType& type = *node->model().findCommand(command);
    builder.start(type.layout);
    size_t i = 0;
    for (const int64_t value : values) {
      builder.set(i, Value::integer(type.fields[i].type.kind, value));
      ++i;
    }
    const Row row = builder.finish();
    CommandItem item;
    item.command = static_cast<uint32_t>(&type - node->model().commands().data());
    item.row = static_cast<uint32_t>(batch.rows.size());
    const auto* words = reinterpret_cast<const uint64_t*>(row.data());
    batch.rows.insert(batch.rows.end(), words, words + row.size() / 8);
    batch.items.push_back(item);
  }

  void openAccounts() {
    CommandBatch batch;
    for (int a = 0; a < kAccounts; ++a) add(batch, "SetAccount", {a, a % kRegions});
    outcomes.submit(*node, std::move(batch));
  }

  /// Transfers between random accounts, some of which move to another region.
  void trade(std::mt19937_64& random, size_t commands) {
    CommandBatch batch;
    for (size_t i = 0; i < commands; ++i) {
      const auto account = [&] { return static_cast<int64_t>(random() % kAccounts); };
      if (random() % 10 == 0) {
        add(batch, "SetAccount", {account(), static_cast<int64_t>(random() % kRegions)});
      } else {
        add(batch, "Transfer", {account(), account(), static_cast<int64_t>(random() % 1000)});
      }
    }
    outcomes.submit(*node, std::move(batch));
  }

  std::map<std::string, uint128> digests() {
    std::map<std::string, uint128> out;
    for (const RelationStatus& view : node->status().views) out[view.name] = view.digest;
    return out;
  }

  Outcomes outcomes;
  std::unique_ptr<Node> node;
  RowBuilder builder;
};

int128 asNumber(const Value& value) {
  return value.kind() == Kind::numeric ? value.unscaled() : value.asInt();
}

/// Sums of two columns over all rows at a position.
struct Sums {
  int128 first = 0;
  int128 second = 0;
};
Sums sumColumns(const LiveRelation& relation, Position at, uint32_t first, uint32_t second) {
  Sums sums;
  Arena arena;
  RowSource::Cursor cursor;
  relation.source().scan(at, cursor, [&](const Version& row) {
    sums.first += asNumber(relation.source().column(row, first, arena));
    sums.second += asNumber(relation.source().column(row, second, arena));
    return true;
  });
  return sums;
}

/// One look at all views at one cut: transfers conserve money, and every event up to the position
/// is there, none after it.
bool isExactCut(Node& node) {
  const Cuts::Pin pin = node.cuts().pin();
  if (!pin) return false;
  const Position at = pin.position();
  const Sums balances = sumColumns(*node.find("balances"), at, 1, 2);
  const Sums regions = sumColumns(*node.find("regions"), at, 1, 2);
  const Sums settings = sumColumns(*node.find("settings"), at, 0, 0);
  return balances.first == 0 && regions.first == 0 && balances.second == regions.second &&
         balances.second + settings.second == static_cast<int128>(at.value);
}

BOOST_AUTO_TEST_CASE(readers_at_full_speed_see_exact_cuts_beside_a_writer) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> looks{0};
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        wrong += isExactCut(*bank.node) ? 0 : 1;
        ++looks;
      }
    });
  }
  std::mt19937_64 random(8);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (std::chrono::steady_clock::now() < end) bank.trade(random, 1 + random() % 100);
  bank.outcomes.waitForAll();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  BOOST_TEST(looks > 10u);
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(bank.outcomes.rejected() == 0u);
  BOOST_TEST_MESSAGE(
      fmt::format("{} looks at cuts beside {} commands", looks.load(), bank.outcomes.accepted()));
  bank.node->stop();
}

/// Everybody is in the one cut that the view answers from, once the accounts are visible.
bool hasAllResidents(Node& node) {
  const LiveRelation& residents = *node.find("residents");
  Cuts::Pin pin = node.cuts().pin();
  if (!pin) return false;
  const Position at = residents.cut(pin, nullptr);
  return sumColumns(residents, at, 1, 1).first == (at.value == 0 ? 0 : kAccounts);
}

uint64_t bytesOf(Node& node, const std::string& view) {
  for (const RelationStatus& status : node.status().views) {
    if (status.name == view) return status.bytes;
  }
  return 0;
}

BOOST_AUTO_TEST_CASE(a_degraded_view_shows_its_last_good_cut_and_takes_no_more_memory) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  bank.outcomes.waitForAll();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) wrong += hasAllResidents(*bank.node) ? 0 : 1;
    });
  }
  const auto move = [&](int account, int region) {
    CommandBatch batch;
    bank.add(batch, "SetAccount", {account, region});
    bank.outcomes.submit(*bank.node, std::move(batch));
  };
  std::mt19937_64 random(4);
  const auto trade = [&](int batches) {
    for (int i = 0; i < batches; ++i) {
      bank.trade(random, 50);
      if (i % 20 == 0) move(static_cast<int>(random() % kAccounts), kForbidden);
    }
    bank.outcomes.waitForAll();
    return bytesOf(*bank.node, "residents");
  };
  const uint64_t bytes = trade(1000);
  BOOST_TEST(trade(2000) <= bytes * 2);
  BOOST_TEST(bank.node->find("residents")->degraded());
  for (int round = 0; round < 10; ++round) {
    // Fine for a moment, now and then.
    for (int account = 0; account < kAccounts; ++account) move(account, 1);
    trade(static_cast<int>(random() % 20));
  }
  for (int account = 0; account < kAccounts; ++account) move(account, 2);
  bank.outcomes.waitForAll();
  move(0, 3);
  bank.outcomes.waitForAll();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  BOOST_TEST(wrong == 0u);
  bank.node->stop();
  BOOST_TEST(!bank.node->find("residents")->degraded());
}

BOOST_AUTO_TEST_CASE(a_restart_gives_the_same_digests_for_any_number_of_shards) {
  TemporaryFolder folder;
  std::map<std::string, uint128> before;
  Position head;
  {
    Bank bank(folder.path / "data", 3);
    bank.openAccounts();
    std::mt19937_64 random(21);
    for (int i = 0; i < 200; ++i) bank.trade(random, 1 + random() % 50);
    bank.outcomes.waitForAll();
    bank.node->stop();
    before = bank.digests();
    head = bank.node->head();
  }
  for (const uint32_t shards : {1U, 2U, 5U}) {
    Bank bank(folder.path / "data", shards);
    BOOST_TEST(bank.node->head().value == head.value);
    BOOST_REQUIRE((bank.digests() == before));
    BOOST_TEST(isExactCut(*bank.node));
  }
}

BOOST_AUTO_TEST_CASE(a_second_node_on_the_folder_is_refused) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  BOOST_CHECK_THROW(Bank(folder.path / "data"), std::exception);
}

BOOST_AUTO_TEST_CASE(the_log_can_be_read_from_any_position) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  bank.outcomes.waitForAll();
  std::vector<uint64_t> seen;
  const Position next = bank.node->readLog(
      Position{490}, 100, [&](const LoggedEvent& event) { seen.push_back(event.position.value); });
  BOOST_TEST(seen.size() == 11u);
  BOOST_TEST(seen.front() == 490u);
  BOOST_TEST(next.value == 501u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
