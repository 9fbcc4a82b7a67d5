// 3,000,000 flights between 3,376 airports, from the CSV file to views that join the airports
// twice: to the digit what this test computes from the same file.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <fstream>
#include <iostream>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

const fs::path kFlights = source("build/sample/flights.csv");
const fs::path kAirports = source("build/sample/airports.csv");

ServerOptions flightsServer(const fs::path& data, unsigned shards) {
  return {.model = source("examples/flights"), .data = data, .shards = shards};
}

boost::test_tools::assertion_result flightsAreThere(boost::unit_test::test_unit_id) {
  if (fs::exists(kFlights) && fs::exists(kAirports)) return true;
  std::cout << "skipped: there is no " << kFlights << "; `./dev sample` fetches it" << std::endl;
  return false;
}

// ---- what is expected ----

/// What is counted of flights.
struct Counts {
  int64_t flights = 0;
  int64_t delay = 0;
  int64_t distance = 0;
  int64_t late = 0;
  int64_t greatestDelay = INT64_MIN;

  void add(const Counts& other) {
    flights += other.flights;
    delay += other.delay;
    distance += other.distance;
    late += other.late;
    greatestDelay = std::max(greatestDelay, other.greatestDelay);
  }
};

/// Rows of a view as text: its key's columns, and some others.
using Rows = std::map<std::string, std::string>;

struct Airport {
  std::string city;
  std::string state;
};

/// The fields of a CSV line, without the quotes around them; a quote in one stays doubled.
std::vector<std::string_view> csvFields(std::string_view line) {
  std::vector<std::string_view> fields;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') quoted = !quoted;
    if (i < line.size() && (line[i] != ',' || quoted)) continue;
    const std::string_view field = line.substr(start, i - start);
    fields.push_back(field.starts_with('"') ? field.substr(1, field.size() - 2) : field);
    start = i + 1;
  }
  return fields;
}

int64_t number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("no number: " + std::string(text));
  }
  return value;
}

/// Both files, counted by what the views need; states are looked up only when rows are asked for.
class Expected {
 public:
  Expected() {
    readAirports();
    readFlights();
  }

  size_t airportCount() const { return airports_.size(); }
  const Counts& totals() const { return totals_; }
  const Airport& airport(const std::string& iata) const { return airports_.at(iata); }
  void move(const std::string& iata, const std::string& state) { airports_.at(iata).state = state; }

  std::map<std::string, Counts> byState() const {
    std::map<std::string, Counts> states;
    for (const auto& [route, counts] : routes_) states[airport(route.first).state].add(counts);
    return states;
  }
  Rows stateRows() const {
    Rows rows;
    for (const auto& [state, c] : byState()) rows[state] = fmt::format("{} {}", c.flights, c.delay);
    return rows;
  }
  Rows betweenStateRows() const {
    std::map<std::string, Counts> pairs;
    for (const auto& [route, counts] : routes_) {
      pairs[airport(route.first).state + " " + airport(route.second).state].add(counts);
    }
    Rows rows;
    for (const auto& [pair, c] : pairs) {
      rows[pair] = fmt::format("{} {} {}", c.flights, c.distance, c.delay);
    }
    return rows;
  }
  Rows routeRows() const {
    Rows rows;
    for (const auto& [route, c] : routes_) {
      rows[route.first + " " + route.second] = fmt::format(
          "{} {} {} {}", airport(route.first).city, airport(route.second).city, c.flights, c.delay);
    }
    return rows;
  }
  Rows dayRows() const {
    Rows rows;
    for (const auto& [day, c] : days_) {
      rows[day] = fmt::format("{} {} {}", c.flights, c.delay, c.greatestDelay);
    }
    return rows;
  }
  Rows monthRows() const {
    std::map<std::string, Counts> months;
    for (const auto& [day, counts] : days_) months[day.substr(0, 7) + "-01"].add(counts);
    Rows rows;
    for (const auto& [month, c] : months) {
      rows[month] = fmt::format("{} {}", c.late, c.flights - c.late);
    }
    return rows;
  }

