#include "values/row.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/text.h"

namespace facet {
namespace {

const Type kInt64 = Type::of(Kind::int64);
const Type kText = Type::of(Kind::text);

std::string show(const Type& type, const Value& value) {
  return value.isNull() ? "NULL" : toText(type, value);
}

/// The bytes of a row with these values.
std::string build(const RowLayout& layout, const std::vector<Value>& values) {
  RowBuilder builder;
  builder.start(layout);
  for (size_t c = 0; c < values.size(); ++c) builder.set(c, values[c]);
  return std::string(builder.finish().bytes());
}

template <typename T>
T at(const std::string& row, size_t offset) {
  return Row(row.data()).load<T>(offset);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row)

BOOST_AUTO_TEST_CASE(a_row_has_the_bytes_that_the_format_says) {
  const RowLayout layout({kInt64, kText, Type::decimal(2), kText, Type::of(Kind::boolean), kText});
  const std::string row =
      build(layout, {Value::int64(-2), Value::text("abc"), Value::numeric(-150, 2), Value::null(),
                     Value::boolean(true), Value::text("defghi")});
  BOOST_TEST(row.size() == 80U);
  BOOST_TEST(at<uint32_t>(row, 0) == 80U);
  BOOST_TEST(at<uint16_t>(row, 4) == 8U);       // header, four slots of one word, one of two, ...
  BOOST_TEST(at<uint16_t>(row, 6) == 1U << 3);  // column 3 is NULL
  BOOST_TEST(at<int64_t>(row, 8) == -2);
  BOOST_TEST(at<uint32_t>(row, 16) == 64U);
  BOOST_TEST(at<uint32_t>(row, 20) == 3U);
  BOOST_TEST((at<int128>(row, 24) == int128{-150} * 256 + 2));
  BOOST_TEST(at<uint64_t>(row, 40) == 0U);
  BOOST_TEST(at<int64_t>(row, 48) == 1);
  BOOST_TEST(at<uint32_t>(row, 56) == 67U);
  BOOST_TEST(at<uint32_t>(row, 60) == 6U);
  BOOST_TEST(row.substr(64) == std::string("abcdefghi\0\0\0\0\0\0\0", 16));
}

BOOST_AUTO_TEST_CASE(null_words_stand_before_column_16_and_every_64th_after_it) {
  const RowLayout layout(std::vector<Type>(150, kInt64));
  BOOST_TEST(layout.slot(0).offset == 8U);
  BOOST_TEST(layout.slot(15).offset == 8U + 15 * 8);
  BOOST_TEST(layout.slot(15).nullWord == 0U);
  BOOST_TEST(layout.slot(15).nullBit == 63);
  BOOST_TEST(layout.slot(16).nullWord == 8U * 17);
  BOOST_TEST(layout.slot(16).nullBit == 0);
  BOOST_TEST(layout.slot(16).offset == 8U * 18);
  BOOST_TEST(layout.slot(79).nullBit == 63);
  BOOST_TEST(layout.slot(80).nullWord == layout.slot(79).offset + 8);
  BOOST_TEST(layout.slot(80).offset == layout.slot(79).offset + 16);
  BOOST_TEST(layout.slot(144).nullWord == layout.slot(143).offset + 8);
  BOOST_TEST(layout.words() == 1U + 150 + 3);
}

BOOST_AUTO_TEST_CASE(every_column_is_null_until_it_is_set) {
  const RowLayout layout(std::vector<Type>(100, kText));
  RowBuilder builder;
  builder.start(layout);
  builder.set(70, Value::text("x"));
  const Row row = builder.finish();
  for (size_t c = 0; c < layout.size(); ++c) BOOST_TEST(row.get(layout, c).isNull() == (c != 70));
  BOOST_TEST(row.get(layout, 70).asText() == "x");
}

BOOST_AUTO_TEST_CASE(what_is_set_is_read_for_random_layouts_and_values) {
  RandomValues random(1);
  RowBuilder builder;
  for (int i = 0; i < 2'000; ++i) {
    const RowLayout layout(random.types(random.below(i % 10 == 0 ? 200 : 12)));
    std::vector<Value> values;
    builder.start(layout);
    for (size_t c = 0; c < layout.size(); ++c) {
      values.push_back(random.value(layout.type(c)));
      builder.set(c, values[c]);
    }
    const Row row = builder.finish();
    for (size_t c = 0; c < layout.size(); ++c) {
      const Value read = row.get(layout, c);
      BOOST_REQUIRE_EQUAL(show(layout.type(c), read), show(layout.type(c), values[c]));
      BOOST_REQUIRE((read.kind() == values[c].kind()));
      BOOST_REQUIRE_EQUAL(compareNullsLast(read, values[c]), 0);
    }
    BOOST_REQUIRE(isValidRow(layout, row.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(a_column_of_any_kind_can_hold_an_error) {
  RandomValues random(2);
  RowBuilder builder;
  for (int i = 0; i < 200; ++i) {
    const RowLayout layout(random.types(1 + random.below(40)));
    std::vector<Value> values;
    builder.start(layout);
    for (size_t c = 0; c < layout.size(); ++c) {
      values.push_back(random.value(layout.type(c)));
      builder.set(c, values[c]);
    }
    const size_t failed = random.below(layout.size());
    const auto code = static_cast<ErrorCode>(random.below(5));
    builder.set(failed, Value::error(code));
    const Row row = builder.finish();
    BOOST_REQUIRE(row.get(layout, failed).isError());
    BOOST_REQUIRE((row.get(layout, failed).errorCode() == code));
    // Nothing from outside may say so.
    BOOST_REQUIRE(!isValidRow(layout, row.bytes()));
    for (size_t c = 0; c < layout.size(); ++c) {
      if (c == failed) continue;
      BOOST_REQUIRE_EQUAL(compareNullsLast(row.get(layout, c), values[c]), 0);
    }
    builder.set(failed, Value::null());
    BOOST_REQUIRE(builder.finish().get(layout, failed).isNull());
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_setting_and_what_was_set_before_leave_no_trace) {
  RandomValues random(2);
  RowBuilder used;
  for (int i = 0; i < 500; ++i) {
    const RowLayout layout(random.types(1 + random.below(40)));
    std::vector<Value> values;
    for (const Type& type : layout.types()) values.push_back(random.value(type));
    used.start(layout);
    for (size_t c = layout.size(); c-- > 0;) {
      used.set(c, random.value(layout.type(c)));
      used.set(c, values[c]);
    }
    BOOST_REQUIRE(used.finish().bytes() == build(layout, values));
  }
}

BOOST_AUTO_TEST_CASE(a_row_finished_elsewhere_has_the_same_bytes) {
  const RowLayout layout({kText, kInt64, Type::of(Kind::bytes), kText});
  const std::string long_(100, 'x');
  RowBuilder builder;
  builder.start(layout);
  builder.set(0, Value::text(long_));
  builder.set(3, Value::text("abc"));
  builder.set(2, Value::error(ErrorCode::tooLarge));
  builder.set(0, Value::text("short"));
  builder.set(3, Value::null());
  builder.set(2, Value::bytes(long_));
  std::vector<uint64_t> memory(builder.size() / sizeof(uint64_t) + 1, UINT64_MAX);
  const Row row = builder.finishAt(reinterpret_cast<char*>(memory.data()), builder.size());
  const std::string same =
      build(layout, {Value::text("short"), Value::null(), Value::bytes(long_), Value::null()});
  BOOST_TEST(row.bytes() == same);
  BOOST_TEST(builder.finish().bytes() == same);
  BOOST_TEST(memory.back() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(a_short_row_has_defaults_in_the_columns_that_were_added) {
  RandomValues random(3);
  std::vector<Type> types = random.types(60);
  const RowLayout longer(types);
  for (size_t known = 0; known < types.size(); ++known) {
    const RowLayout shorter({types.begin(), types.begin() + static_cast<long>(known)});
    std::vector<Value> values;
    for (size_t c = 0; c < known; ++c) values.push_back(random.value(types[c]));
    const std::string bytes = build(shorter, values);
    const Row row(bytes.data());
    BOOST_TEST(isValidRow(longer, bytes));
    for (size_t c = 0; c < types.size(); ++c) {
      const Value read = row.get(longer, c);
      if (c < known) {
        BOOST_REQUIRE_EQUAL(compareNullsLast(read, values[c]), 0);
        continue;
      }
      const bool hasNoZero = types[c].kind == Kind::text || types[c].kind == Kind::bytes ||
                             types[c].kind == Kind::array;
      BOOST_REQUIRE_EQUAL(read.isNull(), hasNoZero);
      if (!hasNoZero) BOOST_REQUIRE((read.kind() == types[c].kind));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_missing_decimal_is_a_zero_of_its_scale) {
  const RowLayout layout({kInt64, Type::decimal(4), Type::of(Kind::numeric)});
  const std::string bytes = build(RowLayout({kInt64}), {Value::int64(1)});
  BOOST_TEST(show(layout.type(1), Row(bytes.data()).get(layout, 1)) == "0.0000");
  BOOST_TEST(show(layout.type(2), Row(bytes.data()).get(layout, 2)) == "0");
}

BOOST_AUTO_TEST_CASE(every_nan_is_stored_alike) {
  const RowLayout layout({Type::of(Kind::float64)});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(build(layout, {Value::float64(nan)}) == build(layout, {Value::float64(-nan)}));
}

BOOST_AUTO_TEST_CASE(an_empty_row_is_its_header) {
  const std::string bytes = build(RowLayout(), {});
  BOOST_TEST(bytes == std::string("\x08\0\0\0\x01\0\0\0", 8));
  BOOST_TEST(bytes == build(RowLayout(std::vector<Type>{}), {}));
}

BOOST_AUTO_TEST_CASE(large_text_grows_the_buffer_once) {
  const RowLayout layout({kText, kText});
  const std::string large(1'000'000, 'x');
  RowBuilder builder;
  builder.start(layout);
  builder.set(1, Value::text(large));
  const Row row = builder.finish();
  BOOST_TEST(row.get(layout, 1).asText() == large);
  builder.start(layout);
  builder.set(0, Value::text("small"));
  const Row next = builder.finish();
  BOOST_TEST(next.data() == row.data());
  BOOST_TEST(next.size() == 32U);
}

BOOST_AUTO_TEST_CASE(hashes_are_the_same_for_ever) {
  // On disk: digests and the places of keys depend on them.
  const std::string row = build(RowLayout({kInt64}), {Value::int64(1)});
  BOOST_TEST(hashRow(row) == 0x9747b7af370ef0b8U);
  BOOST_TEST(static_cast<uint64_t>(hashRow128(row) >> 64) == 0x8074ea68bbab5ca0U);
  BOOST_TEST(static_cast<uint64_t>(hashRow128(row)) == 0x60b8d07a51dbab20U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
