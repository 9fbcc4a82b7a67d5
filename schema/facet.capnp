# The RPC interface of a facet node. Stock Cap'n Proto, level 1: any client in any language.
#
# Bootstrap capability: Facet. login gives a Session; from it come the narrow capabilities. A business
# rejection is data in a reply, never an exception. Exceptions are for faults: failed (bad request), overloaded (try later),
# disconnected, unimplemented.
@0xc9a5e2b41f7d3806;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("facet::wire");

interface Facet {
  login @0 (user :Text, secret :Data) -> (session :Session, node :Node);
  # Anonymous: both empty, while the node has no users configured.
}

struct Node {
  version @0 :Text;
  role @1 :Text;            # "primary" or "replica"
  logId @2 :Data;
  modelHash @3 :Data;
  primary @4 :Text;         # on a replica: the address to send commands to
  numbers @5 :Bool;         # it takes Batch.numbers
}

interface Session {
  # What one client may do. Its reads never go back: each sees at least the position of the one before.
  commands @0 () -> (commands :Commands);
  view @1 (name :Text, rowTypeId :UInt64) -> (view :View);
  # A view or a table by its SQL name. rowTypeId: the row struct's id that the client was compiled with, checked; 0: not checked.
  query @2 (sql :Text, params :List(Param), read :ReadOptions) -> (columns :List(Column), rows :AnyPointer, cut :Cut);
  # One SELECT over a view or table. rows: a List of a struct that columns describe.
  describe @3 () -> (relations :List(Relation));
  admin @4 () -> (admin :Admin);
  feed @5 () -> (feed :Feed);
}

struct Param {
  union {
    null @0 :Void;
    text @1 :Text;          # as a literal in quotes: its type comes from its place
    int @2 :Int64;
    float @3 :Float64;
    bool @4 :Bool;
    bytes @5 :Data;
  }
}

# ---- writing ----

interface Commands {
  submit @0 (batch :Batch, atomic :Bool, run :UInt64) -> (result :SubmitResult, session :Session);
  # Answers when everything accepted is durable. session: for reads at or after this batch; pipeline on it. atomic: all commands or none.
  # run: for those who send the next batch before they have the answer to this one. Once a batch is refused as overloaded, those behind
  # it are refused too, as long as they have its number, so that none overtakes it. Go on with it, and a number that is higher. 0: each
  # is on its own.
}

struct Batch {
  client @0 :Data;           # the client's UUID, 16 bytes; empty: no deduplication. A command that was accepted under its number is not
                             # done again; another command under that number is rejected
  firstSequence @1 :UInt64;  # number of the first command; the others count on from it. From 1
  groups @2 :List(Group);    # in order
  numbers @3 :List(UInt64);  # empty, or, instead of firstSequence, which is 0 then: the number of each command. They rise, and are less
                             # than 65,536 apart. For nodes that say Node.numbers; others refuse the batch

  struct Group {
    command @0 :Text;        # struct name of the command in the model
    items @1 :AnyPointer;    # List(the command's struct)
    expectedVersions @2 :List(Int64);  # empty, or one for each item: accepted commands so far with the same stream value; -1: any
  }
}

struct SubmitResult {
  token @0 :Data;            # covers all accepted commands of the batch; opaque
  position @1 :UInt64;       # of the last event of the batch; 0 if none
  accepted @2 :UInt32;
  rejected @3 :UInt32;
  duplicates @4 :UInt32;
  first @5 :UInt64;          # position of the first event
  exceptions @6 :List(Outcome);
  # The outcome of every command that was not simply accepted, in order. A command that is not listed was accepted.
  positions @7 :List(UInt64);
  # Position of the last event of each command, in order; empty if every command was accepted with just one event: then
  # the i-th command's event is at first + i. 0: no event.
  unknown @8 :UInt32;
}

struct Outcome {
  index @0 :UInt32;          # in the batch
  union {
    rejected @1 :Rejection;
    duplicate @2 :UInt64;    # accepted before, its (last) event is at this position
    unknown @3 :Void;        # its number is older than what is remembered of this client: very probably it was done before. Nothing
                             # was done now
  }
}

struct Rejection {
  rule @0 :Rule;
  reason @1 :Text;
  field @2 :Text;            # the field it is about, where there is one