 private:
  // iata,name,city,state,country,latitude,longitude
  void readAirports() {
    std::ifstream in(kAirports);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      const auto fields = csvFields(line);
      airports_[std::string(fields.at(0))] = {std::string(fields.at(2)), std::string(fields.at(3))};
    }
  }

  // date,delay,distance,origin,destination
  void readFlights() {
    std::ifstream in(kFlights);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      const auto fields = csvFields(line);
      const int64_t delay = number(fields.at(1));
      const Counts one{1, delay, number(fields.at(2)), delay > 15 ? 1 : 0, delay};
      totals_.add(one);
      routes_[{std::string(fields.at(3)), std::string(fields.at(4))}].add(one);
      days_[std::string(fields.at(0).substr(0, 10))].add(one);
    }
  }

  std::map<std::string, Airport> airports_;
  std::map<std::pair<std::string, std::string>, Counts> routes_;
  std::map<std::string, Counts> days_;
  Counts totals_;
};

// ---- what the server says ----

std::string joined(const Json& row, const Words& columns) {
  std::string out;
  for (const std::string& column : columns) {
    const Json& value = row.at(column);
    out += (out.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

Rows viewRows(const Server& server, const std::string& view, const Words& key,
              const Words& columns) {
  Rows rows;
  for (const Json& row : server.rows({"scan", view})) rows[joined(row, key)] = joined(row, columns);
  return rows;
}

/// The same rows; if not, the first difference is told.
void checkRows(const std::string& view, const Rows& found, const Rows& expected) {
  BOOST_TEST(found.size() == expected.size(),
             view << " has " << found.size() << " rows, not " << expected.size());
  const auto different = std::find_if(expected.begin(), expected.end(), [&](const auto& row) {
    const auto at = found.find(row.first);
    return at == found.end() || at->second != row.second;
  });
  if (different == expected.end()) return;
  const auto at = found.find(different->first);
  BOOST_ERROR(view << " " << different->first << ": expected " << different->second << ", found "
                   << (at == found.end() ? "nothing" : at->second));
}

void checkViews(const Server& server, const Expected& expected) {
  server.settled();
  const Json totals = server.row({"get", "totals", "[]"});
  const Counts& all = expected.totals();
  BOOST_TEST(joined(totals, {"flights", "delay", "distance", "late"}) ==
             fmt::format("{} {} {} {}", all.flights, all.delay, all.distance, all.late));
  checkRows("by_state", viewRows(server, "by_state", {"state"}, {"flights", "delay"}),
            expected.stateRows());
  checkRows("between_states",
            viewRows(server, "between_states", {"origin_state", "destination_state"},
                     {"flights", "distance", "delay"}),
            expected.betweenStateRows());
  checkRows("by_route",
            viewRows(server, "by_route", {"origin", "destination"},
                     {"origin_city", "destination_city", "flights", "delay"}),
            expected.routeRows());
  checkRows("by_day", viewRows(server, "by_day", {"day"}, {"flights", "delay", "greatest_delay"}),
            expected.dayRows());
  checkRows("by_month", viewRows(server, "by_month", {"month"}, {"late", "punctual"}),
            expected.monthRows());
}

/// Submits a file; a line of its output at a time, so that it may take as long as it goes on.
Json submitFile(const Server& server, const std::string& command, const fs::path& csv) {
  Process process = server.begin({"submit", command, "--csv", csv.string(), "--json"});
  std::string last;
  while (auto line = process.readLine()) last = std::move(*line);
  BOOST_TEST(process.ended());
  BOOST_TEST(process.wait() == 0, process.errors());
  return Json::parse(last);
}

/// The next server starts from a snapshot, in a part of the time that folding the log took; a
/// replica shows the same.
void checkSnapshot(Server& folded, const TemporaryFolder& folder, const Expected& expected,
                   const std::string& token) {
  const auto digests = folded.digests();
  BOOST_TEST(folded.row({"snapshot", "create"}).at("position") == folded.readyPosition());
  BOOST_TEST(folded.stop() == 0);
  const Server server(flightsServer(folder / "data", 2));
  BOOST_TEST(server.readySnapshot() == folded.readyPosition());
  BOOST_TEST(server.recovered() == 0u);
  BOOST_TEST(server.recoverySeconds() * 10 < folded.recoverySeconds());
  BOOST_TEST((server.digests() == digests));
  const Server replica(
      {.model = {}, .data = folder / "replica", .shards = 2, .of = server.address()});
  const Counts state = expected.byState().at("CA");
  const Json row =
      replica.row({"get", "by_state", "CA", "--at-least", token, "--at-least-wait", "60"});
  BOOST_TEST(joined(row, {"flights", "delay"}) == fmt::format("{} {}", state.flights, state.delay));
  std::cout << fmt::format("ready in {:.3f} s, {:.3f} s from a snapshot\n",
                           folded.recoverySeconds(), server.recoverySeconds());
}

/// Returns the token.
std::string registerIn(const Server& server, const std::string& iata, const std::string& city,
                       const std::string& state) {
  const Ended done =
      server.run({"submit", "RegisterAirport", "--json", "--set", "iata=" + iata, "city=" + city,
                  "state=" + state, "country=USA", "latitude=0", "longitude=0"});
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  return jsonLines(done.out).back().at("token");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flights, *boost::unit_test::precondition(flightsAreThere))

BOOST_AUTO_TEST_CASE(three_million_flights_add_up_follow_their_airports_and_survive_a_kill) {
  Expected expected;
  BOOST_TEST(expected.totals().flights == 3'000'000);
  BOOST_TEST(expected.totals().delay == 20'003'603);
  BOOST_TEST(expected.byState().at("CA").flights == 370'248);
  BOOST_TEST(expected.byState().at("CA").delay == 2'725'407);

  const TemporaryFolder folder;
  Server first(flightsServer(folder / "data", 1));
  BOOST_TEST(submitFile(first, "RegisterAirport", kAirports).at("accepted") ==
             expected.airportCount());
  const Json done = submitFile(first, "RecordFlight", kFlights);
  BOOST_TEST(done.at("accepted") == 3'000'000);
  BOOST_TEST(done.at("position") == 3'000'000 + expected.airportCount());
  checkViews(first, expected);

  // All that left from and went to Los Angeles moves with its airport.
  const std::string token = registerIn(first, "LAX", expected.airport("LAX").city, "XX");
  expected.move("LAX", "XX");
  BOOST_TEST(expected.byState().at("XX").flights > 50'000);
  checkViews(first, expected);
  const auto digests = first.digests();
  first.kill();

  Server again(flightsServer(folder / "data", 3));
  BOOST_TEST(again.recovered() == 3'000'001 + expected.airportCount());
  BOOST_TEST((again.digests() == digests));
  checkViews(again, expected);
  std::cout << fmt::format("{:.0f} flights/s submitted, {:.0f} events/s replayed",
                           done.at("rate").get<double>(),
                           static_cast<double>(again.recovered()) / again.recoverySeconds())
            << std::endl;
  checkSnapshot(again, folder, expected, token);
}

BOOST_AUTO_TEST_CASE(flights_that_cannot_be_are_rejected) {
  const TemporaryFolder folder;
  const Server server(flightsServer(folder / "data", 1));
  registerIn(server, "LAX", "Los Angeles", "CA");
  registerIn(server, "JFK", "New York", "NY");
  const std::string lines =
      "date,delay,distance,origin,destination\n"
      "2001-01-01 00:01,5,2475,LAX,JFK\n"
      "2001-01-01 00:01,5,2475,LAX,LAX\n"
      "2001-01-01 00:01,5,0,LAX,JFK\n"
      "2001-01-01 00:01,-2000,2475,LAX,JFK\n"
      "2001-01-01 00:01,5,2475,LAX,NIL\n"
      "2001-01-01 00:01,5,2475,NIL,JFK\n";
  const Ended done = server.run({"submit", "RecordFlight", "--csv", "-", "--json"}, lines);
  BOOST_TEST(done.code == 3);
  const Json summary = jsonLines(done.out).back();
  BOOST_TEST(summary.at("accepted") == 1);
  BOOST_TEST(summary.at("rejected") == 5);
  BOOST_TEST(summary.at("reasons").at("a flight leads to another airport") == 1);
  BOOST_TEST(summary.at("reasons").at("the distance must be positive") == 1);
  BOOST_TEST(summary.at("reasons").at("a flight is at most one day early or two days late") == 1);
  server.settled();
  const Json row = server.row({"get", "between_states", R"(["CA", "NY"])"});
  BOOST_TEST(joined(row, {"flights", "delay"}) == "1 5");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
