// Queries over several of the lab's views and tables, against PostgreSQL at the same position:
// joins of every kind, sub-selects in FROM, WITH, and the SELECTs of views over tables as queries.
// FACET_SEED and FACET_ROUNDS choose others.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "sql/bind.h"
#include "tests/differential/lab_query.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(lab_joins)

namespace {

constexpr uint32_t kViews = 6;  // of a round
constexpr int kCheckpoints = 3;
constexpr int kQueries = 25;          // at a checkpoint
constexpr size_t kMostRows = 50'000;  // that a join may have, if every row met every other

/// An input of a join: its text in FROM, and the columns that it has there.
struct Input {
  std::string text;
  std::vector<LabColumn> columns;
  size_t rows = 0;
};

/// Random texts of FROM.
class JoinMaker {
 public:
  JoinMaker(const std::vector<Asked>& asked, const std::map<std::string, size_t>& rows, LabSql& sql,
            Coverage& coverage)
      : asked_(asked), rows_(rows), sql_(sql), make_(sql.maker()), coverage_(coverage) {}

  /// WITH, if there is one.
  std::string prefix() const {
    return with_.empty() ? "" : fmt::format("WITH {} ", fmt::join(with_, ", "));
  }
  const std::vector<LabColumn>& columns() const { return columns_; }
  const std::vector<std::string>& where() const { return where_; }

  std::string make() {
    std::string out;
    const size_t inputs = 1 + make_.pick(4);
    size_t product = 1;
    for (size_t i = 0; i < inputs; ++i) {
      const std::string alias(1, static_cast<char>('a' + i));
      const Input input = makeInput(alias);
      product *= input.rows + 1;
      if (i > 0 && product > kMostRows) break;
      add(input, i == 0, out);
    }
    if (out.find("JOIN") == std::string::npos && out.find(',') == std::string::npos) {
      saw("one input");
    }
    return out;
  }

 private:
  void saw(const std::string& clause) { ++coverage_["clause: " + clause]; }

  void add(const Input& input, bool isFirst, std::string& out) {
    if (isFirst) {
      out = input.text;
    } else {
      join(input, out);
    }
    columns_.insert(columns_.end(), input.columns.begin(), input.columns.end());
  }

  void join(const Input& input, std::string& out) {
    std::vector<std::string> on = equalities(input.columns);
    ExprMaker::Scope both;
    both.columns = columns_;
    both.columns.insert(both.columns.end(), input.columns.begin(), input.columns.end());
    const bool onlyEqualities = !on.empty() && make_.chance(90);
    if (!onlyEqualities) {
      saw("join with another condition");
      on.push_back(sql_.condition(both));
    }
    const std::string condition = fmt::format("{}", fmt::join(on, " AND "));
    switch (make_.pick(9)) {
      case 0:
      case 1:
        saw("left join");
        out += fmt::format(" LEFT JOIN {} ON {}", input.text, condition);
        return;
      case 6:
        saw("right join");
        out += fmt::format(" RIGHT JOIN {} ON {}", input.text, condition);
        return;
      case 7:
        // PostgreSQL does it on equalities alone.
        if (!onlyEqualities) break;
        saw("full join");
        out += fmt::format(" FULL JOIN {} ON {}", input.text, condition);
        return;
      case 8:
        if (out.find(" JOIN ") == std::string::npos) break;
        saw("join in brackets");
        out = fmt::format("{} {} JOIN ({}) ON {}", input.text, make_.chance(50) ? "LEFT" : "RIGHT",
                          out, condition);
        return;
      case 2:
        saw("join in where");
        out += fmt::format(" CROSS JOIN {}", input.text);
        where_.push_back(condition);
        return;
      case 3:
        saw("cross join");
        out += fmt::format(" CROSS JOIN {}", input.text);
        return;
      default:
        break;
    }
    saw("inner join");
    out += fmt::format(" JOIN {} ON {}", input.text, condition);
  }

  static bool isExactNumber(const std::string& type) { return type[0] == 'i' || type == "n"; }

