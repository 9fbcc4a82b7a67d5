# Money that moves: a command with two or three events, so that a log can be cut inside of one.
@0xd1b7409e5fc3a862;

using Facet = import "/facet/model.capnp";

# The last movement of each account.
struct Accounts $Facet.table(key = ["account"]) {
  account @0 :Int32;
  transfer @1 :Int64;
  amount @2 :Int64 $Facet.decimal(2);
}

struct Moved $Facet.event(writes = [(table = "Accounts", how = upsert)]) {
  account @0 :Int32;
  transfer @1 :Int64;
  amount @2 :Int64 $Facet.decimal(2);
}

struct Transfer $Facet.command(
    emits = [
      (event = "Moved", set = [(field = "account", to = "source"), (field = "amount", to = "-amount")]),
      (event = "Moved", set = [(field = "account", to = "target")]),
      (event = "Moved", set = [(field = "account", to = "0"), (field = "amount", to = "fee")],
       when = "fee > 0")],
    check = [(that = "amount > 0", otherwise = "a transfer needs a positive amount")],
    stream = "source") {
  source @0 :Int32;
  target @1 :Int32;
  transfer @2 :Int64;
  amount @3 :Int64 $Facet.decimal(2);
  fee @4 :Int64 $Facet.decimal(2);
}

# One movement by itself: what makes the same log event by event.
struct Move $Facet.command(emits = [(event = "Moved")]) {
  account @0 :Int32;
  transfer @1 :Int64;
  amount @2 :Int64 $Facet.decimal(2);
}
