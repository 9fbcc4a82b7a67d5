// Batches that are sent behind one another, without waiting, keep their order where some are
// refused.
#include <numeric>
#include <random>
#include <set>

#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

struct Runs : ServerFixture {
  /// A client that is no library of facet's: sends a batch whose first number is `number`.
  kj::Promise<bool> send(wire::Commands::Client commands, uint64_t run, uint64_t number) {
    auto request = commands.submitRequest();
    request.setRun(run);
    auto batch = request.initBatch();
    batch.setClient({reinterpret_cast<const kj::byte*>("0123456789abcdef"), 16});
    batch.setFirstSequence(number);
    auto group = batch.initGroups(1)[0];
    group.setCommand("AddCustomer");
    group.getItems().initAsListOfAnyStruct(0, 3, 1);
    return request.send().then([](auto&&) { return true; },
                               [this](kj::Exception&& why) {
                                 whys.emplace_back(why.getDescription().cStr());
                                 return false;
                               });
  }
  wire::Commands::Client commands() {
    return client->session().commandsRequest().send().getCommands();
  }
  /// The node refuses those with these numbers, and notes the numbers of those that it takes.
  void refuseNumbers(std::set<uint64_t> numbers) {
    node.refuse = [this, numbers = std::move(numbers)](const CommandBatch& batch) -> std::string {
      if (numbers.contains(batch.firstSequence)) return "overloaded: not this one";
      taken.push_back(batch.firstSequence);
      return "";
    };
  }

  std::vector<uint64_t> taken;
  std::vector<std::string> whys;
};

using Numbers = std::vector<uint64_t>;

BOOST_FIXTURE_TEST_SUITE(runs, Runs)

BOOST_AUTO_TEST_CASE(what_follows_one_that_was_refused_is_refused_until_the_next_run) {
  refuseNumbers({3});
  auto session = commands();
  std::vector<kj::Promise<bool>> sent;
  for (uint64_t number = 1; number <= 5; ++number) sent.push_back(send(session, 7, number));
  for (auto& promise : sent) wait(kj::mv(promise));
  BOOST_TEST(taken == (Numbers{1, 2}), boost::test_tools::per_element());
  BOOST_REQUIRE(whys.size() == 3U);
  BOOST_TEST(contains(whys[0], "not this one"));
  BOOST_TEST(contains(whys[1], "overloaded: a batch before this one was refused"));
  refuseNumbers({});
  BOOST_TEST(!wait(send(session, 6, 8)));  // an older run has ended as well
  for (uint64_t number = 3; number <= 5; ++number) BOOST_TEST(wait(send(session, 8, number)));
  BOOST_TEST(taken == (Numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_concerns_nobody_else) {
  refuseNumbers({3});
  auto session = commands();
  BOOST_TEST(!wait(send(session, 1, 3)));
  BOOST_TEST(!wait(send(session, 1, 4)));
  BOOST_TEST(wait(send(session, 0, 5)));     // on its own
  BOOST_TEST(wait(send(commands(), 1, 6)));  // of another one's
}

BOOST_AUTO_TEST_CASE(what_is_on_its_own_ends_no_run) {
  refuseNumbers({3});
  auto session = commands();
  BOOST_TEST(!wait(send(session, 0, 3)));
  BOOST_TEST(wait(send(session, 1, 4)));
}

BOOST_AUTO_TEST_CASE(a_batch_that_makes_no_sense_ends_no_run) {
  auto session = commands();
  auto request = session.submitRequest();
  request.setRun(1);
  request.initBatch().initGroups(1)[0].setCommand("Nothing");
  BOOST_TEST(failure(request.send().then([](auto&&) {})).kind == Kind::failed);
  BOOST_TEST(wait(send(session, 1, 4)));
}

BOOST_AUTO_TEST_CASE(a_client_that_reports_refusals_goes_on_with_what_it_sends_next) {
  node.refusal = "overloaded: not now";
  BOOST_TEST(failure(client->submit(orders({"1"}), {.retries = 0})).kind == Kind::overloaded);
  node.refusal.clear();
  BOOST_TEST(wait(client->submit(orders({"1"}), {.retries = 0})).accepted == 1U);
}

// Those may be refused yet, by a full log: then it would have overtaken them.
BOOST_AUTO_TEST_CASE(one_that_was_refused_waits_for_the_answers_to_older_ones) {
  node.automatic = false;
  const ClientUuid uuid = randomUuid();
  std::vector<kj::Promise<BatchReply>> replies;
  const auto submit = [&](uint64_t number) {
    Batch batch = orders({"1"});
    batch.number(uuid, number);
    replies.push_back(client->submit(kj::mv(batch)));
  };
  refuseNumbers({3});
  for (uint64_t number = 1; number <= 4; ++number) submit(number);
  BOOST_TEST(eventually([&] { return node.batches.size() == 2U; }));
  pass(20);
  refuseNumbers({});
  pass(300);
  BOOST_TEST(node.batches.size() == 2U);
  node.answer(node.accepted(node.batches[0]));
  pass(50);
  BOOST_TEST(node.batches.size() == 2U);
  node.answer(node.accepted(node.batches[1]));
  for (size_t i = 2; i < 4; ++i) {
    BOOST_TEST(eventually([&] { return node.batches.size() == i + 1; }));
    BOOST_TEST(node.batches[i].firstSequence == i + 1);
    node.answer(node.accepted(node.batches[i]));
  }
  for (auto& reply : replies) BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
}

/// A node that refuses some at random, and a client that has many under way.
BOOST_AUTO_TEST_CASE(none_ever_overtakes_an_older_one) {
  constexpr uint64_t kBatches = 200;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    size_t refused = 0;
    Numbers order;
    node.refuse = [&](const CommandBatch& batch) -> std::string {
      if (random() % 16 == 0) return ++refused, "overloaded: not now";
      order.push_back(batch.firstSequence);
      return "";
    };
    const ClientUuid uuid = randomUuid();
    std::vector<kj::Promise<BatchReply>> replies;
    for (uint64_t number = 1; number <= kBatches; ++number) {
      wait(client->whenRoom());
      Batch batch = orders({"1"});
      batch.number(uuid, number);
      replies.push_back(client->submit(kj::mv(batch)));
    }
    for (auto& reply : replies) BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
    Numbers all(kBatches);
    std::iota(all.begin(), all.end(), 1);
    BOOST_TEST(order == all, boost::test_tools::per_element());
    BOOST_TEST(refused > 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
