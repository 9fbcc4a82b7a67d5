// What a serving process tells its operator: how a line looks, and which are written.
#include <boost/test/unit_test.hpp>
#include <regex>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// A folder whose snapshot is not used, which a start of its server warns of.
struct Warned {
  const TemporaryFolder folder;

  Warned() {
    Server server(counter(folder / "data"));
    BOOST_REQUIRE(server.run(submitEntries(), entryLines({1, 10})).code == 0);
    BOOST_REQUIRE(server.run({"snapshot", "create"}).code == 0);
    BOOST_REQUIRE(server.stop() == 0);
    const fs::path snapshot = fs::directory_iterator(folder / "data" / "snapshots")->path();
    std::string renamed = snapshot.filename();
    renamed.at(19) = '9';  // of the position
    fs::rename(snapshot, snapshot.parent_path() / renamed);
  }

  /// All that a server with these arguments says on stderr.
  std::string told(const Words& arguments) const {
    ServerOptions options = counter(folder / "data");
    options.more = arguments;
    Server server(options);
    BOOST_TEST(server.stop() == 0);
    return server.process().errors();
  }
};

const std::string kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_operators_log, Warned)

BOOST_AUTO_TEST_CASE(has_time_and_level_on_each_line) {
  const std::string said = told({});
  const std::regex line(kTime + " warn  snapshot \\S+ is not used.*\n");
  BOOST_TEST(std::regex_match(said, line), said);
}

BOOST_AUTO_TEST_CASE(is_json_objects_where_they_are_asked_for) {
  const std::vector<Json> lines = jsonLines(told({"--log-format", "json"}));
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(std::regex_match(lines[0].at("time").get<std::string>(), std::regex(kTime)));
  BOOST_TEST(lines[0].at("level") == "warn");
  const std::string message = lines[0].at("message");
  BOOST_TEST(message.find("is not used") != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_below_its_level) {
  BOOST_TEST(told({"--log-level", "error"}) == "");
}

BOOST_AUTO_TEST_CASE(knows_its_levels) {
  ServerOptions options = counter(folder / "data");
  options.more = {"--log-level", "loud"};
  BOOST_TEST(failToServe(options).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