  enum Rule {
    check @0;
    reference @1;
    keyExists @2;
    keyMissing @3;
    expectedVersion @4;
    invalidValue @5;         # text that is not UTF-8, a date out of range, …
    sequence @6;             # the client's number is that of another command, which was accepted before
    expression @7;           # a `set` or `when` failed: division by zero, overflow
    atomic @8;               # another command of the atomic batch was rejected
  }
}

# ---- reading ----

struct ReadOptions {
  atLeast @0 :Data;          # token: the answer must include what it stands for; empty: whatever is newest
  maxWaitMs @1 :UInt32;      # how long to wait for it; 0: the node's default
  orOlder @2 :Bool;          # when the wait ends: answer what there is (cut.older says so) instead of failing
}

struct Cut {
  position @0 :UInt64;       # the rows are exactly those at this position
  lagEvents @1 :UInt64;      # the log's head minus position
  lagMs @2 :UInt32;          # how long the oldest event that is not included has been durable
  degraded @3 :Text;         # why the view stands at an older cut; empty: it does not
  older @4 :Bool;            # atLeast was not reached in time
  token @5 :Data;            # of position
}

interface View(Keys, Rows) {
  # Keys: List(key struct), Rows: List(row struct), as `facet schema --capnp` gives them.
  get @0 (keys :Keys, read :ReadOptions) -> (rows :Rows, found :List(Bool), cut :Cut);
  # rows[i] belongs to keys[i]; found[i] says whether there is one (else the row is all defaults). found is empty if all were found.
  scan @1 (options :ScanOptions) -> (rows :Rows, cut :Cut, cursor :Data);
  # cursor: empty at the end; else pass it as options.cursor for the next page, at the same cut; it is kept for half a minute. With
  # goOn it also serves later, and at another node.
  describe @2 () -> (relation :Relation);
}

struct ScanOptions {
  filter @0 :Text;           # an SQL condition over the columns
  order @1 :Text;            # an ORDER BY list
  limit @2 :UInt64;          # rows in all; 0: no limit
  page @3 :UInt32;           # rows in a reply at most; 0: the node's default
  cursor @4 :Data;
  after @5 :AnyPointer;      # key struct: begin after this key, in key order
  read @6 :ReadOptions;
  goOn @7 :Bool;             # with a cursor that is kept no more, or is another node's: go on behind its last row, at a newer cut; the
                             # other options must be those of the first page, and limit what is left of it. Else, and for rows that
                             # were sorted, that is "cursor expired"
}

struct Relation {
  name @0 :Text;
  kind @1 :Kind;
  columns @2 :List(Column);
  key @3 :List(Column);      # where each key column is in the key struct
  rowTypeId @4 :UInt64;
  source @5 :Text;           # SELECT of a view
  fields @6 :List(Column);   # commands and events: their fields
  dataWords @7 :UInt16;      # size of the row struct, or of the command
  pointers @8 :UInt16;
  keyDataWords @9 :UInt16;   # size of the key struct
  keyPointers @10 :UInt16;
  enum Kind { event @0; table @1; view @2; command @3; }
}

struct Column {
  # A column, and where a struct of the list has it: enough to read rows without their schema.
  name @0 :Text;
  type @1 :Text;             # as PostgreSQL names it: bigint, numeric(18,4)
  slot @2 :UInt32;           # data: offset in units of the field's size; pointers: index
  wire @3 :Wire;
  scale @4 :Int16;           # of a scaled integer; -1: no scale
  nullable @5 :Bool;
  nullSlot @6 :UInt32;       # data: the bit that says NULL, for nullable columns that are no pointers
  field @7 :Text;            # name in Cap'n Proto

  # Fields of commands only:
  path @8 :List(Step);       # the structs around it, from the command on; empty: it is a field of the command itself
  enumerants @9 :List(Text); # texts by number: enum, or list of them
  element @10 :Wire;         # of a list, in rows too
  hasNullValue @11 :Bool;    # NULL is nullBits, instead of a bit of its own
  nullBits @12 :UInt64;
  defaultBits @13 :UInt64;   # data is stored XORed with this

  # Lists of structs (wire: list, element: struct), in rows too:
  elements @14 :List(Column);    # the fields of the struct
  elementDataWords @15 :UInt16;  # its size
  elementPointers @16 :UInt16;

