# What the benchmarks drive: a shop that takes orders. See bench/README.md.
@0xc1f07a52d9e3b648;

using Facet = import "/facet/model.capnp";
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("facet::bench");

struct Customers $Facet.table(key = ["customerId"]) {
  customerId @0 :Text;
  region @1 :Text;
}

struct Products $Facet.table(key = ["productId"]) {
  productId @0 :Text;
  productName @1 :Text;
}

struct CustomerRegistered $Facet.event(writes = [(table = "Customers", how = upsert)]) {
  customerId @0 :Text;
  region @1 :Text;
}

struct RegisterCustomer $Facet.command(emits = [(event = "CustomerRegistered")]) {
  customerId @0 :Text;
  region @1 :Text;
}

struct ProductRegistered $Facet.event(writes = [(table = "Products", how = upsert)]) {
  productId @0 :Text;
  productName @1 :Text;
}

struct RegisterProduct $Facet.command(emits = [(event = "ProductRegistered")]) {
  productId @0 :Text;
  productName @1 :Text;
}

struct OrderPlaced $Facet.event() {
  orderId @0 :Text;
  customerId @1 :Text;
  productId @2 :Text;
  placedOn @3 :Int32 $Facet.date;
  quantity @4 :Int32;
  total @5 :Int64 $Facet.decimal(4);
  note @6 :Text;
}

# About 250 bytes: two words of numbers, four pointers, and the texts.
struct PlaceOrder $Facet.command(
    emits = [(event = "OrderPlaced")],
    references = [(field = "customerId", table = "Customers")]) {
  orderId @0 :Text;
  customerId @1 :Text;
  productId @2 :Text;
  placedOn @3 :Int32 $Facet.date;
  quantity @4 :Int32;
  total @5 :Int64 $Facet.decimal(4);
  note @6 :Text;
}
