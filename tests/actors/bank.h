// A bank: a node with transfers between accounts, which conserve money, and a view that is degraded
// while anybody lives where nobody may: for tests of the whole node without RPC.
#pragma once

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>

#include "actors/node.h"
#include "model/load.h"

namespace facet::test {

inline constexpr const char kBank[] = R"(
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

inline constexpr const char kBankViews[] = R"(
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
inline constexpr int kForbidden = 99;

inline constexpr int kAccounts = 500;
inline constexpr int kRegions = 7;

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
  void onVisible(Position visible) override {
    const std::lock_guard lock(mutex_);
    visible_ = std::max(visible_, visible);
    changed_.notify_all();
  }
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
  void waitForVisible(Position position) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return visible_ >= position; });
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
  Position visible_;
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
  explicit Bank(const std::filesystem::path& data, uint32_t shards = 2, uint64_t snapshotEvery = 0,
                const std::string& moreViews = "",
                const std::function<void(NodeOptions&)>& change = {}) {
    NodeOptions options;
    options.data = data;
    options.model = loadModel({{"bank.capnp", kBank}, {"views.sql", kBankViews + moreViews}});
    options.shards = shards;
    options.snapshotEvery = snapshotEvery;
    options.notice = [this](const std::string& line) {
      const std::lock_guard lock(noticesMutex);
      notices.push_back(line);
    };
    if (change) change(options);
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

  /// Whether the operator was told so.
  bool told(const std::string& part) {
    const std::lock_guard lock(noticesMutex);
    return std::any_of(notices.begin(), notices.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  }

  std::mutex noticesMutex;
  std::vector<std::string> notices;
  Outcomes outcomes;
  std::unique_ptr<Node> node;
  RowBuilder builder;
};

inline int128 asNumber(const Value& value) {
  return value.kind() == Kind::numeric ? value.unscaled() : value.asInt();
}

/// Sums of two columns over all rows at a position.
struct Sums {
  int128 first = 0;
  int128 second = 0;
};
inline Sums sumColumns(const LiveRelation& relation, Position at, uint32_t first, uint32_t second) {
  Sums sums;
  Arena arena;
  RowSource::Cursor cursor;
  relation.source(at).scan(at, cursor, [&](const Version& row) {
    sums.first += asNumber(relation.source(at).column(row, first, arena));
    sums.second += asNumber(relation.source(at).column(row, second, arena));
    return true;
  });
  return sums;
}

/// One look at all views at one cut: transfers conserve money, and every event up to the position
/// is there, none after it.
inline bool isExactCut(Node& node) {
  const Cuts::Pin pin = node.cuts().pin();
  if (!pin) return false;
  const Position at = pin.position();
  const Sums balances = sumColumns(*node.find("balances"), at, 1, 2);
  const Sums regions = sumColumns(*node.find("regions"), at, 1, 2);
  const Sums settings = sumColumns(*node.find("settings"), at, 0, 0);
  return balances.first == 0 && regions.first == 0 && balances.second == regions.second &&
         balances.second + settings.second == static_cast<int128>(at.value);
}

/// Everybody is in the one cut that the view answers from, once the accounts are visible.
inline bool hasAllResidents(Node& node) {
  const LiveRelation& residents = *node.find("residents");
  Cuts::Pin pin = node.cuts().pin();
  if (!pin) return false;
  const Position at = residents.cut(pin, nullptr);
  return sumColumns(residents, at, 1, 1).first == (at.value == 0 ? 0 : kAccounts);
}

}  // namespace facet::test
