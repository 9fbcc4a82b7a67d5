// Json against what its text has to be.
#include "values/json.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <utility>

namespace facet {
namespace {

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(values_keep_their_types_to_the_last_digit) {
  BOOST_TEST(Json().dump() == "null");
  BOOST_TEST(Json(nullptr).dump() == "null");
  BOOST_TEST(Json(true).dump() == "true");
  BOOST_TEST(Json(std::numeric_limits<int64_t>::min()).dump() == "-9223372036854775808");
  BOOST_TEST(Json(std::numeric_limits<uint64_t>::max()).dump() == "18446744073709551615");
  BOOST_TEST(Json(0.5).dump() == "0.5");
  BOOST_TEST(Json("a \"b\"\n").dump() == R"("a \"b\"\n")");
}

BOOST_AUTO_TEST_CASE(fields_stay_in_the_order_in_which_they_were_set) {
  Json out = {{"b", 1}, {"a", {{"inside", "x"}}}};
  out.set("c", std::vector<std::string>{"y", "z"});
  out.set("b", 2);
  BOOST_TEST(out.dump() == R"({"b":2,"a":{"inside":"x"},"c":["y","z"]})");
  BOOST_TEST(out.size() == 3U);
  BOOST_TEST(Json::object().dump() == "{}");
  BOOST_TEST(Json::array().empty());
}

BOOST_AUTO_TEST_CASE(a_copy_is_of_its_own) {
  Json list = Json::array();
  list.add(1);
  Json copy = list;
  copy.add({{"n", 2}});
  BOOST_TEST(list.dump() == "[1]");
  BOOST_TEST(copy.dump() == R"([1,{"n":2}])");
  list = std::move(copy);
  BOOST_TEST(list.size() == 2U);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_replaced) {
  BOOST_TEST(Json("a\xff").dump() == "\"a\xef\xbf\xbd\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
