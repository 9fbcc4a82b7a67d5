# Control records: what the log says about itself. The payload of a control chunk is one message with a Control.
@0xb7f0c1d86a2e9453;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("facet::wire");

struct Control {
  union {
    birth @0 :Birth;
    epoch @1 :EpochChange;
    model @2 :Model;
    skip @3 :Skip;
  }
}

struct Birth {
  # The first chunk of every log.
  logId @0 :Data;            # 16 bytes
  program @1 :Text;          # version that made it
  restoredFrom @2 :Data;     # log id of the log this one continues; empty if none
}

struct EpochChange {
  # From here on another node, or the same one after a promotion, writes.
  epoch @0 :UInt32;
  reason @1 :Text;
  last @2 :UInt64;           # where the epochs before it end: the last event,
  next @3 :UInt64;           # and the number of this chunk
}

struct Skip {
  # An operator's decision: a view takes back an event that its SELECT fails at. The one control record that takes a position, as an
  # event does: from it on the view is what the SELECT gives without that event; before it nothing changes.
  view @0 :Text;
  definition @1 :Data;       # 16 bytes: XXH3-128 of the SELECT as written: a view of the name with another SELECT takes nothing back
  position @2 :UInt64;       # of the event,
  time @3 :Int64;            # when it was committed, microseconds since 1970,
  event @4 :UInt32;          # its type, as in the log's blocks (model/record.h),
  row @5 :Data;              # and its packed row, so that the record says all. Empty in snapshots' manifests: it was done
}

struct Model {
  # The model that is in force from here on.
  files @0 :List(File);
  hash @1 :Data;             # 16 bytes: XXH3-128 over names and contents in order of names

  struct File {
    name @0 :Text;           # relative to the model's folder
    content @1 :Data;
  }
}
