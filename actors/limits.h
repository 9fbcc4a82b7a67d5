// Every bound of this folder, with its unit and why it is neither higher nor lower.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes of batches between submit and their outcome. Lower: one large batch (the door takes 16
/// MiB) could not be let in beside others; higher: memory that no limit of the views accounts for.
constexpr size_t kMaxInFlightBytes = size_t{128} << 20;

/// Batches between submit and their outcome. Lower: thousands of clients with one command each
/// would be refused; higher: seconds of queueing, which a client is better told early.
constexpr size_t kMaxInFlightBatches = 20'000;

/// Payload of one chunk. Lower: more fsyncs under load; higher: replicas and views take it whole,
/// and a crash loses the work of folding it.
constexpr size_t kMaxChunkBytes = size_t{4} << 20;

/// Bytes of the events of one command. Lower: a command of the largest message (32 MiB) could not
/// record its fields twice; higher: one command's events are copied whole by stage, journal and
/// views.
constexpr size_t kMaxCommandEventBytes = size_t{64} << 20;

/// Bytes of the events, and names of streams, of one batch. Lower: a batch that the door takes (128
/// MiB of rows) could not be recorded as it is; higher: it is one chunk's payload, of which the log
/// takes kMaxPayloadBytes, with room for outcomes beside them.
constexpr size_t kMaxBatchEventBytes = size_t{192} << 20;

/// Bytes of a key's value that a rejection tells. Lower: people don't know their ids; higher: the
/// answer to a batch with long keys, which is about as large as the batch, would not fit into a
/// message.
constexpr size_t kMaxToldValue = 100;

/// Chunks that were broadcast and are not yet visible: how far views may be behind the log before
/// writes wait for them. Lower: a view's hiccup stops writers; higher: memory (each holds up to
/// kMaxChunkBytes) and skew between shards.
constexpr size_t kMaxChunksAhead = 64;

/// Bytes of such chunks. At least two full chunks, so that one can be folded while the next is
/// written.
constexpr size_t kMaxBytesAhead = size_t{64} << 20;

/// Bytes of log that recovery reads in one go.
constexpr size_t kRecoveryReadBytes = size_t{16} << 20;

/// Bytes of the log's chunks that recovery folds as one: a row that several of them change is
/// written once. Lower: more versions of rows that nobody reads; higher: memory.
constexpr size_t kRecoveryFoldBytes = size_t{32} << 20;

/// The log's last chunks: there recovery folds no more as one than up to a chunk at whose end
/// digests are noted (kDigestEvery). Lower: replicas that were behind find fewer to compare with;
/// higher: a start takes longer.
constexpr uint64_t kRecoveryNotedChunks = 512;

/// Chunks whose commit times are remembered for lag in milliseconds. Lower: a view that is further
/// behind shows too small a lag; higher: memory for nothing.
constexpr size_t kLagMarks = 4096;

