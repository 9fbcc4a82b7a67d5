#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/actors/shop.h"
#include "views/store/cuts.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(sequencer)

constexpr ClientId kClient{1, 2};

Fields order(const char* id, const char* customer, int64_t total) {
  return {{"order_id", Value::text(id)},
          {"customer_id", Value::text(customer)},
          {"total", Value::numeric(int128{total} * 10000, 4)}};
}

Fields count(const char* counter, int64_t amount) {
  return {{"counter", Value::text(counter)}, {"amount", Value::integer(Kind::int32, amount)}};
}

BOOST_AUTO_TEST_CASE(positions_are_dense_and_tables_follow_events) {
  Shop shop;
  BOOST_TEST(shop.registerCustomer("C1", "East").outcome.first.value == 1u);
  const SequencedBatch placed = shop.placeOrder("O1", "C1", 10);
  BOOST_TEST(verdict(placed) == "accepted");
  BOOST_TEST(placed.outcome.last.value == 2u);
  BOOST_TEST(shop.table("orders", "O1", "status") == "placed");
  BOOST_TEST(shop.table("orders", "O1", "total") == "10.0000");
  BOOST_TEST(shop.table("orders", "O2", "status") == "none");
}

BOOST_AUTO_TEST_CASE(a_looked_up_value_goes_into_the_event) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  const SequencedBatch placed = shop.placeOrder("O1", "C1", 10);
  const EventType* type = nullptr;
  std::string region;
  Block(reinterpret_cast<const char*>(placed.block.data()))
      .forEachEvent([&](const EventHeader& event, Row row) {
        type = &shop.model().events()[event.event];
        region = row.get(type->layout, 3).asText();
      });
  BOOST_REQUIRE(type != nullptr);
  BOOST_TEST(type->name == "OrderPlaced");
  BOOST_TEST(region == "East");
}

BOOST_AUTO_TEST_CASE(rules_references_and_keys_reject_with_their_reason) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  BOOST_TEST(verdict(shop.registerCustomer("C1", "")) == "a customer lives in a region");
  BOOST_TEST(verdict(shop.placeOrder("O1", "C1", 0)) == "an order needs a positive total");
  BOOST_TEST(verdict(shop.placeOrder("O1", "C9", 5)) ==
             "customers has no row with customer_id = C9");
  BOOST_TEST(verdict(shop.placeOrder("O1", "C1", 5)) == "accepted");
  BOOST_TEST(verdict(shop.placeOrder("O1", "C1", 6)) == "orders already has a row with this key");
  BOOST_TEST(shop.table("orders", "O1", "total") == "5.0000");
}

BOOST_AUTO_TEST_CASE(of_a_long_key_a_rejection_tells_the_beginning) {
  Shop shop;
  std::string customer;
  while (customer.size() < 1'000) customer += "\u00e4";
  const std::string told = verdict(shop.placeOrder("O1", customer.c_str(), 5));
  BOOST_TEST(told == "customers has no row with customer_id = " + customer.substr(0, 100) + "...");
  BOOST_TEST(verdict(shop.placeOrder("O1", ("x" + customer).c_str(), 5)) ==
             "customers has no row with customer_id = x" + customer.substr(0, 98) + "...");
}

BOOST_AUTO_TEST_CASE(a_rule_over_a_table_sees_what_is_pending) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  const Fields cancel{{"order_id", Value::text("O1")}};
  auto batch = shop.batch()
                   .add("PlaceOrder", order("O1", "C1", 5))
                   .add("CancelOrder", cancel)
                   .add("CancelOrder", cancel);
  const SequencedBatch result = shop.send(batch);
  BOOST_TEST(verdict(result, 0) == "accepted");
  BOOST_TEST(verdict(result, 1) == "accepted");
  BOOST_TEST(verdict(result, 2) == "only a placed order can be cancelled");
  BOOST_TEST(shop.table("orders", "O1", "status") == "cancelled");
  // One version for the batch: nothing before it, cancelled after it.
  BOOST_REQUIRE(result.changes.size() == 1u);
  BOOST_TEST(result.changes[0].before == nullptr);
}

