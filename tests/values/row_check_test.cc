// isValidRow against bytes that were not built by a RowBuilder. Under the sanitizers a read outside
// the bytes is seen: each candidate lies in a heap block of exactly its size.
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/values/random_values.h"
#include "values/row.h"
#include "values/text.h"

namespace facet {
namespace {

const Type kInt64 = Type::of(Kind::int64);
const Type kText = Type::of(Kind::text);

std::string build(const RowLayout& layout, const std::vector<Value>& values) {
  RowBuilder builder;
  builder.start(layout);
  for (size_t c = 0; c < values.size(); ++c) builder.set(c, values[c]);
  return std::string(builder.finish().bytes());
}

template <typename T>
std::string with(std::string row, size_t offset, T value) {
  std::memcpy(row.data() + offset, &value, sizeof(T));
  return row;
}

/// A copy in a block of its own.
bool isValid(const RowLayout& layout, const std::string& bytes) {
  const auto block = std::make_unique<char[]>(bytes.size());
  std::memcpy(block.get(), bytes.data(), bytes.size());
  return isValidRow(layout, {block.get(), bytes.size()});
}

/// The row built anew from the values that are read from it.
std::string rebuild(const RowLayout& layout, const std::string& bytes, size_t columns) {
  const RowLayout known(
      {layout.types().begin(), layout.types().begin() + static_cast<long>(columns)});
  std::vector<Value> values;
  for (size_t c = 0; c < columns; ++c) values.push_back(Row(bytes.data()).get(layout, c));
  return build(known, values);
}

void mutate(RandomValues& random, std::string& bytes) {
  for (uint64_t n = 1 + random.below(3); n > 0; --n) {
    const size_t at = random.below(bytes.size());
    switch (random.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes[random.below(8)] = static_cast<char>(random.below(20) * 8);
        break;
      case 3:
        bytes.resize(bytes.size() - random.below(std::min<size_t>(17, bytes.size())));
        break;
      default:
        bytes.append(random.below(17), '\0');
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_check)

BOOST_AUTO_TEST_CASE(each_kind_of_damage_is_found) {
  const RowLayout layout(
      {kInt64, kText, kText, Type::of(Kind::boolean), Type::decimal(2), Type::of(Kind::int16)});
  const std::string row =
      build(layout, {Value::null(), Value::text("abc"), Value::text(""), Value::boolean(true),
                     Value::numeric(1, 2), Value::integer(Kind::int16, 7)});
  BOOST_REQUIRE(isValid(layout, row));
  BOOST_TEST(!isValid(layout, ""));
  BOOST_TEST(!isValid(layout, row.substr(0, 7)));
  BOOST_TEST(!isValid(layout, row.substr(0, row.size() - 8)));
  BOOST_TEST(!isValid(layout, row + std::string(8, '\0')));
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, 0, 72 + 8)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, 4, 0)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, 4, 7)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, 4, 0xffff)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, 6, 1 | 1 << 6)));  // NULL beyond the last column
  BOOST_TEST(!isValid(layout, with<int64_t>(row, 8, 1)));            // the slot of a NULL
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, 16, 65)));         // a gap before the text
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, 20, 9)));          // text beyond the row
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, 20, 0xffffffff)));
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, 24, 64)));  // empty text with a place
  BOOST_TEST(!isValid(layout, with<int64_t>(row, 32, 2)));    // a boolean
  BOOST_TEST(!isValid(layout, with<uint8_t>(row, 40, 3)));    // a decimal of another scale
  BOOST_TEST(!isValid(layout, with<int64_t>(row, 56, 32768)));
  BOOST_TEST(!isValid(layout, with<char>(row, row.size() - 1, 'x')));
}

BOOST_AUTO_TEST_CASE(a_row_of_a_longer_layout_is_refused) {
  const std::string row = build(RowLayout({kInt64, kInt64}), {Value::int64(1), Value::int64(2)});
  BOOST_TEST(!isValid(RowLayout({kInt64}), row));
  BOOST_TEST(isValid(RowLayout({kInt64, kInt64, kText}), row));
}

BOOST_AUTO_TEST_CASE(a_damaged_array_is_refused) {
  const Type type{Kind::array, kAnyScale, Kind::text, kAnyScale};
  const RowLayout layout({type});
  std::string scratch;
  const Value elements[] = {Value::text("ab"), Value::null(), Value::text("c")};
  const std::string row = build(layout, {packArray(Kind::text, elements, scratch)});
  const size_t array = 16;
  BOOST_REQUIRE(isValid(layout, row));
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, array, 32)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, array + 4, 5)));
  BOOST_TEST(!isValid(layout, with<uint32_t>(row, array + 12, 200)));
  BOOST_TEST(!isValid(layout, with<int64_t>(row, array + 16, 1)));
  BOOST_TEST(!isValid(layout, with<uint16_t>(row, array + 6, 8 | 2)));
}

BOOST_AUTO_TEST_CASE(mutated_rows_are_refused_or_canonical) {
  RandomValues random(5);
  size_t accepted = 0;
  for (int i = 0; i < 300; ++i) {
    const RowLayout layout(random.types(1 + random.below(i % 10 == 0 ? 90 : 8)));
    std::vector<Value> values;
    for (const Type& type : layout.types()) values.push_back(random.value(type));
    const std::string row = build(layout, values);
    for (int k = 0; k < 300; ++k) {
      std::string bytes = row;
      mutate(random, bytes);
      if (!isValid(layout, bytes)) continue;
      ++accepted;
      size_t columns = layout.size();
      while (columns > 0 && layout.slot(columns - 1).offset >= Row(bytes.data()).words() * 8)
        --columns;
      std::string printed;
      for (size_t c = 0; c < layout.size(); ++c) {
        appendText(printed, layout.type(c), Row(bytes.data()).get(layout, c));
      }
      bool hasFloat = false;
      for (const Type& type : layout.types())
        hasFloat |= type.isFloat() || type.kind == Kind::array;
      // Another NaN is the one thing that a builder would write differently.
      if (!hasFloat) BOOST_REQUIRE(rebuild(layout, bytes, columns) == bytes);
    }
  }
  BOOST_TEST(accepted > 1'000U);  // flips inside integers and text give rows as good as any
}

BOOST_AUTO_TEST_CASE(random_bytes_are_never_read_outside_their_block) {
  RandomValues random(6);
  for (int i = 0; i < 20'000; ++i) {
    const RowLayout layout(random.types(random.below(40)));
    std::string bytes(8 * (1 + random.below(30)), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(4) == 0 ? random.below(256) : 0);
    const auto size = static_cast<uint32_t>(bytes.size());
    std::memcpy(bytes.data(), &size, sizeof(size));
    bytes[4] = static_cast<char>(1 + random.below(bytes.size() / 8));
    bytes[5] = 0;
    isValid(layout, bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
