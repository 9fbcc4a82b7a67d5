# Readings of sensors: numbers that can be NULL, each in a union with a Void, on every way through
# the program.
@0xd5e07b1f93c2a846;

using Facet = import "/facet/model.capnp";

enum Quality { good @0; poor @1; }

struct Place { floor :union { unknown @0 :Void; number @1 :Int16; } name @2 :Text; }

struct Part {
  label @0 :Text;
  price :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); }
  quality :union { value @3 :Quality; none @4 :Void; }
}

# The newest reading of each sensor.
struct Sensors $Facet.table(key = ["sensor"]) {
  sensor @0 :Text;
  amount :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); }
  doubled :union { none @3 :Void; value @4 :Int64 $Facet.decimal(2); }
  count :union { value @5 :UInt64; none @6 :Void; }
  ok :union { none @7 :Void; value @8 :Bool; }
  ratio :union { none @9 :Void; value @10 :Float64 = 0.5; }
  day :union { none @11 :Void; value @12 :Int32 $Facet.date; }
  at :union { none @13 :Void; value @14 :Int64 $Facet.timestamp; }
  quality :union { value @15 :Quality; none @16 :Void; }
  note :union { none @17 :Void; value @18 :Text; }
  raw :union { none @19 :Void; value @20 :Data; }
  tags :union { none @21 :Void; value @22 :List(Int32); }
  place @23 :Place;
  limits :group { low :union { none @24 :Void; value @25 :Float32; } }
  parts @26 :List(Part);
}

struct Measured $Facet.event(writes = [(table = "Sensors", how = upsert)]) {
  sensor @0 :Text;
  amount :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); }
  doubled :union { none @3 :Void; value @4 :Int64 $Facet.decimal(2); }
  count :union { value @5 :UInt64; none @6 :Void; }
  ok :union { none @7 :Void; value @8 :Bool; }
  ratio :union { none @9 :Void; value @10 :Float64 = 0.5; }
  day :union { none @11 :Void; value @12 :Int32 $Facet.date; }
  at :union { none @13 :Void; value @14 :Int64 $Facet.timestamp; }
  quality :union { value @15 :Quality; none @16 :Void; }
  note :union { none @17 :Void; value @18 :Text; }
  raw :union { none @19 :Void; value @20 :Data; }
  tags :union { none @21 :Void; value @22 :List(Int32); }
  place @23 :Place;
  limits :group { low :union { none @24 :Void; value @25 :Float32; } }
  parts @26 :List(Part);
}

struct Measure $Facet.command(
    emits = [(event = "Measured", set = [(field = "doubled", to = "amount * 2")])],
    check = [(that = "amount IS NULL OR amount > -100", otherwise = "amounts are above -100")]) {
  sensor @0 :Text;
  amount :union { none @1 :Void; value @2 :Int64 $Facet.decimal(2); }
  count :union { value @3 :UInt64; none @4 :Void; }
  ok :union { none @5 :Void; value @6 :Bool; }
  ratio :union { none @7 :Void; value @8 :Float64 = 0.5; }
  day :union { none @9 :Void; value @10 :Int32 $Facet.date; }
  at :union { none @11 :Void; value @12 :Int64 $Facet.timestamp; }
  quality :union { value @13 :Quality; none @14 :Void; }
  note :union { none @15 :Void; value @16 :Text; }
  raw :union { none @17 :Void; value @18 :Data; }
  tags :union { none @19 :Void; value @20 :List(Int32); }
  place @21 :Place;
  limits :group { low :union { none @22 :Void; value @23 :Float32; } }
  parts @24 :List(Part);
}
