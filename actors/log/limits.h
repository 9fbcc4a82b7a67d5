// Every bound of this room, with its unit and why it is neither higher nor lower.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace facet {

/// Payload of one chunk. Lower: more fsyncs under load; higher: replicas and views take it whole,
/// and a crash loses the work of folding it.
constexpr size_t kMaxChunkBytes = size_t{4} << 20;

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

/// The part of the memory ceiling from which on commands are refused. Higher: no room for what is
/// under way (actors/limits.h: kMaxInFlightBytes; kMaxBytesAhead) and for snapshots; lower: memory
/// that was given, and is not used.
constexpr double kMemoryHighMark = 0.9;

/// The digests of tables and views are noted at the ends of chunks whose number is a multiple of
/// this; the same on every node. Lower: more notes than a replica compares while it is busy;
/// higher: what diverges is seen late.
constexpr uint64_t kDigestEvery = 16;

/// Notes of digests that are kept, for all tables and views together. Fewer: a replica that comes
/// back after seconds finds none to compare with; more: memory (about 80 bytes each).
constexpr size_t kDigestNotes = 4096;

/// Notes that are sent at a time: what one reply to a replica has beside its chunks.
constexpr size_t kMaxNotesAtATime = 1024;

/// What a clock may jump beside the steady one, or be behind the log's last commit. Less: a clock
/// that is set right after a flat battery is refused; more: events with wrong dates.
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kMaxClockJump = kDay;
/// What it may be ahead of the last commit at start: a node that was stopped so long. Less: one
/// that is used now and then asks for --accept-clock; more: a clock that is ahead is taken for a
/// pause.
constexpr std::chrono::hours kMaxClockPause = kDay * 366;

}  // namespace facet
