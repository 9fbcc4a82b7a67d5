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

/// Bytes that may wait to be sent on one connection: two of the largest answers. Less would cut
/// clients that read a bit slowly; more is what a client that never reads can make a node hold.
constexpr size_t kMaxQueuedBytes = size_t{64} << 20;

}  // namespace facet
