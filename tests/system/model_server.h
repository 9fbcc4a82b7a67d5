// Servers of a model of tests/system/models, one after another on the same folder: what is filled
// from files stays the same after a crash, and from a snapshot. Owned by one thread.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/system/server.h"

namespace facet::system_test {

struct ModelServer {
  explicit ModelServer(const std::string& model)
      : options{.model = source("tests/system/models/" + model),
                .data = folder / "data",
                .shards = 2} {}

  const TemporaryFolder folder;
  const ServerOptions options;

  /// Sends records that must all be accepted. `format`: --jsonl or --csv.
  static void submit(const Server& server, const std::string& command, const std::string& format,
                     const std::string& records) {
    const Ended done = server.run({"submit", command, format, "-", "--strict"}, records);
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  }

  /// `check` finds what `fill` sent, events so many, also after kill -9, and from a snapshot; and
  /// digests stay. Returns the log's first event.
  template <typename Fill, typename Check>
  Json keepsRows(Fill&& fill, Check&& check, uint64_t events) const {
    std::map<std::string, std::string> digests;
    {
      Server server(options);
      fill(server);
      check(server);
      digests = server.digests();
      server.kill();
    }
    {
      Server again(options);
      BOOST_TEST(again.recovered() == events);
      check(again);
      BOOST_TEST((again.digests() == digests));
      const Ended taken = again.run({"snapshot", "create"});
      BOOST_REQUIRE_MESSAGE(taken.code == 0, taken.errors);
      BOOST_TEST(again.stop() == 0);
    }
    const Server third(options);
    BOOST_TEST(third.readySnapshot() == events);
    check(third);
    BOOST_TEST((third.digests() == digests));
    return third.rows({"log", "show", "--limit", "1"}).at(0);
  }
};

}  // namespace facet::system_test