BOOST_AUTO_TEST_CASE(a_rejected_batch_leaves_no_trace) {
  Shop shop;
  const SequencedBatch rejected = shop.placeOrder("O1", "C9", 5);
  BOOST_TEST(rejected.block.empty());
  BOOST_TEST(rejected.changes.empty());
  BOOST_TEST(shop.sequencer_.end().value == 0u);
  BOOST_TEST(shop.registerCustomer("C9", "East").outcome.first.value == 1u);
  BOOST_TEST(verdict(shop.placeOrder("O1", "C9", 5)) == "accepted");
}

BOOST_AUTO_TEST_CASE(an_atomic_batch_is_done_whole_or_not_at_all) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  auto bad = shop.batch()
                 .atomic()
                 .add("PlaceOrder", order("O1", "C1", 5))
                 .add("Counted", count("n", 1))
                 .add("PlaceOrder", order("O2", "C9", 5));
  const SequencedBatch rejected = shop.send(bad);
  BOOST_TEST(rejected.outcome.accepted == 0u);
  BOOST_TEST(rejected.outcome.rejected == 3u);
  BOOST_TEST(verdict(rejected, 0) == "another command of the atomic batch was rejected");
  BOOST_TEST(verdict(rejected, 2) == "customers has no row with customer_id = C9");
  BOOST_TEST(shop.table("orders", "O1", "status") == "none");

  auto again =
      shop.batch().add("Counted", count("n", 1), 0).add("PlaceOrder", order("O1", "C1", 5));
  const SequencedBatch accepted = shop.send(again);
  BOOST_TEST(verdict(accepted, 0) == "accepted");
  BOOST_TEST(verdict(accepted, 1) == "accepted");
}

BOOST_AUTO_TEST_CASE(what_is_rejected_for_ever_takes_no_memory) {
  Shop shop;
  Cuts cuts(1, {0});
  shop.registerCustomer("C1", "East");
  cuts.publish(0, {1});
  const auto bytes = [&] { return shop.tables_.bytes() + shop.sequencer_.bytes(); };
  uint64_t before = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string id = fmt::format("O{}", i);
    auto bad = shop.batch()
                   .atomic()
                   .add("PlaceOrder", order(id.c_str(), "C1", 5))
                   .add("Counted", count(id.c_str(), 1))
                   .add("PlaceOrder", order(id.c_str(), "C9", 5));
    BOOST_REQUIRE(shop.send(bad).outcome.accepted == 0u);
    ReaderNeeds needs = ReaderNeeds::from(cuts.horizon());
    needs.tick = cuts.tick();
    needs.quiescent = cuts.quiescent();
    shop.sequencer_.reclaim(needs);
    if (i == 100) before = bytes();
  }
  BOOST_TEST(bytes() == before);
  BOOST_TEST(shop.table("orders", "O7", "status") == "none");
}

BOOST_AUTO_TEST_CASE(a_resent_command_gets_its_first_outcome_and_is_done_once) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  auto first = shop.batch()
                   .from(kClient, 1)
                   .add("PlaceOrder", order("O1", "C1", 5))
                   .add("PlaceOrder", order("O2", "C9", 5))
                   .add("Counted", count("n", 0));
  BOOST_TEST(shop.send(first).outcome.accepted == 2u);
  auto again = shop.batch()
                   .from(kClient, 1)
                   .add("PlaceOrder", order("O1", "C1", 5))
                   .add("PlaceOrder", order("O2", "C1", 5))
                   .add("Counted", count("n", 0));
  const SequencedBatch resent = shop.send(again);
  BOOST_TEST(verdict(resent, 0) == "duplicate of 2");
  BOOST_TEST(verdict(resent, 1) == "accepted");  // a rejection is not remembered
  BOOST_TEST(verdict(resent, 2) == "duplicate of 0");
  BOOST_TEST(resent.outcome.duplicates == 2u);
}