  hasDefault @17 :Bool;      # fields of commands, and of structs in their lists: the model gives it a default, or reads it nowhere
  nullUnion @18 :NullUnion;
  # Fields of commands, and of structs in their lists: the field is in a union with a Void, which is one nullable column. Absent: it is not.

  struct Step {
    slot @0 :UInt32;         # pointer, in the struct around it
    dataWords @1 :UInt16;
    pointers @2 :UInt16;
  }

  struct NullUnion {
    slot @0 :UInt32;         # of the number that says which member counts, in the struct around the field: offset in units of 16 bits
    null @1 :UInt16;         # the number of the Void: NULL
    value @2 :UInt16;        # that of the field
  }

  enum Wire {
    bool @0; int8 @1; int16 @2; int32 @3; int64 @4;
    uint8 @5; uint16 @6; uint32 @7; uint64 @8;
    float32 @9; float64 @10; text @11; data @12; enum @13; list @14; struct @15;
    numericText @16;         # an exact decimal as Text
    valueText @17;           # another type (interval) as PostgreSQL prints it
    int128 @18;              # a scaled integer of two words: the low one (UInt64) at slot, the high one (Int64) at slot + 1
  }
}

# ---- operating ----

interface Admin {
  status @0 () -> (status :Status);
  log @1 (from :UInt64, limit :UInt32) -> (events :List(LoggedEvent), next :UInt64);
  snapshotCreate @2 () -> (snapshot :SnapshotInfo);
  # Takes one at the newest cut, beside everything else, reads it back, and removes those that are one too many.
  snapshotList @3 () -> (snapshots :List(SnapshotInfo));
  # Oldest first, with those that were set aside.
  snapshotVerify @4 () -> (snapshots :List(SnapshotInfo));
  # Checks every byte of each. What is damaged is set aside, and says so.
  snapshotPrune @5 (keep :UInt32) -> (snapshots :List(SnapshotInfo));
  # Keeps the newest ones, at least one, and none that was set aside. Those that went.
  verify @6 () -> (verification :Verification);
  # Folds the log anew, beside everything else, and compares.
  rebuild @7 (view :Text) -> (rebuilt :Rebuilt);
  # Fills a copy of the view from the log, beside the live one, and puts it in its place.
  skip @8 (view :Text, position :UInt64) -> (skipped :Skipped);
  # Records in the log that the view takes back the event at the position, which its SELECT fails at. Fails, and records nothing, if it
  # is not so; on a replica.
  explain @9 (view :Text) -> (plans :List(ViewPlan));
  # The plans of views (one, or all if the name is empty), with how their operators fare on this node.
}

struct ViewPlan {
  view @0 :Text;
  operators @1 :List(Operator);    # from the source to the result

  struct Operator {
    text @0 :Text;           # what it does, and what it keeps for each what: lines
    keys @1 :UInt64;         # distinct rows, entries or groups that it keeps now
    bytes @2 :UInt64;        # that its state takes
    taken @3 :UInt64;        # rows given to it since the node began, or the view's newest copy was made
  }
}

struct Skipped {
  at @0 :UInt64;             # position of the record: from it on the view is without the event
  live @1 :Bool;             # the view, there
  error @2 :Text;            # why it is not: what it fails at next
}

struct Verification {
  relations @0 :List(Verified);
  events @1 :UInt64;         # folded
  after @2 :UInt64;          # position of the snapshot that the fold began with; 0: the log's beginning
  seconds @3 :Float64;

  struct Verified {
    name @0 :Text;
    kind @1 :Relation.Kind;
    position @2 :UInt64;     # where it was looked at
    kept @3 :Text;           # the digest kept with each change: 32 hex digits
    rows @4 :Text;           # of the rows as readers see them
    folded @5 :Text;         # of the log folded anew
    sound @6 :Bool;          # all three are equal
  }
}

struct Rebuilt {
  position @0 :UInt64;       # from here on the new copy is read
  events @1 :UInt64;         # folded
  seconds @2 :Float64;
  before @3 :Text;           # digest of the view there, as it was
  after @4 :Text;            # of the new copy
  looked @5 :UInt64;         # position, shortly before, at which the old rows were looked at
  kept @6 :Text;             # the digest kept with each change there
  rows @7 :Text;             # of the old rows as readers saw them there; another one: they were damaged. Empty: an older node, which
                             # did not look
  from @8 :UInt64;           # position of the snapshot that the fold began with; 0: the log's beginning
}

