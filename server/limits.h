// Limits of the door: nothing that a client can do is unbounded. Each with its unit and its reason
// both ways. Constants; rpc/limits.h has those of the byte stream.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Calls that take long (a snapshot, a check) at a time, each on a thread of its own. Lower: nobody
/// could look at snapshots while one is taken; higher: threads, and disks that do nothing else.
constexpr size_t kMaxBeside = 4;

/// Looks at the node (its status, its snapshots) at a time, each on a thread of its own: they may
/// wait for the disk. Lower: one who asks over and over leaves no room for others; higher: threads
/// that wait for a disk which hangs.
constexpr size_t kMaxLooks = 4;

// ---- connections ----

/// Connections at a time (fewer where the process may not have so many descriptors). Pools of
/// services have hundreds; each costs about 30 KB and a descriptor.
constexpr size_t kMaxConnections = 4'096;

/// Descriptors that are kept for everything else: the log, snapshots, standard streams.
constexpr size_t kReservedDescriptors = 128;

/// Connections that there must be descriptors for: with fewer, a few idle ones would keep everybody
/// out.
constexpr size_t kLeastConnections = 64;

/// Seconds in which a new connection must have logged in. A slow network needs two or three; more
/// lets idle peers hold places.
constexpr int kLoginSeconds = 15;

/// Seconds after which a connection without any message is closed. Pools keep connections for
/// minutes; a dead peer's place should come free within the hour.
constexpr int kIdleSeconds = 3'600;

/// Seconds in which a client must read something of what waits for it, or go on with a message that
/// it has begun. A client that pauses for a garbage collection takes a few; more lets it hold
/// memory for long.
constexpr int kStalledSeconds = 30;

/// Milliseconds between looks at the connections for the three limits above: a fraction of the
/// shortest.
constexpr int kSweepMs = 1'000;

/// Milliseconds until accepting is tried again when descriptors ran out: long enough for some to
/// come free, and short enough for a good client to be served within a second.
constexpr int kAcceptBackOffMs = 50;

/// New connections that one turn of the loop accepts, before it looks at those that are there.
constexpr int kAcceptsPerTurn = 64;

/// Calls that have not been finished, on one connection. Clients with a window have up to some
/// thousand; each costs about 500 bytes.
constexpr size_t kMaxQuestions = 16'384;
/// The same before login: bootstrap, login, and what is pipelined behind it.
constexpr size_t kMaxQuestionsBeforeLogin = 64;

/// Sessions of one connection. One is enough; a pool that shares a connection may want some.
constexpr size_t kMaxSessions = 64;

/// Capabilities (views, commands) that one connection holds. Clients need one for each view; each
/// costs about 500 bytes.
constexpr size_t kMaxCapabilities = 10'000;

// ---- memory ----

/// What clients may make the node hold in all (client_memory.h): a tenth of --memory, but at least
/// and at most so many bytes. Less would refuse the largest message (rpc/limits.h) beside some
/// others; more is memory that rows could have, as clients that read take what is there for a
/// moment only.
constexpr uint64_t kLeastClientMemory = uint64_t{64} << 20;
constexpr uint64_t kMostClientMemory = uint64_t{512} << 20;

/// Bytes that each client may hold whatever the others do: requests by key, commands by hand, and
/// their answers. Less would let those who fill the memory keep others out; more is what
/// kMaxConnections can add to it.
constexpr uint64_t kFreeBytes = uint64_t{16} << 10;

/// Bytes of a message before login: bootstrap and login take some hundred.
constexpr size_t kMaxLoginMessageBytes = size_t{16} << 10;

/// Milliseconds between looks at whether there is room for a message that waits for it.
constexpr int kRoomPollMs = 5;

/// Seconds in which a message that has begun must have come whole: 32 MiB do over 3 Mbit/s.
constexpr int kMessageSeconds = 90;

/// Seconds after which a client that does not read its answers, or has stopped inside a message,
/// gives way where memory is tight. Less would cut off those whose network hiccups; more keeps
/// others waiting.
constexpr int kGiveWaySeconds = 2;

