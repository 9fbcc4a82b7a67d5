// Ad hoc queries and scans over the lab's views and tables × random events, against PostgreSQL at
// the same position: WHERE, aggregates, GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET, parameters; and
// what a scan takes: filter, order (through indexes too), limit. FACET_SEED and FACET_ROUNDS choose
// others.
#include "tests/differential/lab_query.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "sql/bind.h"
#include "values/text.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(lab_queries)

constexpr uint32_t kViews = 6;  // of a round
constexpr int kCheckpoints = 4;
constexpr int kQueries = 5;  // of a relation at a checkpoint

/// Conditions that hold for a row that is there: what keys and indexes are for.
std::vector<std::string> equalities(const Asked& asked, const TextRows& rows, ExprMaker& make) {
  std::vector<std::string> out;
  if (rows.empty() || !asked.whole || !make.chance(40)) return out;
  const auto& row = make.oneOf(rows);
  for (size_t c = 0; c < asked.columns.size(); ++c) {
    const LabColumn& column = asked.columns[c];
    if (column.type[0] == 'a' || !make.chance(c == 0 ? 80 : 30)) continue;
    out.push_back(row[c] == kNull ? column.sql + " IS NULL"
                                  : fmt::format("{} = {}", column.sql, sqlLiteral(row[c])));
    if (out.size() == 3) break;
  }
  return out;
}

/// With each $n as its literal.
std::string withLiterals(const std::string& sql, const std::vector<std::string>& literals) {
  std::string out;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '$') {
      out += sql[i];
      continue;
    }
    size_t n = 0;
    while (i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9') {
      n = n * 10 + static_cast<size_t>(sql[++i] - '0');
    }
    out += literals.at(n - 1);
  }
  return out;
}

/// A parameter as clients give it, and the literal that is the same: mostly one in quotes, that
/// takes the type of its place.
Parameter parameter(const std::string& text, ExprMaker& make, std::string& literal, Seen& seen) {
  literal = sqlLiteral(text);
  std::string scratch;
  const auto number = parseText(Type::of(Kind::int64), text, scratch);
  if (!number || make.chance(70)) return {Type::of(Kind::text), Value::text(text), true};
  ++seen.coverage["clause: typed parameters"];
  literal += "::bigint";
  return {Type::of(Kind::int64), *number, false};
}

/// All columns of a view.
LabSelect starOf(const Asked& asked, const std::vector<std::string>& where) {
  LabSelect select;
  select.star = true;
  for (const LabColumn& column : asked.columns) {
    select.outputs.push_back({column.sql, column.type});
  }
  select.tail = "FROM " + asked.name;
  for (size_t i = 0; i < where.size(); ++i) {
    select.tail += (i == 0 ? " WHERE " : " AND ") + where[i];
  }
  return select;
}

void checkQuery(const LabRound& round, const Asked& asked, const TextRows& rows, LabSql& sql,
                Seen& seen) {
  ExprMaker& make = sql.maker();
  std::vector<std::string> parameters;
  ExprMaker::Scope scope{asked.columns, make.chance(20), asked.table,
                         make.chance(50) ? &parameters : nullptr};
  const bool alias = make.chance(50);
  if (alias) {
    for (LabColumn& column : scope.columns) column.sql = "q." + column.sql;
  }
  const auto where = equalities(asked, rows, make);
  LabSelect select = asked.whole && !asked.table && make.chance(15)
                         ? starOf(asked, where)
                         : sql.query(asked.name + (alias ? " AS q" : ""), scope, where);
  LabOrder order;
  select.tail += sql.orderAndLimit(select, scope, order);
  if (!parameters.empty()) ++seen.coverage["clause: parameters"];
  if (select.star) ++seen.coverage["clause: star"];
  std::vector<Parameter> given;
  std::vector<std::string> literals(parameters.size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    given.push_back(parameter(parameters[i], make, literals[i], seen));
  }
  BOOST_TEST_CONTEXT("query: " << select.sql() << "\n  of: " << asked.name
                               << " with: " << fmt::format("{}", fmt::join(parameters, " | "))) {
    TextRows expected;
    std::string error;
    const bool answered = round.postgres.tryQuery(
        withLiterals(select.sqlWithMagnitudes(), literals), expected, error);
    LabSources sources;
    sources.add(*asked.source);
    const Answer answer = runQuery(
        sources, [&] { return bindQuery(select.sql(), *round.model, given); }, round.one.last(),
        make);
    checkAnswer(answer, answered, expected, error, select.outputs, order, seen);
  }
}

