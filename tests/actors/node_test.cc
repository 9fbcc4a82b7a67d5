// The whole node without RPC: real threads, a real log, readers at full speed beside a writer.
#include "actors/node.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/actors/bank.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(node)

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
    head = bank.node->head();
    bank.outcomes.waitForVisible(head);
    bank.node->stop();
    before = bank.digests();
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
  const Position next = bank.node->readLog(Position{490}, 100, [&](const LoggedEvent& event) {
    seen.push_back(event.position.value);
    return true;
  });
  BOOST_TEST(seen.size() == 11u);
  BOOST_TEST(seen.front() == 490u);
  BOOST_TEST(next.value == 501u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
