// What a replica is sent is taken only if it is sound and follows: one flipped bit, or another
// log's chunk, and nothing is taken.
#include "storage/checked_chunks.h"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "storage/memory_log.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

constexpr size_t kPayload = 80;
constexpr size_t kChunk = sizeof(ChunkHeader) + kPayload;

/// Why the bytes are refused after `end`; empty: they are not.
std::string refusal(const Words& bytes, const LogEnd& end, size_t size = SIZE_MAX) {
  try {
    const CheckedChunks chunks(bytes.view().substr(0, size), end);
    return {};
  } catch (const BadChunk& bad) {
    return bad.what();
  }
}

struct TenChunks {
  TenChunks() { appendChunks(log, 10, kPayload); }
  MemoryLog log;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checked_chunks, TenChunks)

BOOST_AUTO_TEST_CASE(sound_chunks_that_follow_are_taken) {
  const Words bytes = chunksOf(log, {0}, 10);
  const CheckedChunks chunks(bytes.view(), {});
  BOOST_TEST(chunks.chunks().size() == 10u);
  BOOST_TEST((chunks.before() == LogEnd{}));
  BOOST_TEST((chunks.after() == log.end()));
  BOOST_TEST(CheckedChunks({}, log.end()).chunks().empty());
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_seen) {
  Words bytes = chunksOf(log, {0}, 10);
  for (size_t at = 0; at < 10 * kChunk; at += 3) {
    bytes.data()[at] ^= static_cast<char>(1 << (at % 8));
    BOOST_TEST(!refusal(bytes, {}).empty(), "byte " << at);
    bytes.data()[at] ^= static_cast<char>(1 << (at % 8));
  }
  BOOST_TEST(refusal(bytes, {}).empty());
}

BOOST_AUTO_TEST_CASE(a_part_of_a_chunk_is_refused) {
  const Words bytes = chunksOf(log, {0}, 2);
  for (size_t size = 8; size < 2 * kChunk; size += 8) {
    if (size == kChunk) continue;
    BOOST_TEST(!refusal(bytes, {}, size).empty(), "size " << size);
  }
}

BOOST_AUTO_TEST_CASE(chunks_left_out_or_sent_twice_are_refused) {
  BOOST_TEST(contains(refusal(chunksOf(log, {1}, 2), {}), "chunk 0"));
  BOOST_TEST(contains(refusal(chunksOf(log, {9}, 1), log.end()), "it says that it is chunk 9"));
  Words gap = chunksOf(log, {0}, 3);
  std::memcpy(gap.data() + kChunk, gap.data() + 2 * kChunk, kChunk);
  BOOST_TEST(contains(refusal(gap, {}, 2 * kChunk), "chunk 1"));
}

BOOST_AUTO_TEST_CASE(another_logs_chunk_is_refused_by_its_predecessors_hash) {
  MemoryLog other;
  appendChunk(other, 1, kPayload + 8);
  appendChunks(other, 2, kPayload);
  MemoryLog mine;
  appendChunk(mine, 1, kPayload);
  BOOST_TEST(
      contains(refusal(chunksOf(other, {1}, 1), mine.end()), "it does not follow its predecessor"));
}

BOOST_AUTO_TEST_CASE(an_older_epoch_is_refused) {
  LogEnd later = log.end();
  appendChunk(log, 1, kPayload);
  later.epoch = {2};
  BOOST_TEST(contains(refusal(chunksOf(log, {10}, 1), later), "its epoch 1 is before 2"));
}

BOOST_AUTO_TEST_SUITE_END()
