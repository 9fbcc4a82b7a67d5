// Forms that only queries have, against PostgreSQL: a SELECT without FROM, columns of one name, the
// time of the query. Names of columns are compared too.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "model/load.h"
#include "sql/bind_query.h"
#include "sql/one_row.h"
#include "tests/differential/twin.h"
#include "values/text.h"
#include "views/query/query.h"
#include "views/tables/one_row_source.h"

namespace facet::test {
namespace {

constexpr const char kModel[] = R"(
@0xd6a1f0c3b5e79824;
using Facet = import "/facet/model.capnp";
struct Items $Facet.table(key = ["id"]) {
  id @0 :Int32; name @1 :Text; soldAt @2 :Int64 $Facet.timestamp;
}
struct ItemSet $Facet.event(writes = [(table = "Items", how = upsert)]) {
  id @0 :Int32; name @1 :Text; soldAt @2 :Int64 $Facet.timestamp;
}
)";

/// What is answered: names of columns, then rows; or that it is refused.
using Answer = std::optional<TextRows>;

class Both {
 public:
  Both()
      : model_(loadModel(std::vector<ModelFile>{{"m.capnp", kModel}})),
        engine_(model_, 1),
        oracle_(postgres_) {
    oracle_.begin(*model_);
    const std::vector<EventText> events = {{0, {"1", "a", "2026-01-01 10:00:00"}},
                                           {0, {"2", "b", "2026-01-01 12:00:00"}},
                                           {0, {"3", kNull, "1999-12-31 23:59:59.999999"}}};
    engine_.apply(events, 0);
    oracle_.setTable(model_->tables()[0], engine_.tableRows(0));
    postgres_.run("BEGIN");
    now_ = std::stoll(
        postgres_.query("SELECT (extract(epoch FROM now()) * 1000000)::bigint").at(0).at(0));
  }

  Answer postgres(const std::string& sql) {
    postgres_.run("SAVEPOINT s");
    std::string error;
    TextRows rows;
    std::vector<std::string> names;
    const bool answered = postgres_.tryQuery(sql, rows, error, &names);
    postgres_.run("ROLLBACK TO s");
    if (!answered) return std::nullopt;
    rows.insert(rows.begin(), names);
    return rows;
  }

