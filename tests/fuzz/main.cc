// Runs a fuzz target. Built for libFuzzer (the preset `fuzz`) it is guided by coverage and takes
// libFuzzer's arguments; else it mutates the seeds at random, so that every build has a short run
// among its tests: FACET_SEED and FACET_ROUNDS choose others. A failure leaves the input in
// fuzz-TARGET.input, and `test_fuzz_TARGET FILE` runs it again.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>

#include "tests/fuzz/target.h"

#ifdef FACET_LIBFUZZER

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*run)(const uint8_t* data, size_t size));

namespace {

int runOne(const uint8_t* data, size_t size) {
  facet::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}

}  // namespace

/// The first argument is the corpus folder: the seeds are put there.
int main(int argc, char** argv) {
  if (argc > 1 && argv[1][0] != '-' && std::filesystem::is_directory(argv[1])) {
    int number = 0;
    for (const std::string& seed : facet::fuzz::seeds()) {
      const std::string name = "seed-" + std::to_string(number++);
      std::ofstream(std::filesystem::path(argv[1]) / name, std::ios::binary) << seed;
    }
  }
  return LLVMFuzzerRunDriver(&argc, &argv, runOne);
}

#else

namespace {

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string mutate(std::string bytes, const std::string& other) {
    for (size_t n = 1 + pick(4); n > 0; --n) change(bytes, other);
    return bytes;
  }
  size_t pick(size_t n) { return random_() % n; }

 private:
  void change(std::string& bytes, const std::string& other) {
    const size_t at = pick(bytes.size() + 1);
    const size_t length = std::min(bytes.size() - at, 1 + pick(16));
    switch (pick(7)) {
      case 0:
        if (!bytes.empty()) bytes[pick(bytes.size())] ^= static_cast<char>(1U << pick(8));
        return;
      case 1:
        if (!bytes.empty()) bytes[pick(bytes.size())] = static_cast<char>(random_());
        return;
      case 2:
        bytes.insert(at, 1 + pick(8), static_cast<char>(random_()));
        return;
      case 3:
        bytes.erase(at, length);
        return;
      case 4:
        bytes.insert(pick(bytes.size() + 1), bytes.substr(at, length));
        return;
      case 5:  // a word of all ones, a small or a large number
        for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i) {
          bytes[at + i] = kWords[pick(std::size(kWords))];
        }
        return;
      default: {
        const size_t from = pick(other.size() + 1);
        bytes.replace(at, length, other.substr(from, 1 + pick(64)));
      }
    }
  }

  static constexpr char kWords[] = {'\xff', '\0', '\x01', '\x7f', '\x80', '\n', '"'};
  std::mt19937_64 random_;
};

/// The input is on disk before it runs: a crash leaves it there.
void runKept(const std::string& bytes, const std::string& path) {
  std::ofstream(path, std::ios::binary) << bytes;
  facet::fuzz::run(bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    std::ostringstream bytes;
    bytes << std::ifstream(argv[1], std::ios::binary).rdbuf();
    facet::fuzz::run(bytes.str());
    return 0;
  }
  const std::string name = std::filesystem::path(argv[0]).filename();
  const std::string path = "fuzz-" + name.substr(name.rfind('_') + 1) + ".input";
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  const uint64_t rounds = fromEnvironment("FACET_ROUNDS", 3000);
  std::vector<std::string> corpus = facet::fuzz::seeds();
  for (const std::string& bytes : corpus) runKept(bytes, path);
  Mutator mutator(seed);
  for (uint64_t round = 0; round < rounds; ++round) {
    const std::string& other = corpus[mutator.pick(corpus.size())];
    std::string bytes = mutator.mutate(corpus[mutator.pick(corpus.size())], other);
    runKept(bytes, path);
    // Some mutants live on.
    if (mutator.pick(50) == 0 && corpus.size() < 200) corpus.push_back(std::move(bytes));
  }
  std::filesystem::remove(path);
  std::printf("%s: %llu inputs of seed %llu\n", name.c_str(),
              static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(seed));
  return 0;
}

#endif
