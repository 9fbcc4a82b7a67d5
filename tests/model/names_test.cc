#include "model/names.h"

#include <boost/test/unit_test.hpp>

using namespace facet;

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(capnp_names_become_snake_case) {
  BOOST_TEST(snakeCase("placedOn") == "placed_on");
  BOOST_TEST(snakeCase("OrderPlaced") == "order_placed");
  BOOST_TEST(snakeCase("URLPath") == "url_path");
  BOOST_TEST(snakeCase("orderID") == "order_id");
  BOOST_TEST(snakeCase("line2") == "line2");
  BOOST_TEST(snakeCase("line2Text") == "line2_text");
  BOOST_TEST(snakeCase("x") == "x");
  BOOST_TEST(snakeCase("address.cityName") == "address_city_name");
  BOOST_TEST(snakeCase("Outer.Inner") == "outer_inner");
}

BOOST_AUTO_TEST_CASE(sql_names_become_camel_case) {
  BOOST_TEST(camelCase("placed_on", FirstLetter::lower) == "placedOn");
  BOOST_TEST(camelCase("orders_by_region", FirstLetter::upper) == "OrdersByRegion");
  BOOST_TEST(camelCase("top_10", FirstLetter::upper) == "Top10");
  BOOST_TEST(camelCase("_position", FirstLetter::lower) == "position");
  BOOST_TEST(camelCase("a__b_", FirstLetter::lower) == "aB");
}

BOOST_AUTO_TEST_CASE(names_that_need_quotes_in_postgres_are_refused) {
  BOOST_TEST(sqlNameProblem("order") == "is a reserved word in SQL");
  BOOST_TEST(sqlNameProblem("user") == "is a reserved word in SQL");
  BOOST_TEST(sqlNameProblem("left") == "is a reserved word in SQL");
  BOOST_TEST(sqlNameProblem("ctid") == "is the name of one of PostgreSQL's system columns");
  BOOST_TEST(sqlNameProblem("_time") == "begins with \"_\", which is kept for facet's own columns");
  BOOST_TEST(sqlNameProblem("") == "is empty");
  BOOST_TEST(sqlNameProblem("Orders") == "does not begin with a small letter");
  BOOST_TEST(sqlNameProblem("a-b") == "has other characters than a-z, 0-9 and _");
  BOOST_TEST(sqlNameProblem(std::string(64, 'a')) == "is longer than 63 characters");
  for (const char* fine : {"orders", "position", "timestamp", "value", "name", "year", "a1_b"}) {
    BOOST_TEST(sqlNameProblem(fine) == "");
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_is_near_is_proposed) {
  BOOST_TEST(didYouMean("totl", {"region", "total"}) == "did you mean \"total\"?");
  BOOST_TEST(didYouMean("order", {"Orders", "OrderPlaced"}) == "did you mean \"Orders\"?");
  BOOST_TEST(didYouMean("xyz", {"region", "total"}) == "");
  BOOST_TEST(didYouMean("a", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
