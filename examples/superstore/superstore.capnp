# A shop's order lines: what can happen. What is to be seen is in views.sql.
@0xd8f21b7c54e3a960;

using Facet = import "/facet/model.capnp";

struct Customers $Facet.table(key = ["customerId"]) {
  customerId @0 :Text;
  customerName @1 :Text;
  segment @2 :Text;
}

struct Products $Facet.table(key = ["productId"]) {
  productId @0 :Text;
  productName @1 :Text;
  category @2 :Text;
  subCategory @3 :Text;
}

# Which order lines there are: a line can be placed only once.
struct OrderLines $Facet.table(key = ["rowId"]) {
  rowId @0 :Int32;
  orderId @1 :Text;
}

# The line itself, and what is known of its customer and product from then on: the last line wins.
struct OrderLinePlaced $Facet.event(writes = [
    (table = "OrderLines", how = insert),
    (table = "Customers", how = upsert),
    (table = "Products", how = upsert)]) {
  rowId @0 :Int32;
  orderId @1 :Text;
  orderDate @2 :Int32 $Facet.date;
  shipDate @3 :Int32 $Facet.date;
  shipMode @4 :Text;
  customerId @5 :Text;
  customerName @6 :Text;
  segment @7 :Text;
  country @8 :Text;
  city @9 :Text;
  state @10 :Text;
  postalCode @11 :Text;
  region @12 :Text;
  productId @13 :Text;
  category @14 :Text;
  subCategory @15 :Text;
  productName @16 :Text;
  sales @17 :Int64 $Facet.decimal(4);
  quantity @18 :Int32;
  discount @19 :Int64 $Facet.decimal(4);
  profit @20 :Int64 $Facet.decimal(4);
}

struct PlaceOrderLine $Facet.command(
    emits = [(event = "OrderLinePlaced")],
    check = [
      (that = "order_id <> '' AND customer_id <> '' AND product_id <> ''",
       otherwise = "an order line needs an order, a customer and a product"),
      (that = "quantity > 0", otherwise = "the quantity must be positive"),
      (that = "sales >= 0", otherwise = "sales must not be negative"),
      (that = "discount BETWEEN 0 AND 1", otherwise = "the discount must be between 0 and 1"),
      (that = "ship_date >= order_date", otherwise = "an order can't be shipped before it was placed"),
      (that = "region IN ('Central', 'East', 'South', 'West')", otherwise = "there is no such region")]) {
  rowId @0 :Int32;
  orderId @1 :Text;
  orderDate @2 :Int32 $Facet.date;
  shipDate @3 :Int32 $Facet.date;
  shipMode @4 :Text;
  customerId @5 :Text;
  customerName @6 :Text;
  segment @7 :Text;
  country @8 :Text;
  city @9 :Text;
  state @10 :Text;
  postalCode @11 :Text;
  region @12 :Text;
  productId @13 :Text;
  category @14 :Text;
  subCategory @15 :Text;
  productName @16 :Text;
  sales @17 :Int64 $Facet.decimal(4);
  quantity @18 :Int32;
  discount @19 :Int64 $Facet.decimal(4);
  profit @20 :Int64 $Facet.decimal(4);
}
