// Lists of structs and of floats as values that pass through views, against PostgreSQL's arrays:
// shown, chosen, grouped by, counted. Among the floats are zeros with a sign: equal, and two texts.
// FACET_SEED and FACET_ROUNDS choose others.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>
#include <set>

#include "sql/bind.h"
#include "tests/differential/twin.h"
#include "values/text.h"
#include "views/query/query.h"

namespace facet::test {
namespace {

const char* const kModel = R"(
@0xc1d5a9e37f2b8461;
using Facet = import "/facet/model.capnp";

enum Color { red @0; green @1; }
struct Line {
  sku @0 :Text;
  n @1 :Int32;
  price @2 :Int64 $Facet.decimal(2);
  day @3 :Int32 $Facet.date $Facet.nullValue("1970-01-01");
  at @4 :Int64 $Facet.timestamp;
  gift @5 :Bool;
  color @6 :Color;
  raw @7 :Data;
  size :group { w @8 :Float64; code @9 :UInt64; }
}
struct Carts $Facet.table(key = ["cartId"]) {
  cartId @0 :Int32; lines @1 :List(Line); weights @2 :List(Float32);
}
struct Placed $Facet.event() {
  orderId @0 :Int64; cartId @1 :Int32; lines @2 :List(Line); region @3 :Text;
  parts @4 :List(Float64);
}
struct CartSet $Facet.event(writes = [(table = "Carts", how = upsert)]) {
  cartId @0 :Int32; lines @1 :List(Line); weights @2 :List(Float32);
}
struct CartGone $Facet.event(writes = [(table = "Carts", how = delete)]) { cartId @0 :Int32; }
)";

const std::vector<std::string> kSelects = {
    "SELECT order_id, lines, region FROM placed",
    "SELECT lines, region FROM placed WHERE lines IS NOT NULL",
    "SELECT region, count(*) AS orders, count(lines) AS given, count(DISTINCT lines) AS kinds "
    "FROM placed GROUP BY region",
    "SELECT count(*) AS orders, min(order_id) AS first FROM placed GROUP BY lines",
    "SELECT region, count(*) AS orders, lines IS NULL AS none FROM placed GROUP BY lines, region "
    "HAVING count(*) > 1",
    "SELECT cart_id, lines FROM carts",
    "SELECT count(*) AS carts, count(DISTINCT lines) AS kinds FROM carts",
    "SELECT p.order_id, c.lines AS now, coalesce(p.lines, c.lines) AS any_lines, CASE WHEN "
    "p.region = 'W' THEN c.lines WHEN p.region = 'N' THEN p.lines END AS chosen "
    "FROM placed p JOIN carts c USING (cart_id)",
    "SELECT p.region, count(DISTINCT c.lines) AS kinds, count(c.lines) AS given FROM placed p "
    "JOIN carts c USING (cart_id) GROUP BY p.region",
    "SELECT order_id, parts FROM placed WHERE parts IS NOT NULL",
    "SELECT count(*) AS orders, min(order_id) AS first FROM placed GROUP BY parts",
    "SELECT region, count(*) AS orders, count(DISTINCT parts) AS kinds FROM placed GROUP BY region",
    "SELECT count(*) AS carts, max(cart_id) AS last FROM carts GROUP BY weights",
    "SELECT count(DISTINCT weights) AS kinds FROM carts",
    "SELECT count(*) AS orders, count(DISTINCT p.parts) AS kinds FROM placed p "
    "JOIN carts c USING (cart_id) GROUP BY c.weights",
};

/// Of a table, on the way of `facet sql`.
const std::vector<std::string> kQueries = {
    "SELECT count(*) AS carts, min(cart_id) AS first FROM carts GROUP BY weights",
    "SELECT count(DISTINCT weights) AS kinds, count(DISTINCT lines) AS other FROM carts",
    "SELECT count(*) AS carts FROM carts GROUP BY lines HAVING count(*) > 1",
};

constexpr int64_t kTime = 1'700'000'000'000'000;

class RandomOrders {
 public:
  RandomOrders(const Model& model, uint64_t seed) : model_(model), random_(seed) {}

  std::vector<EventText> chunk(size_t events) {
    std::vector<EventText> out;
    while (out.size() < events) out.push_back(event());
    return out;
  }

 private:
  uint64_t pick(uint64_t n) { return random_() % n; }
  std::string oneOf(std::initializer_list<const char*> texts) {
    return texts.begin()[pick(texts.size())];
  }

  std::string line() {
    if (pick(20) == 0) return kNull;
    static const char* const kSkus[] = {"a",     "b c",         "",     "x,y", "(z)",
                                        "\"q\"", "back\\slash", "null", "{}",  "tab\t",
                                        "häß€",  "''",          "\n"};
    Texts columns;
    columns.push_back(pick(6) == 0 ? std::nullopt : std::optional(kSkus[pick(std::size(kSkus))]));
    columns.emplace_back(oneOf({"0", "1", "-7", "2147483647"}));
    columns.emplace_back(oneOf({"0", "12.5", "-0.01", "9999999999999999.99"}));
    columns.push_back(pick(3) == 0 ? std::nullopt
                                   : std::optional(oneOf({"2017-11-08", "0044-03-15 BC"})));
    columns.emplace_back(oneOf({"2017-11-08 10:00:00", "1999-12-31 23:59:59.999999"}));
    columns.emplace_back(oneOf({"t", "f"}));
    columns.emplace_back(oneOf({"red", "green"}));
    columns.push_back(pick(3) == 0 ? std::nullopt : std::optional(oneOf({"\\x", "\\x00ff5c22"})));
    columns.emplace_back(oneOf({"0", "-0", "0.1", "1e+300", "-Infinity", "NaN"}));
    columns.emplace_back(oneOf({"0", "18446744073709551615"}));
    return joinCompositeText(columns);
  }

