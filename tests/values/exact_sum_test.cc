// ExactSum against a big integer that is added to and rounded in the plainest way, bit by bit.
#include "values/exact_sum.h"

#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace facet {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();

/// A signed sum in units of 2^-1074, as one number a bit position; carries are settled at the end.
class PlainSum {
 public:
  void add(double d, int64_t weight) {
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(d), &exponent);
    auto mantissa = static_cast<uint64_t>(std::ldexp(fraction, 53));
    int position = exponent - 53 + 1074;
    for (; position < 0; ++position) mantissa >>= 1;  // subnormal: those bits are zero
    for (int bit = 0; bit < 53; ++bit) {
      const auto one = static_cast<int64_t>(mantissa >> bit & 1);
      bits_[static_cast<size_t>(position) + static_cast<size_t>(bit)] +=
          (std::signbit(d) ? -one : one) * weight;
    }
  }

  double value() const {
    std::vector<int64_t> bits = bits_;
    const bool negative = settle(bits) < 0;
    if (negative) {
      for (int64_t& bit : bits) bit = -bit;
      settle(bits);
    }
    size_t highest = bits.size();
    while (highest > 0 && bits[highest - 1] == 0) --highest;
    if (highest == 0) return 0;
    const size_t lowest = highest > 53 ? highest - 53 : 0;
    uint64_t mantissa = 0;
    for (size_t i = highest; i-- > lowest;)
      mantissa = mantissa << 1 | static_cast<uint64_t>(bits[i]);
    if (lowest > 0 && bits[lowest - 1] == 1) {
      const bool above = std::any_of(bits.begin(), bits.begin() + static_cast<long>(lowest) - 1,
                                     [](int64_t bit) { return bit != 0; });
      if (above || mantissa % 2 == 1) ++mantissa;
    }
    const double magnitude =
        std::ldexp(static_cast<double>(mantissa), static_cast<int>(lowest) - 1074);
    return negative ? -magnitude : magnitude;
  }

 private:
  /// Makes every bit 0 or 1; returns what is left above them: 0, or -1 for a negative number.
  static int64_t settle(std::vector<int64_t>& bits) {
    int64_t carry = 0;
    for (int64_t& bit : bits) {
      const int64_t sum = bit + carry;
      bit = sum & 1;
      carry = (sum - bit) / 2;
    }
    return carry;
  }

  std::vector<int64_t> bits_ = std::vector<int64_t>(2300);
};

double sumOf(const std::vector<double>& terms) {
  ExactSum sum{};
  for (const double term : terms) sum.add(term, 1);
  return sum.value();
}

bool isEmpty(const ExactSum& sum) {
  const ExactSum empty{};
  return std::equal(sum.words, sum.words + ExactSum::kWords, empty.words) && sum.nans == 0 &&
         sum.positiveInfinities == 0 && sum.negativeInfinities == 0;
}

/// Finite doubles: all magnitudes, or magnitudes close together, so that rounding and cancelling
/// matter.
std::vector<double> randomTerms(std::mt19937_64& random, size_t count) {
  const bool isNarrow = random() % 2 == 0;
  const int center = static_cast<int>(random() % 2000) - 1040;
  std::vector<double> out;
  while (out.size() < count) {
    auto d = std::bit_cast<double>(random());
    if (isNarrow) {
      const int exponent = std::clamp(center + static_cast<int>(random() % 60), -1100, 950);
      d = std::ldexp(static_cast<double>(static_cast<int64_t>(random())), exponent - 63);
    }
    if (std::isfinite(d)) out.push_back(d);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exact_sum)

BOOST_AUTO_TEST_CASE(sums_are_the_correctly_rounded_true_sums) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 3'000; ++i) {
    ExactSum sum{};
    PlainSum expected;
    for (const double term : randomTerms(random, 1 + random() % 12)) {
      const int64_t weight = random() % 4 == 0 ? static_cast<int64_t>(random() % 2001) - 1000 : 1;
      sum.add(term, weight);
      expected.add(term, weight);
    }
    BOOST_REQUIRE_EQUAL(sum.value(), expected.value());
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_the_terms_does_not_matter) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300; ++i) {
    std::vector<double> terms = randomTerms(random, 50);
    const double expected = sumOf(terms);
    for (int k = 0; k < 5; ++k) {
      std::shuffle(terms.begin(), terms.end(), random);
      BOOST_REQUIRE_EQUAL(sumOf(terms), expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_added_can_be_taken_away_until_nothing_is_left) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; ++i) {
    std::vector<double> terms = randomTerms(random, 40);
    terms.insert(terms.end(), {kInfinity, -kInfinity, kNan, -0.0, kSmallest, -kLargest});
    ExactSum sum{};
    for (const double term : terms) sum.add(term, 3);
    std::shuffle(terms.begin(), terms.end(), random);
    for (const double term : terms) sum.add(term, -2);
    BOOST_REQUIRE(!isEmpty(sum));
    for (const double term : terms) sum.add(term, -1);
    BOOST_REQUIRE(isEmpty(sum));
  }
}

