# Animals of a zoo: every type of field, and every annotation.
@0xf2a49c31e07b6f15;

using Facet = import "/facet/model.capnp";

enum Kind { bird @0; bigMammal @1; fish @2; }

struct Point { lat @0 :Float64 = 0; lon @1 :Float32 = 0; }

struct Animals $Facet.table(key = ["kind", "tag"]) {
  kind @0 :Kind;
  tag @1 :Int64;
  name @2 :Text;
  born @3 :Int32 $Facet.date;
  seen @4 :Int64 $Facet.timestamp;
  weight @5 :Int64 $Facet.decimal(3);
  photo @6 :Data;
  tame @7 :Bool;
  i8 @8 :Int8;
  i16 @9 :Int16;
  u8 @10 :UInt8;
  u16 @11 :UInt16;
  u32 @12 :UInt32;
  u64 @13 :UInt64;
  f32 @14 :Float32;
  f64 @15 :Float64;
  names @16 :List(Text);
  scores @17 :List(Int32);
  home :group {
    cage @18 :Text;
    row @19 :Int32;
  }
  spot @20 :Point;
  legs @21 :Int32 $Facet.nullValue("-1");
  gone @22 :Int32 $Facet.date $Facet.nullValue("1970-01-01");
  price @23 :Int64 $Facet.decimal(2) $Facet.nullValue("-1.00");
  prey @24 :Kind $Facet.nullValue("fish");
}

struct AnimalBought $Facet.event(writes = [(table = "Animals", how = insert)])
                    $Facet.command(emits = [(event = "AnimalBought")]) {
  kind @0 :Kind = bird;
  tag @1 :Int64 = 0;
  name @2 :Text;
  born @3 :Int32 = 0 $Facet.date;
  seen @4 :Int64 = 0 $Facet.timestamp;
  weight @5 :Int64 = 0 $Facet.decimal(3);
  photo @6 :Data;
  tame @7 :Bool = false;
  i8 @8 :Int8 = 0;
  i16 @9 :Int16 = 0;
  u8 @10 :UInt8 = 0;
  u16 @11 :UInt16 = 0;
  u32 @12 :UInt32 = 0;
  u64 @13 :UInt64 = 0;
  f32 @14 :Float32 = 0;
  f64 @15 :Float64 = 0;
  names @16 :List(Text);
  scores @17 :List(Int32);
  home :group {
    cage @18 :Text;
    row @19 :Int32 = 0;
  }
  spot @20 :Point;
  legs @21 :Int32 $Facet.nullValue("-1");
  gone @22 :Int32 $Facet.date $Facet.nullValue("1970-01-01");
  price @23 :Int64 $Facet.decimal(2) $Facet.nullValue("-1.00");
  prey @24 :Kind $Facet.nullValue("fish");
}

struct AnimalWeighed $Facet.event(
    name = "weighings",
    writes = [(table = "Animals", how = update)]) {
  kind @0 :Kind;
  tag @1 :Int64;
  weight @2 :Int64 $Facet.decimal(3);
}

struct Alarm $Facet.event() {
  tag @0 :Int64;
  message @1 :Text;
}

struct Weigh $Facet.command(
    emits = [(event = "AnimalWeighed"),
             (event = "Alarm", when = "weight < animals.weight",
              set = [(field = "message", to = "'lost ' || (animals.weight - weight)::text")])],
    check = [(that = "weight > 0", otherwise = "a weight is positive")],
    references = [(field = "kind, tag", table = "Animals")],
    stream = "tag") {
  kind @0 :Kind;
  tag @1 :Int64;
  weight @2 :Int64 $Facet.decimal(3);
}

struct AnimalSold $Facet.event(writes = [(table = "Animals", how = delete)])
                  $Facet.command(emits = [(event = "AnimalSold")]) {
  kind @0 :Kind;
  tag @1 :Int64;
}
