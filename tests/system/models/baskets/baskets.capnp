# Orders with their lines in them: lists of structs on every way through the program.
@0xa41f7c9d02be6358;

using Facet = import "/facet/model.capnp";

enum Wrapping { none @0; paper @1; box @2; }

struct Line {
  sku @0 :Text;
  quantity @1 :Int32 = 1;
  price @2 :Int64 = 0 $Facet.decimal(2);
  due @3 :Int32 $Facet.date $Facet.nullValue("1970-01-01");
  wrapping @4 :Wrapping = none;
  size :group { width @5 :Float64 = 0; unit @6 :Text = "mm"; }
}

# The newest order of each customer.
struct Baskets $Facet.table(key = ["customer"]) { customer @0 :Text; lines @1 :List(Line); }

struct Ordered $Facet.event(writes = [(table = "Baskets", how = upsert)]) {
  customer @0 :Text;
  lines @1 :List(Line);
  region @2 :Text;
}

struct PlaceBasket $Facet.command(
    emits = [(event = "Ordered")],
    check = [(that = "lines IS NOT NULL", otherwise = "an order has lines")]) {
  customer @0 :Text;
  lines @1 :List(Line);
  region @2 :Text;
}