// ---- commands ----

/// Commands of one batch. Beyond some hundred, larger batches are no faster; this bounds how long
/// one holds the sequencer (about 10 ms).
constexpr size_t kMaxBatchCommands = 10'000;

/// Numbers from a batch's first command to its last: what is remembered of a client. The log has a
/// place for each (a byte and a bit). Lower: a file with many bad lines makes many batches; higher:
/// places that nobody needs.
constexpr uint64_t kMaxBatchNumbers = 65'536;

/// Bytes of a batch's commands as rows (or half of what clients may hold): twice the largest
/// message, so that only batches that are much larger in memory than on the wire (lists of bits, or
/// of structs of zeros) meet it.
constexpr size_t kMaxBatchRowBytes = size_t{128} << 20;

/// Batches under way on one connection: enough for any window that helps (a commit takes about a
/// millisecond), and a bound on what waits.
constexpr size_t kMaxBatchesInFlight = 4'096;

/// Bytes of batches under way: on one connection, and of all together (of what clients may hold at
/// all). Room for two of the largest messages; and in all for what the log writes in about a
/// second.
constexpr size_t kMaxBatchBytesInFlight = size_t{64} << 20;
constexpr size_t kMaxBatchBytesTotal = size_t{256} << 20;

// ---- reads ----

/// Keys of one get. A turn of the loop with so many takes about 2 ms; more belongs into a scan.
constexpr size_t kMaxKeys = 10'000;

/// Bytes that one reply's rows may take: a quarter of what Cap'n Proto accepts as a message.
constexpr size_t kMaxReplyBytes = size_t{16} << 20;

/// Rows of a scan's page: if the client does not say, and at most.
constexpr uint32_t kDefaultPage = 1'000;
constexpr uint32_t kMaxPage = 50'000;
/// Bytes after which a page ends, whatever its rows.
constexpr size_t kPageBytes = size_t{4} << 20;

/// Rows that a query without LIMIT may answer. A person reads tens; a program that wants more scans
/// in pages.
constexpr size_t kMaxQueryRows = 100'000;

/// Seconds that a query, or a page of a scan, may take, unless the node is told otherwise. A person
/// waits no longer; a question that takes so long is a view.
constexpr unsigned kQuerySeconds = 30;

/// Threads for queries and scans. With one, an expression that takes long (up to
/// sql/limits.h's kMaxExpressionWork a row) would hold up all others for as long; more take the
/// processors from the views.
constexpr unsigned kReadThreads = 2;

/// Rows of the source that a query looks at before another client's has its turn: about a
/// millisecond. Fewer would only change hands more often; more would let short queries wait.
constexpr uint64_t kRowsPerSlice = 5'000;

/// What a sort or grouping may hold: rows, and bytes. Larger questions are views.
constexpr uint64_t kMaxQueryHeldRows = 1'000'000;
constexpr uint64_t kMaxQueryHeldBytes = uint64_t{256} << 20;

/// Queries and scans that are open at a time, between pages too: of one session, of one
/// connection, and of all. Each pins a cut (views/store/cuts.h has 512 pins), and old versions are
/// kept for it. At the limit of all, one that waits for its client gives way to a newcomer
/// (cursor_table.h).
constexpr size_t kMaxOpenPerSession = 64;
constexpr size_t kMaxOpenPerConnection = 128;
constexpr size_t kMaxOpen = 384;

/// Seconds that a cursor lives between pages: a client works on a page for a second or so;
/// meanwhile every changed row is kept twice.
constexpr int kCursorSeconds = 30;

/// Bytes of the bookmark in a cursor, from which a scan can go on when the scan itself is gone: a
/// key, with room for long texts. Larger: cursors that are sent with every page; less: scans over
/// such keys can't go on.
constexpr size_t kMaxBookmarkBytes = size_t{64} << 10;

/// Milliseconds that a read waits for its token if the client does not say, and at most.
constexpr uint32_t kDefaultWaitMs = 5'000;
constexpr uint32_t kMaxWaitMs = 60'000;

