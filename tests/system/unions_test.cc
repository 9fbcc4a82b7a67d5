// Numbers that can be NULL: unions of a Void and one field, from files and clients into the log and
// out again.
#include <boost/test/unit_test.hpp>

#include "client/client.h"
#include "readings.capnp.h"
#include "readings_views.capnp.h"
#include "tests/system/model_server.h"

namespace facet::system_test {
namespace {

constexpr const char* kJson =
    R"({"sensor": "full", "amount": -1.25, "count": "18446744073709551615", "ok": false, )"
    R"("ratio": 0.25, "day": "1970-01-01", "at": "2024-02-29T10:00:00", "quality": "good", )"
    R"("note": "", "raw": "\\x00ff", "tags": [], "place": {"floor": -2, "name": "cellar"}, )"
    R"("limits": {"low": 0}, "parts": [{"label": "a", "price": 0, "quality": "poor"}, )"
    R"({"price": null}, {"quality": "good"}]})"
    "\n"
    R"({"sensor": "zero", "amount": 0, "count": 0, "quality": "poor"})"
    "\n"
    R"({"sensor": "none", "amount": null, "count": null, "place": {"floor": null}})"
    "\n"
    R"({"sensor": "bare"})"
    "\n";
constexpr const char* kCsv =
    "sensor,amount,count,note,tags,placeFloor,parts\n"
    "csv,12.5,7,\"\",\"{1,2}\",3,\"{\"\"(x,,)\"\",\"\"(y,0.50,good)\"\"}\"\n"
    "csv none,,,,,,\n";

/// What table sensors has for sensor "full".
constexpr const char* kFull =
    R"({"sensor":"full","amount":"-1.25","doubled":"-2.50","count":"18446744073709551615",)"
    R"("ok":false,"ratio":0.25,"day":"1970-01-01","at":"2024-02-29 10:00:00","quality":"good",)"
    R"("note":"","raw":"\\x00ff","tags":[],"place_floor":-2,"place_name":"cellar","limits_low":0,)"
    R"("parts":[{"label":"a","price":"0.00","quality":"poor"},)"
    R"({"label":null,"price":null,"quality":null},{"label":null,"price":null,"quality":"good"}]})";

struct Lab : ModelServer {
  Lab() : ModelServer("readings") {}

  static void fill(const Server& server) {
    submit(server, "Measure", "--jsonl", kJson);
    submit(server, "Measure", "--csv", kCsv);
    for (const Words& set : {Words{"sensor=set", "amount=0.01", "place.floor=0"},
                             Words{"sensor=set none", "note=x"}}) {
      Words words = {"submit", "Measure"};
      for (const std::string& one : set) words.insert(words.end(), {"--set", one});
      const Ended done = server.run(words);
      BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    }
    server.settled();
  }

  static Json sensor(const Server& server, const std::string& name) {
    return server.row({"get", "sensors", name});
  }

  /// Every column but the named ones is NULL.
  static void checkNulls(const Json& row, const std::map<std::string, Json>& others) {
    for (const auto& [column, value] : row.items()) {
      const auto other = others.find(column);
      if (column == "sensor") continue;
      BOOST_TEST(value == (other == others.end() ? Json(nullptr) : other->second),
                 row.at("sensor") << "." << column << ": " << value);
    }
  }

  static void checkRows(const Server& server) {
    BOOST_TEST(sensor(server, "full") == Json::parse(kFull));
    checkNulls(sensor(server, "zero"),
               {{"amount", "0.00"}, {"doubled", "0.00"}, {"count", "0"}, {"quality", "poor"}});
    for (const char* const name : {"none", "bare", "csv none"}) {
      checkNulls(sensor(server, name), {});
    }
    checkNulls(sensor(server, "csv"),
               {{"amount", "12.50"},
                {"doubled", "25.00"},
                {"count", "7"},
                {"note", ""},
                {"tags", {1, 2}},
                {"place_floor", 3},
                {"parts",
                 {{{"label", "x"}, {"price", nullptr}, {"quality", nullptr}},
                  {{"label", "y"}, {"price", "0.50"}, {"quality", "good"}}}}});
    checkNulls(sensor(server, "set"),
               {{"amount", "0.01"}, {"doubled", "0.02"}, {"place_floor", 0}});
    checkNulls(sensor(server, "set none"), {{"note", "x"}});
    checkViews(server);
  }

