// Lists of structs, from files into the log and out again: as JSON, as CSV, and in the types that
// `facet schema --capnp` has printed.
#include <boost/test/unit_test.hpp>

#include "baskets_views.capnp.h"
#include "client/client.h"
#include "tests/system/model_server.h"

namespace facet::system_test {
namespace {

const char* const kOrders =
    R"({"customer": "ann", "region": "W", "lines": [)"
    R"({"sku": "a \"b\", c", "quantity": 2, "price": 12.5, "due": "2017-11-08", )"
    R"("wrapping": "box", "size": {"width": 1.5, "unit": "cm"}}, {"sku": null}]})"
    "\n"
    R"({"customer": "bob", "region": "W", "lines": []})"
    "\n"
    R"({"customer": "cy", "region": "E", "lines": [{"sku": "z", "price": "0.01"}]})"
    "\n";
const char* const kOrdersCsv =
    R"x(customer,lines,region
cy,"{""(z,1,0.01,,none,0,mm)""}",E
dot,"{""(\""back\\\\slash\"",3,1,2020-02-29,paper,-0.25,mm)""}",E
)x";
const char* const kAnnsLines =
    R"([{"sku":"a \"b\", c","quantity":2,"price":"12.50","due":"2017-11-08","wrapping":"box",)"
    R"("size_width":1.5,"size_unit":"cm"},)"
    R"({"sku":null,"quantity":1,"price":"0.00","due":null,"wrapping":"none",)"
    R"("size_width":0,"size_unit":"mm"}])";

struct Shop : ModelServer {
  Shop() : ModelServer("baskets") {}

  static void fill(const Server& server) {
    submit(server, "PlaceBasket", "--jsonl", kOrders);
    submit(server, "PlaceBasket", "--csv", kOrdersCsv);
    server.settled();
  }

  static void checkRows(const Server& server) {
    const Json ann = server.row({"get", "newest", "ann"});
    BOOST_TEST(ann.at("lines") == Json::parse(kAnnsLines));
    BOOST_TEST(server.row({"get", "baskets", "bob"}).at("lines") == Json::array());
    const Json dot = server.row({"sql",
                                 "SELECT coalesce(lines, NULL) AS l FROM baskets WHERE "
                                 "customer = 'dot'"});
    BOOST_TEST(dot.at("l").at(0).at("sku") == "back\\slash");
    BOOST_TEST(dot.at("l").at(0).at("due") == "2020-02-29");
    std::map<std::string, std::string> kinds;
    for (const Json& row : server.rows({"scan", "kinds_by_region"})) {
      kinds[row.at("region")] =
          row.at("kinds").get<std::string>() + " of " + row.at("orders").get<std::string>();
    }
    // Cy's order came twice: once from each file.
    BOOST_TEST(kinds.at("E") == "2 of 3");
    BOOST_TEST(kinds.at("W") == "2 of 2");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(struct_lists)

BOOST_FIXTURE_TEST_CASE(they_come_out_as_they_went_in_also_after_crash_and_snapshot, Shop) {
  const Json logged = keepsRows(fill, checkRows, 5);
  BOOST_TEST(logged.at("data").at("lines") == Json::parse(kAnnsLines));
}

BOOST_FIXTURE_TEST_CASE(what_csv_gives_is_taken_as_csv, Shop) {
  const Server server(options);
  fill(server);
  const Ended out = server.run({"sql", "SELECT * FROM baskets ORDER BY customer", "--csv"});
  BOOST_TEST(out.code == 0, out.errors);
  const Ended in = server.run({"submit", "PlaceBasket", "--csv", "-", "--strict"}, out.out);
  BOOST_TEST(in.code == 0, in.errors);
  server.settled();
  BOOST_TEST(server.run({"sql", "SELECT * FROM baskets ORDER BY customer", "--csv"}).out ==
             out.out);
}

BOOST_FIXTURE_TEST_CASE(what_a_list_cannot_hold_is_refused_with_its_place, Shop) {
  const Server server(options);
  const auto problem = [&](const std::string& lines) {
    const Ended done = server.run({"submit", "PlaceBasket", "--jsonl", "-", "--strict"},
                                  R"({"customer": "x", "lines": )" + lines + "}\n");
    BOOST_TEST(done.code == 3);
    return done.errors;
  };
  const auto says = [&](const std::string& lines, const std::string& text) {
    const std::string errors = problem(lines);
    BOOST_TEST(errors.find(text) != std::string::npos, errors);
  };
  says(R"([{"price": 0.001}])", "has a \"price\" that has more than 2 digits after the point");
  says(R"([{}, {"quantity": null}])", "has an element, number 2, whose \"quantity\" can't be NULL");
  says(R"([{"wrapping": "foil"}])", "whose \"wrapping\" is none of the enum's values");
  says(R"([{"colour": 1}])", "the command has no field \"lines.colour\"");
  says(R"([{"sku": "a", "sku": "b"}])", "\"sku\" is given twice in an object of \"lines\"");
  says(R"([{"sku": "a"}, 7])", "a list has objects and other values");
  says(R"([], "region": [{"a": 1}])", "\"region\" takes no list");
}

BOOST_AUTO_TEST_CASE(check_lists_the_type_with_its_columns) {
  const std::string model = source("tests/system/models/baskets");
  const Ended done = facetProgram({"check", model, "--json"});
  BOOST_TEST(done.code == 0, done.errors);
  const Json types = Json::parse(done.out).at("types");
  BOOST_REQUIRE(types.size() == 1U);
  BOOST_TEST(types[0].at("name") == "line_struct");
  BOOST_TEST(types[0].at("columns").at(2) ==
             Json({{"name", "price"}, {"type", "numeric(18,2)"}, {"nullable", false}}));
}

BOOST_FIXTURE_TEST_CASE(typed_rows_have_lists_of_a_struct, Shop) {
  const Server server(options);
  fill(server);
  Client client({.addresses = {server.address()}});
  auto view =
      client.view<capnp::List<NewestKey>, capnp::List<Newest>>("newest", capnp::typeId<Newest>());
  auto request = view.getRequest();
  auto keys = request.initKeys(2);
  keys[0].setCustomer("ann");
  keys[1].setCustomer("bob");
  const auto answer = client.wait(request.send());
  BOOST_REQUIRE(answer.getRows().size() == 2U);
  const auto lines = answer.getRows()[0].getLines();
  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0].getSku().cStr() == std::string("a \"b\", c"));
  BOOST_TEST(lines[0].getQuantity() == 2);
  BOOST_TEST(lines[0].getPrice() == 1250);
  BOOST_TEST(lines[0].getDue() == 17478);
  BOOST_TEST(lines[0].getWrapping().cStr() == std::string("box"));
  BOOST_TEST(lines[0].getSizeWidth() == 1.5);
  BOOST_TEST(!lines[1].hasSku());
  BOOST_TEST(lines[1].getQuantity() == 1);
  BOOST_TEST(lines[1].getDueIsNull());
  BOOST_TEST(lines[1].getSizeUnit().cStr() == std::string("mm"));
  BOOST_TEST(answer.getRows()[1].hasLines());
  BOOST_TEST(answer.getRows()[1].getLines().size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
