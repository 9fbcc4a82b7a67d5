# The manifest of a snapshot: what it is a snapshot of. One message with a Snapshot.
@0xa3d85c21f07be496;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("facet::wire");

struct Snapshot {
  logId @0 :Data;            # 16 bytes
  position @1 :UInt64;       # of the cut
  next @2 :UInt64;           # the chunk that follows it in the log
  hashLow @3 :UInt64;        # of the chunk before
  hashHigh @4 :UInt64;
  epoch @5 :UInt32;
  time @6 :Int64;            # commit time of the chunk before, microseconds since 1970
  block @7 :UInt64;          # number of the last block of commands
  controls @8 :List(Data);   # payloads of the log's control chunks before next, in order
  modelHash @9 :Data;        # 16 bytes
  stateFormat @10 :UInt32;   # views/state/state_part.h
  program @11 :Text;         # version that wrote it
  created @12 :Int64;        # microseconds since 1970
  tables @13 :List(Relation);
  views @14 :List(Relation);
  frames @15 :List(Frames);  # all of them, in their order

  struct Frames {
    part @0 :UInt32;         # views/state/state_part.h
    index @1 :UInt32;        # which table or view
    count @2 :UInt64;        # so many frames, one behind the other
    entries @3 :UInt64;      # in all of them
  }

  struct Relation {
    name @0 :Text;
    digest @1 :Data;         # 16 bytes, at position
    isHeld @2 :Bool;         # the view was degraded
    held @3 :UInt64;         # then: the cut at which it is read
    heldDigest @4 :Data;     # of the rows there
    definition @5 :Data;     # 16 bytes: the hash of model/definition.h; empty: an older version wrote it
  }
}
