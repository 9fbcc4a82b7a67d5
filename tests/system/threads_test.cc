// A system that lets a process have few threads: a node that gets too few says so, and ends in
// order.
#include <boost/test/unit_test.hpp>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A process of the test's environment that may have so many threads beside its first.
class FewThreads {
 public:
  explicit FewThreads(int most) {
    BOOST_REQUIRE(setenv("FACET_THREADS", std::to_string(most).c_str(), 1) == 0);
    BOOST_REQUIRE(setenv("LD_PRELOAD", FACET_FEW_THREADS, 1) == 0);
  }
  ~FewThreads() {
    unsetenv("LD_PRELOAD");
    unsetenv("FACET_THREADS");
  }
};

/// With one thread more each time, until it starts: each time before, it says why it does not. How
/// many it took.
int threadsToStart(const ServerOptions& options) {
  for (int most = 0; most < 40; ++most) {
    const FewThreads few(most);
    const Ended ended = tryToServe(options);
    if (ended.code == 0) return most;
    BOOST_TEST(ended.code == 1, most << " threads: code " << ended.code << ": " << ended.errors);
    BOOST_TEST(has(ended.errors, "can't start a thread"), most << " threads: " << ended.errors);
    BOOST_TEST(has(ended.errors, "Resource temporarily unavailable"), ended.errors);
  }
  BOOST_ERROR("it does not start");
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(few_threads)

BOOST_AUTO_TEST_CASE(a_primary_and_a_replica_say_that_they_get_no_thread) {
  const TemporaryFolder folder;
  const fs::path model = source("tests/system/models/counter");
  BOOST_TEST(threadsToStart({.model = model, .data = folder / "new"}) > 3);
  const Server primary({.model = model, .data = folder / "primary"});
  BOOST_TEST(threadsToStart(replicaOf(primary.address(), folder / "replica")) > 3);
  BOOST_TEST(primary.status().at("role") == "primary");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