struct SnapshotInfo {
  name @0 :Text;
  position @1 :UInt64;       # the cut that it holds
  epoch @2 :UInt32;
  time @3 :Int64;            # commit time of the cut, microseconds since 1970
  created @4 :Int64;
  bytes @5 :UInt64;          # on disk
  seconds @6 :Float64;       # what creating or checking it took; 0: nobody did
  program @7 :Text;          # version of facet that wrote it
  problem @8 :Text;          # what is wrong with it; empty: nothing
  setAside @9 :Bool;         # it was found damaged before: only name and bytes are known
}

struct Status {
  role @0 :Text;
  epoch @1 :UInt32;
  position @2 :UInt64;       # head of the log
  visible @3 :UInt64;        # newest cut
  views @4 :List(ViewStatus);
  diskBytes @5 :UInt64;      # of log and snapshots
  version @6 :Text;
  logId @7 :Data;
  memoryBytes @8 :UInt64;
  memoryLimit @9 :UInt64;
  connections @10 :UInt32;
  uptimeMs @11 :UInt64;
  tables @12 :List(ViewStatus);
  replicas @13 :List(ReplicaStatus);  # those that follow this node
  upstream @14 :UpstreamStatus;       # on a replica: whom it follows
  snapshotBytes @15 :UInt64; # of diskBytes, those of snapshots; the others are the log's
  freeBytes @16 :UInt64;     # of the data folder's file system, for who is not root
  problems @17 :List(Text);  # what keeps this node from its work, and what to do; none: nothing
  beginPosition @18 :UInt64;          # what the log's first chunk follows, where it begins later: the last
  beginChunk @19 :UInt64;             # position that is not in it; and the first chunk's number, else 0
  visibleLag @20 :RecentLag; # how long events took here from durable to visible in every view
}

struct RecentLag {
  # Of the events of the last ten to twenty seconds, each counted; microseconds.
  events @0 :UInt64;
  p50 @1 :UInt64;
  p99 @2 :UInt64;
  max @3 :UInt64;
}

struct ViewStatus {
  name @0 :Text;
  state @1 :Text;            # "live", "degraded", "diverged"
  rows @2 :UInt64;
  bytes @3 :UInt64;
  position @4 :UInt64;
  lagEvents @5 :UInt64;
  lagMs @6 :UInt32;
  digest @7 :Text;           # 32 hex digits, at Status.visible
  error @8 :Text;
  skipped @9 :List(UInt64);  # positions of the events that the view takes back
}

struct LoggedEvent {
  position @0 :UInt64;
  time @1 :Int64;            # microseconds since 1970
  event @2 :Text;            # struct name
  columns @3 :List(Field);

  struct Field {
    name @0 :Text;
    text @1 :Text;           # as PostgreSQL prints it
    null @2 :Bool;
  }
}

struct ReplicaStatus {
  name @0 :Text;             # its address
  state @1 :Text;            # "following", "catching up", "stalled: why", "silent"
  position @2 :UInt64;       # the last event that it has durably
  lagEvents @3 :UInt64;
  lagMs @4 :UInt32;          # how long the oldest event that it has not has been durable here
  seenMs @5 :UInt32;         # since it was heard of
}

struct UpstreamStatus {
  address @0 :Text;
  primary @1 :Text;          # the address to send commands to
  connected @2 :Bool;
  state @3 :Text;            # "following", "catching up", "connecting: why", "stalled: why"
  head @4 :UInt64;           # of the upstream's log, as last heard
  lagEvents @5 :UInt64;      # head minus this node's own
  lagMs @6 :UInt32;          # how long it has been known that something is missing; disconnected: since it was heard of
  digestsCompared @7 :UInt64;  # of tables and views, with the upstream's, at the same positions
  digestsDiffered @8 :UInt64;
}

# ---- replicas ----

