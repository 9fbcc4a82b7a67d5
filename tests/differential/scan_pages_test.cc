// Scans of a running server, page by page, against PostgreSQL: filter, order, limit and the range
// after a key; pages of every size must join up to the same rows. FACET_SEED chooses others.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "client/client.h"
#include "tests/differential/lab_round.h"
#include "tests/differential/twin.h"
#include "tests/system/server.h"

namespace facet::test {

namespace {

using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;
using system_test::Server;
using system_test::TemporaryFolder;

constexpr const char* kModel = R"(
@0xf0b1c47d2ae83596;
using Facet = import "/facet/model.capnp";
struct Items $Facet.table(key = ["itemId"]) {
  itemId @0 :Int32;  name @1 :Text;  due @2 :Int32 $Facet.date $Facet.nullValue("1969-12-31");
  price @3 :Int64 $Facet.decimal(2);
}
struct ItemSet $Facet.event(writes = [(table = "Items", how = upsert)])
               $Facet.command(emits = [(event = "ItemSet")]) {
  itemId @0 :Int32;  name @1 :Text;  due @2 :Int32 $Facet.date $Facet.nullValue("1969-12-31");
  price @3 :Int64 $Facet.decimal(2);
}
)";

constexpr const char* kViews = R"(
CREATE MATERIALIZED VIEW by_name_and_day AS
  SELECT name, due, count(*) AS items, sum(price) AS price FROM item_set GROUP BY name, due;
CREATE MATERIALIZED VIEW listed AS SELECT item_id, name, due, price FROM items;
CREATE UNIQUE INDEX ON listed (item_id);
CREATE INDEX ON listed (price DESC, name);
CREATE INDEX ON listed (due NULLS FIRST, item_id DESC);
CREATE MATERIALIZED VIEW bag AS SELECT name, price FROM item_set;
)";

struct Scanned {
  const char* relation;
  std::vector<const char*> key;
  std::vector<const char*> columns;
};
const std::vector<Scanned> kScanned = {
    {"by_name_and_day", {"name", "due"}, {"name", "due", "items", "price"}},
    {"listed", {"item_id"}, {"item_id", "name", "due", "price"}},
    {"items", {"item_id"}, {"item_id", "name", "due", "price"}},
    {"bag", {}, {"name", "price"}}};

/// What a scan is asked for.
struct Ask {
  std::string filter;
  std::string order;
  uint64_t limit = 0;
  uint32_t page = 0;
  const std::vector<std::string>* after = nullptr;  // a key
};

void writeAfter(const RelationShape& shape, const std::vector<std::string>& key,
                wire::ScanOptions::Builder options) {
  auto out = options.getAfter().initAsAnyStruct(shape.key.dataWords, shape.key.pointers);
  for (size_t i = 0; i < key.size(); ++i) {
    const auto value = key[i] == kNull ? std::nullopt : std::optional<std::string_view>(key[i]);
    BOOST_REQUIRE(writeField(shape.key.columns[i], value, out) == "");
  }
}

/// All pages, one after another.
TextRows scan(Client& client, const char* relation, const RelationShape& shape, const Ask& ask) {
  TextRows out;
  auto view = client.view<capnp::AnyPointer, capnp::AnyPointer>(relation);
  RowReader reader(shape.row.columns);
  std::vector<capnp::byte> cursor;
  do {
    auto request = view.scanRequest();
    auto options = request.initOptions();
    options.setPage(ask.page);
    if (cursor.empty()) {
      options.setFilter(ask.filter.c_str());
      options.setOrder(ask.order.c_str());
      options.setLimit(ask.limit);
      client.readAfterWrite(options.initRead());
      if (ask.after != nullptr) writeAfter(shape, *ask.after, options);
    } else {
      options.setCursor(kj::arrayPtr(cursor.data(), cursor.size()));
    }
    const auto answer = client.wait(request.send());
    const auto rows = answer.getRows().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
    BOOST_REQUIRE(rows.size() <= ask.page);
    for (const auto row : rows) {
      reader.read(row);
      auto& texts = out.emplace_back();
      for (size_t c = 0; c < shape.row.columns.size(); ++c) {
        texts.push_back(reader.text(c).value_or(kNull));
      }
    }
    const auto next = answer.getCursor();
    cursor.assign(next.begin(), next.end());
  } while (!cursor.empty());
  return out;
}

/// A server with random items, and PostgreSQL with the same.
class ItemsEverywhere {
 public:
  explicit ItemsEverywhere(uint64_t seed) : random(seed) {
    std::filesystem::create_directories(folder_ / "model");
    system_test::writeFile(folder_ / "model/items.capnp", kModel);
    system_test::writeFile(folder_ / "model/views.sql", kViews);
    server_.emplace(system_test::ServerOptions{
        .model = folder_ / "model", .data = folder_ / "data", .shards = 3});
    model_ = loadModel({{"items.capnp", kModel}, {"views.sql", kViews}});
    client.emplace(ClientOptions{.addresses = {server_->address()}});
    fill();
  }

  size_t pick(size_t n) { return random() % n; }