  Answer facet(const std::string& sql) {
    try {
      Select select = bindQuery(sql, *model_, {}, now_);
      const std::unique_ptr<RowSource> items = engine_.table(0);
      const bool one = select.from[0].relation == &oneRow();
      Query query(one ? oneRowSource() : *items, std::move(select), engine_.last(),
                  {1'000, 1 << 20});
      TextRows rows(1);
      for (const OutputColumn& output : query.outputs()) rows[0].push_back(output.name);
      while (query.step(1)) continue;
      while (const std::vector<Value>* row = query.next()) {
        std::vector<std::string>& texts = rows.emplace_back();
        for (size_t c = 0; c < row->size(); ++c) {
          const Type& type = query.outputs()[c].expr->type;
          texts.push_back((*row)[c].isNull() ? kNull : toText(type, (*row)[c]));
        }
      }
      return rows;
    } catch (const SqlError&) {
      return std::nullopt;
    } catch (const QueryError&) {
      return std::nullopt;
    }
  }

 private:
  std::shared_ptr<const Model> model_;
  Engine engine_;
  Postgres postgres_;
  Oracle oracle_;
  int64_t now_ = 0;
};

std::string shown(const Answer& answer) {
  if (!answer) return "refused";
  std::string out;
  for (const auto& row : *answer) out += fmt::format("{}\n", fmt::join(row, " | "));
  return out;
}

void compareAll(const std::vector<std::string>& queries, bool answered) {
  Both both;
  for (const std::string& sql : queries) {
    BOOST_TEST_CONTEXT(sql) {
      const Answer expected = both.postgres(sql);
      BOOST_TEST(shown(both.facet(sql)) == shown(expected));
      BOOST_TEST(expected.has_value() == answered);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(query_forms)

BOOST_AUTO_TEST_CASE(a_select_without_from_has_one_row) {
  compareAll({"SELECT 1", "SELECT 1+1 AS x, 'a'", "SELECT 1, 2, 'a', NULL, true",
              "SELECT 1 WHERE false", "SELECT 1 WHERE NULL", "SELECT 'x' WHERE 2 > 1",
              "SELECT 1 LIMIT 0", "SELECT 1 LIMIT 5", "SELECT 1 OFFSET 1", "SELECT 1 ORDER BY 1",
              "SELECT 2 AS b ORDER BY b", "SELECT count(*)", "SELECT count(*) WHERE false",
              "SELECT sum(3), min('x'), count(NULL)", "SELECT sum(1) HAVING false",
              "SELECT 1 AS a GROUP BY a", "SELECT 1 AS a WHERE false GROUP BY 1",
              "SELECT upper('a') || 'b', round(2.5), date '2024-02-29' + 1",
              "SELECT CASE WHEN 1 = 2 THEN 'x' END, coalesce(NULL, 3)"},
             true);
}

BOOST_AUTO_TEST_CASE(columns_of_one_name_are_as_many) {
  compareAll({"SELECT count(*), count(name) FROM items", "SELECT id, id FROM items ORDER BY 1",
              "SELECT name AS a, id AS a FROM items ORDER BY id", "SELECT *, * FROM items LIMIT 0",
              "SELECT id, * FROM items ORDER BY items.id",
              "SELECT max(id), max(name), max(sold_at) FROM items",
              "SELECT id + 1, id + 2 FROM items ORDER BY 1",
              "SELECT name AS n, name AS n, count(*) FROM items GROUP BY n ORDER BY n"},
             true);
}

BOOST_AUTO_TEST_CASE(what_postgres_refuses_of_them_is_refused) {
  compareAll({"SELECT *", "SELECT x", "SELECT 1 ORDER BY 2", "SELECT sum(1) WHERE count(*) > 0",
              "SELECT count(*), count(id) FROM items ORDER BY count",
              "SELECT id AS a, sold_at AS a FROM items GROUP BY a", "SELECT 1 / 0",
              "SELECT items.id", "SELECT 1 GROUP BY x"},
             false);
}

BOOST_AUTO_TEST_CASE(a_query_has_one_time) {
  compareAll({"SELECT now()", "SELECT now(), now()", "SELECT current_timestamp, current_date",
              "SELECT localtimestamp, transaction_timestamp(), now() = current_timestamp",
              "SELECT current_timestamp(0), current_timestamp(3), localtimestamp(2)",
              "SELECT localtimestamp(6), current_timestamp(7)",
              "SELECT id FROM items WHERE sold_at < now() - interval '1 hour' ORDER BY id",
              "SELECT id, now() - sold_at > interval '10 days' FROM items ORDER BY 1",
              "SELECT date_trunc('hour', now()), extract(year FROM current_date)",
              "SELECT count(*) FILTER (WHERE sold_at::date = current_date - 1) FROM items",
              "SELECT now()::date, count(*) FROM items GROUP BY 1",
              "SELECT now() AT TIME ZONE 'UTC', now() AT TIME ZONE '+02'"},
             true);
}

BOOST_AUTO_TEST_CASE(time_zones_are_utc_and_offsets) {
  std::vector<std::string> good;
  for (const char* zone :
       {"UTC", "utc", "GMT", "z", "Zulu", "UCT", "ut", "Etc/UTC", "+02", "-05:30", "2", "+02:30:15",
        "UTC+2", "gmt-5:30", "+100", "-167", "+2:5", "+2:05:60", "ABC3"}) {
    good.push_back(fmt::format("SELECT timestamptz '2020-03-01 00:30+00' AT TIME ZONE '{}'", zone));
    good.push_back(fmt::format("SELECT timestamp '2020-03-01 00:30' AT TIME ZONE '{}'", zone));
    good.push_back(fmt::format("SELECT date '2020-03-01' AT TIME ZONE '{}'", zone));
  }
  for (const char* zone : {"2 hours", "-05:30", "2.5 seconds", "-2.5 seconds", "00:00"}) {
    good.push_back(
        fmt::format("SELECT sold_at AT TIME ZONE INTERVAL '{}' FROM items ORDER BY id", zone));
    good.push_back(fmt::format(
        "SELECT sold_at::timestamptz AT TIME ZONE INTERVAL '{}' FROM items ORDER BY id", zone));
  }
  good.emplace_back("SELECT sold_at AT TIME ZONE '+1' AT TIME ZONE '-1' FROM items ORDER BY id");
  good.emplace_back("SELECT '2020-01-01 10:00' AT TIME ZONE 'UTC'");
  good.emplace_back("SELECT NULL AT TIME ZONE 'UTC', sold_at AT TIME ZONE NULL FROM items");
  compareAll(good, true);
  compareAll({"SELECT now() AT TIME ZONE 'Nowhere/At_All'", "SELECT now() AT TIME ZONE ''",
              "SELECT now() AT TIME ZONE '+'", "SELECT now() AT TIME ZONE '+0230'",
              "SELECT now() AT TIME ZONE '+168'", "SELECT now() AT TIME ZONE '+2:60'",
              "SELECT now() AT TIME ZONE '+2:05:61'", "SELECT now() AT TIME ZONE '+2:'",
              "SELECT now() AT TIME ZONE INTERVAL '1 day'", "SELECT 1 AT TIME ZONE 'UTC'",
              "SELECT timestamp '4714-11-24 00:00 BC' AT TIME ZONE '-1'"},
             false);
}

BOOST_AUTO_TEST_CASE(intervals_are_added_multiplied_and_divided) {
  std::vector<std::string> good;
  for (const char* interval :
       {"1 mon", "1 year 2 mons 3 days 04:05:06.789", "-1 mon 29 days -00:00:01", "00:00:00.000001",
        "1 day", "-7 days 23:59:59.999999", "100 years"}) {
    for (const char* number : {"2", "-1", "0", "1.5", "0.1", "1e-3", "7::smallint", "1/3.0",
                               "float8 '0.3333333333'", "365.2425", "'2'"}) {
      good.push_back(fmt::format("SELECT interval '{}' * {}", interval, number));
      good.push_back(fmt::format("SELECT {} * interval '{}'", number, interval));
    }
    for (const char* number : {"2", "-1", "1.5", "0.1", "7", "3.0", "float8 'Infinity'", "'4'"}) {
      good.push_back(fmt::format("SELECT interval '{}' / {}", interval, number));
    }
    good.push_back(
        fmt::format("SELECT - interval '{0}', interval '{0}' + '1 day 01:00', interval "
                    "'{0}' - interval '1 mon'",
                    interval));
  }
  compareAll(good, true);
  compareAll({"SELECT interval '1 day' / 0", "SELECT interval '1 day' * interval '1 day'",
              "SELECT 2 / interval '1 day'", "SELECT interval '1 mon' * 1e300",
              "SELECT interval '1 mon' / 1e-300", "SELECT interval '1 day' * float8 'NaN'",
              "SELECT interval '1 day' / float8 'NaN'", "SELECT - interval '-2147483648 days'",
              "SELECT interval '2147483647 days' + interval '1 day'",
              "SELECT interval '-2147483647 mons' - interval '2 mons'", "SELECT - '1 day'",
              "SELECT '1 day' * 2.5"},
             false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
