// Replicas that follow themselves, through others or not: they say so, and do not claim to follow.
#include <boost/test/unit_test.hpp>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A replica's folder with ten entries, filled by a primary that is gone.
void fill(const Server& primary, const fs::path& data) {
  const Server replica(replicaOf(primary.address(), data));
  caughtUp(replica, primary);
}

/// A replica on a socket, of another one.
ServerOptions on(const fs::path& socket, const std::string& of, const fs::path& data) {
  ServerOptions options = replicaOf(of, data);
  options.listen = "unix:" + socket.string();
  return options;
}

/// Waits until it says so among its problems; then it does not say that it follows.
void checkRing(const Server& server, const std::string& said) {
  const auto told = [&] {
    for (int i = 0; i < 3000; ++i) {
      const Json status = server.status();
      for (const Json& problem : status.at("problems")) {
        if (has(problem, said)) return status;
      }
    }
    return server.status();
  };
  const Json status = told();
  BOOST_TEST(has(status.at("problems").dump(), said), status.dump());
  BOOST_TEST(has(status.at("upstream").at("state"), "not following"), status.dump());
  const Ended checked = server.run({"status", "--check"});
  BOOST_TEST(checked.code == 1);
  BOOST_TEST(has(checked.out, said), checked.out);
}

struct Rings {
  Rings() {
    const Server primary(counter(folder / "primary"));
    const Ended done = primary.run(submitEntries({}, 10), entryLines({1, 10}));
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    for (const char* name : {"a", "b", "c", "d"}) fill(primary, folder / name);
  }
  std::string at(const std::string& name) { return "unix:" + (folder / (name + ".at")).string(); }
  Server start(const std::string& name, const std::string& of) {
    return Server(on(folder / (name + ".at"), at(of), folder / name));
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rings, Rings)

BOOST_AUTO_TEST_CASE(a_replica_of_itself_says_so) {
  Server self = start("a", "a");
  checkRing(self, "this node follows itself: nothing comes from there");
  BOOST_TEST(self.stop() == 0);
  BOOST_TEST(has(self.process().errors(), "this node follows itself: nothing is followed"));
}

BOOST_AUTO_TEST_CASE(two_that_follow_each_other_say_so) {
  const Server a = start("a", "b");
  const Server b = start("b", "a");
  checkRing(a, "this node follows itself through " + at("b") + ": nothing");
  checkRing(b, "this node follows itself through " + at("a") + ": nothing");
}

BOOST_AUTO_TEST_CASE(three_in_a_ring_and_who_follows_one_of_them_say_so) {
  const Server a = start("a", "b");
  const Server b = start("b", "c");
  {
    const Server c = start("c", "a");
    const Server d = start("d", "a");
    checkRing(a, "this node follows itself through " + at("b") + ", " + at("c"));
    checkRing(b, "this node follows itself through " + at("c") + ", " + at("a"));
    checkRing(c, "this node follows itself through " + at("a") + ", " + at("b"));
    checkRing(d, "the node " + at("a") + " follows itself");
  }
  // One that has a primary again: the others follow it.
  const Server primary(counter(folder / "primary"));
  const Server c(on(folder / "c.at", primary.address(), folder / "c"));
  const Ended done = primary.run(submitEntries({}, 10), entryLines({11, 10}));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  caughtUp(a, primary);
  BOOST_TEST(a.status().at("upstream").at("state") == "following");
  BOOST_TEST(a.status().at("problems").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
