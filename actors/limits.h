// Every bound of this room, with its unit and why it is neither higher nor lower.
#pragma once

#include <chrono>
#include <cstddef>

namespace facet {

/// Bytes of batches between submit and their outcome. Lower: one large batch (the door takes 16
/// MiB) could not be let in beside others; higher: memory that no limit of the views accounts for.
constexpr size_t kMaxInFlightBytes = size_t{128} << 20;

/// Batches between submit and their outcome. Lower: thousands of clients with one command each
/// would be refused; higher: seconds of queueing, which a client is better told early.
constexpr size_t kMaxInFlightBatches = 20'000;

/// The least memory ceiling that a server is started with. Lower: an empty server (each shard of a
/// table or view holds some 150 KiB: 1 to 2 MiB for a small model) and one batch under way, of the
/// 8 MiB that facet's own command line sends at most, reach kMemoryHighMark, and commands are
/// refused for ever; higher: a small model in a small container could not say what it has.
constexpr size_t kLeastMemoryBytes = size_t{16} << 20;

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

/// How long stopping waits for what is under way. The whole stop has 5 s.
constexpr std::chrono::milliseconds kStopTimeout{4000};

}  // namespace facet
