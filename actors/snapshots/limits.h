// Every bound of this room, with its unit and why it is neither higher nor lower.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace facet {

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

/// How often a start tries to read a snapshot that the system does not let it read, and how long it
/// waits in between. Less: a moment without descriptors costs the fold of the whole log; more: a
/// disk that fails holds up the start.
constexpr int kSnapshotTries = 5;
constexpr std::chrono::milliseconds kSnapshotTryPause{200};

/// A replica that waits for a snapshot with the views of a new model asks for it so often. Shorter:
/// calls for nothing; longer: it is behind when it could go on.
constexpr std::chrono::milliseconds kNewViewsPause{1000};

}  // namespace facet
