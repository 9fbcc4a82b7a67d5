#include "values/array.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/row_slot.h"

namespace facet {
namespace {

Value arrayOfInts(const std::vector<int64_t>& ints, std::string& out) {
  std::vector<Value> values;
  values.reserve(ints.size());
  for (const int64_t i : ints) values.push_back(Value::int64(i));
  return packArray(Kind::int64, values, out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(array)

BOOST_AUTO_TEST_CASE(elements_come_back_for_every_size_and_width) {
  for (const Kind element : {Kind::int64, Kind::numeric, Kind::text, Kind::boolean}) {
    RandomValues random(static_cast<uint64_t>(element));
    for (size_t size = 0; size < 300; ++size) {
      std::vector<Value> values;
      while (values.size() < size) values.push_back(random.value(Type::of(element)));
      std::string out;
      const Value array = packArray(element, values, out);
      BOOST_REQUIRE_EQUAL(arraySize(array), size);
      for (size_t i = 0; i < size; ++i) {
        BOOST_REQUIRE_EQUAL(compareNullsLast(arrayElement(array, i), values[i]), 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_array_has_the_bytes_of_a_row_with_those_columns) {
  RandomValues random(8);
  for (int i = 0; i < 300; ++i) {
    const Type type = random.typeOf(Kind::array);
    const size_t size = random.below(160);
    const Type element = type.elementType();
    std::vector<Value> values;
    while (values.size() < size) values.push_back(random.value(element));
    std::string out;
    packArray(type.element, values, out);
    const RowLayout layout(std::vector<Type>(size, element));
    RowBuilder builder;
    builder.start(layout);
    for (size_t c = 0; c < size; ++c) builder.set(c, values[c]);
    BOOST_REQUIRE(builder.finish().bytes() == out);
  }
}

BOOST_AUTO_TEST_CASE(the_size_follows_from_the_words_and_from_nothing_else) {
  for (const Kind element : {Kind::int32, Kind::interval}) {
    std::vector<size_t> sizes(1'000, SIZE_MAX);
    sizes[1] = 0;
    for (size_t size = 1;; ++size) {
      const size_t words = arraySlot(element, size - 1).offset / 8 + slotWords(element);
      if (words >= sizes.size()) break;
      sizes[words] = size;
    }
    for (size_t words = 0; words < sizes.size(); ++words) {
      BOOST_TEST_CONTEXT(words) {
        BOOST_TEST(arraySizeFromWords(element, words) == sizes[words]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_array_fits_into_a_rows_header) {
  const std::vector<Value> values(kMaxArrayElements, Value::numeric(1, 0));
  std::string out;
  const Value array = packArray(Kind::numeric, values, out);
  BOOST_TEST(arraySize(array) == kMaxArrayElements);
  BOOST_TEST(
      isValidRow(RowLayout(std::vector<Type>(kMaxArrayElements, Type::of(Kind::numeric))), out));
}

BOOST_AUTO_TEST_CASE(arrays_compare_by_elements_then_by_length_with_nulls_last) {
  std::string a, b;
  BOOST_TEST(compareValues(arrayOfInts({1, 2}, a), arrayOfInts({1, 3}, b)) < 0);
  BOOST_TEST(compareValues(arrayOfInts({1, 2}, a), arrayOfInts({1}, b)) > 0);
  BOOST_TEST(compareValues(arrayOfInts({2}, a), arrayOfInts({1, 9}, b)) > 0);
  BOOST_TEST(compareValues(arrayOfInts({}, a), arrayOfInts({}, b)) == 0);
  const Value withNull[] = {Value::int64(1), Value::null()};
  BOOST_TEST(compareValues(packArray(Kind::int64, withNull, a), arrayOfInts({1, 9}, b)) > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