  /// Few different lists come often, so that there is something to count.
  std::string lines() {
    if (pick(3) != 0 && !known_.empty()) return known_[pick(known_.size())];
    if (pick(8) == 0) return kNull;
    Texts elements;
    for (uint64_t n = pick(4); n > 0; --n) {
      const std::string text = line();
      elements.push_back(text == kNull ? std::nullopt : std::optional(text));
    }
    if (known_.size() < 40) known_.push_back(joinArrayText(elements));
    return joinArrayText(elements);
  }

  std::string floats() {
    if (pick(8) == 0) return kNull;
    Texts elements;
    for (uint64_t n = pick(3); n > 0; --n) {
      const std::string text = oneOf({"0", "-0", "-0", "NaN", "1.5", kNull});
      elements.push_back(text == kNull ? std::nullopt : std::optional(text));
    }
    return joinArrayText(elements);
  }

  EventText event() {
    const std::string cart = std::to_string(pick(12));
    const uint64_t what = pick(10);
    if (what < 2 || carts_.empty()) {
      carts_.insert(cart);
      return make("CartSet", {cart, lines(), floats()});
    }
    if (what == 2) {
      const std::string gone = *carts_.begin();
      carts_.erase(gone);
      return make("CartGone", {gone});
    }
    return make("Placed",
                {std::to_string(++orders_), cart, lines(), oneOf({"W", "N", kNull}), floats()});
  }

  EventText make(const std::string& name, std::vector<std::string> values) const {
    uint32_t index = 0;
    while (model_.events()[index].name != name) ++index;
    return {index, std::move(values)};
  }

  const Model& model_;
  std::mt19937_64 random_;
  std::vector<std::string> known_;
  std::set<std::string> carts_;
  int orders_ = 0;
};

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<Type> typesOf(const Relation& relation) {
  std::vector<Type> types;
  for (const RelationColumn& column : relation.columns) types.push_back(column.type);
  return types;
}

/// Results that were compared, and how many had rows.
struct Compared {
  int results = 0;
  int nonEmpty = 0;
};

TextRows answer(const std::string& sql, const Model& model, const Engine& engine) {
  const std::unique_ptr<RowSource> carts = engine.table(0);
  Query query(*carts, bindQuery(sql, model, {}), engine.last(), {1'000'000, uint64_t{1} << 30});
  while (query.step(1'000)) continue;
  TextRows rows;
  while (const std::vector<Value>* row = query.next()) {
    auto& texts = rows.emplace_back();
    for (size_t c = 0; c < row->size(); ++c) {
      texts.push_back(toText(query.outputs()[c].expr->type, (*row)[c]));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

void checkQueries(Oracle& oracle, const Model& model, const Engine& engine) {
  for (const std::string& sql : kQueries) {
    BOOST_TEST_CONTEXT("query: " << sql) {
      TextRows expected;
      std::string error;
      BOOST_REQUIRE_MESSAGE(oracle.select(sql, expected, error), error);
      const TextRows rows = answer(sql, model, engine);
      BOOST_REQUIRE_MESSAGE(rows == expected, describeDifference(rows, expected));
    }
  }
}

void checkRound(Postgres& postgres, const std::shared_ptr<const Model>& model, uint64_t seed,
                Compared& compared) {
  Oracle oracle(postgres);
  oracle.begin(*model);
  RandomOrders orders(*model, seed);
  Engine one(model, 1);
  Engine three(model, 3);
  for (int checkpoint = 0; checkpoint < 4; ++checkpoint) {
    const std::vector<EventText> chunk = orders.chunk(80);
    const Position first = one.apply(chunk, kTime);
    three.apply(chunk, kTime);
    oracle.apply(*model, chunk, first, kTime);
    oracle.setTable(model->tables()[0], one.tableRows(0));
    for (uint32_t v = 0; v < kSelects.size(); ++v) {
      BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " FACET_ROUNDS=1, view: " << kSelects[v]) {
        TextRows expected;
        std::string error;
        BOOST_REQUIRE_MESSAGE(oracle.select(kSelects[v], expected, error), error);
        const TextRows rows = one.rows(v);
        BOOST_REQUIRE_MESSAGE(sameRows(rows, expected, typesOf(model->views()[v].relation)),
                              describeDifference(rows, expected));
        ++compared.results;
        compared.nonEmpty += rows.empty() ? 0 : 1;
        BOOST_REQUIRE(one.errors(v) == 0);
        BOOST_REQUIRE_MESSAGE(three.rows(v) == rows, describeDifference(three.rows(v), rows));
        BOOST_REQUIRE(three.digest(v) == one.digest(v));
      }
    }
    checkQueries(oracle, *model, one);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(lists_of_structs_and_floats_equal_postgres) {
  std::string views;
  for (size_t i = 0; i < kSelects.size(); ++i) {
    views += fmt::format("CREATE MATERIALIZED VIEW v{} AS {};\n", i, kSelects[i]);
  }
  const std::shared_ptr<const Model> model =
      loadModel(std::vector<ModelFile>{{"shop.capnp", kModel}, {"views.sql", views}});
  Postgres postgres;
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  const uint64_t rounds = fromEnvironment("FACET_ROUNDS", 10);
  Compared compared;
  for (uint64_t round = 0; round < rounds; ++round)
    checkRound(postgres, model, seed + round, compared);
  BOOST_TEST(compared.nonEmpty * 10 >= compared.results * 9);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
