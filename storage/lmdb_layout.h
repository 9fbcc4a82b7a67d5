// The layout of an LMDB 0.9 data file, as far as lmdb_check.cc looks: names follow LMDB's source.
// Values.
#pragma once

#include <cstdint>

namespace facet::lmdb {

constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kDataVersion = 1;
constexpr uint64_t kNoPage = ~uint64_t{0};
constexpr uint16_t kIntegerKey = 0x08;

enum PageFlags : uint16_t { branch = 0x01, leaf = 0x02, overflow = 0x04, meta = 0x08 };
constexpr uint16_t kBigData = 0x01;  // flag of a node: its data is the number of an overflow page

struct PageHeader {
  uint64_t pgno;
  uint16_t pad;
  uint16_t flags;
  uint16_t lower;  // these two are the count of pages in an overflow page
  uint16_t upper;
  uint32_t overflowPages() const { return lower | uint32_t{upper} << 16; }
};
static_assert(sizeof(PageHeader) == 16);

struct Node {
  uint16_t low;
  uint16_t high;
  uint16_t flags;
  uint16_t keyBytes;
  uint32_t dataBytes() const { return low | uint32_t{high} << 16; }
  uint64_t child() const { return dataBytes() | uint64_t{flags} << 32; }
};
static_assert(sizeof(Node) == 8);

struct Db {
  uint32_t pad;  // of the first of the two: the page size
  uint16_t flags;
  uint16_t depth;
  uint64_t branchPages;
  uint64_t leafPages;
  uint64_t overflowPages;
  uint64_t entries;
  uint64_t root;
};
static_assert(sizeof(Db) == 48);

struct Meta {
  uint32_t magic;
  uint32_t version;
  uint64_t address;
  uint64_t mapBytes;
  Db free;  // key: transaction; value: a count and so many page numbers, descending
  Db main;
  uint64_t lastPage;
  uint64_t transaction;
};
static_assert(sizeof(Meta) == 136);

}  // namespace facet::lmdb
