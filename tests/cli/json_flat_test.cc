#include "cli/json_flat.h"

#include <boost/test/unit_test.hpp>

using namespace facet;

namespace {

/// "path=text" for each cell; of a list of objects "path=[cells; cells]".
std::string shown(const std::vector<JsonCell>& cells) {
  std::string out;
  for (const JsonCell& cell : cells) {
    out += (out.empty() ? "" : " ") + cell.path + "=";
    if (cell.objects.empty()) out += cell.text.value_or("NULL");
    for (size_t i = 0; i < cell.objects.size(); ++i) {
      out += (i == 0 ? "[" : "; ") + shown(cell.objects[i]);
    }
    if (!cell.objects.empty()) out += "]";
  }
  return out;
}

/// The cells, or the problem behind "! ".
std::string flat(const std::string& json) {
  std::vector<JsonCell> cells;
  const std::string problem = flattenJson(json, cells);
  return problem.empty() ? shown(cells) : "! " + problem;
}

std::string array(const std::string& json) {
  std::vector<std::optional<std::string>> elements;
  const std::string problem = readJsonArray(json, elements);
  if (!problem.empty()) return "! " + problem;
  std::string out;
  for (const auto& element : elements) out += "|" + element.value_or("NULL");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_flat)

BOOST_AUTO_TEST_CASE(numbers_stay_as_they_are_written) {
  BOOST_TEST(flat(R"({"a": 12.3400, "b": -7, "c": 123456789012345678901234567890.10, "d": 1e3})") ==
             "a=12.3400 b=-7 c=123456789012345678901234567890.10 d=1e3");
}

BOOST_AUTO_TEST_CASE(texts_booleans_and_nulls) {
  BOOST_TEST(flat(R"({"a": "x\n\u00e9", "b": true, "c": null, "d": ""})") ==
             "a=x\n\xc3\xa9 b=true c=NULL d=");
}

BOOST_AUTO_TEST_CASE(objects_in_objects_are_fields_of_groups) {
  BOOST_TEST(flat(R"({"address": {"city": "Ulm", "geo": {"lat": 48.4}}, "b": 1})") ==
             "address.city=Ulm address.geo.lat=48.4 b=1");
}

BOOST_AUTO_TEST_CASE(lists_become_array_texts) {
  BOOST_TEST(flat(R"({"a": [1, null, "x\"y"], "b": []})") == R"(a={"1",NULL,"x\"y"} b={})");
}

BOOST_AUTO_TEST_CASE(lists_of_objects_keep_their_objects) {
  BOOST_TEST(flat(R"({"a": [{"b": 1, "c": {"d": "x"}}, {}, {"b": null}], "e": 2})") ==
             "a=[b=1 c.d=x; ; b=NULL] e=2");
  BOOST_TEST(flat(R"({"g": {"a": [{"b": 1}], "h": 3}, "i": [{"j": 4}], "k": [5]})") ==
             R"(g.a=[b=1] g.h=3 i=[j=4] k={"5"})");
}

BOOST_AUTO_TEST_CASE(what_has_no_place_in_a_record_is_named) {
  BOOST_TEST(flat("[1]") == "! it is no object");
  BOOST_TEST(flat("7") == "! it is no object");
  BOOST_TEST(flat(R"({"a": [{"b": 1}, 2]})") == "! a list has objects and other values");
  BOOST_TEST(flat(R"({"a": [null, {"b": 1}]})") == "! a list has objects and other values");
  BOOST_TEST(flat(R"({"a": [{"b": [1]}]})") == "! a list in a list can't be given here");
  BOOST_TEST(flat(R"({"a": [[1]]})") == "! a list in a list can't be given here");
  BOOST_TEST(flat(R"({"a": 1)").rfind("! no valid JSON at character 8", 0) == 0U);
  BOOST_TEST(flat("").rfind("! no valid JSON", 0) == 0U);
}

BOOST_AUTO_TEST_CASE(arrays_are_keys_of_several_columns) {
  BOOST_TEST(array(R"(["West", "2017-11-01", 3, null])") == "|West|2017-11-01|3|NULL");
  BOOST_TEST(array(R"({"a": 1})") == "! it is no array");
  BOOST_TEST(array(R"([{"a": 1}])") == "! a list of objects can't be given here");
  BOOST_TEST(array(R"("West")") == "! it is no array");
}

BOOST_AUTO_TEST_SUITE_END()