  /// NULL is neither counted nor summed, nor equal to anything.
  static void checkViews(const Server& server) {
    const Json good = server.row({"get", "totals", "good"});
    BOOST_TEST(good.at("amount") == "-1.25");
    const Json others = server.row({"scan", "totals", "--where", "quality IS NULL"});
    BOOST_TEST(others == Json::parse(R"({"quality":null,"readings":"6","known":"2",)"
                                     R"("amount":"12.51","unknown":"4","most":"25.00"})"));
    const Json none = server.row({"get", "floors", "none"});
    BOOST_TEST(none == Json::parse(R"({"sensor":"none","place_floor":null,"amount":null,)"
                                   R"("shown":"-1","positive":null,"ok":null})"));
    BOOST_TEST(server.rows({"scan", "floors", "--where", "amount > 0"}).size() == 2U);
    BOOST_TEST(server.rows({"scan", "floors", "--where", "NOT amount > 0"}).size() == 2U);
    BOOST_TEST(server.rows({"sql", "SELECT 1 AS x FROM sensors WHERE amount IS NULL"}).size() ==
               4U);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(unions)

BOOST_FIXTURE_TEST_CASE(they_are_columns_that_can_be_null_also_after_crash_and_snapshot, Lab) {
  const Json logged = keepsRows(fill, checkRows, 8);
  BOOST_TEST(logged.at("data") == Json::parse(kFull));
}

BOOST_FIXTURE_TEST_CASE(rules_see_null, Lab) {
  const Server server(options);
  const auto code = [&](const std::string& amount) {
    return server.run({"submit", "Measure", "--jsonl", "-"}, "{\"sensor\": \"a\"" + amount + "}\n")
        .code;
  };
  BOOST_TEST(code(", \"amount\": -101") == 3);
  BOOST_TEST(code(", \"amount\": null") == 0);
  BOOST_TEST(code("") == 0);
  BOOST_TEST(code(", \"amount\": -99.99") == 0);
}

BOOST_FIXTURE_TEST_CASE(what_csv_gives_is_taken_as_csv, Lab) {
  const Server server(options);
  fill(server);
  const Words select = {"sql",
                        "SELECT sensor, amount, count, ok, ratio, day, at, quality, note, raw, "
                        "tags, place_floor, limits_low, parts FROM sensors ORDER BY sensor",
                        "--csv"};
  const Ended out = server.run(select);
  BOOST_TEST(out.code == 0, out.errors);
  const Ended in = server.run({"submit", "Measure", "--csv", "-", "--strict"}, out.out);
  BOOST_TEST(in.code == 0, in.errors);
  server.settled();
  BOOST_TEST(server.run(select).out == out.out);
}

BOOST_FIXTURE_TEST_CASE(what_a_member_cannot_hold_is_a_bad_line, Lab) {
  const Server server(options);
  const auto says = [&](const std::string& field, const std::string& text) {
    const Ended done = server.run({"submit", "Measure", "--jsonl", "-", "--strict"},
                                  "{\"sensor\": \"a\", " + field + "}\n");
    BOOST_TEST(done.code == 3);
    BOOST_TEST(done.errors.find(text) != std::string::npos, done.errors);
  };
  says("\"amount\": 0.001", "has more than 2 digits after the point");
  says("\"amount\": \"x\"", "is not of type numeric(18,2)");
  says("\"place\": {\"floor\": 40000}", "\"place.floor\"");
  says("\"amount\": {\"value\": 5}", "\"amount\" takes no object");
  says("\"parts\": [{\"price\": {\"value\": 5}}]", "\"parts.price\" takes no object");
  says("\"quality\": \"fair\"", "is none of the enum's values");
  says("\"parts\": [{\"price\": 0.001}]", "has more than 2 digits after the point");
}

BOOST_FIXTURE_TEST_CASE(typed_clients_write_the_union_and_read_a_bit, Lab) {
  const Server server(options);
  Client client{{.addresses = {server.address()}}};
  Batch batch = client.batch(1, 200);
  auto commands = batch.add<::Measure>("Measure", 3);
  commands[0].setSensor("value");
  commands[0].initAmount().setValue(-125);
  commands[0].initCount().setValue(3);
  commands[0].initPlace().initFloor().setNumber(0);
  commands[0].initParts(1)[0].initPrice().setValue(50);
  commands[1].setSensor("none");
  commands[1].initAmount().setValue(7);
  commands[1].getAmount().setNone();
  commands[1].initCount().setNone();
  commands[2].setSensor("unset");  // the member that has the smaller ordinal counts
  const BatchReply reply = client.submit(kj::mv(batch));
  BOOST_TEST(reply.accepted == 3U);
  auto view = client.view<capnp::List<::SensorsKey>, capnp::List<::SensorsRow>>(
      "sensors", capnp::typeId<::SensorsRow>());
  auto request = view.getRequest();
  auto keys = request.initKeys(3);
  keys[0].setSensor("value");
  keys[1].setSensor("none");
  keys[2].setSensor("unset");
  client.readAfterWrite(request.initRead());
  const auto answer = client.wait(request.send());
  const auto value = answer.getRows()[0];
  BOOST_TEST(!value.getAmountIsNull());
  BOOST_TEST(value.getAmount() == -125);
  BOOST_TEST(value.getDoubled() == -250);
  BOOST_TEST(value.getCount() == 3U);
  BOOST_TEST(!value.getPlaceFloorIsNull());
  BOOST_TEST(value.getParts()[0].getPrice() == 50);
  BOOST_TEST(!value.getParts()[0].getPriceIsNull());
  BOOST_TEST(answer.getRows()[1].getAmountIsNull());
  BOOST_TEST(answer.getRows()[1].getDoubledIsNull());
  BOOST_TEST(answer.getRows()[1].getCountIsNull());
  BOOST_TEST(answer.getRows()[1].getPlaceFloorIsNull());
  BOOST_TEST(answer.getRows()[2].getAmountIsNull());
  BOOST_TEST(!answer.getRows()[2].getCountIsNull());
}

BOOST_FIXTURE_TEST_CASE(clients_without_a_schema_write_the_union_by_its_description, Lab) {
  const Server server(options);
  Client client{{.addresses = {server.address()}}};
  const RelationShape command = client.describe("Measure");
  const auto write = [&](const char* field, std::optional<std::string_view> text,
                         capnp::AnyStruct::Builder out) {
    BOOST_TEST(writeField(*command.row.find(field), text, out) == "");
  };
  Batch batch = client.batch(1, 200);
  auto items = batch.add(command, 2);
  for (const ColumnShape& column : command.row.columns) {
    write(column.name.c_str(), std::nullopt, items[0]);
  }
  write("sensor", "nulls", items[0]);
  write("sensor", "values", items[1]);
  write("amount", "-1.25", items[1]);
  write("count", "0", items[1]);
  write("place.floor", "4", items[1]);
  write("parts", "{\"(,,)\",\"(,0.50,poor)\"}", items[1]);
  BOOST_TEST(client.submit(kj::mv(batch)).accepted == 2U);
  server.settled();
  checkNulls(sensor(server, "nulls"), {});
  const Json values = sensor(server, "values");
  BOOST_TEST(values.at("amount") == "-1.25");
  BOOST_TEST(values.at("count") == "0");
  BOOST_TEST(values.at("place_floor") == 4);
  BOOST_TEST(values.at("parts").at(0).at("price") == nullptr);
  BOOST_TEST(values.at("parts").at(0).at("quality") == nullptr);
  BOOST_TEST(values.at("parts").at(1).at("quality") == "poor");
}

BOOST_FIXTURE_TEST_CASE(a_union_that_is_added_is_null_in_older_events_and_rows, Lab) {
  const auto model = [&](const std::string& name, const std::string& more) {
    const fs::path at = folder / name;
    fs::create_directory(at);
    writeFile(at / "a.capnp",
              "@0xd2a49c31e07b6f15;\nusing Facet = import \"/facet/model.capnp\";\n"
              "struct T $Facet.table(key = [\"id\"]) { id @0 :Text; " +
                  more +
                  " }\n"
                  "struct E $Facet.event(writes = [(table = \"T\", how = upsert)])\n"
                  "    $Facet.command(emits = [(event = \"E\")]) { id @0 :Text; " +
                  more + " }\n");
    const std::string column = more.empty() ? "id" : "id, n, d";
    writeFile(at / "views.sql", "CREATE MATERIALIZED VIEW v AS SELECT " + column + " FROM e;\n");
    return at;
  };
  ServerOptions own = options;
  own.model = model("before", "");
  {
    Server server(own);
    BOOST_TEST(server.run({"submit", "E", "--set", "id=old"}).code == 0);
    BOOST_TEST(server.run({"snapshot", "create"}).code == 0);
    BOOST_TEST(server.stop() == 0);
  }
  own.model = model("after",
                    "n :union { none @1 :Void; value @2 :Int64; } "
                    "d :union { none @3 :Void; value @4 :Int64 $Facet.decimal(2); }");
  Server server(own);
  BOOST_TEST(server.run({"submit", "E", "--set", "id=new", "--set", "n=0", "--set", "d=0"}).code ==
             0);
  server.settled();
  const auto check = [](const Server& at) {
    BOOST_TEST(at.row({"get", "t", "old"}).at("n") == nullptr);
    BOOST_TEST(at.row({"get", "t", "new"}).at("n") == "0");
    for (const char* const where : {"n IS NULL", "d IS NULL AND n IS NULL"}) {
      BOOST_TEST(at.row({"scan", "v", "--where", where}).at("id") == "old");
    }
  };
  check(server);
  server.kill();
  check(Server(own));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
