// An ad hoc query over tables with a few rows, run for a while.
#include "sql/bind.h"
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"
#include "views/query/query.h"
#include "views/tables/row_source.h"
#include "views/tables/tables.h"

namespace facet::fuzz {

namespace {

/// Some orders; the other tables are empty.
class Shop final : public QuerySources {
 public:
  Shop() : tables_(shopModel()) {
    for (uint32_t t = 0; t < shopModel()->tables().size(); ++t) {
      sources_.push_back(tableSource(tables_, t));
    }
    const Model& model = *shopModel();
    const EventType& placed = model.events()[0];
    RowBuilder builder;
    tables_.beginBatch({1});
    for (uint64_t i = 1; i <= kOrders; ++i) {
      const std::string id = "O" + std::to_string(i / 3);
      builder.start(placed.layout);
      builder.set(0, Value::text(id));
      builder.set(1, Value::integer(Kind::int16, static_cast<int64_t>(i % 3)));
      builder.set(2, i % 5 == 0 ? Value::null() : Value::text("C1"));
      builder.set(4, Value::numeric(static_cast<int128>(i) * 7'000, 4));
      tables_.apply(0, builder.finish(), {i}, Tables::Origin::command);
    }
    tables_.endBatch({kOrders});
  }

  const RowSource& rowsOf(const Relation& relation) const override {
    if (relation.kind != RelationKind::table) throw QueryError("views are not here");
    return *sources_.at(relation.index);
  }
  static constexpr uint64_t kOrders = 20;

 private:
  Tables tables_;
  std::vector<std::unique_ptr<RowSource>> sources_;
};

/// A join of many tables has more rows than there is time.
constexpr int kMostSteps = 20'000;

}  // namespace

std::vector<std::string> seeds() {
  return {
      "SELECT * FROM orders WHERE total > 1 ORDER BY total DESC, order_id LIMIT 3 OFFSET 1",
      "SELECT customer_id, count(*), sum(total) / 3, max(status) FROM orders GROUP BY 1 HAVING "
      "count(*) > 1 ORDER BY 2 NULLS FIRST",
      "SELECT substring(order_id FROM 1 FOR 2) || 'x', line::text, total::int + line FROM orders "
      "WHERE status IS NOT NULL AND order_id LIKE 'O%' AND $1 = order_id",
      "SELECT date '2024-02-29' + interval '1 month', lpad(order_id, 9, 'ab'), md5(status), "
      "round(total, 2), 10 % line, '12'::numeric ^ 3 FROM orders",
      "SELECT a.order_id, b.total FROM orders a JOIN orders b USING (order_id, line) LEFT JOIN "
      "orders c ON c.line = a.line + 1 AND c.total > b.total WHERE c.order_id IS NULL",
      "WITH w (k, n) AS (SELECT order_id, count(*) FROM orders GROUP BY 1 LIMIT 9) SELECT * FROM "
      "(SELECT k || 'x' AS k, n * 2 AS m FROM w WHERE n > 1) s, w WHERE s.m = w.n"};
}

void run(std::string_view bytes) {
  static const Shop shop;
  constexpr QueryLimits kLimits{1000, size_t{1} << 20};
  try {
    const Parameter parameter{Type::of(Kind::text), Value::text("O1"), true};
    Select select = bindQuery(bytes, *shopModel(), {parameter});
    Query query(shop, std::move(select), {Shop::kOrders}, kLimits);
    int steps = 0;
    for (bool more = true; more && steps < kMostSteps; ++steps) {
      more = query.step(5);
      while (query.next() != nullptr) continue;
    }
  } catch (const SqlError&) {
  } catch (const QueryError&) {
  }
}

}  // namespace facet::fuzz