BOOST_AUTO_TEST_CASE(merging_is_adding_all_the_terms) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 300; ++i) {
    const std::vector<double> left = randomTerms(random, 20);
    const std::vector<double> right = randomTerms(random, 20);
    ExactSum a{}, b{}, both{};
    for (const double term : left) a.add(term, 1), both.add(term, 1);
    for (const double term : right) b.add(term, 1), both.add(term, 1);
    b.add(kNan, 1);
    both.add(kNan, 1);
    a.merge(b, 1);
    a.merge(both, -1);
    BOOST_REQUIRE(isEmpty(a));
  }
}

BOOST_AUTO_TEST_CASE(small_terms_survive_large_ones) {
  BOOST_TEST(sumOf({1e308, 1, -1e308}) == 1);
  BOOST_TEST(sumOf({kLargest, kSmallest, -kLargest}) == kSmallest);
  BOOST_TEST(sumOf(std::vector<double>(10, 0.1)) == 1.0);
  BOOST_TEST(sumOf({1e16, 1, 1, 1, 1}) == 1e16 + 4);
}

BOOST_AUTO_TEST_CASE(halves_are_rounded_to_even) {
  const double ulp = 0x1p-52;
  BOOST_TEST(sumOf({1, ulp / 2}) == 1);
  BOOST_TEST(sumOf({1 + ulp, ulp / 2}) == 1 + 2 * ulp);
  BOOST_TEST(sumOf({1, ulp / 2, kSmallest}) == 1 + ulp);
  BOOST_TEST(sumOf({-1, -ulp / 2, -kSmallest}) == -1 - ulp);
  BOOST_TEST(sumOf({1, ulp / 2, -kSmallest}) == 1);
  BOOST_TEST(sumOf({2 - ulp, ulp / 2}) == 2);
}

BOOST_AUTO_TEST_CASE(subnormal_sums_are_exact) {
  BOOST_TEST(sumOf({kSmallest, kSmallest}) == 2 * kSmallest);
  BOOST_TEST(sumOf({0x1p-1022, -kSmallest}) == 0x1p-1022 - kSmallest);
  BOOST_TEST(sumOf({-kSmallest}) == -kSmallest);
}

BOOST_AUTO_TEST_CASE(finite_terms_can_overflow_on_the_way_but_only_the_sum_counts) {
  BOOST_TEST(sumOf({kLargest, kLargest, -kLargest}) == kLargest);
  BOOST_TEST(sumOf({kLargest, kLargest}) == kInfinity);
  BOOST_TEST(sumOf({-kLargest, -kLargest}) == -kInfinity);
  ExactSum sum{};
  sum.add(kLargest, std::numeric_limits<int64_t>::max());
  sum.add(kLargest, std::numeric_limits<int64_t>::min());
  BOOST_TEST(sum.value() == -kLargest);
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_follow_postgresqls_rules) {
  BOOST_TEST(sumOf({1, kInfinity, -1e300}) == kInfinity);
  BOOST_TEST(sumOf({-kInfinity, 1}) == -kInfinity);
  BOOST_TEST(std::isnan(sumOf({kInfinity, -kInfinity})));
  BOOST_TEST(std::isnan(sumOf({kNan, kInfinity})));
  BOOST_TEST(std::isnan(sumOf({1, kNan})));
  ExactSum sum{};
  sum.add(2.5, 1);
  sum.add(kNan, 1);
  sum.add(-kInfinity, 1);
  sum.add(kNan, -1);
  BOOST_TEST(sum.value() == -kInfinity);
  sum.add(-kInfinity, -1);
  BOOST_TEST(sum.value() == 2.5);
}

BOOST_AUTO_TEST_CASE(the_empty_sum_is_zero) {
  BOOST_TEST(ExactSum{}.value() == 0);
  BOOST_TEST(sumOf({1.5, -1.5}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
