// Files of commands: bad lines between good ones, long files that are sent again, expected
// versions, and Ctrl-C.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

const std::string kUuid = "123e4567-e89b-12d3-a456-426614174000";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line + "\n");
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

Json summary(const Ended& ended) {
  return jsonLines(ended.out).back();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(submit)

BOOST_AUTO_TEST_CASE(bad_lines_leave_their_numbers_free) {
  constexpr uint64_t kEntries = 3'000;
  const TemporaryFolder folder;
  std::optional<Server> server(counter(folder / "data"));
  const std::vector<std::string> good = linesOf(entryLines({1, kEntries}));
  std::vector<std::string> lines = good;
  uint64_t bad = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i % 7 != 2 && i % 11 != 0 && (i < 1'000 || i > 1'300)) continue;
    lines[i] = i % 2 == 0 ? "{no JSON\n" : "{\"id\":\"x\",\"bucket\":1,\"amount\":1}\n";
    ++bad;
  }
  const Ended first = server->run(submitEntries(kUuid), joined(lines));
  BOOST_TEST(first.code == 3, first.errors);
  BOOST_TEST(summary(first).at("bad_lines") == bad);
  BOOST_TEST(summary(first).at("accepted") == kEntries - bad);
  // It is whole in the log: the numbers are known after a crash, each as that of its line.
  server->kill();
  server.emplace(counter(folder / "data"));
  const Ended again = server->run(submitEntries(kUuid), joined(lines));
  BOOST_TEST(summary(again).at("duplicates") == kEntries - bad, again.errors);
  BOOST_TEST(summary(again).at("accepted") == 0);
  const Ended corrected = server->run(submitEntries(kUuid), joined(good));
  BOOST_TEST(corrected.code == 0, corrected.errors);
  BOOST_TEST(summary(corrected).at("duplicates") == kEntries - bad);
  BOOST_TEST(summary(corrected).at("accepted") == bad);
  checkShown(*server, kEntries);
}

BOOST_AUTO_TEST_CASE(strict_ends_at_the_first_bad_line_behind_what_was_good) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data"));
  for (const std::string bad : {"{no JSON\n", "{\"id\":\"x\",\"bucket\":1,\"amount\":1}\n"}) {
    Words words = submitEntries();
    words.emplace_back("--strict");
    const Ended ended = server.run(words, entryLines({1, 10}) + bad + entryLines({11, 10}));
    BOOST_TEST(ended.code == 3, ended.errors);
    BOOST_TEST(summary(ended).at("accepted") == 10);
    BOOST_TEST(has(ended.errors, "line 11: "), ended.errors);
  }
}

