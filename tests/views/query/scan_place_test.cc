// Scans that go on behind a row at another cut: what was there all the time is seen once.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tests/views/engine_vocabulary.h"
#include "values/text.h"
#include "views/query/query.h"

namespace facet::test {
namespace {

constexpr QueryLimits kLimits{.maxRows = 10'000, .maxBytes = 1 << 26};

std::string lineOf(const Select& select, const std::vector<Value>& row) {
  std::string out;
  for (size_t c = 0; c < row.size(); ++c) {
    out += (c > 0 ? "|" : "") +
           (row[c].isNull() ? "NULL" : toText(select.outputs[c].expr->type, row[c]));
  }
  return out;
}

struct Part {
  Lines rows;
  std::string place;  // behind the last of them
};

/// Up to `most` rows of a scan that begins behind the place.
Part scanFrom(const RowSource& source, Position at, const std::string& order,
              const std::string& place, size_t most) {
  const Select select = scanSelect(source.relation(), "", order, std::nullopt);
  Query query(source, select, at, kLimits);
  if (!place.empty()) BOOST_REQUIRE(query.goOnBehind(place));
  Part out;
  for (bool more = true; more;) {
    more = query.step(3);
    while (query.ready() > 0) {
      if (out.rows.size() >= most && !query.repeats()) return out;
      out.rows.push_back(lineOf(select, *query.next()));
      out.place = query.bookmark();
      BOOST_REQUIRE(out.place.empty() == query.repeats());
    }
  }
  return out;
}

/// An engine with a view v of forty orders.
struct Filled {
  Filled(const std::string& select, const std::string& index, uint32_t shards)
      : engine(engineModel(kSales, "CREATE MATERIALIZED VIEW v AS " + select + ";\n" + index),
               shards) {
    Lines events;
    for (int i = 0; i < 40; ++i) {
      const std::string note = i % 5 == 0 ? "-" : fmt::format("n{}", i % 4);
      events.push_back(fmt::format("order_set o{} c{} {} 1 {} 0", i, i % 13, i, note));
    }
    engine.chunk(events);
  }
  Engine engine;
};

std::map<std::string, int> countOf(const Lines& lines) {
  std::map<std::string, int> out;
  for (const std::string& line : lines) ++out[line];
  return out;
}

/// Scans in two parts, the second of them after the rows changed.
void checkParts(const std::string& select, const std::string& index, const std::string& order) {
  for (const uint32_t shards : {1, 3}) {
    for (size_t most = 1; most < 40; most += 3) {
      Filled filled(select, index, shards);
      Engine& engine = filled.engine;
      const Part first = scanFrom(engine.source("v"), engine.last(), order, "", most);
      const auto before = countOf(engine.rows("v"));
      engine.chunk({"order_erased o3", "order_erased o17", "order_set o90 c91 7 1 n9 0",
                    "order_set o91 a0 7 1 n0 0", "order_set o8 c8 800 1 n0 0"});
      const auto after = countOf(engine.rows("v"));
      const Part second = scanFrom(engine.source("v"), engine.last(), order, first.place, SIZE_MAX);
      auto seen = countOf(first.rows);
      for (const auto& [line, times] : countOf(second.rows)) seen[line] += times;
      for (const auto& [line, times] : before) {
        const auto now = after.find(line);
        if (now != after.end() && now->second == times) BOOST_TEST(seen[line] == times, line);
      }
      for (const auto& [line, times] : seen) {
        BOOST_TEST(times <= std::max(before.count(line) > 0 ? before.at(line) : 0,
                                     after.count(line) > 0 ? after.at(line) : 0),
                   line);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scan_places)

BOOST_AUTO_TEST_CASE(groups_are_seen_once) {
  checkParts("SELECT customer_id, note, count(*) AS n FROM orders GROUP BY customer_id, note", "",
             "");
}

BOOST_AUTO_TEST_CASE(rows_of_a_bag_are_seen_as_often_as_they_are_there) {
  checkParts("SELECT customer_id, note FROM orders", "", "");
}

BOOST_AUTO_TEST_CASE(rows_along_an_index_are_seen_once_both_ways) {
  const std::string select = "SELECT order_id, note FROM orders";
  const std::string index = "CREATE INDEX ON v (order_id); CREATE INDEX ON v (note);";
  for (const char* order : {"", "order_id", "order_id DESC", "note", "note DESC"}) {
    checkParts(select, index, order);
  }
}

BOOST_AUTO_TEST_CASE(another_shard_count_or_order_is_another_scan) {
  const std::string select = "SELECT order_id, note FROM orders";
  const std::string index = "CREATE INDEX ON v (order_id);";
  const Filled filledOne(select, index, 1);
  const Filled filledThree(select, index, 3);
  const Engine& one = filledOne.engine;
  const Engine& three = filledThree.engine;
  const std::string place = scanFrom(one.source("v"), one.last(), "", "", 5).place;
  const auto takes = [&](const Engine& engine, const std::string& order, const std::string& bytes) {
    const RowSource& source = engine.source("v");
    Query query(source, scanSelect(source.relation(), "", order, std::nullopt), engine.last(),
                kLimits);
    if (!query.goOnBehind(bytes)) return false;
    while (query.step(1000)) {  // also of bytes that only look like a place
    }
    return true;
  };
  BOOST_TEST(takes(one, "", place));
  BOOST_TEST(!takes(three, "", place));
  BOOST_TEST(!takes(one, "order_id", place));
  BOOST_TEST(!takes(one, "note", place));  // sorted
  // Any bytes at all are refused, or a place.
  for (const char* order : {"", "order_id"}) {
    const std::string good = scanFrom(three.source("v"), three.last(), order, "", 5).place;
    for (size_t at = 0; at < good.size(); ++at) {
      takes(three, order, good.substr(0, at));
      for (const char byte : {'\x00', '\x01', '\x7f', '\xff'}) {
        std::string bytes = good;
        bytes[at] = byte;
        takes(three, order, bytes);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(sorted_rows_have_no_place) {
  const Filled filled("SELECT order_id, note FROM orders", "", 2);
  const RowSource& source = filled.engine.source("v");
  Query query(source, scanSelect(source.relation(), "", "note", std::nullopt), filled.engine.last(),
              kLimits);
  while (query.step(1000)) {
  }
  BOOST_REQUIRE(query.ready() > 0);
  query.next();
  BOOST_TEST(query.bookmark().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
