// Groups of a query: their aggregates are those of views, over columns that may be a view's.
#include "views/query/query_groups.h"

#include <boost/test/unit_test.hpp>

#include "values/numeric.h"

namespace facet {
namespace {

/// SELECT function(x) …, x of this type.
Select selectOf(AggregateFunction function, Type argument, bool distinct = false) {
  auto column = std::make_shared<Expr>();
  column->op = Op::column;
  column->type = argument;
  Select select;
  select.aggregated = true;
  const Type type = function == AggregateFunction::count ? Type::of(Kind::int64) : argument;
  select.aggregates.push_back({function, distinct, column, nullptr, type});
  return select;
}

Value resultOf(QueryGroups& groups) {
  Value out;
  groups.forEach(
      [&](const std::vector<Value>&, const std::vector<Value>& results) { out = results[0]; });
  return out;
}

void add(QueryGroups& groups, const Value& value, uint64_t times = 1) {
  groups.add({}, {value}, {true}, times);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(query_groups)

BOOST_AUTO_TEST_CASE(sums_of_a_views_decimals_are_exact_or_fail) {
  const Select select = selectOf(AggregateFunction::sum, Type::decimal(0));
  QueryGroups fits(select);
  add(fits, Value::numeric(kMaxUnscaled, 0));
  add(fits, Value::numeric(-kMaxUnscaled, 0));
  add(fits, Value::numeric(7, 0), 2);
  BOOST_TEST((resultOf(fits).unscaled() == 14));
  // As often as takes 128 bits round to small numbers again.
  QueryGroups tooLarge(select);
  for (int i = 0; i < 512; ++i) add(tooLarge, Value::numeric(kMaxUnscaled, 0));
  BOOST_REQUIRE(resultOf(tooLarge).isError());
  BOOST_TEST((resultOf(tooLarge).errorCode() == ErrorCode::numericOutOfRange));
}

BOOST_AUTO_TEST_CASE(extremes_and_distinct_values) {
  const Select least = selectOf(AggregateFunction::min, Type::of(Kind::text));
  QueryGroups texts(least);
  BOOST_TEST(resultOf(texts).isNull());
  for (const char* text : {"pear", "apple", "quince"}) add(texts, Value::text(text));
  add(texts, Value::null());
  BOOST_TEST(resultOf(texts).asText() == "apple");

  const Select most = selectOf(AggregateFunction::max, Type::of(Kind::numeric));
  QueryGroups scales(most);
  add(scales, Value::numeric(10, 1));
  add(scales, Value::numeric(100, 2));
  BOOST_TEST(int{resultOf(scales).scale()} == 2);  // of equal ones the last

  const Select count = selectOf(AggregateFunction::count, Type::of(Kind::numeric), true);
  QueryGroups distinct(count);
  add(distinct, Value::numeric(10, 1), 3);
  add(distinct, Value::numeric(100, 2));
  add(distinct, Value::numeric(11, 1));
  add(distinct, Value::null());
  BOOST_TEST(resultOf(distinct).asInt() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
