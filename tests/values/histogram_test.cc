// The histogram against the definition of a percentile.
#include "values/histogram.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

namespace facet {
namespace {

/// The least value that the share of them does not exceed.
uint64_t exactPercentile(std::vector<uint64_t> values, double share) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  return values[std::max<size_t>(1, static_cast<size_t>(rank)) - 1];
}

void checkThreeDigits(uint64_t answer, uint64_t exact) {
  BOOST_TEST(answer >= exact);
  BOOST_TEST(static_cast<double>(answer) <= static_cast<double>(exact) * 1.001);
}

BOOST_AUTO_TEST_SUITE(histogram)

BOOST_AUTO_TEST_CASE(nothing_recorded_is_zero) {
  const Histogram empty;
  BOOST_TEST(empty.count() == 0U);
  BOOST_TEST(empty.percentile(0.5) == 0U);
  BOOST_TEST(empty.greatest() == 0U);
}

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
  Histogram values;
  for (uint64_t value = 0; value < 2048; ++value) values.record(value);
  BOOST_TEST(values.percentile(0.5) == 1023U);
  BOOST_TEST(values.percentile(0) == 0U);
  BOOST_TEST(values.percentile(1) == 2047U);
}

BOOST_AUTO_TEST_CASE(one_value_of_any_size_comes_back_exactly) {
  for (uint64_t value = 1; value < Histogram::kGreatest; value = value * 3 + 1) {
    Histogram one;
    one.record(value);
    BOOST_TEST(one.percentile(0.5) == value);
    BOOST_TEST(one.greatest() == value);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_right_to_three_digits) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> sizes(13, 3);
  std::vector<uint64_t> values;
  Histogram recorded;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(std::min(static_cast<uint64_t>(sizes(random)), Histogram::kGreatest));
    recorded.record(values.back());
  }
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    checkThreeDigits(recorded.percentile(share), exactPercentile(values, share));
  }
}

BOOST_AUTO_TEST_CASE(a_value_counts_as_often_as_it_is_recorded) {
  Histogram batches;
  batches.record(10, 99);
  batches.record(5'000'000, 1);
  BOOST_TEST(batches.count() == 100U);
  BOOST_TEST(batches.percentile(0.99) == 10U);
  BOOST_TEST(batches.percentile(0.999) == 5'000'000U);
}

BOOST_AUTO_TEST_CASE(values_beyond_the_range_count_as_the_greatest) {
  Histogram huge;
  huge.record(UINT64_MAX);
  BOOST_TEST(huge.greatest() == Histogram::kGreatest);
  BOOST_TEST(huge.percentile(0.5) == Histogram::kGreatest);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
