// The verbs that need no server, and what the command line says about mistakes.
#include "tests/cli/program.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace facet::test;
using Json = nlohmann::json;

namespace {

const std::string kShopStructs = R"(@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";
struct Sales $Facet.event() { shop @0 :Text; total @1 :Int64 $Facet.decimal(2); }
struct Sell $Facet.command(emits = [(event = "Sales")]) {
  shop @0 :Text; total @1 :Int64 $Facet.decimal(2);
}
)";
const std::string kShopViews =
    "CREATE MATERIALIZED VIEW by_shop AS SELECT shop, sum(total) AS total FROM sales GROUP BY "
    "shop;\n";

/// A model folder with this views.sql.
struct Shop {
  explicit Shop(const std::string& views = kShopViews) {
    folder.file("shop.capnp", kShopStructs);
    folder.file("views.sql", views);
  }
  std::string path() const { return folder.path(); }
  Folder folder;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(version_goes_to_stdout) {
  BOOST_TEST(run({"version"}).out.rfind("facet ", 0) == 0U);
  BOOST_TEST(Json::parse(run({"version", "--json"}).out).contains("version"));
  BOOST_TEST(run({"--version"}).code == 0);
}

BOOST_AUTO_TEST_CASE(check_lists_tables_events_commands_and_views) {
  const Shop shop;
  const Ran ran = run({"check", shop.path()});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(ran.out ==
             "event sales\n"
             "  shop       text\n"
             "  total      numeric(18,2) not null\n"
             "  _position  bigint not null\n"
             "  _time      timestamp without time zone not null\n"
             "\n"
             "command Sell  (emits Sales)\n"
             "  shop   text\n"
             "  total  numeric(18,2) not null\n"
             "\n"
             "view by_shop  (key shop)\n"
             "  shop   text\n"
             "  total  numeric(38,2) not null\n");
  const Json json = Json::parse(run({"check", shop.path(), "--json"}).out);
  BOOST_TEST(json["views"][0]["name"] == "by_shop");
  BOOST_TEST(json["views"][0]["key"] == Json({"shop"}));
  BOOST_TEST(json["commands"][0]["emits"] == Json({"Sales"}));
  BOOST_TEST(json["events"][0]["columns"][1]["type"] == "numeric(18,2)");
  BOOST_TEST(json["events"][0]["columns"][2]["name"] == "_position");
  BOOST_TEST(json["events"][0]["columns"][3]["type"] == "timestamp without time zone");
}

BOOST_AUTO_TEST_CASE(check_tells_every_error_with_its_place) {
  const Shop shop(
      "CREATE MATERIALIZED VIEW a AS SELECT shp FROM sales;\n"
      "CREATE MATERIALIZED VIEW b AS SELECT shop FROM sale;\n");
  const Ran ran = run({"check", shop.path()});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(ran.out.empty());
  BOOST_TEST(has(ran.err, "views.sql:1:"));
  BOOST_TEST(has(ran.err, "views.sql:2:"));
  BOOST_TEST(has(ran.err, "the model has 2 errors"));
}

BOOST_AUTO_TEST_CASE(explain_shows_one_view_or_all) {
  const Shop shop;
  BOOST_TEST(has(run({"explain", shop.path(), "by_shop"}).out, "event sales"));
  BOOST_TEST(Json::parse(run({"explain", shop.path(), "--json"}).out).contains("by_shop"));
  const Ran ran = run({"explain", shop.path(), "by_shp"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(has(ran.err, "by_shop"));
}

BOOST_AUTO_TEST_CASE(schema_speaks_capnp_and_postgres) {
  const Shop shop;
  BOOST_TEST(has(run({"schema", shop.path()}).out, "struct ByShop "));
  BOOST_TEST(has(run({"schema", shop.path(), "--postgres"}).out, "CREATE TABLE sales ("));
  BOOST_TEST(run({"schema", shop.path(), "--postgres", "--capnp"}).code == 2);
}

/// Runs a command of the shell in a folder.
std::string shell(const Folder& folder, const std::string& command) {
  std::string out;
  FILE* pipe = popen(("cd " + folder.path().string() + " && " + command + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, n);
  BOOST_TEST(pclose(pipe) == 0, out);
  return out;
}

BOOST_AUTO_TEST_CASE(the_stock_tool_compiles_what_the_guide_says) {
  const Shop shop;
  const Folder client;
  const std::string program = FACET_PROGRAM;
  shell(client, "mkdir facet && " + program + " schema --annotations > facet/model.capnp");
  shell(client, program + " schema " + shop.path() + " --capnp > views.capnp");
  shell(client, "cp " + shop.path() + "/shop.capnp .");
  shell(client, "capnp compile -I. -oc++ shop.capnp views.capnp facet/model.capnp");
  shell(client, "test -s shop.capnp.h && test -s views.capnp.h && test -s facet/model.capnp.h");
}

BOOST_AUTO_TEST_CASE(annotations_are_the_same_for_every_model) {
  const Ran ran = run({"schema", "--annotations"});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(has(ran.out, "annotation table"));
  BOOST_TEST(Json::parse(run({"schema", "--annotations", "--json"}).out).at("annotations") ==
             ran.out);
  const Ran with = run({"schema", "some/model", "--annotations"});
  BOOST_TEST(with.code == 2);
  BOOST_TEST(has(with.err, "--annotations takes no MODEL"));
  BOOST_TEST(run({"schema", "--annotations", "--capnp"}).code == 2);
  const Ran without = run({"schema"});
  BOOST_TEST(without.code == 2);
  BOOST_TEST(has(without.err, "MODEL is required"));
}

BOOST_AUTO_TEST_CASE(usage_errors_end_with_2_and_say_where_help_is) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"frobnicate"},
           {"check"},
           {"get", "v"},
           {"scan", "v", "--limit", "0"},
           {"scan", "v", "--limit", "x"},
           {"scan", "v", "--limit", "-1"},
           {"scan", "v", "--limit", "99999999999999999999"},
           {"scan", "v", "--limit", "1e3"},
           {"get", "v", "k", "--wait", "nan"},
           {"scan", "v", "--json", "--csv"},
           {"log", "nothing"},
           {"sql", "SELECT 1", "--no-such-flag"},
           {"submit", "C"},
           {"submit", "C", "--csv", "a", "--jsonl", "b"},
           {"submit", "C", "--set", "a=1", "--client", "not-a-uuid"},
           {"submit", "C", "--csv", "a", "--batch", "0"},
           {"submit", "C", "--csv", "a", "--batch", "-1"},
           {"serve", "--model", "m"},
           {"serve", "--model", "m", "--data", "d", "--memory", "2X"},
           {"serve", "--model", "m", "--data", "d", "--memory", "16383K"}}) {
    const Ran ran = run(wrong);
    BOOST_TEST_CONTEXT(ran.err) {
      BOOST_TEST(ran.code == 2);
      BOOST_TEST(ran.out.empty());
      BOOST_TEST(has(ran.err, "--help"));
    }
  }
}

