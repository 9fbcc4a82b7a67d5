// Limits of one connection's byte stream, the same code on both ends; each with its reason both
// ways. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes of one message. A batch of 10,000 commands of 1 KB and a page of rows fit with room to
/// spare; more would let one peer make the other hold (and Cap'n Proto refuses to read) more than
/// 64 MiB at once.
constexpr size_t kMaxMessageBytes = size_t{32} << 20;

/// Segments of one message. Builders double their segments, so that 32 MiB need about 20; Cap'n
/// Proto itself takes 511. A table of more is only there to be parsed.
constexpr uint32_t kMaxSegments = 512;

/// Bytes of the read buffer at first: an idle connection costs no more, and most requests fit.
constexpr size_t kFirstReadBuffer = size_t{4} << 10;

/// Bytes of the read buffer once the peer has filled it: what a socket's buffer gives in one call.
/// Larger ones no longer save system calls; they only leave the processor's cache.
constexpr size_t kReadBuffer = size_t{128} << 10;

/// Bytes of an idle write buffer that are kept for the next messages. Less would allocate for every
/// page of rows; more is memory for each connection that once had a large answer.
constexpr size_t kKeptWriteBuffer = size_t{256} << 10;

/// Bytes that are written at a time. Larger: a peer at the end of a slow line (1 Mbit/s) is taken
/// for one that does not read; smaller: more turns of the loop for a large message.
constexpr size_t kWritePiece = size_t{256} << 10;

/// Seconds that a TCP connection is silent before the system asks the other end for a sign of life,
/// between its questions, and how many of them. A machine that is gone is noticed in a minute also
/// where nobody waits for anything; less would keep lines busy, and end connections for a short
/// break.
constexpr int kKeepAliveIdleSeconds = 30;
constexpr int kKeepAliveEverySeconds = 10;
constexpr int kKeepAliveQuestions = 3;

/// Bytes that may wait to be sent on one connection: two of the largest answers. Less would cut
/// clients that read a bit slowly; more is what a client that never reads can make a node hold.
constexpr size_t kMaxQueuedBytes = size_t{64} << 20;

}  // namespace facet
