# Sales that views can fail at: a division by zero, a sum or a maximum that is too large, a number that
# is used twice.
@0xb6d1f83a52c07e94;
using Facet = import "/facet/model.capnp";

struct Shops $Facet.table(key = ["shop"]) { shop @0 :Text; region @1 :Text; desks @2 :Int64; }
struct ShopSet $Facet.event(writes = [(table = "Shops", how = upsert)])
    $Facet.command(emits = [(event = "ShopSet")]) {
  shop @0 :Text; region @1 :Text; desks @2 :Int64;
}
struct Sale $Facet.event() $Facet.command(emits = [(event = "Sale")]) {
  id @0 :Int64; shop @1 :Text; amount @2 :Int64; parts @3 :Int64;
}
