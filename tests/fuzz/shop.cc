#include "tests/fuzz/shop.h"

namespace facet::fuzz {

const char* const kShopSchema = R"(@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";

enum Channel { web @0; shop @1; }
struct Address { street @0 :Text; zip @1 :UInt32; }
struct Customers $Facet.table(key = ["customerId"]) {
  customerId @0 :Text;  name @1 :Text;  region @2 :Text;
}
struct Orders $Facet.table(key = ["orderId", "line"]) {
  orderId @0 :Text;  line @1 :Int16;  customerId @2 :Text;
  total @3 :Int64 $Facet.decimal(4);  status @4 :Text;
}
struct OrderPlaced $Facet.event(writes = [(table = "Orders", how = insert,
    set = [(field = "status", to = "'placed'")])]) {
  orderId @0 :Text;  line @1 :Int16;  customerId @2 :Text;  placedOn @3 :Int32 $Facet.date;
  total @4 :Int64 $Facet.decimal(4);  region @5 :Text;
}
struct PlaceOrder $Facet.command(
    emits = [(event = "OrderPlaced", set = [(field = "region", to = "customers.region")])],
    check = [(that = "total > 0 AND quantity IS NOT NULL", otherwise = "positive totals")],
    references = [(field = "customerId", table = "Customers")],
    stream = "orderId") {
  orderId @0 :Text;  line @1 :Int16;  customerId @2 :Text;  placedOn @3 :Int32 $Facet.date;
  total @4 :Int64 $Facet.decimal(4);  at @5 :Int64 $Facet.timestamp;
  quantity @6 :Int32 = 7 $Facet.nullValue("-1");  flag @7 :Bool;  channel @8 :Channel;
  weight @9 :Float64;  photo @10 :Data;  tags @11 :List(Text);  numbers @12 :List(UInt16);
  to @13 :Address;
  bill :group { street @14 :Text;  zip @15 :UInt32; }
}
)";

const char* const kShopViews = R"(CREATE MATERIALIZED VIEW orders_by_region AS
  SELECT c.region, count(*) AS orders, sum(o.total) AS revenue, min(o.placed_on) AS first
  FROM order_placed o JOIN customers c USING (customer_id)
  WHERE o.total > 0.5 OR o.region LIKE 'W%' GROUP BY c.region HAVING count(*) > 1;
CREATE UNIQUE INDEX ON orders_by_region (region);
CREATE MATERIALIZED VIEW lines AS
  SELECT order_id, line, CASE WHEN total > 10 THEN upper(status) ELSE coalesce(status, '') END AS s
  FROM orders;
CREATE UNIQUE INDEX ON lines (order_id, line);
CREATE INDEX ON lines (s DESC NULLS LAST);
)";

std::shared_ptr<const Model> shopModel() {
  static const std::shared_ptr<const Model> model =
      loadModel({{"shop.capnp", kShopSchema}, {"views.sql", kShopViews}});
  return model;
}

}  // namespace facet::fuzz
