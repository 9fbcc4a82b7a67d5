// Every folder of tests/cases: its commands are submitted step by step, and after each step every
// view has the rows of PostgreSQL (expected/, made by PostgreSQL 15), or is degraded where
// PostgreSQL's SELECT fails. The same for several shard counts, after kill -9, and from a snapshot.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>
#include <sstream>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

namespace data = boost::unit_test::data;

/// What is done to the server after each step, before the views are looked at once more.
enum class Trouble { none, kill, snapshot };

std::vector<std::string> caseNames() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(source("tests/cases"))) {
    if (fs::exists(entry.path() / "steps")) out.push_back(entry.path().filename());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// The lines of a CSV file or answer: the heading, then the others sorted by their bytes.
std::vector<std::string> sortedLines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  if (!out.empty()) std::sort(out.begin() + 1, out.end());
  return out;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// Floats may differ in their last digit: PostgreSQL's sums depend on the order of the rows.
bool sameFloat(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a.empty() || b.empty()) return false;
  char* endOfA = nullptr;
  char* endOfB = nullptr;
  const double x = std::strtod(a.c_str(), &endOfA);
  const double y = std::strtod(b.c_str(), &endOfB);
  return *endOfA == '\0' && *endOfB == '\0' && std::abs(x - y) <= 1e-12 * std::abs(x);
}

/// `floats`: whether the column is a float, in the order of the columns.
bool sameRow(const std::string& a, const std::string& b, const std::vector<bool>& floats) {
  if (a == b) return true;
  const auto left = cells(a);
  const auto right = cells(b);
  if (left.size() != floats.size() || right.size() != floats.size()) return false;
  for (size_t i = 0; i < floats.size(); ++i) {
    if (floats[i] ? !sameFloat(left[i], right[i]) : left[i] != right[i]) return false;
  }
  return true;
}

/// A case, its server, and what its views are expected to hold.
class Case {
 public:
  Case(const std::string& name, unsigned shards)
      : folder_(source("tests/cases/" + name)),
        options_{.model = folder_ / "model", .data = temporary_ / "data", .shards = shards} {
    server_.emplace(options_);
    const Ended checked = facetProgram({"check", "--json", options_.model.string()});
    const Json model = Json::parse(checked.out);
    for (const Json& view : model.at("views")) {
      std::vector<bool>& floats = views_[view.at("name")];
      for (const Json& column : view.at("columns")) {
        const std::string type = column.at("type");
        floats.push_back(type == "double precision" || type == "real");
      }
    }
  }

  void run(Trouble trouble) {
    compare("00-start");
    std::istringstream steps(readFile(folder_ / "steps"));
    unsigned done = 0;
    for (std::string word, command, file; steps >> word >> command >> file; ++done) {
      BOOST_REQUIRE(word == "submit");
      const Ended ended = server_->run({"submit", command, "--jsonl", (folder_ / file).string()});
      // 3: some of the commands are rejected, as PostgreSQL's statements for them do nothing.
      BOOST_REQUIRE_MESSAGE(ended.code == 0 || ended.code == 3, ended.errors);
      const std::string step = fs::path(file).stem();
      compare(step);
      const Rows before = degradedRows();
      restart(trouble);
      if (trouble == Trouble::none) continue;
      compare(step);
      BOOST_TEST((degradedRows() == before),
                 step << ": a degraded view has other rows than before");
    }
    BOOST_TEST(done > 0);
  }

 private:
  using Rows = std::map<std::string, std::vector<std::string>>;

  void restart(Trouble trouble) {
    if (trouble == Trouble::none) return;
    if (trouble == Trouble::snapshot) {
      BOOST_REQUIRE(server_->run({"snapshot", "create"}).code == 0);
      BOOST_REQUIRE(server_->stop() == 0);
    } else {
      server_->kill();
    }
    server_.emplace(options_);
  }

  std::vector<std::string> rowsOf(const std::string& view) const {
    const Ended answer = server_->run({"sql", "--csv", "SELECT * FROM " + view});
    BOOST_TEST(answer.code == 0, view << ": " << answer.errors);
    return sortedLines(answer.out);
  }

  /// What the degraded views answer: the rows of their last good cuts.
  Rows degradedRows() const {
    Rows out;
    const Json views = server_->settled().at("views");
    for (const auto& [name, view] : views.items()) {
      if (view.at("state") == "degraded") out[name] = rowsOf(name);
    }
    return out;
  }

  void compare(const std::string& step) const {
    const Json views = server_->settled().at("views");
    for (const auto& [view, floats] : views_) {
      const std::string expected = readFile(folder_ / "expected" / step / (view + ".csv"));
      const bool fails = expected.starts_with("ERROR: ");
      BOOST_TEST(views.at(view).at("state") == (fails ? "degraded" : "live"),
                 step << ", " << view << ": " << views.at(view).dump());
      if (!fails) compareRows(step + ", " + view, sortedLines(expected), rowsOf(view), floats);
    }
  }

  static void compareRows(const std::string& place, const std::vector<std::string>& expected,
                          const std::vector<std::string>& found, const std::vector<bool>& floats) {
    BOOST_TEST(found.size() == expected.size(),
               place << ": " << found.size() << " lines, not " << expected.size());
    for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
      BOOST_TEST(sameRow(found[i], expected[i], floats),
                 place << ": \"" << found[i] << "\", not \"" << expected[i] << '"');
    }
  }

  const TemporaryFolder temporary_;
  const fs::path folder_;
  const ServerOptions options_;
  std::optional<Server> server_;
  std::map<std::string, std::vector<bool>> views_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cases)

BOOST_DATA_TEST_CASE(views_have_postgresqls_rows_after_every_step, data::make(caseNames()), name) {
  Case(name, 1).run(Trouble::none);
}

BOOST_DATA_TEST_CASE(views_have_them_after_every_kill, data::make(caseNames()), name) {
  Case(name, 3).run(Trouble::kill);
}

BOOST_DATA_TEST_CASE(views_have_them_from_every_snapshot, data::make(caseNames()), name) {
  Case(name, 2).run(Trouble::snapshot);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
