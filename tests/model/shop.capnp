# shop.capnp
@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";

struct Customers $Facet.table(key = ["customerId"]) { customerId @0 :Text; name @1 :Text; region @2 :Text; }
struct Orders    $Facet.table(key = ["orderId"]) {
  orderId @0 :Text;  customerId @1 :Text;  total @2 :Int64 $Facet.decimal(4);  status @3 :Text;
}
struct OrderPlaced $Facet.event(writes = [(table = "Orders", set = [(field = "status", to = "'placed'")])]) {
  orderId @0 :Text;  customerId @1 :Text;  placedOn @2 :Int32 $Facet.date;
  total   @3 :Int64 $Facet.decimal(4);     region @4 :Text;
}
struct PlaceOrder $Facet.command(
    emits      = [(event = "OrderPlaced", set = [(field = "region", to = "customers.region")])],
    check      = [(that = "total > 0", otherwise = "an order needs a positive total")],
    references = [(field = "customerId", table = "Customers")]) {
  orderId @0 :Text;  customerId @1 :Text;  placedOn @2 :Int32 $Facet.date;  total @3 :Int64 $Facet.decimal(4);
}
struct OrderCancelled $Facet.event(writes = [(table = "Orders", how = update, set = [(field = "status", to = "'cancelled'")])]) { orderId @0 :Text; }
struct CancelOrder $Facet.command(
    emits      = [(event = "OrderCancelled")],
    references = [(field = "orderId", table = "Orders")],
    check      = [(that = "orders.status = 'placed'", otherwise = "only a placed order can be cancelled")]) { orderId @0 :Text; }
