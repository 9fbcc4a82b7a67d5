// The bounds of the log on disk, each with its unit and why it is neither higher nor lower.
// Values; never on the wire.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes of one chunk's payload. Not higher: a chunk is held whole by journal, feed and
/// projections. Not lower: a group commit of large events, or a model's files in a control record,
/// must fit.
constexpr uint64_t kMaxPayloadBytes = uint64_t{256} << 20;

/// Reader slots of a segment: one for each thread that is inside read() at a time. Not higher: LMDB
/// scans them all when it looks for free pages. Not lower: RPC threads, feeds and projections
/// together.
constexpr unsigned kMaxReaders = 512;

/// Sealed segments that stay open. Not higher: each takes a descriptor and address space.
/// Not lower: several replicas that catch up at different places must not open them in turns.
constexpr size_t kOpenSealedSegments = 16;

/// The data file grows ahead of the writes in steps of a quarter of its size, up to this many
/// bytes. Not higher: it is disk space that stays unused. Not lower: each step is a call to the
/// file system.
constexpr uint64_t kMaxGrowBytes = uint64_t{16} << 20;

/// Disk space that is left free. Not more: it is space that nobody uses. Not less: what others
/// write there must not reach the log between its look at the disk and its commit. On a disk that
/// is small, its `kReserveShare`th part.
constexpr uint64_t kReserveBytes = uint64_t{64} << 20;
constexpr uint64_t kReserveShare = 8;

/// What a snapshot leaves free, in such reserves. Lower: one that does not fit makes the log of its
/// node full before it gives up, and commands are refused; higher: none can be taken on a small
/// disk that has room.
constexpr uint64_t kSnapshotReserves = 2;

/// Pages that one commit may need beside its chunk: the path to the root twice, and the free list.
constexpr uint64_t kCommitSlackPages = 64;

/// Bytes of a snapshot that are verified and shown in one go. Not higher: LMDB can't reuse space
/// meanwhile; not lower: each is a transaction.
constexpr uint64_t kSnapshotReadBytes = uint64_t{16} << 20;

/// Bytes of a snapshot's manifest: what its relations are, a line each. Higher: memory that a
/// damaged size can claim.
constexpr uint64_t kMaxManifestBytes = uint64_t{64} << 20;

/// Depth of a tree in LMDB (its own CURSOR_STACK).
constexpr unsigned kMaxTreeDepth = 32;

}  // namespace facet