  std::mt19937_64 random;
  Postgres postgres;
  std::optional<Client> client;

 private:
  void fill() {
    static const std::vector<std::string> kNames = {"a", "B", "", "it's", "Zürich", kNull, "b%"};
    std::vector<EventText> events;
    std::string lines;
    for (int i = 0; i < 600; ++i) {
      const std::string id = std::to_string(pick(250));
      const std::string& name = kNames[pick(kNames.size())];
      const std::string due = pick(5) == 0 ? kNull : fmt::format("2024-03-{:02}", 1 + pick(20));
      const std::string price = fmt::format("{}.{}0", pick(12), pick(3));
      events.push_back({0, {id, name, due, price}});
      const auto json = [](const std::string& text) {
        return text == kNull ? "null" : '"' + text + '"';
      };
      lines += fmt::format(R"({{"itemId":{},"name":{},"due":{},"price":"{}"}})", id, json(name),
                           json(due), price) +
               "\n";
    }
    const auto done = server_->run({"submit", "ItemSet", "--jsonl", "-", "--json"}, lines);
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    server_->settled();
    Engine engine(model_, 1);
    Oracle oracle(postgres);
    oracle.begin(*model_);
    oracle.apply(*model_, events, engine.apply(events, 0), 0);
    oracle.setTable(model_->tables()[0], engine.tableRows(0));
    postgres.run(kViews);
  }

  TemporaryFolder folder_;
  std::shared_ptr<const Model> model_;
  std::optional<Server> server_;
};

std::string randomFilter(ItemsEverywhere& items) {
  static const std::vector<std::string> kFilters = {
      "",           "price > 3",          "name = 'a'",      "name IS NULL OR price < 1",
      "name = 'B'", "price IN (1, 2.10)", "name LIKE '%r%'", "price = 7.20 AND name <> 'a'"};
  return kFilters[items.pick(kFilters.size())];
}

/// Every column, so that each row has its place.
std::string randomOrder(ItemsEverywhere& items, const Scanned& scanned) {
  static const std::vector<std::string> kWays = {"", " DESC", " NULLS FIRST", " DESC NULLS LAST"};
  std::vector<const char*> columns = scanned.columns;
  std::shuffle(columns.begin(), columns.end(), items.random);
  std::string out;
  if (std::string(scanned.relation) == "listed" && items.pick(3) == 0) {
    return items.pick(2) == 0 ? "due NULLS FIRST, item_id DESC" : "due DESC, item_id";
  }
  for (const char* column : columns) {
    out += (out.empty() ? "" : ", ") + (column + kWays[items.pick(kWays.size())]);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scan_pages)

BOOST_AUTO_TEST_CASE(pages_of_every_size_join_up_to_postgresqls_rows) {
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  ItemsEverywhere items(seed);
  for (int i = 0; i < 300; ++i) {
    const Scanned& scanned = kScanned[items.pick(kScanned.size())];
    const RelationShape shape = items.client->describe(scanned.relation);
    Ask ask{randomFilter(items), randomOrder(items, scanned),
            items.pick(3) == 0 ? 1 + items.pick(40) : 0, static_cast<uint32_t>(1 + items.pick(60))};
    std::string sql = fmt::format("SELECT * FROM {}", scanned.relation);
    if (!ask.filter.empty()) sql += " WHERE " + ask.filter;
    sql += " ORDER BY " + ask.order;
    if (ask.limit > 0) sql += fmt::format(" LIMIT {}", ask.limit);
    BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " scan, pages of " << ask.page << ": " << sql) {
      const TextRows expected = items.postgres.query(sql);
      const TextRows rows = scan(*items.client, scanned.relation, shape, ask);
      BOOST_REQUIRE_MESSAGE(rows == expected, describeDifference(rows, expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_range_begins_behind_its_key) {
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  ItemsEverywhere items(seed);
  for (int i = 0; i < 150; ++i) {
    const Scanned& scanned = kScanned[items.pick(3)];  // those with a key
    const RelationShape shape = items.client->describe(scanned.relation);
    const std::string keys = fmt::format("{}", fmt::join(scanned.key, ", "));
    const TextRows all =
        items.postgres.query(fmt::format("SELECT * FROM {} ORDER BY {}", scanned.relation, keys));
    const size_t at = items.pick(all.size());
    const std::vector<std::string> key(
        all[at].begin(), all[at].begin() + static_cast<std::ptrdiff_t>(scanned.key.size()));
    const uint64_t limit = items.pick(2) == 0 ? 0 : 1 + items.pick(30);
    const size_t end = limit == 0 ? all.size() : std::min<size_t>(all.size(), at + 1 + limit);
    const TextRows expected(all.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                            all.begin() + static_cast<std::ptrdiff_t>(end));
    BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " scan of " << scanned.relation << " after "
                                     << fmt::format("{}", fmt::join(key, ", "))) {
      const TextRows rows = scan(*items.client, scanned.relation, shape,
                                 {{}, {}, limit, static_cast<uint32_t>(1 + items.pick(40)), &key});
      BOOST_REQUIRE_MESSAGE(rows == expected, describeDifference(rows, expected));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
