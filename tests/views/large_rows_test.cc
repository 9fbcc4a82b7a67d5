// Rows that are too large: a SELECT that names a long text many times is an error of the row, as
// long as the row is there, and a failed query.
#include <fmt/format.h>

#include "sql/bind.h"
#include "tests/views/engine_vocabulary.h"
#include "views/query/query.h"

namespace facet::test {
namespace {

const char* const kDocs =
    "struct Docs $Facet.table(key = [\"id\"]) { id @0 :Int32; body @1 :Text; note @2 :Text; }\n"
    "struct DocSet $Facet.event(writes = [(table = \"Docs\", how = upsert)]) { id @0 :Int32; "
    "body @1 :Text; note @2 :Text; }\n";

/// "body AS c0, body AS c1, …"
std::string copies(const std::string& expression, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += fmt::format("{}{} AS c{}", i == 0 ? "" : ", ", expression, i);
  }
  return out;
}

const std::string kLong(15'000'000, 'x');

EventText set(const std::string& body) {
  return {"doc_set", {"1", body, "-"}};
}

void commit(Engine& engine, const EventText& event) {
  BOOST_REQUIRE(engine.add(event));
  engine.commit();
}

/// What became of a view: rows, errors.
std::string stateOf(const Engine& engine, const std::string& view) {
  return engine.errors(view) == 0 ? fmt::format("{} rows", engine.rowCount(view))
                                  : engine.errorText(view);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_rows)

BOOST_AUTO_TEST_CASE(a_row_of_a_view_that_is_too_large_is_an_error_while_it_is_there) {
  const std::string selects[] = {
      "SELECT id, " + copies("body", 280) + " FROM docs",
      "SELECT id, " + copies("body", 2) + " FROM docs",
      "SELECT " + copies("body", 280) + ", count(*) AS n FROM docs GROUP BY body",
      "SELECT id, " + copies("max(body)", 280) + " FROM docs GROUP BY id",
      "SELECT id, " + copies("body", 280) + " FROM doc_set",
  };
  for (const std::string& select : selects) {
    BOOST_TEST_CONTEXT(select.substr(0, 40)) {
      for (const unsigned shards : {1U, 3U}) {
        Engine engine(engineModel(kDocs, "CREATE MATERIALIZED VIEW v AS " + select + ";"), shards);
        const bool ofEvents = select.ends_with("doc_set");
        commit(engine, set("short"));
        BOOST_TEST(stateOf(engine, "v") == "1 rows");
        commit(engine, set(kLong));
        BOOST_TEST(stateOf(engine, "v").starts_with("value too large in a row of the view"),
                   stateOf(engine, "v"));
        commit(engine, set("short again"));
        if (ofEvents) continue;
        BOOST_TEST(stateOf(engine, "v") == "1 rows");
        BOOST_TEST((engine.digest("v") == engine.digestOfRows("v")));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_text_alone_is_a_row_as_any_other) {
  Engine engine(engineModel(
      kDocs, "CREATE MATERIALIZED VIEW v AS SELECT id, body, length(body) AS n FROM docs;"));
  commit(engine, set(kLong));
  BOOST_TEST(stateOf(engine, "v") == "1 rows");
}

BOOST_AUTO_TEST_CASE(a_row_of_a_table_that_could_not_be_read_is_not_made) {
  Engine engine(engineModel(kDocs, "CREATE MATERIALIZED VIEW v AS SELECT id FROM docs;"));
  commit(engine, {"doc_set", {"1", "short", kLong}});
  BOOST_TEST(!engine.add({"doc_set", {"1", kLong, kLong}}));
  engine.commit();
  BOOST_TEST(engine.rowCount("v") == 1U);
}

BOOST_AUTO_TEST_CASE(a_query_that_makes_too_large_a_row_fails) {
  Engine engine(
      engineModel(kDocs, "CREATE MATERIALIZED VIEW v AS SELECT id, body, note FROM docs;"));
  commit(engine, set(kLong));
  const auto ask = [&](const std::string& sql) -> std::string {
    Query query(engine.source("v"), bindQuery(sql, engine.model(), {}), engine.last(),
                {1'000, uint64_t{1} << 30});
    try {
      while (query.step(1)) continue;
      return query.next() == nullptr ? "nothing" : "a row";
    } catch (const QueryError& error) {
      return error.what();
    }
  };
  const std::string refused =
      "a row of the answer has more than 15 MiB of text; choose fewer columns, or shorten them "
      "with left(text, n)";
  BOOST_TEST(ask("SELECT * FROM v") == "a row");
  BOOST_TEST(ask("SELECT body FROM v") == "a row");
  BOOST_TEST(ask("SELECT left(body, 9), body FROM v") == "a row");
  BOOST_TEST(ask("SELECT body, body FROM v") == refused);
  BOOST_TEST(ask("SELECT " + copies("body", 280) + " FROM v") == refused);
  BOOST_TEST(ask("SELECT body, max(body) FROM v GROUP BY body") == refused);
  BOOST_TEST(ask("SELECT body, body FROM v ORDER BY id") == refused);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
