// What comes in, in files and arguments: what a field is not given is never made up, and what a
// file says is never dropped. And a log whose next model would read it in another way.
#include <boost/test/unit_test.hpp>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A server of a case's model.
struct Case {
  explicit Case(const std::string& name) : files(source("tests/cases/" + name)) {}

  fs::path files;
  TemporaryFolder folder;
  ServerOptions options{.model = files / "model", .data = folder / "data"};
  Server server{options};

  Ended submit(Words words, const std::string& input = {}) const {
    words.insert(words.begin(), "submit");
    words.emplace_back("--json");
    return server.run(words, input);
  }
  std::string view(const std::string& name) const {
    server.settled();
    return server.run({"scan", name, "--order-by", "shop", "--csv"}).out;
  }
};

/// Refused, with all of this said, and nothing is in the log.
void checkRefused(const Case& test, const Ended& ended, int code, const Words& said) {
  BOOST_TEST(ended.code == code, ended.errors);
  for (const std::string& part : said) BOOST_TEST(has(ended.errors, part), ended.errors);
  BOOST_TEST(test.server.status().at("position") == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(intake)

BOOST_AUTO_TEST_CASE(a_model_whose_fields_change_places_is_refused) {
  const std::string name = "model-fields-swapped";
  const TemporaryFolder folder;
  ServerOptions options{.model = source("tests/cases/" + name) / "model", .data = folder / "data"};
  {
    Server server(options);
    const Ended ended = server.run(
        {"submit", "Booked", "--jsonl", source("tests/cases/" + name) / "input" / "booked.jsonl"});
    BOOST_TEST(ended.code == 0, ended.errors);
    BOOST_TEST(server.stop() == 0);
  }
  options.model = source("tests/cases/" + name) / "model2";
  const Ended refused = failToServe(options);
  BOOST_TEST(refused.code == 1);
  for (const char* place : {"Booked.leave: it stands where the field arrive was",
                            "Stay.arrive: it stands where the field leave was"}) {
    BOOST_TEST(has(refused.errors, place), refused.errors);
  }
  options.model = source("tests/cases/" + name) / "model";
  Server server(options);
  server.settled();
  BOOST_TEST(server.run({"scan", "nights", "--csv"}).out == "hotel,nights,last\nGrand,3,Lee\n");
}

BOOST_AUTO_TEST_CASE(a_heading_without_a_field_that_must_be_filled_is_refused) {
  const Case test("csv-column-missing");
  const std::string file = test.files / "input" / "sale.csv";
  const Words said{"nothing fills \"amount\"", "the heading is \"shop\", \"day\""};
  checkRefused(test, test.submit({"Sale", "--csv", file}), 1, said);
  checkRefused(test, test.submit({"Sale", "--csv", file, "--strict"}), 1, said);
  checkRefused(test, test.submit({"Sale", "--set", "shop=A", "day=2024-01-01"}), 2,
               {"nothing fills \"amount\""});
  checkRefused(test, test.submit({"Sale", "--csv", "-"}, "a;b\n1;2\n"), 1,
               {"no column of the heading", "\"a;b\"", "--separator"});
  BOOST_TEST(
      test.submit({"Sale", "--csv", "-", "--separator", ";"}, "amount;day\n1;2024-01-01\n").code ==
      0);
  BOOST_TEST(
      test.submit({"Sale", "--csv", "-", "--separator", "tab"}, "amount\tday\n2\t2024-01-02\n")
          .code == 0);
  BOOST_TEST(test.view("sales") == "shop,n,s,d\n,2,3.00,2024-01-01\n");
}

BOOST_AUTO_TEST_CASE(a_field_that_can_be_null_is_told_once) {
  const Case test("csv-column-missing");
  const Ended csv = test.submit({"Sale", "--csv", "-"}, "amount,day\n1,2024-01-01\n2,2024-01-01\n");
  BOOST_TEST(csv.code == 0);
  BOOST_TEST(has(csv.errors, "no column fills shop: NULL in every line"), csv.errors);
  const Ended json =
      test.submit({"Sale", "--jsonl", "-"},
                  "{\"amount\":1,\"day\":\"2024-01-01\"}\n{\"amount\":2,\"day\":\"2024-01-01\"}\n");
  BOOST_TEST(json.code == 0);
  BOOST_TEST(has(json.errors, "line 1 has no \"shop\""), json.errors);
  BOOST_TEST(!has(json.errors, "line 2"), json.errors);
}

BOOST_AUTO_TEST_CASE(records_of_another_command_are_bad) {
  const Case test("jsonl-keys-of-another-command");
  const std::string file = test.files / "input" / "sale.jsonl";
  const Ended ended = test.submit({"Sale", "--jsonl", file});
  BOOST_TEST(ended.code == 3, ended.errors);
  const Json summary = jsonLines(ended.out).back();
  BOOST_TEST(summary.at("accepted") == 1);  // keys match whatever their case
  BOOST_TEST(summary.at("bad_lines") == 2);
  BOOST_TEST(has(ended.errors, "line 2: it has no field of the command"), ended.errors);
  BOOST_TEST(test.view("sales") == "shop,n,s,d\nA,1,12.50,2024-01-01\n");
}

BOOST_AUTO_TEST_CASE(lines_may_end_with_a_return) {
  const Case test("csv-cr-line-ends");
  const Ended ended = test.submit({"Sale", "--csv", test.files / "input" / "sale.csv"});
  BOOST_TEST(ended.code == 0, ended.errors);
  BOOST_TEST(test.view("sales") == "shop,n,s,d\nB,1,5.00,2024-01-01\nC,1,6.00,2024-01-02\n");
}

BOOST_AUTO_TEST_CASE(byte_order_marks_are_passed_over) {
  const Case test("csv-cr-line-ends");
  const std::string marks = "\xef\xbb\xbf\xef\xbb\xbf";
  BOOST_TEST(
      test.submit({"Sale", "--csv", "-"}, marks + "shop,amount,day\nB,5,2024-01-01\n").code == 0);
  BOOST_TEST(test.submit({"Sale", "--jsonl", "-"},
                         marks + "{\"shop\":\"C\",\"amount\":6,\"day\":\"2024-01-02\"}\n")
                 .code == 0);
  BOOST_TEST(test.view("sales") == "shop,n,s,d\nB,1,5.00,2024-01-01\nC,1,6.00,2024-01-02\n");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_text_are_refused_once) {
  const Case test("csv-cr-line-ends");
  using namespace std::string_literals;
  const std::pair<std::string, std::string> files[] = {
      {"\xff\xfes\0h\0"s, "UTF-16"}, {"s\0h\0o\0p\0"s, "UTF-16"}, {"\x1f\x8b\x08\0"s, "gzip"},
      {"PK\x03\x04\x14"s, "xlsx"},   {"shop,am\0unt\n"s, "NUL"},
  };
  for (const auto& [bytes, what] : files) {
    checkRefused(test, test.submit({"Sale", "--csv", "-"}, bytes), 1, {what});
    checkRefused(test, test.submit({"Sale", "--jsonl", "-"}, bytes), 1, {what});
  }
  checkRefused(test, test.submit({"Sale", "--jsonl", "-"}, "[\n{\"shop\":\"A\"}]\n"), 1,
               {"a JSON array", "jq -c '.[]'"});
  checkRefused(test, test.submit({"Sale", "--jsonl", "-"}, "{\n\"shop\":\"A\"}\n"), 1,
               {"several lines long", "jq -c ."});
}

BOOST_AUTO_TEST_CASE(a_changed_file_under_known_numbers_is_rejected) {
  const Case test("retry-with-a-changed-file");
  const auto send = [&test](const std::string& file, int code) {
    const Ended ended = test.submit({"Paid", "--csv", test.files / "input" / file, "--client",
                                     "123e4567-e89b-12d3-a456-426614174000"});
    BOOST_TEST(ended.code == code, ended.errors);
    return jsonLines(ended.out).back();
  };
  BOOST_TEST(send("monday.csv", 0).at("accepted") == 3);
  for (int i = 0; i < 2; ++i) {
    const Json changed = send("monday2.csv", 3);
    BOOST_TEST(changed.at("rejected") == 3, changed.dump());
    BOOST_TEST(changed.at("accepted").get<int>() + changed.at("duplicates").get<int>() == 1);
    BOOST_TEST(changed.at("reasons").dump().find("number 1 of this client was another command") !=
               std::string::npos);
    BOOST_TEST(send("monday.csv", 0).at("duplicates") == 3);
  }
}

BOOST_AUTO_TEST_CASE(times_with_an_offset_are_made_utc) {
  const Case test("timestamp-with-offset");
  BOOST_TEST(test.submit({"Ping", "--csv", test.files / "input" / "ping.csv"}).code == 0);
  BOOST_TEST(test.submit({"Ping", "--set", "at=2024-02-29 10:00:00+01"}).code == 0);
  BOOST_TEST(test.submit({"Ping", "--set", "at=2024-02-29 10:00:00"}).code == 0);
  BOOST_TEST(
      test.submit({"Ping", "--jsonl", "-"},
                  "{\"at\":\"2024-02-29T10:00:00Z\"}\n{\"at\":\"2024-02-29T23:00:00-0230\"}\n")
          .code == 0);
  BOOST_TEST(test.submit({"Ping", "--set", "at=2024-02-29 10:00:00 Europe/Berlin"}).code == 3);
  test.server.settled();
  BOOST_TEST(test.server.run({"sql", "SELECT at FROM pings ORDER BY at", "--csv"}).out ==
             "at\n2024-02-29 04:30:00\n2024-02-29 09:00:00\n2024-02-29 10:00:00\n"
             "2024-02-29 10:00:00\n2024-03-01 01:30:00\n");
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_called_so) {
  const Case test("csv-column-missing");
  const Ended ended = test.submit({"Sale", "--jsonl", "-"},
                                  "{\"amount\":1e400,\"day\":\"2024-01-01\"}\n"
                                  "{\"amount\":99999999999999999999,\"day\":\"2024-01-01\"}\n"
                                  "{\"amount\":1,\"day\":\"2024-01-01T10:00:00+02:00\"}\n");
  BOOST_TEST(ended.code == 3);
  BOOST_TEST(has(ended.errors, "line 1: the number 1e400 is out of the range"), ended.errors);
  BOOST_TEST(has(ended.errors, "out of the field's range"), ended.errors);
  BOOST_TEST(has(ended.errors, "a date has none"), ended.errors);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
