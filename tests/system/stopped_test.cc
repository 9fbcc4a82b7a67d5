// Servers that are stopped, and do not die: connections to them stand, and nothing comes. Every
// verb ends in time, or goes on at the next address.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// A node is silent for 8 s, then connecting takes up to 5 s; the rest is the machine's.
constexpr std::chrono::seconds kInTime{25};

/// Stops a process, and lets it go on however the test ends.
class Stopped {
 public:
  explicit Stopped(Server& server) : server_(server) { server_.process().signal(SIGSTOP); }
  ~Stopped() { goOn(); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  void goOn() { server_.process().signal(SIGCONT); }

 private:
  Server& server_;
};

Process beginVerb(const Words& words, const std::string& addresses, const std::string& input = {}) {
  Words all{program()};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--address", addresses});
  return Process(all, input);
}

void load(const Server& server, EntryRange entries) {
  const Ended done = server.run(submitEntries(), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  server.settled();
}

const std::vector<Words> kReads = {{"get", "kept", "7"},
                                   {"scan", "by_bucket", "--csv"},
                                   {"sql", "SELECT count(*) FROM kept"},
                                   {"status"},
                                   {"log", "tail"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(stopped)

BOOST_AUTO_TEST_CASE(verbs_at_a_stopped_server_end_in_time_as_not_reachable) {
  const TemporaryFolder folder;
  Server server(counter(folder / "data"));
  load(server, {1, 100});
  const Stopped stopped(server);
  const auto began = Clock::now();
  std::vector<Process> verbs;
  for (const Words& read : kReads) verbs.push_back(beginVerb(read, server.address()));
  verbs.push_back(beginVerb(submitEntries(), server.address(), entryLines({101, 10})));
  for (Process& verb : verbs) BOOST_TEST(verb.wait() == 4, verb.errors());
  BOOST_TEST((Clock::now() - began < kInTime));
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_ends_when_its_server_stops_and_else_takes_its_time) {
  const TemporaryFolder folder;
  Server primary(counter(folder / "primary"));
  Server replica(replicaOf(primary.address(), folder / "replica"));
  load(primary, {1, 100});
  caughtUp(replica, primary);
  const Ended done = primary.run(submitEntries(), entryLines({101, 1}));
  std::string token = jsonLines(done.out).back().at("token");
  token[token.size() - 5] = 'f';  // a position far ahead, for all that a replica knows
  // It waits for what does not come: longer than a server may be silent.
  const Words get{"get", "kept", "7", "--at-least", token, "--at-least-wait"};
  Words patient = get;
  patient.emplace_back("10");
  Process waits = beginVerb(patient, replica.address());
  BOOST_TEST(waits.wait() == 5, waits.errors());
  Words longer = get;
  longer.emplace_back("60");
  Process ends = beginVerb(longer, replica.address());
  const Stopped stopped(replica);
  const auto began = Clock::now();
  BOOST_TEST(ends.wait() == 4, ends.errors());
  BOOST_TEST((Clock::now() - began < kInTime));
}

BOOST_AUTO_TEST_CASE(reads_go_on_at_the_next_address) {
  const TemporaryFolder folder;
  Server primary(counter(folder / "primary"));
  Server replica(replicaOf(primary.address(), folder / "replica"));
  load(primary, {1, 100});
  caughtUp(replica, primary);
  const Stopped stopped(replica);
  const auto began = Clock::now();
  std::vector<Process> verbs;
  for (int i = 0; i < 3; ++i) {  // they begin with either
    for (const Words& read : kReads) {
      verbs.push_back(beginVerb(read, replica.address() + "," + primary.address()));
    }
  }
  for (Process& verb : verbs) BOOST_TEST(verb.wait() == 0, verb.errors());
  BOOST_TEST((Clock::now() - began < kInTime));
}

BOOST_AUTO_TEST_CASE(what_a_stopped_server_did_not_answer_is_unknown) {
  constexpr uint64_t kEntries = 100'000;
  const std::string uuid = "123e4567-e89b-12d3-a456-426614174000";
  const TemporaryFolder folder;
  Server server(counter(folder / "data"));
  Process anonymous = beginVerb(submitEntries(), server.address(), entryLines({1, kEntries}));
  Process named = beginVerb(submitEntries(uuid), server.address(), entryLines({1, kEntries}));
  BOOST_REQUIRE(anonymous.readLine());
  BOOST_REQUIRE(named.readLine());
  const auto began = Clock::now();
  uint64_t accepted = 0;
  {
    const Stopped stopped(server);
    for (Process* submit : {&anonymous, &named}) {
      const std::vector<Json> lines = jsonLines(submit->readAll());
      BOOST_TEST(submit->wait() == 6, submit->errors());
      BOOST_TEST(lines.back().at("unknown") > 0U);
      accepted = lines.back().at("accepted");
    }
    BOOST_TEST((Clock::now() - began < kInTime));
  }
  // The numbers tell, when it goes on.
  const Ended again = server.run(submitEntries(uuid), entryLines({1, kEntries}));
  BOOST_TEST(again.code == 0, again.errors);
  const Json summary = jsonLines(again.out).back();
  BOOST_TEST(summary.at("duplicates") >= accepted);
  BOOST_TEST(summary.at("duplicates").get<uint64_t>() + summary.at("accepted").get<uint64_t>() ==
             kEntries);
}

BOOST_AUTO_TEST_CASE(commands_go_on_when_the_server_does) {
  constexpr uint64_t kEntries = 50'000;
  const TemporaryFolder folder;
  Server server(counter(folder / "data"));
  Process submit = beginVerb(submitEntries({}, 50), server.address(), entryLines({1, kEntries}));
  for (int i = 0; i < 20; ++i) {
    BOOST_REQUIRE(submit.readLine());
    const Stopped stopped(server);
  }
  submit.readAll();
  BOOST_TEST(submit.wait() == 0, submit.errors());
  checkShown(server, kEntries);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