BOOST_AUTO_TEST_CASE(too_little_memory_to_take_commands_is_a_usage_error) {
  const Ran ran = run({"serve", "--model", "m", "--data", "d", "--memory", "1"});
  BOOST_TEST(ran.code == 2);
  BOOST_TEST(has(ran.err, "--memory 1 leaves no room for commands: give at least 16M"));
  // Enough: what is wrong is that there is no model.
  BOOST_TEST(run({"serve", "--model", "m", "--data", "d", "--memory", "16M"}).code == 1);
}

BOOST_AUTO_TEST_CASE(verbs_of_later_versions_say_so) {
  for (const std::vector<std::string>& later : std::vector<std::vector<std::string>>{
           {"watch", "v", "--where", "n > 1"}, {"apply", "model"}}) {
    const Ran ran = run(later);
    BOOST_TEST(ran.code == 1);
    BOOST_TEST(ran.out.empty());
    BOOST_TEST(ran.err == "facet: \"" + later[0] + "\" is not yet available in this version\n");
    BOOST_TEST(run({later[0], "--nonsense"}).code == 2);
    BOOST_TEST(has(run({later[0], "--help"}).out, "  facet " + later[0]));
    BOOST_TEST(has(run({"--help"}).out, " " + later[0]));
  }
  BOOST_TEST(run({"snapshot", "frobnicate"}).code == 2);
}

BOOST_AUTO_TEST_CASE(every_verb_has_help_with_an_example) {
  for (const char* verb : {"check", "explain", "schema", "serve", "submit", "get", "scan", "sql",
                           "status", "log", "version"}) {
    const Ran ran = run({verb, "--help"});
    BOOST_TEST(ran.code == 0);
    BOOST_TEST(has(ran.out, std::string("  facet ") + verb));
    BOOST_TEST(has(run({"--help"}).out, verb));
  }
}

BOOST_AUTO_TEST_CASE(nobody_at_the_address_is_4) {
  const std::vector<std::string> nobody = {"--address", "unix:/nonexistent/socket"};
  for (std::vector<std::string> verb :
       std::vector<std::vector<std::string>>{{"status"},
                                             {"get", "v", "k"},
                                             {"scan", "v"},
                                             {"sql", "SELECT 1"},
                                             {"log", "tail"},
                                             {"submit", "C", "--set", "a=1"}}) {
    verb.insert(verb.end(), nobody.begin(), nobody.end());
    const Ran ran = run(verb);
    BOOST_TEST(ran.code == 4);
    BOOST_TEST(has(ran.err, "not reachable"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
