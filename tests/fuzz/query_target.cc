// An ad hoc query over a table with a few rows, run to its end.
#include "sql/bind.h"
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"
#include "views/query/query.h"
#include "views/tables/row_source.h"
#include "views/tables/tables.h"

namespace facet::fuzz {

namespace {

/// Some orders.
class Shop {
 public:
  Shop() : tables_(shopModel()), source_(tableSource(tables_, orders())) {
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

  const RowSource& source() const { return *source_; }
  static constexpr uint64_t kOrders = 20;

 private:
  static uint32_t orders() {
    const Model& model = *shopModel();
    for (uint32_t t = 0; t < model.tables().size(); ++t) {
      if (model.tables()[t].relation.name == "orders") return t;
    }
    return 0;
  }

  Tables tables_;
  std::unique_ptr<RowSource> source_;
};

}  // namespace

std::vector<std::string> seeds() {
  return {
      "SELECT * FROM orders WHERE total > 1 ORDER BY total DESC, order_id LIMIT 3 OFFSET 1",
      "SELECT customer_id, count(*), sum(total) / 3, max(status) FROM orders GROUP BY 1 HAVING "
      "count(*) > 1 ORDER BY 2 NULLS FIRST",
      "SELECT substring(order_id FROM 1 FOR 2) || 'x', line::text, total::int + line FROM orders "
      "WHERE status IS NOT NULL AND order_id LIKE 'O%' AND $1 = order_id",
      "SELECT date '2024-02-29' + interval '1 month', lpad(order_id, 9, 'ab'), md5(status), "
      "round(total, 2), 10 % line, '12'::numeric ^ 3 FROM orders"};
}

void run(std::string_view bytes) {
  static const Shop shop;
  constexpr QueryLimits kLimits{1000, size_t{1} << 20};
  try {
    const Parameter parameter{Type::of(Kind::text), Value::text("O1"), true};
    Select select = bindQuery(bytes, *shopModel(), {parameter});
    if (select.from[0].relation->name != "orders") return;
    Query query(shop.source(), std::move(select), {Shop::kOrders}, kLimits);
    for (bool more = true; more;) {
      more = query.step(5);
      while (query.next() != nullptr) continue;
    }
  } catch (const SqlError&) {
  } catch (const QueryError&) {
  }
}

}  // namespace facet::fuzz
