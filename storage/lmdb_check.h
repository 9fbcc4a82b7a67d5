// Checks the structure of an LMDB data file before LMDB sees it. LMDB trusts its file: a truncated
// one is a SIGBUS, a flipped bit in a page a crash or an endless loop, a flipped bit in its list of
// free pages the silent loss of a chunk at the next commit.
//
// It reads with pread and follows no number unchecked, so it needs no child process that is allowed
// to crash (fork would not be safe beside other threads, and would not look at the free list). It
// reads the pages of the tree, and of chunks only the first page's header: contents have checksums.
// Follows the layout of LMDB 0.9 (data version 1) on 64-bit little endian. Pure function.
#pragma once

#include <cstdint>
#include <filesystem>

namespace facet {

/// What a sound file holds: keys first, first + 1, … in `pages` pages of `pageBytes`.
struct LmdbShape {
  uint64_t entries = 0;
  uint64_t pages = 0;
  uint32_t pageBytes = 0;
};

/// Checks that the file is as one LMDB wrote with one transaction for each entry: every page is
/// used exactly once, every key in place. Throws LogFailed, naming the file, the page and what is
/// wrong.
LmdbShape checkLmdbFile(const std::filesystem::path& file, uint64_t firstKey);

}  // namespace facet