/// Bytes of the text of a filter, an order or a query is bounded by sql/limits.h. Parameters of a
/// query: PostgreSQL's limit is 65,535; so many are a mistake.
constexpr size_t kMaxParams = 1'000;
/// Bytes of their texts together: as of a statement.
constexpr size_t kMaxParamBytes = size_t{1} << 20;

/// Seconds that a read of the log may take: of a cold part, from a disk that is busy, some.
constexpr int kLogReadSeconds = 60;

/// Events of one log call; it ends earlier after kMaxReplyBytes.
constexpr uint32_t kDefaultLogEvents = 100;
constexpr uint32_t kMaxLogEvents = 10'000;

// ---- replicas ----

/// Bytes of the log in one reply to a replica (and of one more chunk's header each): copied out and
/// sent in about two milliseconds, so that others are not held up; a replica at the other end of
/// the world still gets 20 MB a second with one request under way.
constexpr uint32_t kMaxFeedBytes = uint32_t{4} << 20;

/// Milliseconds that a replica's request may wait for a chunk: connections that nothing is heard of
/// are to be noticed within a minute.
constexpr uint32_t kMaxFeedWaitMs = 30'000;
/// What a replica asks for: each request tells the upstream how far it is, and brings digests.
constexpr uint32_t kFollowWaitMs = 1'000;

/// Seconds for connecting, and for an answer beyond the wait that was asked for. An upstream that
/// starts, or reads a cold part of its log, takes a few; more leaves a replica behind a dead one.
constexpr int kUpstreamSeconds = 10;

/// Milliseconds before connecting is tried again: the first time, and at most; each is twice the
/// one before. A restarted upstream is found at once; one that is down is not kept busy when it
/// comes.
constexpr int kFirstUpstreamPauseMs = 20;
constexpr int kLongestUpstreamPauseMs = 2'000;

/// Replicas that follow one node: their answers may take a quarter of what clients may hold, and
/// are smaller than kMaxFeedBytes where that is little. More hang off replicas.
constexpr size_t kMaxFollowers = 32;
constexpr size_t kFollowerIdBytes = 16;
/// Replicas one after another up to the primary. Fewer: trees of replicas are refused that work;
/// more: bytes in each of their answers, and each is a second behind the one above.
constexpr size_t kMaxChain = 32;
/// Bytes of a replica's name that are kept: addresses are shorter.
constexpr size_t kMaxFollowerName = 200;

/// Bytes of why a replica is stalled that are kept: a message, with a path.
constexpr size_t kMaxStalledText = 1'000;

/// Milliseconds without a request after which a replica is shown as silent, some of its pauses; and
/// seconds until it is forgotten: an operator sees for a while who is gone.
constexpr int64_t kFollowerSilentMs = 5'000;
constexpr int kFollowerSeconds = 60;

// ---- snapshots and backups ----

/// Seconds that a snapshot is kept from being removed for a reader that asks for nothing more: it
/// writes what it has got within a second or so; more holds disk space for one that has died.
constexpr int kSnapshotHoldSeconds = 60;

/// Seconds for an answer with a piece of a snapshot. The node opens and checks its structure first,
/// on a disk that may be busy; more leaves the reader behind a dead node.
constexpr int kSnapshotAnswerSeconds = 60;

/// How often a snapshot is begun anew when it was removed meanwhile, or the node was busy, and the
/// milliseconds before that. Fewer: a node that takes snapshots all the time can't be copied; more:
/// it takes long until a person is told.
constexpr unsigned kSnapshotAttempts = 20;
constexpr int kSnapshotPauseMs = 200;

/// Events after the newest snapshot from which on a backup has a new one made. Fewer: each backup
/// costs the node one; more: a restored node folds for more than a second or so.
constexpr uint64_t kFreshSnapshotEvents = 1'000'000;

// ---- the end ----

/// Milliseconds from SIGTERM in which clients get the answers of what is under way; the node's own
/// stop takes up to as long again. Together under the contract's 5 s.
constexpr int kDrainMs = 1'500;

}  // namespace facet
