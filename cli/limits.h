// Limits of the command line: each with its unit and its reason both ways. Constants.
#pragma once

#include <kj/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes that a file is read in: large enough that the system call does not count, small enough to
/// stay in the processor's cache.
constexpr size_t kReadBytes = size_t{256} << 10;

/// Bytes of one CSV record or JSON line. A command is at most a message, far below this; more would
/// let a forgotten quote swallow the whole file into memory.
constexpr size_t kMaxRecordBytes = size_t{16} << 20;

/// Commands of a batch, if --batch does not say: beyond some hundred larger ones are no faster. The
/// most is what a server takes (server/limits.h).
constexpr unsigned kDefaultBatch = 500;
constexpr unsigned kMaxBatch = 10'000;

/// Bytes of text that a batch holds before it is sent, whatever its number of commands: a quarter
/// of the largest message.
constexpr size_t kBatchBytes = size_t{8} << 20;

/// Batches under way: enough that the server always has one to work on, and few enough that what is
/// unknown after a crash stays small.
constexpr unsigned kDefaultInFlight = 16;
constexpr unsigned kMaxInFlight = 1'000;

/// Commands that are under way at most, in all batches: half of what a server remembers of a client
/// (actors/commands/deduplication.h), so that a batch which is sent again is never older than that.
constexpr unsigned kMaxUnanswered = 32'768;

/// How long answers are waited for after Ctrl-C: what is under way mostly takes some milliseconds,
/// and a person who wants less presses it again. Less: more is unknown on a busy server.
constexpr auto kInterruptedWait = 2 * kj::SECONDS;

/// Times that a batch is tried again while the server is overloaded: about a minute with the
/// client's pauses.
constexpr unsigned kOverloadRetries = 120;

/// Seconds that an answer of a server that lives may take, if --timeout does not say: longer than
/// any read takes there (the longest wait for a token is 60 s, a query's is 30 s). Longer: a script
/// hangs on a server whose disk does.
constexpr double kAnswerSeconds = 120;

/// How long commands wait before a person is told, and how long until he is told again of another
/// wait. Shorter: lines about what is over before they are read; longer: a program that seems to
/// hang.
constexpr std::chrono::milliseconds kSilentWait{1'000};
constexpr std::chrono::milliseconds kNoticeEvery{30'000};

/// Bad lines that are shown; all are counted. More hide the first one, which matters most.
constexpr unsigned kShownBadLines = 20;

/// Columns of a heading that are listed as ignored: enough to see what file it is.
constexpr size_t kShownColumns = 20;

/// Different reasons of rejection that are counted apart. Reasons name keys, so there can be as
/// many as commands.
constexpr size_t kCountedReasons = 1'000;
/// Those that are shown: the most frequent ones.
constexpr size_t kShownReasons = 20;

/// Rows of a scan's page: some round trips a second at most, and little memory.
constexpr uint32_t kScanPage = 10'000;

/// Events that one call of `facet log` asks for: a screenful comes fast, and a reply stays small.
constexpr uint32_t kLogPage = 1'000;
/// Events that `facet log tail` shows if --limit does not say.
constexpr uint64_t kTailEvents = 10;
/// Milliseconds between looks for new events with --follow: quick for a person, nothing for a
/// server.
constexpr unsigned kFollowMs = 200;

/// Milliseconds between two progress lines.
constexpr unsigned kProgressMs = 200;

/// How long a restored folder's views may take to show all of its log once that is folded. Shorter:
/// a busy machine fails what is right; longer: nobody is told that a view hangs.
constexpr std::chrono::seconds kRestoredWait{60};

}  // namespace facet
