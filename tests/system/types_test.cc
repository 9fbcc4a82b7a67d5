// Every type and annotation, from the command line to the log and back, in every form of output.
#include <boost/test/unit_test.hpp>

#include "client/client.h"
#include "tests/system/server.h"
#include "zoo_views.capnp.h"

namespace facet::system_test {
namespace {

struct Zoo {
  const TemporaryFolder folder;
  Server server{{source("tests/system/models/zoo"), folder / "data"}};

  Ended buy(const Words& fields) const {
    Words words{"submit", "AnimalBought", "--json", "--set"};
    words.insert(words.end(), fields.begin(), fields.end());
    return server.run(words);
  }

  std::string csv(const Words& arguments) const {
    Words words = arguments;
    words.emplace_back("--csv");
    return server.run(words).out;
  }
};

const Words kLargest = {"kind=bigMammal",
                        "tag=9223372036854775807",
                        "name=a \"b\", c",
                        "born=2020-02-29",
                        "seen=2021-01-01 10:00:00.5",
                        "weight=999999999999999.999",
                        "photo=\\x00ff",
                        "tame=true",
                        "i8=-128",
                        "i16=-32768",
                        "u8=255",
                        "u16=65535",
                        "u32=4294967295",
                        "u64=18446744073709551615",
                        "f32=1.5",
                        "f64=1e300",
                        "names={a,\"b c\",\"\"}",
                        "scores={1,-2}",
                        "home.cage=north",
                        "home_row=3",
                        "spot.lat=-2.25",
                        "spot.lon=0.5",
                        "legs=4",
                        "gone=2022-01-01",
                        "price=-0.50",
                        "prey=bird"};

const char* const kLargestJson =
    R"({"kind":"bigMammal","tag":"9223372036854775807","name":"a \"b\", c","born":"2020-02-29",)"
    R"("seen":"2021-01-01 10:00:00.5","weight":"999999999999999.999","photo":"\\x00ff",)"
    R"("tame":true,"i8":-128,"i16":-32768,"u8":255,"u16":65535,"u32":"4294967295",)"
    R"("u64":"18446744073709551615","f32":1.5,"f64":1e+300,"names":["a","b c",""],)"
    R"("scores":[1,-2],"home_cage":"north","home_row":3,"spot_lat":-2.25,"spot_lon":0.5,)"
    R"("legs":4,"gone":"2022-01-01","price":"-0.50","prey":"bird"})";

const char* const kHeading =
    "kind,tag,name,born,seen,weight,photo,tame,i8,i16,u8,u16,u32,u64,f32,f64,names,scores,"
    "home_cage,home_row,spot_lat,spot_lon,legs,gone,price,prey\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(types, Zoo)

BOOST_AUTO_TEST_CASE(the_largest_values_come_back_as_they_were_given) {
  BOOST_TEST(buy(kLargest).code == 0);
  server.settled();
  const Json expected = Json::parse(kLargestJson);
  const std::string key = "[\"bigMammal\", 9223372036854775807]";
  BOOST_TEST(server.row({"get", "animals", key}) == expected);
  BOOST_TEST(server.row({"get", "everything", key}) == expected);
  BOOST_TEST(server.row({"scan", "everything"}) == expected);
  BOOST_TEST(server.row({"sql", "SELECT * FROM animals WHERE u64 = 18446744073709551615"}) ==
             expected);
  BOOST_TEST(server.row({"log", "show"}).at("data") == expected);
  BOOST_TEST(csv({"scan", "animals"}) ==
             kHeading +
                 std::string("bigMammal,9223372036854775807,\"a \"\"b\"\", c\",2020-02-29,"
                             "2021-01-01 10:00:00.5,999999999999999.999,\\x00ff,t,-128,-32768,"
                             "255,65535,4294967295,18446744073709551615,1.5,1e+300,"
                             "\"{a,\"\"b c\"\",\"\"\"\"}\",\"{1,-2}\",north,3,-2.25,0.5,4,"
                             "2022-01-01,-0.50,bird\n"));
}

BOOST_AUTO_TEST_CASE(what_is_not_given_is_null_or_the_default) {
  BOOST_TEST(buy({"kind=bird", "name="}).code == 0);
  BOOST_TEST(
      buy({"kind=bird", "tag=1", "legs=-1", "gone=1970-01-01", "price=-1", "prey=fish"}).code == 0);
  server.settled();
  const std::string defaults = "1970-01-01,1970-01-01 00:00:00,0.000,,f,0,0,0,0,0,0,0,0,,,,0,0,0,";
  BOOST_TEST(csv({"scan", "animals", "--order-by", "tag"}) ==
             kHeading + std::string("bird,0,\"\",") + defaults + ",,,\n" + "bird,1,," + defaults +
                 ",,,\n");
}

BOOST_AUTO_TEST_CASE(numbers_of_20_digits_are_grouped_compared_and_keyed) {
  BOOST_TEST(buy({"tag=1", "u64=18446744073709551615", "weight=1.5"}).code == 0);
  BOOST_TEST(buy({"tag=2", "u64=18446744073709551615", "weight=2"}).code == 0);
  BOOST_TEST(buy({"tag=3", "u64=18446744073709551614"}).code == 0);
  server.settled();
  const Json row = server.row({"get", "by_number", "18446744073709551615"});
  BOOST_TEST(row.at("animals") == "2");
  BOOST_TEST(row.at("most") == "18446744073709551615");
  BOOST_TEST(csv({"scan", "by_number", "--after", "18446744073709551614"}) ==
             "u64,animals,least,most,weight\n"
             "18446744073709551615,2,18446744073709551615,18446744073709551615,3.500\n");
  BOOST_TEST(csv({"sql", "SELECT count(*), max(u64) FROM everything WHERE u64 > $1",
                  "18446744073709551614"}) == "count,max\n2,18446744073709551615\n");
}

BOOST_AUTO_TEST_CASE(what_a_field_cannot_hold_is_refused_with_its_name) {
  const std::pair<std::string, std::string> wrong[] = {{"i8", "128"},      {"u64", "-1"},
                                                       {"kind", "mouse"},  {"born", "mouse"},
                                                       {"photo", "\\xzz"}, {"tame", "mouse"}};
  for (const auto& [field, value] : wrong) {
    const Ended ended = buy({field + "=" + value});
    BOOST_TEST(ended.code == 3, field);
    BOOST_TEST(ended.errors.find("\"" + field + "\"") != std::string::npos, ended.errors);
    BOOST_TEST(jsonLines(ended.out).back().at("bad_lines") == 1);
  }
  BOOST_TEST(buy({"weight=1000000000000000"}).code == 3);  // 19 digits
  BOOST_TEST(buy({"weight=0.0005"}).code == 3);
  BOOST_TEST(server.status().at("position") == 0);
}

BOOST_AUTO_TEST_CASE(json_lines_know_lists_and_groups) {
  const std::string lines =
      "{\"tag\":1,\"names\":[\"a\",\"b,c\"],\"scores\":[],\"home\":{\"cage\":\"c\"},"
      "\"u64\":18446744073709551615}\n"
      "{\"tag\":2,\"name\":[\"a\"]}\n"
      "{\"tag\":3,\"names\":\"a\"}\n";
  const Ended ended = server.run({"submit", "AnimalBought", "--jsonl", "-", "--json"}, lines);
  BOOST_TEST(ended.code == 3);
  BOOST_TEST(ended.errors.find("line 2: \"name\" takes no list") != std::string::npos,
             ended.errors);
  BOOST_TEST(ended.errors.find("line 3: \"names\"") != std::string::npos, ended.errors);
  server.settled();
  const Json row = server.row({"scan", "animals"});
  BOOST_TEST(row.at("names") == Json({"a", "b,c"}));
  BOOST_TEST(row.at("scores") == Json::array());
  BOOST_TEST(row.at("home_cage") == "c");
  BOOST_TEST(row.at("u64") == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(lists_are_lists_in_typed_rows) {
  BOOST_TEST(buy(kLargest).code == 0);
  server.settled();
  Client client({.addresses = {server.address()}});
  auto view = client.view<capnp::List<EverythingKey>, capnp::List<Everything>>(
      "everything", capnp::typeId<Everything>());
  const auto answer = client.wait(view.scanRequest().send());
  BOOST_REQUIRE(answer.getRows().size() == 1U);
  const auto animal = answer.getRows()[0];
  BOOST_REQUIRE(animal.getNames().size() == 3U);
  BOOST_TEST(animal.getNames()[1].cStr() == std::string("b c"));
  BOOST_REQUIRE(animal.getScores().size() == 2U);
  BOOST_TEST(animal.getScores()[1] == -2);
}

BOOST_AUTO_TEST_CASE(a_command_may_emit_several_events_and_only_some) {
  BOOST_TEST(buy({"kind=fish", "tag=7", "weight=10"}).code == 0);
  const auto weigh = [this](const std::string& weight) {
    return server.run({"submit", "Weigh", "--set", "kind=fish", "tag=7", "weight=" + weight}).code;
  };
  BOOST_TEST(weigh("12") == 0);
  BOOST_TEST(weigh("11.5") == 0);
  BOOST_TEST(weigh("0") == 3);
  BOOST_TEST(server.settled().at("position") == 4);
  const Json alarm = server.row({"scan", "alarms"});
  BOOST_TEST(alarm.at("position") == "4");
  BOOST_TEST(alarm.at("message") == "lost 0.500");
  BOOST_TEST(alarm.at("at") == server.row({"log", "tail", "--limit", "1"}).at("time"));
  BOOST_TEST(csv({"scan", "weighed"}) == "kind,times,weight\nfish,2,23.500\n");
  const Words sell = {"submit", "AnimalSold", "--set", "kind=fish", "tag=7"};
  BOOST_TEST(server.run(sell).code == 0);
  BOOST_TEST(server.run(sell).code == 3);
  BOOST_TEST(weigh("12") == 3);
}

// A stock is a UInt64: a row with -1 in it could not be sent to anybody.
BOOST_AUTO_TEST_CASE(a_set_that_leaves_the_range_of_its_column_rejects_the_command) {
  const TemporaryFolder place;
  fs::create_directory(place / "model");
  writeFile(place / "model" / "stock.capnp", R"(@0xb1e7d3c95a4f2680;
using Facet = import "/facet/model.capnp";
struct Stocks $Facet.table(key = ["sku"]) { sku @0 :Text; pieces @1 :UInt64; }
struct Filled $Facet.event(writes = [(table = "Stocks", how = upsert)])
  $Facet.command(emits = [(event = "Filled")]) {
  sku @0 :Text; pieces @1 :UInt64;
}
struct Taken $Facet.event(writes = [(table = "Stocks", how = update,
    set = [(field = "pieces", to = "stocks.pieces - pieces")])])
  $Facet.command(emits = [(event = "Taken")]) { sku @0 :Text; pieces @1 :Int32; }
)");
  const Server shop({place / "model", place / "data"});
  const auto take = [&](const char* pieces) {
    return shop.run({"submit", "Taken", "--set", "sku=a", std::string("pieces=") + pieces});
  };
  BOOST_TEST(shop.run({"submit", "Filled", "--set", "sku=a", "pieces=18446744073709551615"}).code ==
             0);
  BOOST_TEST(take("-1").code == 3);
  BOOST_TEST(take("5").code == 0);
  BOOST_TEST(shop.run({"submit", "Filled", "--set", "sku=a", "pieces=3"}).code == 0);
  const Ended tooMany = take("4");
  BOOST_TEST(tooMany.code == 3);
  BOOST_TEST((tooMany.out + tooMany.errors).find("a value for stocks") != std::string::npos);
  shop.settled();
  BOOST_TEST(shop.row({"sql", "SELECT * FROM stocks"}).at("pieces") == "3");
}

// A decimal is an Int64 in rows of tables.
BOOST_AUTO_TEST_CASE(a_set_that_makes_more_than_18_digits_rejects_the_command) {
  const TemporaryFolder place;
  fs::create_directory(place / "model");
  writeFile(place / "model" / "bank.capnp", R"(@0xb1e7d3c95a4f2681;
using Facet = import "/facet/model.capnp";
struct Accounts $Facet.table(key = ["id"]) { id @0 :Int32; sum @1 :Int64 $Facet.decimal(2); }
struct Paid $Facet.event(writes = [(table = "Accounts", how = upsert,
    set = [(field = "sum", to = "coalesce(accounts.sum, 0) + paid")])]) {
  id @0 :Int32; paid @1 :Int64 $Facet.decimal(2);
}
struct Pay $Facet.command(
    emits = [(event = "Paid", set = [(field = "paid", to = "amount * times")])]) {
  id @0 :Int32; amount @1 :Int64 $Facet.decimal(2); times @2 :Int32;
}
)");
  const Server bank({place / "model", place / "data"});
  const auto pay = [&](const std::string& amount, const std::string& times) {
    return bank.run({"submit", "Pay", "--set", "id=1", "amount=" + amount, "times=" + times});
  };
  BOOST_TEST(pay("9999999999999999.99", "1").code == 0);
  const Ended table = pay("0.01", "1");
  BOOST_TEST(table.code == 3);
  BOOST_TEST((table.out + table.errors).find("a value for accounts") != std::string::npos);
  const Ended event = pay("5000000000000000", "2");
  BOOST_TEST(event.code == 3);
  BOOST_TEST((event.out + event.errors).find("Paid: value overflows numeric format") !=
             std::string::npos);
  BOOST_TEST(pay("-4999999999999999", "4").code == 3);
  BOOST_TEST(pay("-4999999999999999.99", "2").code == 0);
  bank.settled();
  BOOST_TEST(bank.row({"get", "accounts", "1"}).at("sum") == "0.01");
}

struct Products {
  const TemporaryFolder place;
  std::optional<Server> shop;

  Products() {
    fs::create_directory(place / "model");
    writeFile(place / "model" / "shop.capnp", R"(@0xb1e7d3c95a4f2682;
using Facet = import "/facet/model.capnp";
struct Sold $Facet.event() $Facet.command(emits = [(event = "Sold")]) {
  n @0 :Int64; price @1 :Int64 $Facet.decimal(2); u @2 :UInt64; f @3 :Float64;
}
)");
    writeFile(place / "model" / "views.sql", R"(
CREATE MATERIALIZED VIEW amounts AS
  SELECT n * price AS amount, count(*) AS times FROM sold GROUP BY n * price;
CREATE MATERIALIZED VIEW sums AS
  SELECT sum(u) AS us, max(u) AS u, sum(n) AS ns, sum(n * price) AS amount, avg(n * price) AS mean,
    round(avg(price), 1) AS rounded, round(sum(price), -2) AS hundreds, -max(u) AS negative,
    count(*) * 0.0000000001 AS tiny, sum(CASE WHEN n > 0 THEN 1.5 ELSE 0.25 END) AS mixed,
    sum(n * price) FILTER (WHERE n = 0) AS none, sum(f)::numeric AS f
  FROM sold;
CREATE INDEX ON amounts (amount DESC);
)");
    shop.emplace(ServerOptions{place / "model", place / "data"});
    const std::string lines =
        "{\"n\":9223372036854775807,\"price\":\"99999999999999.99\",\"u\":\"18446744073709551615\","
        "\"f\":1e15}\n"
        "{\"n\":-9223372036854775808,\"price\":\"12.5\",\"u\":\"18446744073709551615\",\"f\":0.5}\n"
        "{\"n\":9223372036854775807,\"price\":\"0.01\",\"u\":1,\"f\":0}\n"
        "{\"n\":2,\"price\":\"1.00\",\"u\":0,\"f\":0}\n";
    const Ended done = shop->run({"submit", "Sold", "--jsonl", "-", "--strict"}, lines);
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    shop->settled();
  }

  Json one(const Words& words) const { return shop->row(words); }
  std::string csvOf(Words words) const {
    words.emplace_back("--csv");
    const Ended ended = shop->run(words);
    BOOST_TEST(ended.code == 0, ended.errors);
    return ended.out;
  }
};

BOOST_FIXTURE_TEST_CASE(rows_are_keyed_and_ordered_by_numerics_of_any_size, Products) {
  const std::string least = "-115292150460684697600.00";
  const std::string most = "922337203685477488466279631452241.93";
  for (int run = 0; run < 2; ++run) {
    for (const std::string& amount : {least, most, std::string("92233720368547758.07")}) {
      BOOST_TEST(one({"get", "amounts", "[" + amount + "]"}).at("amount") == amount);
    }
    BOOST_TEST(shop->run({"get", "amounts", "922337203685477488466279631452241.94"}).code == 1);
    const std::string all =
        "amount,times\n" + least + ",1\n2.00,1\n92233720368547758.07,1\n" + most + ",1\n";
    BOOST_TEST(csvOf({"scan", "amounts", "--order-by", "amount"}) == all);
    BOOST_TEST(csvOf({"sql", "SELECT * FROM amounts ORDER BY amount"}) == all);
    BOOST_TEST(csvOf({"scan", "amounts", "--after", "92233720368547758.07"}) ==
               "amount,times\n" + most + ",1\n");
    BOOST_TEST(csvOf({"scan", "amounts", "--where", "amount > 92233720368547758.07"}) ==
               "amount,times\n" + most + ",1\n");
    BOOST_TEST(csvOf({"sql", "SELECT amount FROM amounts WHERE amount = $1", most}) ==
               "amount\n" + most + "\n");
    if (run == 0) BOOST_REQUIRE(shop->run({"snapshot", "create"}).code == 0);
    if (run == 0) shop.reset();
    if (run == 0) shop.emplace(ServerOptions{place / "model", place / "data", 4});
  }
}

// As PostgreSQL 15 answers.
BOOST_FIXTURE_TEST_CASE(sums_of_every_exact_type_have_all_their_digits, Products) {
  const std::string expected =
      "us,u,ns,amount,mean,rounded,hundreds,negative,tiny,mixed,none,f\n"
      "36893488147419103231,18446744073709551615,9223372036854775808,"
      "922337203685362288549539315302402.00,230584300921340572137384828825600.50,"
      "25000000000003.4,100000000000000,-18446744073709551615,0.0000000004,4.75,,"
      "1000000000000000\n";
  const std::string row = csvOf({"sql", "SELECT * FROM sums"});
  BOOST_TEST(row == expected);
  BOOST_TEST(csvOf({"scan", "sums"}) == expected);
}

BOOST_FIXTURE_TEST_CASE(queries_add_up_as_views_do, Products) {
  const auto value = [&](const std::string& expression) {
    const Ended ended = shop->run({"sql", "SELECT " + expression + " AS x FROM amounts", "--csv"});
    return ended.code == 0 ? ended.out.substr(2) : ended.errors;
  };
  const std::string tooLarge = "34028236692093846346337460743";
  BOOST_TEST(value("sum(CASE WHEN amount = 2 THEN " + tooLarge + " ELSE 0.0000000001 END)")
                 .find("value overflows numeric format") != std::string::npos);
  BOOST_TEST(value("avg('1.7e308'::float8)").find("value out of range") != std::string::npos);
  BOOST_TEST(value("avg(4503599627370497::float8)") == "4.503599627370497e+15\n");
  BOOST_TEST(value("max(CASE WHEN amount = 2 THEN 1.0 ELSE 1.0 END)") == "1.0\n");
  BOOST_TEST(value("sum(1e34)") == "40000000000000000000000000000000000\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