interface Feed {
  # What a replica follows: the log's chunks as they are on disk (storage/chunk.h). A request is a credit: the node sends one reply
  # for it, of a bounded size, and nothing unasked; it takes one request at a time.
  follow @0 (request :FeedRequest) -> (batch :FeedBatch);
  # Waits until there is a chunk after `from`, or the time has passed (then the batch has no chunks). Only what is durable is sent.
  # Fails: "another log: …" (the chunk before `from` is another one here), "lost: …" (this log ends before it, and there is no other),
  # "begins later: …" (the log here begins with a later chunk than `from`: Status.beginChunk); overloaded: this node is a
  # replica itself, and has not come that far.
  snapshot @1 (request :SnapshotRequest) -> (parts :SnapshotParts);
  # A snapshot, piece by piece: part 0 is its manifest, the others its frames, in order. The same credit: one request, one reply.
  # Fails: "snapshot gone: …" (it was removed, or found damaged meanwhile: begin anew with the newest; or there is none just now, though
  # the log begins later).
}

struct SnapshotRequest {
  name @0 :Text;             # as the first reply said; empty: the newest of the node's model
  from @1 :UInt64;           # number of the first part that is wanted
  offset @2 :UInt64;         # bytes of it that are there already: of one that comes in pieces
  maxBytes @3 :UInt32;       # of parts in the reply; 0: the node's default
}

struct SnapshotParts {
  name @0 :Text;             # empty: the node has no snapshot
  parts @1 :List(Data);
  next @2 :UInt64;           # number of the part after them: the next request's `from`
  count @3 :UInt64;          # of all parts
  wholeBytes @4 :UInt64;     # not 0: the one part in the reply is a piece, from `offset` on, of one that has so many bytes in all
  hash @5 :Data;             # 16 bytes: of the frames, by the chain of the chunks that they are stored in (storage/chunk.h)
}

struct FeedRequest {
  from @0 :UInt64;           # number of the first chunk that is wanted; 0: a new replica
  previous @1 :Data;         # hash of the chunk before, 16 bytes; empty if from is 0
  offset @2 :UInt64;         # bytes of the chunk `from` that are there already: of a chunk that comes in parts
  maxBytes @3 :UInt32;       # of chunks in the reply; 0: the node's default
  waitMs @4 :UInt32;         # how long to wait for a chunk
  notesAfter @5 :UInt64;     # FeedBatch.notesNext of the last reply of this connection; 0: there was none
  follower @6 :Follower;
  epoch @7 :UInt32;          # of the last chunk that is there already; 0: not said

  struct Follower {
    # Who asks, for the node's status.
    id @0 :Data;             # 16 random bytes, made when the replica started; empty: who asks copies the log, and is no replica
    name @1 :Text;           # the address that it serves on
    position @2 :UInt64;     # the last event that it has durably
    chunk @3 :UInt64;        # and the number of its next chunk
    stalled @4 :Text;        # why it takes nothing now: the reply comes at once, and has no chunks. Empty: it takes what comes
  }
}

struct FeedBatch {
  chunks @0 :Data;           # whole chunks one behind the other; each a multiple of 8 bytes
  next @1 :UInt64;           # number of the chunk after them: the next request's `from`
  last @2 :Data;             # hash of the chunk before that: the next request's `previous`
  wholeBytes @3 :UInt64;     # not 0: `chunks` is a part, from `offset` on, of the chunk `from`, which has so many bytes in all
  head @4 :UInt64;           # position of the log's last event
  headTime @5 :Int64;        # and when it was committed, microseconds since 1970
  more @6 :Bool;             # there is a chunk `next` already
  notes @7 :List(DigestNote);
  notesNext @8 :UInt64;
  model @9 :Data;            # hash of the model whose views the notes are of
  chain @10 :List(ChainNode);
  # The node that answers, if it is a replica, and then whom it follows, and so on up to the primary, as last heard. Who finds itself
  # in it follows itself. Empty: a primary, or an older node.

  struct ChainNode {
    id @0 :Data;             # FeedRequest.Follower.id
    name @1 :Text;           # the address that it serves on
  }

  struct DigestNote {
    # The digest of a table or a view at a position; at the same positions on every node (actors/log/digest_notes.h).
    relation @0 :Text;
    position @1 :UInt64;
    high @2 :UInt64;
    low @3 :UInt64;
  }
}