BOOST_AUTO_TEST_CASE(numbers_of_a_batch_may_have_gaps) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  auto building = shop.batch()
                      .from(kClient, 10)
                      .add("PlaceOrder", order("O1", "C1", 5))
                      .add("PlaceOrder", order("O2", "C9", 5))
                      .add("Counted", count("n", 0))
                      .add("PlaceOrder", order("O3", "C1", 5));
  CommandBatch batch = building.done();
  batch.places = {0, 3, 70, 200};
  const SequencedBatch first = shop.send(batch);
  BOOST_TEST(first.outcome.accepted == 3u);
  BOOST_TEST(verdict(first, 1) != "accepted");

  Shop replayed;
  replayed.registerCustomer("C1", "East");
  replayed.sequencer_.fold(Block(reinterpret_cast<const char*>(first.block.data())));
  for (Shop* each : {&shop, &replayed}) {
    const SequencedBatch again = each->send(batch);
    BOOST_TEST(verdict(again, 0) == "duplicate of 2");
    BOOST_TEST(verdict(again, 2) == "duplicate of 0");
    BOOST_TEST(verdict(again, 3) == "duplicate of 3");
    BOOST_TEST(again.outcome.accepted == 0u);
    // Those in the gaps are free, and those in it are not, whichever way they come.
    const auto at = [&](uint64_t number, const char* id) {
      return verdict(
          each->send(each->batch().from(kClient, number).add("PlaceOrder", order(id, "C1", 5))));
    };
    BOOST_TEST(at(11, "O4") == "accepted");
    BOOST_TEST(at(13, "O5") == "accepted");  // a rejection is not remembered
    BOOST_TEST(at(209, "O6") == "accepted");
    BOOST_TEST(at(210, "O3") == "duplicate of 3");
    BOOST_TEST(at(80, "O7") == "number 80 of this client was another command");
  }
}

