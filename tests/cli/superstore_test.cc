// The whole way: a server, the sample's order lines through `facet submit`, and what the views say.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/program.h"

using namespace facet::test;
using Json = nlohmann::json;

namespace {

const std::string kUuid = "123e4567-e89b-12d3-a456-426614174000";

/// Objects, a line each.
std::vector<Json> lines(const std::string& text) {
  std::vector<Json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

std::vector<std::string> sell(std::vector<std::string> more) {
  std::vector<std::string> out = {"submit", "PlaceOrderLine", "--json", "--client", kUuid};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

const std::string kHeading =
    "Row ID,Order ID,Order Date,Ship Date,Customer ID,Product "
    "ID,Region,Sales,Quantity,Discount,Profit\n";
std::string line(const std::string& row, const std::string& sales) {
  return row + ",O-1,2017-01-01,2017-01-02,C-1,P-1,West," + sales + ",1,0,0\n";
}

struct Server : Served {
  Server() : Served(sourcePath("examples/superstore")) {}
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(superstore)

BOOST_AUTO_TEST_CASE(all_order_lines_add_up_and_survive_a_restart) {
  const std::string csv = sourcePath("build/sample/superstore.csv");
  if (!std::filesystem::exists(csv)) {
    BOOST_TEST_MESSAGE("skipped: there is no " << csv << "; ./dev test fetches it");
    return;
  }
  Server server;
  const Ran ran = run(sell({"--csv", csv}));
  BOOST_TEST(ran.code == 0);
  const Json summary = lines(ran.out).back();
  BOOST_TEST(summary["accepted"] == 9994);
  BOOST_TEST(summary["position"] == 9994);
  const std::string token = summary["token"];

  const std::string regions =
      "region,lines,orders,revenue\nCentral,2323,1175,501239.8908\nEast,2848,1401,678781.2400\n"
      "South,1620,822,391721.9050\nWest,3203,1611,725457.8245\n";
  const std::vector<std::string> byRegion = {
      "sql", "SELECT region, lines, orders, revenue FROM orders_by_region ORDER BY region", "--csv",
      "--at-least", token};
  BOOST_TEST(run(byRegion).out == regions);
  BOOST_TEST(run({"sql",
                  "SELECT sum(revenue) AS revenue, sum(quantity) AS quantity, sum(profit) AS "
                  "profit FROM orders_by_region",
                  "--csv"})
                 .out == "revenue,quantity,profit\n2297200.8603,37873,286397.0217\n");
  const std::vector<Json> top = lines(run({"scan", "customer_dashboard", "--order-by",
                                           "lifetime_value DESC", "--limit", "3", "--json"})
                                          .out);
  BOOST_TEST(top.size() == 3U);
  BOOST_TEST(top[0]["customer_id"] == "SM-20320");
  BOOST_TEST(top[0]["lifetime_value"] == "25043.0500");
  BOOST_TEST(top[1]["lifetime_value"] == "19052.2180");
  BOOST_TEST(top[2]["customer_id"] == "RB-19360");
  BOOST_TEST(top[2]["orders"] == "6");

  const Json digests = Json::parse(run({"status", "--json"}).out)["views"];
  BOOST_TEST(server.stop(SIGKILL) == 128 + SIGKILL);
  server.start();
  BOOST_TEST(run(byRegion).out == regions);
  const Json after = Json::parse(run({"status", "--json"}).out)["views"];
  for (const auto& [view, status] : digests.items()) {
    BOOST_TEST(after[view]["digest"] == status["digest"]);
  }
  const Ran again = run(sell({"--csv", csv}));
  BOOST_TEST(again.code == 0);
  BOOST_TEST(lines(again.out).back()["duplicates"] == 9994);
  BOOST_TEST(lines(again.out).back()["position"] == 9994);
  BOOST_TEST(server.stop(SIGTERM) == 0);
}

BOOST_AUTO_TEST_CASE(bad_lines_are_counted_and_the_others_go_through) {
  Server server;
  const std::string file = server.folder().file(
      "lines.csv", "\xef\xbb\xbf" + kHeading + line("1", "1.50") + line("two", "1") +
                       line("3", "0.00001") + "4,short\n" + line("5", "2"));
  const Ran ran = run(sell({"--csv", file}));
  BOOST_TEST(ran.code == 3);
  const Json summary = lines(ran.out).back();
  BOOST_TEST(summary["accepted"] == 2);
  BOOST_TEST(summary["bad_lines"] == 3);
  BOOST_TEST(has(ran.err, "line 3: \"rowId\": \"two\" is not of type integer"));
  BOOST_TEST(has(ran.err, "line 4: \"sales\": \"0.00001\" has more than 4 digits"));
  BOOST_TEST(has(ran.err, "line 5: it has 2 fields, and the heading has 11"));

  // Repaired and sent again, every line has the number that it had.
  server.folder().file("lines.csv", kHeading + line("1", "1.50") + line("2", "1") +
                                        line("3", "0.1") + line("4", "1") + line("5", "2"));
  const Json repaired = lines(run(sell({"--csv", file})).out).back();
  BOOST_TEST(repaired["accepted"] == 3);
  BOOST_TEST(repaired["duplicates"] == 2);
}

BOOST_AUTO_TEST_CASE(strict_ends_at_the_first_bad_line) {
  Server server;
  const std::string file = server.folder().file(
      "lines.csv", kHeading + line("1", "1") + line("x", "1") + line("3", "1"));
  const Ran ran = run(sell({"--csv", file, "--strict"}));
  BOOST_TEST(ran.code == 3);
  BOOST_TEST(lines(ran.out).back()["accepted"] == 1);
  const std::string unknown = server.folder().file("unknown.csv", "Row ID,Colour\n1,red\n");
  const Ran refused = run(sell({"--csv", unknown, "--strict"}));
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(has(refused.err, "Colour"));
}

BOOST_AUTO_TEST_CASE(json_lines_pass_from_a_pipe_and_rejections_are_told_by_reason) {
  Server server;
  const std::string common =
      R"("orderId":"O-1","orderDate":"2017-01-01","shipDate":"2017-01-02","customerId":"C-1",)"
      R"("productId":"P-1","sales":12.3456,"discount":0,"profit":0)";
  const Ran ran =
      run(sell({"--jsonl", "-", "--batch", "2"}),
          R"({"rowId":1,"quantity":2,"region":"West",)" + common + "}\n" +
              R"({"row_id":2,"quantity":0,"region":"West",)" + common + "}\n\n" +
              R"({"rowId":3,"quantity":1,"region":"Moon",)" + common + "}\r\n" + "{nonsense\n" +
              R"({"rowId":4,"quantity":1,"region":"East","colour":"red",)" + common + "}\n");
  BOOST_TEST(ran.code == 3);
  const std::vector<Json> all = lines(ran.out);
  BOOST_TEST(all.size() == 3U);  // two batches, a bad line ends none, and the summary
  BOOST_TEST(all.back()["accepted"] == 2);
  BOOST_TEST(all.back()["rejected"] == 2);
  BOOST_TEST(all.back()["reasons"]["the quantity must be positive"] == 1);
  BOOST_TEST(all.back()["reasons"]["there is no such region"] == 1);
  BOOST_TEST(has(ran.err, "\"colour\" is no field of the command, and ignored"));
  BOOST_TEST(has(ran.err, "line 5: no valid JSON"));
  const Json event = lines(run({"log", "tail", "--limit", "1", "--json"}).out).at(0);
  BOOST_TEST(event["position"] == 2);
  BOOST_TEST(event["event"] == "OrderLinePlaced");
  BOOST_TEST(event["data"]["row_id"] == 4);
  BOOST_TEST(event["data"]["sales"] == "12.3456");
  BOOST_TEST(event["data"]["city"].is_null());
}

BOOST_AUTO_TEST_CASE(a_line_is_answered_at_once_and_a_dead_server_leaves_it_unknown) {
  Server server;
  const std::string line =
      R"({"rowId":1,"orderId":"O","customerId":"C","productId":"P","quantity":1,"sales":1,)"
      R"("discount":0,"profit":0,)"
      R"("region":"West","orderDate":"2017-01-01","shipDate":"2017-01-01"})";
  Piped submit(sell({"--jsonl", "-"}));
  submit.writeLine(line);
  BOOST_TEST(Json::parse(submit.readLine())["accepted"] == 1);
  server.stop(SIGKILL);
  submit.writeLine(line);
  const Json summary = Json::parse(submit.readLine());
  BOOST_TEST(summary["accepted"] == 1);
  BOOST_TEST(summary["unknown"] == 1);
  BOOST_TEST(submit.finish() == 6);
}

BOOST_AUTO_TEST_CASE(one_command_from_arguments_and_rows_by_key) {
  Server server;
  const Ran ran = run({"submit", "PlaceOrderLine", "--set", "rowId=7", "orderId=O", "customerId=C",
                       "productId=P", "quantity=2", "sales=1.5", "discount=0.2", "profit=0",
                       "region=West", "orderDate=2017-11-08", "shipDate=2017-11-09"});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(has(ran.out, "accepted    1\n"));
  BOOST_TEST(run({"get", "orders_by_region", "West", "--json"}).out ==
             "{\"region\":\"West\",\"orders\":\"1\",\"lines\":\"1\",\"quantity\":\"2\","
             "\"revenue\":\"1.5000\",\"profit\":\"0.0000\"}\n");
  BOOST_TEST(has(run({"get", "monthly_revenue", "[\"West\", \"2017-11-01\"]"}).out, "1.5000"));
  BOOST_TEST(run({"get", "orders_by_region", "West", "Moon"}).code == 1);
  BOOST_TEST(run({"get", "monthly_revenue", "West"}).code == 2);
  BOOST_TEST(run({"scan", "orders", "--after", "7", "--csv"}).out ==
             "row_id,order_id,customer_id,order_date,ship_mode,product_id,quantity,sales,profit\n");
  BOOST_TEST(run({"scan", "nothing"}).code == 1);
  BOOST_TEST(run({"submit", "Nothing", "--set", "a=1"}).code == 1);
}

BOOST_AUTO_TEST_SUITE_END()