  /// Columns of what is there that can equal one of the new input.
  std::vector<std::string> equalities(const std::vector<LabColumn>& columns) {
    std::vector<std::string> out;
    for (int tries = 0; tries < 12 && out.size() < 2; ++tries) {
      const LabColumn& a = make_.oneOf(columns_);
      // One of the same name has the same values more often.
      const auto namesake = std::find_if(columns.begin(), columns.end(), [&](const LabColumn& c) {
        return c.sql.substr(c.sql.find('.')) == a.sql.substr(a.sql.find('.'));
      });
      const bool same = namesake != columns.end() && make_.chance(60);
      const LabColumn& b = same ? *namesake : make_.oneOf(columns);
      if (a.type[0] == 'a' || b.type[0] == 'a') continue;
      const bool numbers = isExactNumber(a.type) && isExactNumber(b.type);
      if (a.type != b.type && !numbers) continue;
      if (numbers && a.type != b.type) saw("join of two types");
      const bool computed = numbers && make_.chance(20);
      if (computed) saw("join by an expression");
      out.push_back(make_.chance(50)
                        ? fmt::format("{} = {}{}", a.sql, b.sql, computed ? "::numeric + 1" : "")
                        : fmt::format("{} = {}{}", b.sql, a.sql, computed ? "::numeric - 1" : ""));
      if (make_.chance(60)) break;
    }
    return out;
  }

  Input makeInput(const std::string& alias) {
    const Asked& asked = make_.oneOf(asked_);
    const size_t rows = rows_.at(asked.name);
    switch (make_.pick(6)) {
      case 0:
        return filtered(asked, rows, alias);
      case 1:
        return grouped(asked, rows, alias);
      case 2:
        return limited(asked, alias);
      default:
        return {asked.name + " AS " + alias, named(asked.columns, alias), rows};
    }
  }

  static std::vector<LabColumn> named(std::vector<LabColumn> columns, const std::string& alias) {
    for (LabColumn& column : columns) column.sql = alias + "." + column.sql;
    return columns;
  }

  /// A sub-select in FROM, or one that WITH gives a name to.
  Input below(const std::string& select, const std::vector<LabColumn>& columns, size_t rows,
              const std::string& alias) {
    if (make_.chance(30)) {
      saw("with");
      const std::string name = fmt::format("w_{}", alias);
      with_.push_back(fmt::format("{} AS ({})", name, select));
      return {fmt::format("{} {}", name, alias), named(columns, alias), rows};
    }
    return {fmt::format("({}) AS {}", select, alias), named(columns, alias), rows};
  }

  Input filtered(const Asked& asked, size_t rows, const std::string& alias) {
    saw("sub-select that filters");
    const ExprMaker::Scope scope{asked.columns, false, asked.table, nullptr};
    std::string outputs;
    std::vector<LabColumn> columns;
    for (const LabColumn& column : asked.columns) {
      if (make_.chance(40)) continue;
      outputs +=
          fmt::format("{}{} AS y{}", columns.empty() ? "" : ", ", column.sql, columns.size());
      columns.push_back({fmt::format("y{}", columns.size()), column.type});
    }
    outputs += fmt::format("{}{} AS made", columns.empty() ? "" : ", ", make_.make(scope, "i8", 2));
    columns.push_back({"made", "i8"});
    return below(
        fmt::format("SELECT {} FROM {} WHERE {}", outputs, asked.name, sql_.condition(scope)),
        columns, rows, alias);
  }

  Input grouped(const Asked& asked, size_t rows, const std::string& alias) {
    saw("sub-select that groups");
    const LabColumn* key = &make_.oneOf(asked.columns);
    // Equal values are written in one way.
    if (key->type[0] == 'a' || key->type[0] == 'f' || key->type[0] == 'n' || key->type[0] == 'v') {
      key = nullptr;
    }
    const std::string tail =
        key == nullptr ? "" : fmt::format(" GROUP BY {}", make_.chance(50) ? "k" : key->sql);
    std::vector<LabColumn> columns = {{"n", "i8"}};
    if (key != nullptr) columns.push_back({"k", key->type});
    return below(
        fmt::format("SELECT count(*) AS n{} FROM {}{}",
                    key == nullptr ? "" : fmt::format(", {} AS k", key->sql), asked.name, tail),
        columns, key == nullptr ? 1 : rows, alias);
  }

  Input limited(const Asked& asked, const std::string& alias) {
    std::vector<std::string> names;
    std::vector<LabColumn> columns;
    for (const LabColumn& column : asked.columns) {
      const char type = column.type[0];
      if (type == 'a' || type == 'f' || type == 'n' || type == 'v') continue;
      names.push_back(column.sql);
      columns.push_back(column);
    }
    if (names.empty()) {
      return {asked.name + " AS " + alias, named(asked.columns, alias), rows_.at(asked.name)};
    }
    saw("sub-select with limit");
    const size_t limit = make_.pick(20);
    return below(fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT {}", fmt::join(names, ", "),
                             asked.name, sql_.orderList(names), limit),
                 columns, limit, alias);
  }

