#include "values/exact_sum.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "values/int128.h"

namespace facet {
namespace {

constexpr int kFractionBits = 52;
constexpr int kMaxExponent = 2047;
/// Bit 0 of the accumulator has this power of two.
constexpr int kLowestPower = -1074;

struct Parts {
  uint64_t mantissa;
  int exponent;  // as stored: 0 for subnormals
  bool negative;
};

Parts split(double d) {
  const auto bits = std::bit_cast<uint64_t>(d);
  const uint64_t fraction = bits & ((uint64_t{1} << kFractionBits) - 1);
  const auto exponent = static_cast<int>(bits >> kFractionBits & kMaxExponent);
  return {exponent == 0 ? fraction : fraction | uint64_t{1} << kFractionBits, exponent,
          (bits >> 63) != 0};
}

/// Adds with carry; returns the new carry.
inline unsigned char addWord(uint64_t& word, uint64_t term, unsigned char carry) {
  const uint128 sum = static_cast<uint128>(word) + term + carry;
  word = static_cast<uint64_t>(sum);
  return static_cast<unsigned char>(sum >> 64);
}

inline unsigned char subtractWord(uint64_t& word, uint64_t term, unsigned char borrow) {
  const uint128 difference = static_cast<uint128>(word) - term - borrow;
  word = static_cast<uint64_t>(difference);
  return static_cast<unsigned char>(difference >> 64 & 1);
}

/// Adds a magnitude of three words at `first`; a carry seldom goes further than one word.
void addAt(uint64_t* words, int first, const uint64_t (&term)[3]) {
  unsigned char carry = 0;
  int i = first;
  for (int k = 0; k < 3 && i < ExactSum::kWords; ++k, ++i)
    carry = addWord(words[i], term[k], carry);
  for (; carry != 0 && i < ExactSum::kWords; ++i) carry = ++words[i] == 0;
}

void subtractAt(uint64_t* words, int first, const uint64_t (&term)[3]) {
  unsigned char borrow = 0;
  int i = first;
  for (int k = 0; k < 3 && i < ExactSum::kWords; ++k, ++i) {
    borrow = subtractWord(words[i], term[k], borrow);
  }
  for (; borrow != 0 && i < ExactSum::kWords; ++i) borrow = words[i]-- == 0;
}

void negate(uint64_t* words) {
  unsigned char carry = 1;
  for (int i = 0; i < ExactSum::kWords; ++i) {
    words[i] = ~words[i];
    carry = addWord(words[i], 0, carry);
  }
}

/// 64 bits from bit `low` on; bits below bit 0 are zero.
uint64_t bitsFrom(const uint64_t* words, int low) {
  const int word = low / 64;
  const int shift = low % 64;
  if (shift == 0) return words[word];
  const uint64_t upper = word + 1 < ExactSum::kWords ? words[word + 1] << (64 - shift) : 0;
  return words[word] >> shift | upper;
}

bool anyBitBelow(const uint64_t* words, int end) {
  for (int i = 0; i < end / 64; ++i) {
    if (words[i] != 0) return true;
  }
  return end % 64 != 0 && (words[end / 64] & ((uint64_t{1} << end % 64) - 1)) != 0;
}

/// The magnitude rounded to the nearest double, ties to even.
double roundMagnitude(const uint64_t* words) {
  int top = ExactSum::kWords - 1;
  while (top >= 0 && words[top] == 0) --top;
  if (top < 0) return 0;
  const int highest = top * 64 + 63 - std::countl_zero(words[top]);
  if (highest <= kFractionBits) return std::ldexp(static_cast<double>(words[0]), kLowestPower);
  const int lowest = highest - kFractionBits;
  uint64_t mantissa = bitsFrom(words, lowest) & ((uint64_t{1} << (kFractionBits + 1)) - 1);
  const bool half = (bitsFrom(words, lowest - 1) & 1) != 0;
  if (half && ((mantissa & 1) != 0 || anyBitBelow(words, lowest - 1))) ++mantissa;
  return std::ldexp(static_cast<double>(mantissa), lowest + kLowestPower);
}

}  // namespace

void ExactSum::add(double d, int64_t weight) {
  const Parts parts = split(d);
  if (__builtin_expect(parts.exponent == kMaxExponent, 0)) {
    if (std::isnan(d)) {
      nans += weight;
    } else {
      (parts.negative ? negativeInfinities : positiveInfinities) += weight;
    }
    return;
  }
  const uint64_t times =
      weight < 0 ? -static_cast<uint64_t>(weight) : static_cast<uint64_t>(weight);
  const uint128 product = static_cast<uint128>(parts.mantissa) * times;
  const int offset = parts.exponent == 0 ? 0 : parts.exponent - 1;
  const int shift = offset % 64;
  const uint128 low = product << shift;
  const uint64_t term[3] = {static_cast<uint64_t>(low), static_cast<uint64_t>(low >> 64),
                            shift == 0 ? 0 : static_cast<uint64_t>(product >> (128 - shift))};
  if (parts.negative == (weight < 0)) {
    addAt(words, offset / 64, term);
  } else {
    subtractAt(words, offset / 64, term);
  }
}

void ExactSum::merge(const ExactSum& other, int64_t sign) {
  unsigned char carry = 0;
  for (int i = 0; i < kWords; ++i) {
    carry = sign < 0 ? subtractWord(words[i], other.words[i], carry)
                     : addWord(words[i], other.words[i], carry);
  }
  nans += sign < 0 ? -other.nans : other.nans;
  positiveInfinities += sign < 0 ? -other.positiveInfinities : other.positiveInfinities;
  negativeInfinities += sign < 0 ? -other.negativeInfinities : other.negativeInfinities;
}

double ExactSum::value() const {
  if (nans != 0 || (positiveInfinities != 0 && negativeInfinities != 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (positiveInfinities != 0) return std::numeric_limits<double>::infinity();
  if (negativeInfinities != 0) return -std::numeric_limits<double>::infinity();
  const bool negative = words[kWords - 1] >> 63 != 0;
  if (!negative) return roundMagnitude(words);
  uint64_t magnitude[kWords];
  std::memcpy(magnitude, words, sizeof(magnitude));
  negate(magnitude);
  return -roundMagnitude(magnitude);
}

}  // namespace facet
