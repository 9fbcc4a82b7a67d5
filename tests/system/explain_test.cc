// `facet explain --address`: what the operators of a running node keep, and are given.
#include <boost/test/unit_test.hpp>

#include "tests/system/counter.h"

namespace facet::system_test {

namespace {

constexpr uint64_t kEntries = 1000;

struct Filled {
  TemporaryFolder folder;
  Server server{counter(folder / "data", 3)};

  Filled() {
    const Ended sent = server.run(submitEntries(), entryLines({1, kEntries}));
    BOOST_REQUIRE_MESSAGE(sent.code == 0, sent.errors);
    server.settled();
  }
  /// The operators of a view, from its source to its rows.
  Json operators(const Server& node, const std::string& view) const {
    return node.row({"explain", view, "--seconds", "0.1"}).at(view);
  }
};

/// The view's rows as a client counts them.
size_t rowsOf(const Server& node, const std::string& view) {
  return node.rows({"scan", view}).size();
}

void checkOperators(const Json& operators, uint64_t taken, uint64_t keys) {
  BOOST_TEST_REQUIRE(operators.size() == 2U, operators.dump());
  BOOST_TEST(operators[0].at("rows_taken") == taken);
  BOOST_TEST(operators[0].at("bytes") == 0);
  BOOST_TEST(operators[1].at("rows_taken") == taken);
  BOOST_TEST(operators[1].at("keys") == keys);
  BOOST_TEST(operators[1].at("bytes") > 0);
  BOOST_TEST(operators[1].at("rows_per_second") == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(explain_node)

BOOST_FIXTURE_TEST_CASE(each_operator_tells_what_it_keeps_and_is_given, Filled) {
  const Json all = server.row({"explain", "--seconds", "0.1"});
  BOOST_TEST(all.size() == 3U);
  checkOperators(all.at("total"), kEntries, 1);
  checkOperators(all.at("by_bucket"), kEntries, rowsOf(server, "by_bucket"));
  checkOperators(all.at("kept"), kEntries, kEntries);
  const Ended text = server.run({"explain", "by_bucket", "--seconds", "0.1"});
  for (const char* part : {"by_bucket\n", "source   event entry_added", "1000 so far",
                           "group    by", " kept in ", "0 rows a second"}) {
    BOOST_TEST(text.out.find(part) != std::string::npos, part << " is not in\n" << text.out);
  }
}

BOOST_FIXTURE_TEST_CASE(a_replica_and_a_rebuilt_copy_tell_of_their_own, Filled) {
  const Server replica(replicaOf(server.address(), folder / "replica"));
  caughtUp(replica, server);
  checkOperators(operators(replica, "total"), kEntries, 1);
  BOOST_TEST(server.run({"rebuild", "total"}).code == 0);
  checkOperators(operators(server, "total"), kEntries, 1);
}

BOOST_FIXTURE_TEST_CASE(what_it_can_not_explain_is_refused, Filled) {
  const Ended unknown = server.run({"explain", "nothing"});
  BOOST_TEST(unknown.code == 1);
  BOOST_TEST(unknown.errors.find("there is no view \"nothing\"") != std::string::npos,
             unknown.errors);
  const Ended model = server.run({"explain", source("examples/superstore"), "customer_dashboard"});
  BOOST_TEST(model.code == 2);
  BOOST_TEST(model.errors.find("--address takes no MODEL") != std::string::npos, model.errors);
  BOOST_TEST(facetProgram({"explain"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