/// The window of recent lag: what is told of is one to two windows old. Lower: a rare stall is soon
/// forgotten; higher: it is told of when it is long over.
constexpr std::chrono::milliseconds kLagWindow{10'000};

/// The part of the memory ceiling from which on commands are refused. Above it there must be room
/// for what is under way (kMaxInFlightBytes, kMaxBytesAhead) and for snapshots.
constexpr double kMemoryHighMark = 0.9;

/// The least memory ceiling that a server is started with. Lower: an empty server (each shard of a
/// table or view holds some 150 KiB: 1 to 2 MiB for a small model) and one batch under way, of the
/// 8 MiB that facet's own command line sends at most, reach kMemoryHighMark, and commands are
/// refused for ever; higher: a small model in a small container could not say what it has.
constexpr size_t kLeastMemoryBytes = size_t{16} << 20;

/// A log that was full gets a batch to try while there should be room, one in this time. Shorter:
/// where there is none in spite of that, memory for what is taken back; longer: writers wait after
/// space was made.
constexpr std::chrono::milliseconds kFullProbe{1000};

/// Room beside the batch that a log which was full must have: for what a commit writes beside its
/// chunk.
constexpr uint64_t kFullMarginBytes = uint64_t{1} << 20;

/// Room that a log which was full must have for it to be over: no chunk is refused then. Lower: an
/// operator is told again and again, as small batches still fit; higher: that it is full, when it
/// takes everything.
constexpr uint64_t kFullOverBytes = kMaxChunkBytes + kFullMarginBytes;

/// Bytes of a snapshot's frame, about: one commit and one fsync of its file. Lower: more of them;
/// higher: memory, and longer stretches in which the disk serves nobody else.
constexpr size_t kSnapshotFrameBytes = size_t{2} << 20;

/// How many times as long as it works a snapshot rests while commands come in. Lower: they lose
/// more of the disk and the processors; higher: it takes longer, and old row versions stay for it.
constexpr int kSnapshotRest = 8;

/// Rows that a snapshot reads before it lets go of what it looks at. Lower: more searches for the
/// place to go on; higher: memory that writers can't free meanwhile.
constexpr size_t kCaptureSlice = 4096;

/// How long a snapshot waits for all views to stand at one cut. Lower: none can be had while views
/// are busy; higher: degraded views keep what it may need for longer.
constexpr std::chrono::milliseconds kCaptureTimeout{30'000};

/// Events behind the log's end from which on a rebuilt view's projections stand still for the rest.
/// Lower: they never do, under load; higher: the view lags for longer.
constexpr uint64_t kRebuildNear = 20'000;

/// Rounds of coming near, at most: a log that grows faster than it is folded is not waited for.
constexpr int kRebuildRounds = 20;

/// How often a rebuild looks whether readers are gone from the old copy. Lower: wake-ups; higher:
/// its memory stays for longer.
constexpr std::chrono::milliseconds kRebuildLook{20};

/// How long a rebuild waits for them. Lower: status shows both copies' memory for a moment more;
/// higher: an operator waits for queries of others.
constexpr std::chrono::milliseconds kRebuildWait{1000};

/// How often it is looked whether views have degraded. Lower: wake-ups; higher: an operator is told
/// late.
constexpr std::chrono::milliseconds kTurnLook{500};
/// Lines about one view's turns that are told at once, and the time in which there is one more.
/// Fewer, longer: what happens is not told; more, shorter: a view that turns for ever fills a disk
/// (these are at most 300 lines a day).
constexpr int kTurnLines = 10;
constexpr std::chrono::milliseconds kTurnPause{300'000};

/// How long a request to skip an event waits until it is recorded and applied. Shorter: views that
/// are behind are told of as unknown; longer: an operator waits for what will not come.
constexpr std::chrono::milliseconds kSkipTimeout{10'000};

/// How often a node looks whether a snapshot is due. Lower: wake-ups for nothing; higher: more
/// events between two than were asked for.
constexpr std::chrono::milliseconds kSnapshotLook{500};

/// How long a node that could not take a snapshot which it needs waits until it tries again, at
/// most. Shorter: a disk that stays full is filled and emptied over and over; longer: after there
/// is room again, a crash finds the node without one.
constexpr std::chrono::milliseconds kSnapshotRetry{60'000};

/// Snapshots that are kept: one that is damaged must not be the only one.
constexpr size_t kSnapshotsKept = 2;

/// Snapshots beyond those that are kept because somebody reads them. Fewer: a replica that begins
/// with one, or a backup, has to begin anew when two are taken meanwhile; more: disk space that
/// slow readers hold.
constexpr size_t kSnapshotsHeld = 2;

/// The digests of views are noted at the ends of chunks whose number is a multiple of this; the
/// same on every node. Lower: more notes than a replica compares while it is busy; higher: a view
/// that diverges is seen late.
constexpr uint64_t kDigestEvery = 16;

/// Notes of digests that are kept, for all views together. Fewer: a replica that comes back after
/// seconds finds none to compare with; more: memory (about 80 bytes each).
constexpr size_t kDigestNotes = 4096;

/// Notes that are sent at a time: what one reply to a replica has beside its chunks.
constexpr size_t kMaxNotesAtATime = 1024;

/// How often a start tries to read a snapshot that the system does not let it read, and how long it
/// waits in between. Less: a moment without descriptors costs the fold of the whole log; more: a
/// disk that fails holds up the start.
constexpr int kSnapshotTries = 5;
constexpr std::chrono::milliseconds kSnapshotTryPause{200};

/// What a clock may jump beside the steady one, or be behind the log's last commit. Less: a clock
/// that is set right after a flat battery is refused; more: events with wrong dates.
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kMaxClockJump = kDay;
/// What it may be ahead of the last commit at start: a node that was stopped so long. Less: one
/// that is used now and then asks for --accept-clock; more: a clock that is ahead is taken for a
/// pause.
constexpr std::chrono::hours kMaxClockPause = kDay * 366;

/// How long stopping waits for what is under way. The whole stop has 5 s.
constexpr std::chrono::milliseconds kStopTimeout{4000};

}  // namespace facet
