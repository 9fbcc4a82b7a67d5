#include "tests/system/counter.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <set>

namespace facet::system_test {
namespace {

constexpr uint64_t kBuckets = 7;

uint64_t bucketOf(uint64_t entry) {
  return entry % kBuckets;
}
uint64_t centsOf(uint64_t entry) {
  return entry * 37 % 1000 + 1;
}
std::string money(uint64_t cents) {
  return fmt::format("{}.{:02}", cents / 100, cents % 100);
}

struct Tally {
  uint64_t entries = 0;
  uint64_t cents = 0;
  uint64_t newest = 0;

  void add(uint64_t entry) {
    ++entries;
    cents += centsOf(entry);
    newest = entry;
  }
};

void checkTally(const Json& row, const Tally& expected) {
  BOOST_TEST(row.at("entries") == std::to_string(expected.entries), row.dump());
  BOOST_TEST(row.at("amount") == money(expected.cents), row.dump());
}

}  // namespace

ServerOptions counter(const fs::path& data, unsigned shards) {
  return {.model = source("tests/system/models/counter"), .data = data, .shards = shards};
}

fs::path counterWithMore(const fs::path& folder) {
  fs::copy(source("tests/system/models/counter"), folder);
  writeFile(folder / "views.sql",
            readFile(folder / "views.sql") +
                "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM entry_added;\n");
  return folder;
}

std::string entryNote(uint64_t entry) {
  return fmt::format("the note of entry {}.", entry);
}

std::string entryLines(EntryRange entries) {
  std::string out;
  for (uint64_t i = entries.first; i < entries.first + entries.count; ++i) {
    out += fmt::format("{{\"id\":{},\"bucket\":{},\"amount\":\"{}\",\"note\":\"{}\"}}\n", i,
                       bucketOf(i), money(centsOf(i)), entryNote(i));
  }
  return out;
}

Words submitEntries(const std::string& client, uint64_t batch) {
  Words words{"submit", "AddEntry", "--jsonl", "-", "--json", "--batch", std::to_string(batch)};
  if (!client.empty()) words.insert(words.end(), {"--client", client});
  return words;
}

Process beginLoad(const Server& server, EntryRange entries) {
  const uint64_t before = server.status().at("position");
  Words words = submitEntries({}, 1);
  std::erase(words, "--json");
  Process load = server.begin(words, entryLines(entries));
  const auto deadline = Clock::now() + kPatience;
  while (server.status().at("position") == before) {
    if (Clock::now() > deadline) throw std::runtime_error("the load does not begin");
  }
  return load;
}

void checkLogged(const Server& server, uint64_t position, EntryRange entries) {
  const auto events = server.rows({"log", "show", "--from", std::to_string(position)});
  BOOST_TEST(events.size() == entries.count);
  std::set<uint64_t> seen;
  for (const Json& event : events) {
    BOOST_REQUIRE(event.at("position") == position++);
    const Json& data = event.at("data");
    const uint64_t id = std::stoull(data.at("id").get<std::string>());
    BOOST_REQUIRE(id >= entries.first);
    BOOST_REQUIRE(id < entries.first + entries.count);
    BOOST_REQUIRE(seen.insert(id).second);
    BOOST_REQUIRE(data.at("amount") == money(centsOf(id)));
    BOOST_REQUIRE(data.at("note") == entryNote(id));
  }
}

void checkShown(const Server& server, uint64_t count) {
  server.settled();
  Tally all;
  Tally buckets[kBuckets];
  for (uint64_t i = 1; i <= count; ++i) {
    all.add(i);
    buckets[bucketOf(i)].add(i);
  }
  const Json total = server.row({"scan", "total"});
  checkTally(total, all);
  BOOST_TEST(total.at("ids") == std::to_string(count));
  for (const Json& row : server.rows({"scan", "by_bucket"})) {
    const Tally& expected = buckets[row.at("bucket").get<uint64_t>()];
    checkTally(row, expected);
    BOOST_TEST(row.at("newest") == std::to_string(expected.newest));
  }
  for (const char* relation : {"kept", "entries"}) {
    const std::string sql = "SELECT count(*) AS entries, sum(amount) AS amount FROM ";
    checkTally(server.row({"sql", sql + relation}), all);
  }
  // All of it is of one position.
  checkTally(server.row({"sql",
                         "WITH per AS (SELECT bucket, count(*) AS n FROM entries GROUP BY bucket) "
                         "SELECT count(*) AS entries, sum(k.amount) AS amount FROM kept k JOIN "
                         "entries e USING (id) LEFT JOIN by_bucket b ON b.bucket = k.bucket JOIN "
                         "per ON per.bucket = b.bucket"}),
             all);
}

}  // namespace facet::system_test
