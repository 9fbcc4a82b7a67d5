// Keys: memcmp order and canonical forms, against compareNullsLast.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/row.h"
#include "values/text.h"

namespace facet {
namespace {

constexpr Kind kAllKinds[] = {Kind::boolean,  Kind::int16,   Kind::int32,     Kind::int64,
                              Kind::numeric,  Kind::float32, Kind::float64,   Kind::text,
                              Kind::bytes,    Kind::date,    Kind::timestamp, Kind::timestamptz,
                              Kind::interval, Kind::array};

std::string key(const Value& value, bool descending = false, bool nullsFirst = false) {
  std::string out;
  appendOrderedKey(out, value, descending, nullsFirst);
  return out;
}

int sign(int order) {
  return (order > 0) - (order < 0);
}

/// What ORDER BY says, with its options.
int expectedOrder(const Value& a, const Value& b, bool descending, bool nullsFirst) {
  if (a.isNull() || b.isNull()) return (a.isNull() - b.isNull()) * (nullsFirst ? -1 : 1);
  return sign(compareValues(a, b)) * (descending ? -1 : 1);
}

std::string show(const Value& value) {
  return value.isNull() ? "NULL" : toText(Type::of(value.kind()), value);
}

std::string packed(const Type& type, const Value& value) {
  const RowLayout layout({type});
  RowBuilder builder;
  builder.start(layout);
  builder.set(0, canonicalKeyValue(type, value));
  return std::string(builder.finish().bytes());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(keys_have_the_order_of_the_values) {
  RandomValues random(21);
  for (const Kind kind : kAllKinds) {
    for (int i = 0; i < 5'000; ++i) {
      Type type = random.typeOf(kind);
      const Value a = random.value(type);
      const Value b = random.value(type);
      for (int options = 0; options < 4; ++options) {
        const bool descending = (options & 1) != 0;
        const bool nullsFirst = (options & 2) != 0;
        const int order = key(a, descending, nullsFirst).compare(key(b, descending, nullsFirst));
        BOOST_REQUIRE_MESSAGE(sign(order) == expectedOrder(a, b, descending, nullsFirst),
                              typeName(type) << " options " << options);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(keys_of_several_columns_can_be_joined) {
  RandomValues random(22);
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<Type> types = random.types(3);
    std::string keys[2];
    Value values[2][3];
    bool descending[3];
    for (size_t c = 0; c < 3; ++c) {
      descending[c] = random.below(2) != 0;
      for (size_t k = 0; k < 2; ++k) {
        values[k][c] = k == 1 && random.below(3) != 0 ? values[0][c] : random.value(types[c]);
        appendOrderedKey(keys[k], values[k][c], descending[c]);
      }
    }
    int expected = 0;
    for (size_t c = 0; c < 3 && expected == 0; ++c) {
      expected = expectedOrder(values[0][c], values[1][c], descending[c], false);
    }
    BOOST_REQUIRE_EQUAL(sign(keys[0].compare(keys[1])), expected);
  }
}

BOOST_AUTO_TEST_CASE(a_prefix_comes_before_what_it_begins) {
  const std::string_view texts[] = {"",
                                    std::string_view("\0", 1),
                                    std::string_view("\0\0", 2),
                                    std::string_view("\0\xff", 2),
                                    "\x01",
                                    "a",
                                    std::string_view("a\0", 2),
                                    "a\x01",
                                    "aa",
                                    "b",
                                    "\xff",
                                    "\xff\xff"};
  for (size_t i = 1; i < std::size(texts); ++i) {
    BOOST_TEST((key(Value::text(texts[i - 1])) < key(Value::text(texts[i]))));
    BOOST_TEST((key(Value::text(texts[i - 1]), true) > key(Value::text(texts[i]), true)));
  }
}

BOOST_AUTO_TEST_CASE(numerics_of_every_scale_are_ordered_by_value) {
  const Value ascending[] = {Value::numeric(-kMaxUnscaled, 0),
                             Value::numeric(-100, 0),
                             Value::numeric(-99, 0),
                             Value::numeric(-15, 1),
                             Value::numeric(-1, 100),
                             Value::numeric(0, 7),
                             Value::numeric(1, 100),
                             Value::numeric(2, 100),
                             Value::numeric(99, 2),
                             Value::numeric(1, 0),
                             Value::numeric(101, 2),
                             Value::numeric(11, 1),
                             Value::numeric(9, 0),
                             Value::numeric(10, 0),
                             Value::numeric(kMaxUnscaled, 1),
                             Value::numeric(kMaxUnscaled, 0)};
  for (size_t i = 1; i < std::size(ascending); ++i) {
    BOOST_TEST_CONTEXT(i) {
      BOOST_TEST((key(ascending[i - 1]) < key(ascending[i])));
    }
  }
  BOOST_TEST(key(Value::numeric(100, 2)) == key(Value::numeric(1, 0)));
  BOOST_TEST(key(Value::numeric(0, 0)) == key(Value::numeric(0, 9)));
}

BOOST_AUTO_TEST_CASE(values_equal_in_sql_have_equal_canonical_bytes) {
  RandomValues random(23);
  size_t equal = 0;
  for (const Kind kind : kAllKinds) {
    if (kind == Kind::array) continue;
    for (int i = 0; i < 5'000; ++i) {
      const Type type = random.typeOf(kind);
      const Value a = random.value(type);
      const Value b = random.value(type);
      const bool isEqual = compareNullsLast(a, b) == 0;
      BOOST_REQUIRE_EQUAL(packed(type, a) == packed(type, b), isEqual);
      if (!a.isNull()) BOOST_REQUIRE_EQUAL(compareValues(a, canonicalKeyValue(type, a)), 0);
      equal += isEqual ? 1 : 0;
    }
  }
  BOOST_TEST(equal > 1'000U);
}

BOOST_AUTO_TEST_CASE(canonical_forms_are_the_shortest) {
  const Type numeric = Type::of(Kind::numeric);
  BOOST_TEST(show(canonicalKeyValue(numeric, Value::numeric(1500, 3))) == "1.5");
  BOOST_TEST(show(canonicalKeyValue(numeric, Value::numeric(1500, 0))) == "1500");
  BOOST_TEST(show(canonicalKeyValue(numeric, Value::numeric(0, 3))) == "0");
  BOOST_TEST(show(canonicalKeyValue(Type::decimal(3), Value::numeric(1500, 3))) == "1.500");
  BOOST_TEST(show(canonicalKeyValue(Type::of(Kind::float64), Value::float64(-0.0))) == "0");
  const Type interval = Type::of(Kind::interval);
  BOOST_TEST(show(canonicalKeyValue(interval, Value::interval({0, 30, 0}))) == "1 mon");
  BOOST_TEST(show(canonicalKeyValue(interval, Value::interval({0, -1, 1}))) == "29 days");
  for (const Interval extreme :
       {Interval{INT64_MAX, INT32_MAX, INT32_MAX}, Interval{INT64_MIN, INT32_MIN, INT32_MIN}}) {
    const Value canonical = canonicalKeyValue(interval, Value::interval(extreme));
    BOOST_TEST(compareValues(canonical, Value::interval(extreme)) == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
