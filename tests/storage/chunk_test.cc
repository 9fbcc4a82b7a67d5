#include "storage/chunk.h"

#include <boost/test/unit_test.hpp>

#include "storage/checksum.h"
#include "storage/memory_log.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

std::string oneChunk(size_t payloadBytes) {
  MemoryLog log;
  appendChunk(log, 2, payloadBytes);
  return contentsOf(log).front();
}

std::string problemOf(const std::string& bytes) {
  std::string problem;
  const ChunkRef chunk = parseChunk(bytes, problem);
  BOOST_TEST((chunk.header == nullptr) == !problem.empty());
  return problem;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunks)

BOOST_AUTO_TEST_CASE(the_checksum_is_crc32c) {
  BOOST_TEST(crc32c("123456789") == 0xe3069283u);
  BOOST_TEST(extendCrc32c(crc32c("1234"), "56789") == 0xe3069283u);
}

BOOST_AUTO_TEST_CASE(checksum_and_hash_do_not_depend_on_how_the_payload_is_cut) {
  const std::string bytes = oneChunk(4096);
  std::string problem;
  const ChunkRef chunk = parseChunk(bytes, problem);
  const std::string_view whole[] = {chunk.payload};
  const std::string_view cut[] = {chunk.payload.substr(0, 8), {}, chunk.payload.substr(8)};
  BOOST_TEST(chunkChecksum(*chunk.header, whole) == chunk.header->crc32c);
  BOOST_TEST(chunkChecksum(*chunk.header, cut) == chunk.header->crc32c);
  BOOST_TEST((hashChunk(*chunk.header, cut) == hashChunk(chunk.bytes())));
}

BOOST_AUTO_TEST_CASE(a_whole_chunk_is_parsed) {
  const std::string bytes = oneChunk(64);
  std::string problem;
  const ChunkRef chunk = parseChunk(bytes, problem);
  BOOST_TEST_REQUIRE(chunk.header != nullptr);
  BOOST_TEST(chunk.payload == payloadOf({0}, 64));
  BOOST_TEST(chunk.last().value == 2u);
  BOOST_TEST((chunk.bytes() == bytes));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_chunk_is_seen) {
  std::string bytes = oneChunk(64);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    BOOST_TEST(!problemOf(bytes).empty(), "bit " << bit);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  BOOST_TEST(problemOf(bytes).empty());
}

BOOST_AUTO_TEST_CASE(every_truncated_chunk_is_seen) {
  const std::string bytes = oneChunk(64);
  for (size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST(!problemOf(bytes.substr(0, size)).empty(), "size " << size);
  }
  BOOST_TEST(!problemOf(bytes + "12345678").empty());
}

BOOST_AUTO_TEST_SUITE_END()
