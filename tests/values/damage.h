// Damage as a broken program or disk does it, for tests of what reads words from outside.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace facet::test {

/// Changes a word or two: a bit, at random, a little, or to another one; and cuts one in eight.
inline void damage(std::vector<uint64_t>& words, std::mt19937_64& random) {
  for (uint64_t n = 1 + random() % 2; n > 0; --n) {
    uint64_t& word = words[random() % words.size()];
    switch (random() % 4) {
      case 0:
        word ^= uint64_t{1} << (random() % 64);
        break;
      case 1:
        word = random();
        break;
      case 2:
        word += 1 + random() % 8;
        break;
      default:
        word = words[random() % words.size()];
        break;
    }
  }
  if (random() % 8 == 0) words.resize(random() % words.size());
}

}  // namespace facet::test
