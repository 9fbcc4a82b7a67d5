#include "views/state/wide_sum.h"

#include "values/numeric.h"

namespace facet {

void WideSum::addWide(uint128 moreLow, int64_t moreHigh) {
  const uint128 before = low;
  low += moreLow;
  high += moreHigh + (low < before ? 1 : 0);
}

void WideSum::negate() {
  low = ~low + 1;
  high = ~high + (low == 0 ? 1 : 0);
}

void WideSum::rescale(int64_t wanted) {
  for (; scale < wanted; ++scale) {
    // × 10 = × 8 + × 2; unsigned, for bits that leave at the top.
    const auto top = static_cast<uint64_t>(high);
    const uint128 low2 = low << 1;
    const auto high2 = static_cast<int64_t>(top << 1 | static_cast<uint64_t>(low >> 127));
    high = static_cast<int64_t>(top << 3 | static_cast<uint64_t>(low >> 125));
    low <<= 3;
    addWide(low2, high2);
  }
}

void WideSum::divideByTen() {
  const bool negative = high < 0;
  if (negative) negate();
  uint64_t words[3] = {static_cast<uint64_t>(high), static_cast<uint64_t>(low >> 64),
                       static_cast<uint64_t>(low)};
  uint64_t rest = 0;
  for (uint64_t& word : words) {
    const uint128 part = static_cast<uint128>(rest) << 64 | word;
    word = static_cast<uint64_t>(part / 10);
    rest = static_cast<uint64_t>(part % 10);
  }
  high = static_cast<int64_t>(words[0]);
  low = static_cast<uint128>(words[1]) << 64 | words[2];
  if (negative) negate();
}

void WideSum::add(int128 unscaled, uint8_t termScale, int64_t weight) {
  rescale(termScale);
  WideSum term{static_cast<uint128>(unscaled), unscaled < 0 ? -1 : 0, termScale};
  term.rescale(scale);
  const bool negative = (term.high < 0) != (weight < 0);
  if (term.high < 0) term.negate();
  // The term times the weight, word by word; beyond 192 bits there is nothing.
  const auto times = weight < 0 ? -static_cast<uint64_t>(weight) : static_cast<uint64_t>(weight);
  const uint128 bottom = static_cast<uint128>(static_cast<uint64_t>(term.low)) * times;
  const uint128 middle = (term.low >> 64) * times;
  WideSum product{bottom, 0, scale};
  product.addWide(middle << 64, static_cast<int64_t>(static_cast<uint64_t>(middle >> 64) +
                                                     static_cast<uint64_t>(term.high) * times));
  if (negative) product.negate();
  addWide(product.low, product.high);
}

void WideSum::merge(const WideSum& other, int64_t sign) {
  WideSum term = other;
  rescale(term.scale);
  term.rescale(scale);
  if (sign < 0) term.negate();
  addWide(term.low, term.high);
}

bool WideSum::narrow(int64_t wanted, int128& out) const {
  WideSum sum = *this;
  for (; sum.scale > wanted; --sum.scale) sum.divideByTen();
  sum.rescale(wanted);
  out = static_cast<int128>(sum.low);
  const bool extends = sum.high == (out < 0 ? -1 : 0);
  return extends && out <= kMaxUnscaled && out >= -kMaxUnscaled;
}

}  // namespace facet