BOOST_AUTO_TEST_CASE(an_expected_version_counts_accepted_commands_of_the_stream) {
  Shop shop;
  BOOST_TEST(verdict(shop.send(shop.batch().add("Counted", count("a", 1), 0))) == "accepted");
  BOOST_TEST(verdict(shop.send(shop.batch().add("Counted", count("a", 1), 0))) ==
             "expected version 0, found 1");
  BOOST_TEST(verdict(shop.send(shop.batch().add("Counted", count("a", 0), 1))) == "accepted");
  BOOST_TEST(verdict(shop.send(shop.batch().add("Counted", count("a", 1), 2))) == "accepted");
  BOOST_TEST(verdict(shop.send(shop.batch().add("Counted", count("b", 1), 0))) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_refused_commit_is_taken_back) {
  Shop shop;
  shop.registerCustomer("C1", "East");
  auto lost = shop.batch().from(kClient, 1).add("PlaceOrder", order("O1", "C1", 5));
  const CommandBatch copy = lost.done();
  BOOST_TEST(verdict(shop.send(copy)) == "accepted");
  shop.sequencer_.rollback({Position{1}, BlockNumber{1}});
  BOOST_TEST(shop.table("orders", "O1", "status") == "none");
  const SequencedBatch again = shop.send(copy);
  BOOST_TEST(verdict(again) == "accepted");
  BOOST_TEST(again.outcome.first.value == 2u);
}

BOOST_AUTO_TEST_CASE(folding_the_blocks_gives_the_same_state) {
  Shop shop;
  std::vector<std::vector<uint64_t>> blocks;
  const auto keep = [&](SequencedBatch batch) {
    if (!batch.block.empty()) blocks.push_back(std::move(batch.block));
  };
  keep(shop.registerCustomer("C1", "East"));
  auto batch = shop.batch()
                   .from(kClient, 5)
                   .add("PlaceOrder", order("O1", "C1", 5))
                   .add("Counted", count("n", 3))
                   .add("Counted", count("n", 0));
  const CommandBatch sent = batch.done();
  keep(shop.send(sent));
  keep(shop.send(shop.batch().add("CancelOrder", {{"order_id", Value::text("O1")}})));

  Shop replayed;
  for (const auto& block : blocks) {
    replayed.sequencer_.fold(Block(reinterpret_cast<const char*>(block.data())));
  }
  BOOST_TEST(replayed.sequencer_.end().value == shop.sequencer_.end().value);
  BOOST_TEST(replayed.table("orders", "O1", "status") == "cancelled");
  BOOST_TEST(verdict(replayed.send(sent), 1) == "duplicate of 3");
  BOOST_TEST(verdict(replayed.send(replayed.batch().add("Counted", count("n", 1), 2))) ==
             "accepted");
}

/// Commands of kClient, numbered from `first` on.
template <typename Of>
CommandBatch counts(Of&& shop, uint64_t first, std::initializer_list<int64_t> amounts) {
  auto batch = shop.batch().from(kClient, first);
  for (const int64_t amount : amounts) batch.add("Counted", count("n", amount));
  return batch.done();
}

const char* const kOther = " of this client was another command";

BOOST_AUTO_TEST_CASE(within_a_batch_each_command_is_told_for_itself) {
  Shop shop;
  BOOST_TEST(shop.send(counts(shop, 1, {1, 2, 3})).outcome.accepted == 3u);
  const SequencedBatch again = shop.send(counts(shop, 2, {2, 7, 3, 3}));
  BOOST_TEST(verdict(again, 0) == "duplicate of 2");
  BOOST_TEST(verdict(again, 1) == std::string("number 3") + kOther);
  BOOST_TEST(verdict(again, 2) == "accepted");
  BOOST_TEST(verdict(again, 3) == "accepted");  // the same content under another number
  BOOST_TEST(shop.sequencer_.end().value == 5u);
  const SequencedBatch third = shop.send(counts(shop, 1, {1, 2, 3, 3, 3}));
  BOOST_TEST(third.outcome.duplicates == 5u);
  BOOST_TEST(third.block.empty());
}

/// As replicas and restarts do: what was done for whom is a fold of the log.
BOOST_AUTO_TEST_CASE(who_folds_the_log_knows_what_each_number_was) {
  Shop shop;
  const SequencedBatch first = shop.send(counts(shop, 1, {1, 2, 3}));
  Shop promoted;
  promoted.sequencer_.fold(Block(reinterpret_cast<const char*>(first.block.data())));
  const SequencedBatch again = promoted.send(counts(promoted, 1, {1, 5, 3, 4}));
  BOOST_TEST(verdict(again, 0) == "duplicate of 1");
  BOOST_TEST(verdict(again, 1) == std::string("number 2") + kOther);
  BOOST_TEST(verdict(again, 2) == "duplicate of 3");
  BOOST_TEST(verdict(again, 3) == "accepted");
}

/// A block as it was written before commands had digests.
std::vector<uint64_t> withoutDigests(std::vector<uint64_t> block) {
  auto& header = *reinterpret_cast<BlockHeader*>(block.data());
  BOOST_REQUIRE((header.flags & kDigests) != 0);
  header.flags &= static_cast<decltype(header.flags)>(~kDigests);
  header.bytes -= header.accepted * static_cast<uint32_t>(sizeof(uint64_t));
  block.resize(header.bytes / sizeof(uint64_t));
  return block;
}

BOOST_AUTO_TEST_CASE(a_log_without_digests_goes_by_numbers_and_what_comes_after_it_by_content) {
  Shop shop;
  const std::vector<uint64_t> first = withoutDigests(shop.send(counts(shop, 1, {1, 2})).block);
  Shop later;
  std::string problem;
  const std::string_view bytes(reinterpret_cast<const char*>(first.data()),
                               first.size() * sizeof(uint64_t));
  BOOST_TEST(isValidPayload(*later.model_, bytes, 2, problem), problem);
  later.sequencer_.fold(Block(bytes.data()));
  const SequencedBatch second = later.send(counts(later, 1, {7, 2, 3}));
  BOOST_TEST(verdict(second, 0) == "duplicate of 1");  // nobody knows that it was another one
  BOOST_TEST(verdict(second, 1) == "duplicate of 2");
  BOOST_TEST(verdict(second, 2) == "accepted");
  const SequencedBatch third = later.send(counts(later, 1, {1, 9, 9}));
  BOOST_TEST(verdict(third, 1) == "duplicate of 2");
  BOOST_TEST(verdict(third, 2) == std::string("number 3") + kOther);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
