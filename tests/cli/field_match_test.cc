#include "cli/field_match.h"

#include <boost/test/unit_test.hpp>

using namespace facet;

namespace {

StructShape fields(const std::vector<std::pair<std::string, std::string>>& names) {
  StructShape out;
  for (const auto& [name, field] : names) {
    ColumnShape column;
    column.name = name;
    column.field = field;
    out.columns.push_back(column);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(field_match)

BOOST_AUTO_TEST_CASE(headings_match_by_letters_and_digits_alone) {
  const FieldMatch match(fields({{"order_id", "orderId"}, {"sub_category", "subCategory"}}));
  for (const char* heading : {"Order ID", "order_id", "orderId", "ORDER-ID", " Order.Id "}) {
    BOOST_TEST(match.loose(heading).value() == 0U);
  }
  BOOST_TEST(match.loose("Sub-Category").value() == 1U);
  BOOST_TEST(!match.loose("Category").has_value());
  BOOST_TEST(!match.loose("").has_value());
}

BOOST_AUTO_TEST_CASE(an_exact_name_goes_before_a_loose_one) {
  const FieldMatch match(fields({{"ab", "ab"}, {"a_b", "aB"}}));
  BOOST_TEST(match.loose("ab").value() == 0U);
  BOOST_TEST(match.loose("aB").value() == 1U);
  BOOST_TEST(!match.loose("A B").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
