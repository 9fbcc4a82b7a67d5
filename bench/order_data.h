// The shop's data, made up on the way: the same for every peer, from a seed, without an allocation
// for each order. Thread: values and pure functions; an OrderStream belongs to its owner.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace facet {

constexpr uint32_t kBenchProducts = 1'000;
/// As many as their ids have room for.
constexpr uint32_t kMostProducts = 1'000'000;

/// Ids are letter and digits, of firm length.
constexpr unsigned kShortIdLength = 7;   // C000042, P000007: one word in Cap'n Proto
constexpr unsigned kOrderIdLength = 15;  // the run and the order's number: two words
constexpr unsigned kNoteLength = 167;    // fills an order to about 250 bytes

void writeCustomerId(char* out, uint32_t customer);
void writeProductId(char* out, uint32_t product);
void writeOrderId(char* out, uint32_t run, uint64_t number);

/// Where a customer lives.
constexpr std::array<std::string_view, 4> kRegions = {"Central", "East", "South", "West"};
constexpr uint32_t regionOf(uint32_t customer) {
  return customer % kRegions.size();
}

struct Order {
  uint64_t number = 0;
  uint32_t customer = 0;
  uint32_t product = 0;
  int32_t placedOn = 0;  // days since 1970
  int32_t quantity = 0;
  int64_t total = 0;  // in units of 10^-4
};

/// kNoteLength bytes of text; which, depends on the order's number.
std::string_view noteOf(uint64_t number);

/// Seeded random numbers: splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// Below `end`.
  uint32_t below(uint32_t end) { return static_cast<uint32_t>((next() >> 32) * end >> 32); }

 private:
  uint64_t state_;
};

/// Orders without end, of any customers and products.
class OrderStream {
 public:
  OrderStream(uint64_t seed, uint32_t customers) : random_(seed), customers_(customers) {}
  Order next();
  /// The same, but of this customer.
  Order nextOf(uint32_t customer);

 private:
  Random random_;
  uint32_t customers_;
  uint64_t number_ = 0;
};

}  // namespace facet
