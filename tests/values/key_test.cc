// Keys: memcmp order and canonical forms, against compareNullsLast.
#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/array.h"
#include "values/composite.h"
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

/// An array or a composite is valid until the next call.
Value canonical(const Type& type, const Value& value) {
  static std::string scratch;
  return canonicalKeyValue(type, value, scratch);
}

std::string packed(const Type& type, const Value& value) {
  const RowLayout layout({type});
  RowBuilder builder;
  builder.start(layout);
  builder.setKey(0, value);
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
    for (int i = 0; i < 5'000; ++i) {
      const Type type = random.typeOf(kind);
      const Value a = random.value(type);
      const Value b = random.value(type);
      const bool isEqual = compareNullsLast(a, b) == 0;
      BOOST_REQUIRE_EQUAL(packed(type, a) == packed(type, b), isEqual);
      if (!a.isNull()) BOOST_REQUIRE_EQUAL(compareValues(a, canonical(type, a)), 0);
      equal += isEqual ? 1 : 0;
    }
  }
  BOOST_TEST(equal > 1'000U);
}

BOOST_AUTO_TEST_CASE(canonical_forms_are_the_shortest) {
  const Type numeric = Type::of(Kind::numeric);
  BOOST_TEST(show(canonical(numeric, Value::numeric(1500, 3))) == "1.5");
  BOOST_TEST(show(canonical(numeric, Value::numeric(1500, 0))) == "1500");
  BOOST_TEST(show(canonical(numeric, Value::numeric(0, 3))) == "0");
  BOOST_TEST(show(canonical(Type::decimal(3), Value::numeric(1500, 3))) == "1.500");
  BOOST_TEST(show(canonical(Type::of(Kind::float64), Value::float64(-0.0))) == "0");
  const Type interval = Type::of(Kind::interval);
  BOOST_TEST(show(canonical(interval, Value::interval({0, 30, 0}))) == "1 mon");
  BOOST_TEST(show(canonical(interval, Value::interval({0, -1, 1}))) == "29 days");
  for (const Interval extreme :
       {Interval{INT64_MAX, INT32_MAX, INT32_MAX}, Interval{INT64_MIN, INT32_MIN, INT32_MIN}}) {
    const Value form = canonical(interval, Value::interval(extreme));
    BOOST_TEST(compareValues(form, Value::interval(extreme)) == 0);
  }
}

BOOST_AUTO_TEST_CASE(what_is_inside_arrays_and_composites_is_canonical_too) {
  const double nan = std::bit_cast<double>(uint64_t{0xfff8'0000'0000'0001});
  const Value written[] = {Value::float64(-0.0), Value::null(), Value::float64(nan)};
  const Value plain[] = {Value::float64(0), Value::null(),
                         Value::float64(std::numeric_limits<double>::quiet_NaN())};
  const Type floats = Type::arrayOf(Type::of(Kind::float64));
  std::string a, b;
  BOOST_TEST(packed(floats, packArray(Kind::float64, written, a)) ==
             packed(floats, packArray(Kind::float64, plain, b)));
  BOOST_TEST(toText(floats, canonical(floats, Value::array(a, Kind::float64))) == "{0,NULL,NaN}");

  const Composite line("line", {{"n", Type::of(Kind::int32)},
                                {"sku", Type::of(Kind::text)},
                                {"weight", Type::of(Kind::float32)},
                                {"price", Type::decimal(2)}});
  const Type lines = Type::arrayOf(Type::of(line));
  std::string items[2];
  for (const bool minus : {false, true}) {
    const Value columns[] = {Value::integer(Kind::int32, 1), Value::text("lamp"),
                             Value::float32(minus ? -0.0F : 0.0F), Value::numeric(1250, 2)};
    appendComposite(line, columns, items[minus ? 1 : 0]);
  }
  const auto list = [&](size_t first, size_t second, std::string& out) {
    const Value elements[] = {Value::composite(items[first]), Value::null(),
                              Value::composite(items[second])};
    return packArray(Kind::composite, elements, out);
  };
  BOOST_TEST(packed(lines, list(0, 1, a)) == packed(lines, list(1, 0, b)));
  BOOST_TEST(toText(lines, canonical(lines, list(1, 1, a))) ==
             "{\"(1,lamp,0,12.50)\",NULL,\"(1,lamp,0,12.50)\"}");
}

BOOST_AUTO_TEST_CASE(a_canonical_value_is_not_copied) {
  const Value elements[] = {Value::float64(1), Value::float64(0)};
  std::string packedElements;
  const Value array = packArray(Kind::float64, elements, packedElements);
  std::string scratch;
  const Type type = Type::arrayOf(Type::of(Kind::float64));
  const Value form = canonicalKeyValue(type, array, scratch);
  BOOST_TEST((form.asText().data() == packedElements.data() && scratch.empty()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
