// The repository's own models, by the route that docs/sql.md promises: what `facet schema
// --postgres` prints and the model's views.sql, unchanged, go into PostgreSQL; after each batch of
// events its materialized views are refreshed, and every view is compared, for 1 to 8 shards. The
// superstore gets its real order lines.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "model/schema_text.h"
#include "tests/differential/twin.h"

namespace facet::test {

namespace {

namespace fs = std::filesystem;

constexpr uint32_t kMostShards = 8;
constexpr int64_t kTime = 1'700'000'000'000'000;

const fs::path kSource = FACET_SOURCE;

std::string readFile(const fs::path& path) {
  std::stringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// A model of the repository in PostgreSQL and in engines of 1 to 8 shards.
class ModelTwin {
 public:
  ModelTwin(Postgres& postgres, const fs::path& folder)
      : model(loadModel(kSource / folder)), postgres_(postgres), oracle_(postgres) {
    oracle_.begin(*model);
    postgres_.run(readFile(kSource / folder / "views.sql"));
    for (uint32_t shards = 1; shards <= kMostShards; ++shards) engines_.emplace_back(model, shards);
  }

  /// The same batch for all. Then every view is compared.
  void apply(const std::vector<EventText>& batch) {
    Position first;
    for (Engine& engine : engines_) first = engine.apply(batch, kTime);
    oracle_.apply(*model, batch, first, kTime);
    for (uint32_t t = 0; t < model->tables().size(); ++t) {
      oracle_.setTable(model->tables()[t], engines_[0].tableRows(t));
    }
    for (uint32_t v = 0; v < model->views().size(); ++v) compare(v);
  }

  const std::shared_ptr<const Model> model;
  size_t rowsSeen = 0;

 private:
  void compare(uint32_t v) {
    const ViewType& view = model->views()[v];
    BOOST_TEST_CONTEXT("view " << view.name << " at " << engines_[0].last().value) {
      postgres_.run("REFRESH MATERIALIZED VIEW " + view.name);
      TextRows expected = postgres_.query("SELECT * FROM " + view.name);
      std::sort(expected.begin(), expected.end());
      rowsSeen += expected.size();
      for (const Engine& engine : engines_) {
        const TextRows rows = engine.rows(v);
        BOOST_REQUIRE_MESSAGE(rows == expected, describeDifference(rows, expected));
        BOOST_REQUIRE(engine.errors(v) == 0);
        BOOST_REQUIRE(engine.digest(v) == engines_[0].digest(v));
      }
    }
  }

  Postgres& postgres_;
  Oracle oracle_;
  std::deque<Engine> engines_;
};

/// Random events for any model, which its tables accept: keys from a few, so that rows meet.
class AnyEvents {
 public:
  AnyEvents(const Model& model, uint64_t seed) : model_(model), random_(seed) {
    for (const TableType& table : model.tables()) {
      for (const uint32_t column : table.key) keyNames_.insert(table.fields[column].name);
    }
    keys_.resize(model.tables().size());
  }

  std::vector<EventText> batch(size_t events) {
    std::vector<EventText> out;
    while (out.size() < events) {
      EventText event;
      event.event = static_cast<uint32_t>(pick(model_.events().size()));
      const EventType& type = model_.events()[event.event];
      for (const Field& field : type.fields) event.values.push_back(value(field));
      if (accepts(type, event)) out.push_back(std::move(event));
    }
    return out;
  }

 private:
  using Key = std::vector<std::string>;

  size_t pick(size_t n) { return random_() % n; }

  std::string value(const Field& field) {
    const bool key = keyNames_.count(field.name) > 0;
    if (field.nullable && !key && pick(8) == 0) return kNull;
    if (!field.enumerants.empty()) return field.enumerants[pick(field.enumerants.size())];
    switch (field.type.kind) {
      case Kind::text:
        return fmt::format("{} {}", field.name, pick(key ? 12 : 4));
      case Kind::date:
        return fmt::format("2024-{:02}-{:02}", 1 + pick(12), 1 + pick(28));
      case Kind::timestamp:
        return fmt::format("2024-{:02}-{:02} 12:00:00.5", 1 + pick(12), 1 + pick(28));
      case Kind::boolean:
        return pick(2) == 0 ? "t" : "f";
      case Kind::numeric:
        return fmt::format("{}{}.{:0{}}", pick(4) == 0 ? "-" : "", pick(1000), pick(10),
                           std::max<int>(field.type.scale, 1));
      default:
        return std::to_string(pick(key ? 300 : 50));
    }
  }

  /// Whether the tables take it; they have it then.
  bool accepts(const EventType& type, const EventText& event) {
    const auto keyOf = [&](const TableWrite& write) {
      Key key;
      for (const uint32_t column : model_.tables()[write.table].key) {
        key.push_back(event.values.at(write.columns[column].column));
      }
      return key;
    };
    for (const TableWrite& write : type.writes) {
      const bool there = keys_[write.table].count(keyOf(write)) > 0;
      if (write.how == TableWrite::How::insert && there) return false;
      const bool needsRow =
          write.how == TableWrite::How::update || write.how == TableWrite::How::erase;
      if (needsRow && !there) return false;
    }
    for (const TableWrite& write : type.writes) {
      if (write.how == TableWrite::How::erase) {
        keys_[write.table].erase(keyOf(write));
      } else {
        keys_[write.table].insert(keyOf(write));
      }
    }
    return true;
  }

  const Model& model_;
  std::mt19937_64 random_;
  std::set<std::string> keyNames_;
  std::vector<std::set<Key>> keys_;  // by table
};

void checkWithRandomEvents(const fs::path& folder, size_t batches) {
  Postgres postgres;
  ModelTwin twin(postgres, folder);
  AnyEvents events(*twin.model, batches);
  std::mt19937_64 random(batches);
  for (size_t i = 0; i < batches; ++i) twin.apply(events.batch(1 + random() % 25));
  BOOST_TEST(twin.rowsSeen > batches);
}

const fs::path kSample = kSource / "build/sample/superstore.csv";

boost::test_tools::assertion_result sampleIsThere(boost::unit_test::test_unit_id) {
  if (fs::exists(kSample)) return true;
  std::cout << "skipped: there is no " << kSample << "; `./dev demo` fetches it" << std::endl;
  return false;
}

/// The sample's lines as the event's values. PostgreSQL reads the file: nothing of facet's does.
std::vector<EventText> orderLines(Postgres& postgres, const Model& model) {
  std::string columns;
  std::string select;
  const std::string file = readFile(kSample);
  const size_t headerEnd = file.find('\n');
  for (const char c : file.substr(0, headerEnd)) {
    if (c == '"' || c == '\r') continue;
    columns += c == ',' ? " text, " : c == ' ' || c == '-' ? "_" : std::string(1, c);
  }
  const EventType& type = model.events().at(0);
  for (const Field& field : type.fields) {
    select += fmt::format("{}{}::{}", select.empty() ? "" : ", ", field.name, typeName(field.type));
  }
  postgres.run(fmt::format("SET datestyle = 'ISO, MDY'; CREATE TABLE sample ({} text)", columns));
  postgres.copyCsv("sample", file.substr(headerEnd + 1));
  std::vector<EventText> out;
  for (auto& row : postgres.query(fmt::format("SELECT {} FROM sample", select))) {
    out.push_back({0, std::move(row)});
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_files)

BOOST_AUTO_TEST_CASE(orders_of_the_benchmarks) {
  checkWithRandomEvents("bench/models/orders", 60);
}

BOOST_AUTO_TEST_CASE(counter) {
  checkWithRandomEvents("tests/system/models/counter", 60);
}

BOOST_AUTO_TEST_CASE(superstore_with_random_events) {
  checkWithRandomEvents("examples/superstore", 15);
}

BOOST_AUTO_TEST_CASE(superstore_with_its_order_lines,
                     *boost::unit_test::precondition(sampleIsThere)) {
  Postgres postgres;
  ModelTwin twin(postgres, "examples/superstore");
  const std::vector<EventText> lines = orderLines(postgres, *twin.model);
  BOOST_REQUIRE(lines.size() == 9994U);
  const EventType& type = twin.model->events().at(0);
  const auto column = [&](const std::string& name) {
    return static_cast<size_t>(
        std::find_if(type.fields.begin(), type.fields.end(),
                     [&](const Field& field) { return field.name == name; }) -
        type.fields.begin());
  };
  std::mt19937_64 random(7);
  size_t nextRow = lines.size();
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.size(), at + 1 + random() % 1200);
    std::vector<EventText> batch(lines.begin() + static_cast<std::ptrdiff_t>(at),
                                 lines.begin() + static_cast<std::ptrdiff_t>(end));
    // Customers and products that were there before change, and all that was bought with them.
    for (size_t i = 0; i < 20; ++i) {
      EventText line = lines[random() % end];
      const EventText& other = lines[random() % lines.size()];
      line.values[column("row_id")] = std::to_string(++nextRow);
      for (const char* name : {"customer_name", "segment", "product_name", "category"}) {
        line.values[column(name)] = other.values[column(name)];
      }
      batch.push_back(std::move(line));
    }
    twin.apply(batch);
    at = end;
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