void checkScan(const LabRound& round, const Asked& asked, const TextRows& rows, LabSql& sql,
               const std::vector<std::string>& indexes, Seen& seen) {
  ExprMaker& make = sql.maker();
  const ExprMaker::Scope scope{asked.columns, false, asked.table, nullptr};
  std::string filter;
  for (const std::string& condition : equalities(asked, rows, make)) {
    filter += (filter.empty() ? "" : " AND ") + condition;
  }
  if (make.chance(30)) filter += (filter.empty() ? "" : " AND ") + sql.condition(scope);
  std::vector<LabOutput> outputs;
  std::vector<std::string> names;
  bool lists = false;
  for (const LabColumn& column : asked.columns) {
    outputs.push_back({column.sql, column.type});
    lists = lists || column.type[0] == 'a';
    if (column.type[0] != 'a') names.push_back(column.sql);
  }
  std::string order;
  const bool total = !lists && make.chance(60);
  if (!indexes.empty() && make.chance(60)) {
    ++seen.coverage["clause: scan in an index's order"];
    order = make.oneOf(indexes);
    // What the index leaves open.
    if (total) order += ", " + sql.orderList(names);
  } else if (total) {
    order = sql.orderList(names);
  }
  std::optional<uint64_t> limit;
  if (total && make.chance(50)) limit = 1 + make.pick(10);
  if (!filter.empty()) ++seen.coverage["clause: scan where"];
  if (limit) ++seen.coverage["clause: scan limit"];
  std::string text = fmt::format("SELECT * FROM {}", asked.name);
  if (!filter.empty()) text += " WHERE " + filter;
  if (!order.empty()) text += " ORDER BY " + order;
  if (limit) text += fmt::format(" LIMIT {}", *limit);
  BOOST_TEST_CONTEXT("scan: " << text) {
    TextRows expected;
    std::string error;
    const bool answered = round.postgres.tryQuery(text, expected, error);
    LabSources sources;
    sources.add(*asked.source);
    const Answer answer = runQuery(
        sources, [&] { return scanSelect(asked.source->relation(), filter, order, limit); },
        round.one.last(), make);
    checkAnswer(answer, answered, expected, error, outputs,
                {{}, total && !order.empty(), limit.has_value()}, seen);
  }
}

void checkRound(Postgres& postgres, uint64_t seed, Seen& seen) {
  Coverage ofViews;
  LabRound round(postgres, seed, kViews, 0, ofViews);
  for (uint32_t v = 0; v < kViews; ++v) {
    postgres.run(fmt::format("CREATE MATERIALIZED VIEW v{} AS {}", v, round.selects[v].sql()));
  }
  LabSql sql(seed + 1'000'000, seen.coverage);
  for (int checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    round.advance();
    std::vector<std::unique_ptr<RowSource>> tables;
    for (uint32_t t = 0; t < round.model->tables().size(); ++t) {
      tables.push_back(round.one.table(t));
    }
    for (const Asked& asked : relationsOf(round, tables)) {
      if (asked.name[0] == 'v') postgres.run("REFRESH MATERIALIZED VIEW " + asked.name);
      const TextRows rows = postgres.query("SELECT * FROM " + asked.name);
      std::vector<std::string> indexes;
      if (asked.name[0] == 'v') {
        indexes = round.selects[std::stoul(asked.name.substr(1))].indexes;
      }
      for (int i = 0; i < kQueries; ++i) {
        BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " FACET_ROUNDS=1") {
          checkQuery(round, asked, rows, sql, seen);
          if (asked.whole) checkScan(round, asked, rows, sql, indexes, seen);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_filter_that_fails_fails_the_query) {
  const auto model = loadModel({{"lab.capnp", labModelText()}});
  Engine engine(model, 1);
  LabEvents events(*model, 1);
  engine.apply(events.chunk(50), 0);
  const auto places = engine.table(model->findTable("places") - model->tables().data());
  std::mt19937_64 random(1);
  Coverage coverage;
  ExprMaker make(random, coverage);
  const char* const sql = "SELECT count(*) FILTER (WHERE 1 / (spot - spot) > 0) FROM places";
  LabSources sources;
  sources.add(*places);
  const Answer answer = runQuery(
      sources, [&] { return bindQuery(sql, *model, {}); }, engine.last(), make);
  BOOST_TEST(answer.error == "division by zero");
}

BOOST_AUTO_TEST_CASE(queries_and_scans_equal_postgres) {
  Seen seen;
  if (runRounds(100, checkRound, seen) < 20) return;
  BOOST_TEST(seen.beyondLimits * 50 <= seen.pairs);
  BOOST_TEST(seen.nonEmpty * 10 >= seen.pairs * 6);
  BOOST_TEST(seen.refused * 10 <= seen.pairs);
  std::vector<std::string> demanded;
  for (const char* clause :
       {"query where", "order by", "order by expression", "limit", "offset", "parameters",
        "typed parameters", "star", "scan where", "scan limit", "scan in an index's order", "plain",
        "global aggregate", "group by text", "group by number", "group by name", "having",
        "filter"}) {
    demanded.push_back(std::string("clause: ") + clause);
  }
  for (const AggregateShape& shape : aggregateShapes()) demanded.push_back(shape.sql);
  demandCoverage(seen.coverage, demanded);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