  const std::vector<Asked>& asked_;
  const std::map<std::string, size_t>& rows_;
  LabSql& sql_;
  ExprMaker& make_;
  Coverage& coverage_;
  std::vector<std::string> with_;
  std::vector<LabColumn> columns_;
  std::vector<std::string> where_;
};

void checkJoin(const LabRound& round, const LabSources& sources, const std::vector<Asked>& asked,
               const std::map<std::string, size_t>& rows, LabSql& sql, Seen& seen) {
  JoinMaker maker(asked, rows, sql, seen.coverage);
  const std::string from = maker.make();
  // Sums of reals depend on the order of the rows.
  const ExprMaker::Scope scope{maker.columns(), false, false, nullptr};
  LabSelect select = sql.query(from, scope, maker.where());
  LabOrder order;
  select.tail += sql.orderAndLimit(select, scope, order);
  const std::string text = maker.prefix() + select.sql();
  BOOST_TEST_CONTEXT("query: " << text) {
    TextRows expected;
    std::string error;
    const bool answered =
        round.postgres.tryQuery(maker.prefix() + select.sqlWithMagnitudes(), expected, error);
    Answer answer = runQuery(
        sources, [&] { return bindQuery(text, *round.model, {}); }, round.one.last(), sql.maker());
    // PostgreSQL lets a column stand that follows from a primary key in GROUP BY.
    const bool follows = answer.error.find("must appear in the GROUP BY") != std::string::npos;
    if (answered && answer.refused && follows) return;
    checkAnswer(std::move(answer), answered, expected, error, select.outputs, order, seen);
  }
}

/// What a view over tables answers is what its SELECT does.
void checkViewSelects(const LabRound& round, const LabSources& sources, LabSql& sql, Seen& seen) {
  for (const LabSelect& select : round.selects) {
    if (select.tail.find("reading") != std::string::npos) continue;
    ++seen.coverage["clause: a view's SELECT"];
    BOOST_TEST_CONTEXT("query: " << select.sql()) {
      TextRows expected;
      std::string error;
      const bool answered = round.postgres.tryQuery(select.sqlWithMagnitudes(), expected, error);
      checkAnswer(runQuery(
                      sources, [&] { return bindQuery(select.sql(), *round.model, {}); },
                      round.one.last(), sql.maker()),
                  answered, expected, error, select.outputs, {}, seen);
    }
  }
}

void checkRound(Postgres& postgres, uint64_t seed, Seen& seen) {
  Coverage ofViews;
  LabRound round(postgres, seed, kViews, 0, ofViews);
  for (uint32_t v = 0; v < kViews; ++v) {
    postgres.run(fmt::format("CREATE MATERIALIZED VIEW v{} AS {}", v, round.selects[v].sql()));
  }
  LabSql sql(seed + 2'000'000, seen.coverage);
  for (int checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    round.advance();
    LabSources sources;
    std::vector<std::unique_ptr<RowSource>> tables;
    for (uint32_t t = 0; t < round.model->tables().size(); ++t) {
      sources.add(*tables.emplace_back(round.one.table(t)));
    }
    const std::vector<Asked> asked = relationsOf(round, tables);
    std::map<std::string, size_t> rows;
    for (const Asked& relation : asked) {
      if (relation.name[0] == 'v') postgres.run("REFRESH MATERIALIZED VIEW " + relation.name);
      sources.add(*relation.source);
      rows[relation.name] = relation.source->rows();
    }
    BOOST_TEST_CONTEXT("FACET_SEED=" << seed << " FACET_ROUNDS=1") {
      checkViewSelects(round, sources, sql, seen);
      for (int i = 0; i < kQueries; ++i) checkJoin(round, sources, asked, rows, sql, seen);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(joins_and_subselects_equal_postgres) {
  Seen seen;
  if (runRounds(40, checkRound, seen) < 20) return;
  BOOST_TEST(seen.nonEmpty * 3 >= seen.pairs);
  BOOST_TEST(seen.refused * 10 <= seen.pairs);
  std::vector<std::string> demanded;
  for (const char* clause :
       {"inner join", "left join", "right join", "full join", "join in brackets", "cross join",
        "join in where", "join of two types", "join by an expression",
        "join with another condition", "sub-select that filters", "sub-select that groups",
        "sub-select with limit", "with", "one input", "a view's SELECT"}) {
    demanded.push_back(std::string("clause: ") + clause);
  }
  demandCoverage(seen.coverage, demanded);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
