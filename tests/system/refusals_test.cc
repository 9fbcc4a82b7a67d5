// What is wrong is refused: with an exit code, and an error that names the place.
#include <boost/test/unit_test.hpp>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// It ended so, and its error has these words.
void checkFailed(const Ended& ended, int code, const Words& parts) {
  BOOST_TEST(ended.code == code, ended.errors);
  for (const std::string& part : parts) BOOST_TEST(has(ended.errors, part), ended.errors);
}

/// A model that begins as `counter`, and its data folder.
struct Folder {
  const TemporaryFolder folder;
  ServerOptions options = counter(folder / "data");

  Folder() {
    fs::copy(options.model, folder / "model");
    options.model = folder / "model";
  }

  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = readFile(options.model / file);
    size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    for (; at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    writeFile(options.model / file, text);
  }

  ServerOptions listeningOn(const std::string& address) const {
    ServerOptions out = options;
    out.listen = address;
    return out;
  }
};

/// The same, with ten entries in its log.
struct Written : Folder {
  Written() {
    Server server(options);
    BOOST_REQUIRE(server.run(submitEntries(), entryLines({1, 10})).code == 0);
    BOOST_REQUIRE(server.stop() == 0);
  }
};

/// The same, being served.
struct Served : Written {
  const Server server{options};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(serve_refuses)

BOOST_FIXTURE_TEST_CASE(a_folder_that_another_server_uses, Served) {
  const std::string socket = "unix:" + (folder / "other").string();
  checkFailed(failToServe(listeningOn(socket)), 1, {"in use", options.data.string()});
  checkShown(server, 10);
}

BOOST_FIXTURE_TEST_CASE(an_address_that_another_server_uses, Served) {
  ServerOptions other = listeningOn(server.address());
  other.data = folder / "other";
  checkFailed(failToServe(other), 1, {"can't listen on", server.address()});
  checkShown(server, 10);
}

BOOST_FIXTURE_TEST_CASE(a_second_start_which_leaves_folder_and_socket_to_the_first, Served) {
  checkFailed(failToServe(listeningOn(server.address())), 1, {"in use", options.data.string()});
  checkShown(server, 10);
}

BOOST_FIXTURE_TEST_CASE(a_port_that_another_server_uses, Folder) {
  const Server first(listeningOn("127.0.0.1:0"));
  ServerOptions other = listeningOn(first.address());
  other.data = folder / "other";
  checkFailed(failToServe(other), 1, {"can't listen on", first.address()});
}

BOOST_FIXTURE_TEST_CASE(addresses_that_are_none, Folder) {
  for (const char* address : {"127.0.0.1:notaport", "127.0.0.1:99999", "unix:/no/such/folder/s"}) {
    checkFailed(failToServe(listeningOn(address)), 1, {address});
  }
}

BOOST_FIXTURE_TEST_CASE(a_path_that_is_a_file_which_is_left_as_it_is, Folder) {
  writeFile(folder / "file", "precious");
  const std::string address = "unix:" + (folder / "file").string();
  checkFailed(failToServe(listeningOn(address)), 1, {address, "not by a socket"});
  BOOST_TEST(readFile(folder / "file") == "precious");
}

BOOST_FIXTURE_TEST_CASE(too_few_descriptors_to_serve_anybody, Folder) {
  Words words{"/bin/sh", "-c", "ulimit -n 100; exec \"$0\" \"$@\"", program()};
  for (const std::string& word : serveWords(options)) words.push_back(word);
  Process process(words);
  BOOST_TEST(!process.readLine());
  BOOST_TEST(process.wait() == 1);
  BOOST_TEST(has(process.errors(), "ulimit -n"), process.errors());
}

BOOST_FIXTURE_TEST_CASE(an_address_that_others_can_reach_without_insecure, Folder) {
  checkFailed(failToServe(listeningOn("0.0.0.0:0")), 1, {"0.0.0.0:0", "--insecure"});
}

BOOST_FIXTURE_TEST_CASE(a_model_that_is_not_there, Folder) {
  options.model = folder / "nowhere";
  checkFailed(failToServe(options), 1, {options.model.string()});
}

BOOST_FIXTURE_TEST_CASE(a_model_with_an_error_in_its_sql, Folder) {
  replace("views.sql", "count(DISTINCT id)", "count(DISTINCT ide)");
  checkFailed(failToServe(options), 1, {"views.sql:3:", "\"ide\" does not exist"});
  checkFailed(facetProgram({"check", options.model.string()}), 1, {"views.sql:3:", "\"ide\""});
}

BOOST_FIXTURE_TEST_CASE(a_model_with_an_error_in_its_schema, Folder) {
  replace("counter.capnp", "bucket @1 :Int32", "bucket @1 :Int33");
  checkFailed(failToServe(options), 1, {"counter.capnp:9:", "Int33"});
}

BOOST_FIXTURE_TEST_CASE(a_field_whose_type_changed, Written) {
  replace("counter.capnp", "bucket @1 :Int32", "bucket @1 :Text");
  checkFailed(failToServe(options), 1, {"EntryAdded.bucket", "type changed"});
}

BOOST_FIXTURE_TEST_CASE(a_table_whose_key_changed, Written) {
  replace("counter.capnp", "key = [\"id\"]", "key = [\"bucket\"]");
  checkFailed(failToServe(options), 1, {"Entries", "key of the table changed"});
}

BOOST_FIXTURE_TEST_CASE(a_model_without_an_event_of_the_log, Written) {
  replace("counter.capnp", "EntryAdded", "EntryPut");
  replace("views.sql", "entry_added", "entry_put");
  checkFailed(failToServe(options), 1, {"EntryAdded", "removed"});
}

BOOST_FIXTURE_TEST_CASE(a_refused_model_leaves_the_log_as_it_is, Written) {
  replace("counter.capnp", "bucket @1 :Int32", "bucket @1 :Text");
  BOOST_TEST(failToServe(options).code == 1);
  const Server server(counter(options.data));
  checkShown(server, 10);
}

BOOST_AUTO_TEST_CASE(usage_that_is_wrong) {
  checkFailed(facetProgram({"serve"}), 2, {"--model"});
  checkFailed(facetProgram({"serve", "--model", "m", "--data", "d", "--shards", "0"}), 2,
              {"--shards"});
  checkFailed(facetProgram({"nosuchverb"}), 2, {"nosuchverb"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_verbs_refuse)

BOOST_AUTO_TEST_CASE(a_server_that_is_not_reachable) {
  const TemporaryFolder folder;
  const std::string nobody = "unix:" + (folder / "nobody").string();
  const Words calls[] = {{"status"},       {"get", "kept", "1"},
                         {"scan", "kept"}, {"sql", "SELECT 1 FROM kept"},
                         {"log", "tail"},  {"submit", "AddEntry", "--set", "id=1"}};
  for (Words call : calls) {
    call.insert(call.end(), {"--address", nobody});
    checkFailed(facetProgram(call), 4, {"not reachable", nobody});
  }
}

BOOST_FIXTURE_TEST_CASE(names_that_the_model_does_not_have, Served) {
  checkFailed(server.run({"get", "nothere", "1"}), 1, {"\"nothere\""});
  checkFailed(server.run({"scan", "nothere"}), 1, {"\"nothere\""});
  checkFailed(server.run({"submit", "Nothing", "--set", "id=1"}), 1, {"\"Nothing\"", "AddEntry"});
  checkFailed(server.run({"scan", "kept", "--where", "colour = 1"}), 1, {"\"colour\""});
  checkFailed(server.run({"submit", "AddEntry", "--set", "colour=1"}), 2, {"\"colour\""});
}

BOOST_FIXTURE_TEST_CASE(sql_that_is_wrong, Served) {
  checkFailed(server.run({"sql", "SELEC 1"}), 1, {"line 1, column 1", "syntax error"});
  checkFailed(server.run({"sql", "SELECT colour FROM kept"}), 1,
              {"line 1, column 8", "\"colour\""});
  checkFailed(server.run({"sql", "SELECT 1 / (id - 1) FROM kept"}), 1, {"division by zero"});
}

BOOST_FIXTURE_TEST_CASE(a_query_needs_no_relation_and_has_one_time, Served) {
  BOOST_TEST(server.run({"sql", "--csv", "SELECT 1, 1+1 AS x, 'a'"}).out ==
             "?column?,x,?column?\n1,2,a\n");
  BOOST_TEST(server.run({"sql", "--json", "SELECT 1, 2"}).out ==
             "{\"?column?\":1,\"?column?_2\":2}\n");
  BOOST_TEST(server.run({"sql", "--csv", "SELECT 1 WHERE false"}).out == "?column?\n");
  BOOST_TEST(server.run({"sql", "--csv", "SELECT $1::int + $2", "2", "3"}).out == "?column?\n5\n");
  BOOST_TEST(server
                 .run({"sql", "--csv",
                       "SELECT now() = current_timestamp, now() > '2020-01-01', current_date = "
                       "now()::date"})
                 .out == "?column?,?column?,?column?\nt,t,t\n");
  checkFailed(server.run({"sql", "SELECT 1 WHERE 1 = $1", "1", "2", "3"}), 1,
              {"no $2", "3 parameters were given"});
  checkFailed(server.run({"scan", "kept", "--where", "now() > '2020-01-01'"}), 1,
              {"now()", "function of the log", "facet sql"});
  checkFailed(server.run({"scan", ""}), 1, {"no view or table"});
}

BOOST_FIXTURE_TEST_CASE(keys_and_tokens_that_are_none, Served) {
  checkFailed(server.run({"get", "kept", "abc"}), 2, {"\"abc\"", "bigint"});
  checkFailed(server.run({"get", "kept", "99"}), 1, {"no row", "99"});
  checkFailed(server.run({"get", "kept", "1", "--at-least", "abc"}), 2, {"--at-least"});
  const std::string foreign = "01a6c8b3a3b3f98ca22cb2040bd9005af700000001000000000000270a";
  checkFailed(server.run({"get", "kept", "1", "--at-least", foreign}), 1, {"lost"});
}

BOOST_FIXTURE_TEST_CASE(commands_that_break_a_rule, Served) {
  const std::string lines =
      entryLines({11, 2}) + "{\"id\":13,\"bucket\":1,\"amount\":\"-1\"}\n" + entryLines({14, 1});
  const Ended ended = server.run(submitEntries(), lines);
  BOOST_TEST(ended.code == 3);
  const Json summary = jsonLines(ended.out).back();
  BOOST_TEST(summary.at("accepted") == 3);
  BOOST_TEST(summary.at("rejected") == 1);
  BOOST_TEST(summary.at("reasons").at("an entry needs a positive amount") == 1);
  BOOST_TEST(server.status().at("position") == 13);
}

BOOST_FIXTURE_TEST_CASE(csv_lines_that_are_bad_each_with_its_reason, Served) {
  const std::string csv =
      "id,bucket,amount\n11,1,2.00\nx,1,2.00\n13,1,1.234\n14,1\n15,1,2.00\n16,1,\"2.00\n";
  const Ended ended = server.run({"submit", "AddEntry", "--csv", "-", "--json"}, csv);
  checkFailed(ended, 3, {"line 3: \"id\"", "line 4: \"amount\"", "line 5: ", "line 7: "});
  const Json summary = jsonLines(ended.out).back();
  BOOST_TEST(summary.at("accepted") == 2);
  BOOST_TEST(summary.at("bad_lines") == 4);
}

BOOST_FIXTURE_TEST_CASE(everything_behind_the_first_bad_line_where_asked, Served) {
  const std::string csv = "id,bucket,amount\n11,1,2.00\nx,1,2.00\n13,1,1.00\n14,1,\"2.00\n";
  const Ended ended = server.run({"submit", "AddEntry", "--csv", "-", "--json", "--strict"}, csv);
  BOOST_TEST(ended.code == 3);
  const Json summary = jsonLines(ended.out).back();
  BOOST_TEST(summary.at("accepted") == 1);
  BOOST_TEST(summary.at("bad_lines") == 1);
}

BOOST_FIXTURE_TEST_CASE(json_lines_that_are_bad, Served) {
  const Ended ended = server.run(submitEntries(), "{\"id\":11,\n" + entryLines({12, 1}));
  checkFailed(ended, 3, {"line 1: ", "JSON"});
  BOOST_TEST(jsonLines(ended.out).back().at("accepted") == 1);
}

BOOST_FIXTURE_TEST_CASE(a_quote_that_never_ends_after_what_was_good_is_sent, Served) {
  const std::string csv =
      "id,bucket,amount\n11,1,2.00\n12,1,\"" + std::string(size_t{17} << 20, 'x') + "\n13,1,1\n";
  const Ended ended = server.run({"submit", "AddEntry", "--csv", "-", "--json"}, csv);
  checkFailed(ended, 1, {"line 3: ", "never closed"});
  const Json summary = jsonLines(ended.out).back();
  BOOST_TEST(summary.at("accepted") == 1);
  BOOST_TEST(has(summary.at("error"), "line 3: "));
}

BOOST_FIXTURE_TEST_CASE(lines_that_are_too_long, Served) {
  const std::string junk(size_t{17} << 20, 'x');
  const Ended csv = server.run({"submit", "AddEntry", "--csv", "-", "--json"},
                               "id,bucket,amount\n11,1,2.00\n" + junk + "\n13,1,1\n");
  checkFailed(csv, 3, {"line 3: "});
  BOOST_TEST(jsonLines(csv.out).back().at("accepted") == 2);
  const Ended json =
      server.run(submitEntries(), entryLines({14, 1}) + junk + "\n" + entryLines({15, 1}));
  checkFailed(json, 3, {"line 2: "});
  BOOST_TEST(jsonLines(json.out).back().at("accepted") == 2);
  BOOST_TEST(server.status().at("position") == 14);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_there, Served) {
  checkFailed(server.run({"submit", "AddEntry", "--csv", "/no/such/file"}), 1, {"/no/such/file"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(output)

BOOST_FIXTURE_TEST_CASE(small_integers_are_json_numbers_and_large_ones_strings, Served) {
  for (const Json& row :
       {server.row({"get", "kept", "3"}), server.row({"sql", "SELECT * FROM kept WHERE id = 3"}),
        server.row({"log", "show", "--from", "3", "--limit", "1"}).at("data")}) {
    BOOST_TEST(row.at("bucket") == 3, row.dump());
    BOOST_TEST(row.at("id") == "3", row.dump());
    BOOST_TEST(row.at("amount") == "1.12", row.dump());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
