// Products of 128-bit numbers and their quotients: what numeric arithmetic needs between its
// operands and its result. Thread: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "values/int128.h"

namespace facet {

/// Powers of ten that fit in 128 bits: 10^0 .. 10^38.
constexpr int kMaxPowerOfTen = 38;

constexpr std::array<uint128, kMaxPowerOfTen + 1> makePowersOfTen() {
  std::array<uint128, kMaxPowerOfTen + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr std::array<uint128, kMaxPowerOfTen + 1> kPowersOfTen = makePowersOfTen();

constexpr uint128 powerOfTen(int exponent) {
  return kPowersOfTen[static_cast<size_t>(exponent)];
}

struct Uint256 {
  uint128 high = 0;
  uint128 low = 0;
  auto operator<=>(const Uint256&) const = default;
};

/// The whole product.
constexpr Uint256 multiplyWide(uint128 a, uint128 b) {
  const uint128 aLow = static_cast<uint64_t>(a), aHigh = a >> 64;
  const uint128 bLow = static_cast<uint64_t>(b), bHigh = b >> 64;
  const uint128 low = aLow * bLow;
  const uint128 middle =
      aHigh * bLow + (low >> 64);  // cannot overflow: (2^64-1)^2 + 2^64-1 < 2^128
  const uint128 middle2 = aLow * bHigh + static_cast<uint64_t>(middle);
  return {aHigh * bHigh + (middle >> 64) + (middle2 >> 64),
          middle2 << 64 | static_cast<uint64_t>(low)};
}

/// a × 10^exponent, or nullopt if it does not fit in 256 bits.
constexpr std::optional<Uint256> scaleUp(uint128 a, int exponent) {
  Uint256 out{0, a};
  while (exponent > 0 && a != 0) {
    const int step = exponent < kMaxPowerOfTen ? exponent : kMaxPowerOfTen;
    const Uint256 low = multiplyWide(out.low, powerOfTen(step));
    const Uint256 high = multiplyWide(out.high, powerOfTen(step));
    const uint128 sum = high.low + low.high;
    if (high.high != 0 || sum < high.low) return std::nullopt;
    out = {sum, low.low};
    exponent -= step;
  }
  return out;
}

struct Division {
  uint128 quotient;
  uint128 remainder;
};

/// dividend / divisor by long division (binary, if the divisor has more than 64 bits), or nullopt
/// if the quotient does not fit in 128 bits. The divisor is neither 0 nor above 2^127.
constexpr std::optional<Division> divideWide(Uint256 dividend, uint128 divisor) {
  if (dividend.high >= divisor) return std::nullopt;
  if (dividend.high == 0) return Division{dividend.low / divisor, dividend.low % divisor};
  if (divisor <= UINT64_MAX) {
    const uint128 first = dividend.high << 64 | dividend.low >> 64;
    const uint128 second = first % divisor << 64 | static_cast<uint64_t>(dividend.low);
    return Division{(first / divisor) << 64 | second / divisor, second % divisor};
  }
  uint128 remainder = dividend.high;
  uint128 quotient = 0;
  for (int bit = 127; bit >= 0; --bit) {
    remainder = remainder << 1 | (dividend.low >> bit & 1);
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  return Division{quotient, remainder};
}

}  // namespace facet