BOOST_AUTO_TEST_CASE(a_long_file_that_is_sent_again_is_done_once) {
  constexpr uint64_t kLines = 300'000;
  const TemporaryFolder folder;
  const Server server(
      {.model = source("tests/cases/retry-of-a-long-file/model"), .data = folder / "data"});
  std::string csv = "id,owner,bal\n";
  for (uint64_t i = 1; i <= kLines; ++i) csv += fmt::format("{},o{},{}.25\n", i % 1'000, i % 7, i);
  const Words words{"submit", "Paid", "--csv", "-", "--client", kUuid, "--json"};
  const Ended first = server.run(words, csv);
  BOOST_TEST(first.code == 0, first.errors);
  BOOST_TEST(summary(first).at("accepted") == kLines);
  const Ended again = server.run(words, csv);
  const Json result = summary(again);
  BOOST_TEST(result.at("accepted") == 0);
  BOOST_TEST(result.at("rejected") == 0);
  BOOST_TEST(result.at("duplicates") >= 60'000);
  BOOST_TEST(result.at("duplicates").get<uint64_t>() + result.at("unknown").get<uint64_t>() ==
             kLines);
  BOOST_TEST(again.code == 6);
  BOOST_TEST(has(again.errors, "very probably done before"), again.errors);
  BOOST_TEST(server.status().at("position") == kLines);
}

BOOST_AUTO_TEST_CASE(commands_are_accepted_at_the_version_that_they_expect) {
  const TemporaryFolder folder;
  const Server server({.model = source("tests/system/models/transfers"), .data = folder / "data"});
  const auto transfer = [&](const Words& more) {
    Words words{"submit", "Transfer", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--set", "source=1", "target=2", "transfer=1", "amount=5", "fee=0"});
    return server.run(words);
  };
  BOOST_TEST(transfer({"--expect", "0"}).code == 0);
  const Ended late = transfer({"--expect", "0"});
  BOOST_TEST(late.code == 3, late.errors);
  BOOST_TEST(has(late.out, "expected version 0, found 1"), late.out);
  BOOST_TEST(transfer({"--expect", "1"}).code == 0);
  BOOST_TEST(transfer({}).code == 0);

  const auto file = [&](const Words& more, const std::string& text) {
    Words words{"submit", "Transfer", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return server.run(words, text);
  };
  const Ended csv = file({"--csv", "-", "--expect-column", "version"},
                         "source,target,transfer,amount,fee,version\n"
                         "1,2,2,5,0,3\n"    // as it is
                         "1,2,3,5,0,3\n"    // too late
                         "1,2,4,5,0,\n"     // whatever it is
                         "1,2,5,5,0,-2\n"   // none
                         "1,2,6,5,0,5\n");  // as it is
  BOOST_TEST(csv.code == 3, csv.errors);
  BOOST_TEST(summary(csv).at("accepted") == 3, csv.out);
  BOOST_TEST(summary(csv).at("rejected") == 1);
  BOOST_TEST(summary(csv).at("bad_lines") == 1);
  BOOST_TEST(has(csv.errors, "line 5: the expected version is a count"), csv.errors);
  const Ended json =
      file({"--jsonl", "-", "--expect-column", "version"},
           "{\"source\":1,\"target\":2,\"transfer\":7,\"amount\":5,\"fee\":0,\"version\":6}\n"
           "{\"source\":1,\"target\":2,\"transfer\":8,\"amount\":5,\"fee\":0,\"version\":6}\n"
           "{\"source\":1,\"target\":2,\"transfer\":9,\"amount\":5,\"fee\":0}\n");
  BOOST_TEST(summary(json).at("accepted") == 2, json.out + json.errors);
  BOOST_TEST(summary(json).at("rejected") == 1);
  // What can't be meant.
  BOOST_TEST(file({"--csv", "-", "--expect", "1"}, "source\n").code == 2);
  BOOST_TEST(file({"--csv", "-", "--expect-column", "fee"}, "source\n").code == 2);
  const Ended none = file({"--csv", "-", "--expect-column", "version"},
                          "source,target,transfer,amount,fee\n1,2,2,5,0\n");
  BOOST_TEST(none.code == 1);
  BOOST_TEST(has(none.errors, "the heading has no column \"version\""), none.errors);
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_with_the_totals_and_how_to_go_on) {
  constexpr uint64_t kEntries = 100'000;
  const TemporaryFolder folder;
  const Server server(counter(folder / "data"));
  writeFile(folder / "it's.jsonl", entryLines({1, kEntries}));
  const Words words{"submit",  "AddEntry", "--json",
                    "--batch", "50",       "--in-flight",
                    "2",       "--jsonl",  (folder / "it's.jsonl").string()};
  Process submit = server.begin(words);
  BOOST_REQUIRE(submit.readLine());
  submit.signal(SIGINT);
  const Json totals = jsonLines(submit.readAll()).back();
  BOOST_TEST(submit.wait() == 130, submit.errors());
  BOOST_TEST(totals.at("interrupted") == true);
  BOOST_TEST(totals.at("unknown") == 0);
  const uint64_t accepted = totals.at("accepted");
  BOOST_TEST(accepted > 0U);
  BOOST_TEST(accepted < kEntries);
  BOOST_TEST(totals.at("token") != "");
  // The line that it says does the rest.
  const std::string said = submit.errors();
  const std::string uuid = totals.at("client");
  BOOST_TEST(has(said, "--client " + uuid), said);
  const size_t begin = said.find("\n  ", said.find("to go on")) + 3;
  const std::string line = said.substr(begin, said.find('\n', begin) - begin);
  Process shell({"/bin/sh", "-c", line});
  const Json rest = jsonLines(shell.readAll()).back();
  BOOST_TEST(shell.wait() == 0, shell.errors());
  BOOST_TEST(rest.at("duplicates") == accepted);
  BOOST_TEST(rest.at("accepted") == kEntries - accepted);
  checkShown(server, kEntries);
}

BOOST_AUTO_TEST_CASE(a_second_ctrl_c_ends_at_once) {
  const TemporaryFolder folder;
  Server server(counter(folder / "data"));
  Process submit = server.begin(submitEntries({}, 50), entryLines({1, 100'000}));
  BOOST_REQUIRE(submit.readLine());
  server.process().signal(SIGSTOP);  // so that it waits for answers
  submit.signal(SIGINT);
  const auto deadline = Clock::now() + kPatience;
  while (!has(submit.errors(), "Ctrl-C again") && Clock::now() < deadline) {
  }
  const auto began = Clock::now();
  submit.signal(SIGINT);
  BOOST_TEST(submit.wait() == 130, submit.errors());
  BOOST_TEST((Clock::now() - began < std::chrono::seconds(1)));
  server.process().signal(SIGCONT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
