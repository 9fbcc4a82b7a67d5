# facet's annotations: how a model says what its structs are. See docs/model.md.
@0xe1c4a7d29b3f5860;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("facet::annotations");

annotation table     @0xb0a1f3c2d4e5f601 (struct) :TableSpec;    # current rows by key
annotation event     @0xb0a1f3c2d4e5f602 (struct) :EventSpec;    # a fact in the log
annotation command   @0xb0a1f3c2d4e5f603 (struct) :CommandSpec;  # a request
annotation date      @0xb0a1f3c2d4e5f604 (field) :Void;          # Int32, days since 1970
annotation timestamp @0xb0a1f3c2d4e5f605 (field) :Void;          # Int64, microseconds since 1970, UTC
annotation decimal   @0xb0a1f3c2d4e5f606 (field) :UInt8;         # Int64 in units of 10^-n
annotation nullValue @0xb0a1f3c2d4e5f607 (field) :Text;          # this value means NULL

# No two names here differ in case alone: generators of some languages make both the same.
struct TableSpec @0xa7e1caca748c09c0 {
  key @0 :List(Text);   # the fields of the primary key, in key order
  name @1 :Text;        # the name in SQL, where snake_case of the struct's name will not do
}

struct EventSpec @0xf2a9e0fb92dafcf3 {
  writes @0 :List(Write);  # what the event does to tables, in this order
  name @1 :Text;
}

struct Write @0xbc4cfe7754711770 {
  table @0 :Text;
  how @1 :How;
  set @2 :List(Assignment);  # overrides or adds columns; the others pass by name
}

enum How @0xfe71ade2d5cf4896 {
  insert @0;  # the key must be new
  upsert @1;  # insert or replace
  update @2;  # the key must be there; only fields that the event has change
  delete @3;  # the key must be there
}

struct Assignment @0x8d03d18e01e20ce3 {
  field @0 :Text;
  to @1 :Text;  # an SQL expression
}

struct CommandSpec @0xda6504308540e760 {
  emits @0 :List(Emit);            # the events of an accepted command, in this order
  check @1 :List(Rule);            # all must hold
  references @2 :List(Reference);  # rows that must be there
  stream @3 :Text;                 # the field whose value an expected version is about
}

struct Emit @0xdf2273ea4bbe25d8 {
  event @0 :Text;
  set @1 :List(Assignment);
  when @2 :Text;  # an SQL condition; without it: always
}

struct Rule @0x97f4e2f2f49c6da7 {
  that @0 :Text;       # an SQL condition; the command is rejected if it is false or NULL
  otherwise @1 :Text;  # the reason that the client gets
}

struct Reference @0x92e1b2f0b71b3ca3 {
  field @0 :Text;  # a field, or several separated by commas, for a key of several columns
  table @1 :Text;
}
