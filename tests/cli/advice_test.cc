// What messages, help and documents tell people to do can be done: verbs, their options, and
// sections of documents are there.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"

namespace facet::test {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A text that people see, and the file that it is in.
struct Shown {
  std::string file;
  std::string text;
};

/// The string literals of a C++ file; those that stand one behind the other are one.
class Literals {
 public:
  explicit Literals(std::string_view code) : code_(code) {}

  std::vector<std::string> all() {
    while (at_ < code_.size()) {
      if (code_.substr(at_, 2) == "//") {
        at_ = std::min(code_.find('\n', at_), code_.size());
      } else if (code_[at_] == '\'' && at_ > 0 && std::isalnum(code_[at_ - 1]) == 0) {
        skipCharacter();
      } else if (code_.substr(at_, 2) == "R\"") {
        takeRaw();
      } else if (code_[at_] == '"') {
        takePlain();
      } else {
        adjacent_ = adjacent_ && std::isspace(static_cast<unsigned char>(code_[at_])) != 0;
        ++at_;
      }
    }
    return std::move(found_);
  }

 private:
  void skipCharacter() {
    at_ += code_[at_ + 1] == '\\' ? 2 : 1;
    at_ = std::min(code_.find('\'', at_), code_.size() - 1) + 1;
    adjacent_ = false;
  }

  void add(std::string text) {
    if (adjacent_ && !found_.empty()) {
      found_.back() += text;
    } else {
      found_.push_back(std::move(text));
    }
    adjacent_ = true;
  }

  void takeRaw() {
    const size_t open = code_.find('(', at_);
    const std::string end = ")" + std::string(code_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const size_t close = std::min(code_.find(end, open), code_.size());
    add(std::string(code_.substr(open + 1, close - open - 1)));
    at_ = std::min(close + end.size(), code_.size());
  }

  void takePlain() {
    std::string text;
    for (++at_; at_ < code_.size() && code_[at_] != '"'; ++at_) {
      if (code_[at_] == '\\' && code_[++at_] == 'n') {
        text += '\n';
      } else {
        text += code_[at_];
      }
    }
    ++at_;
    add(std::move(text));
  }

  std::string_view code_;
  size_t at_ = 0;
  bool adjacent_ = false;
  std::vector<std::string> found_;
};

std::vector<Shown> messages() {
  std::vector<Shown> out;
  for (const char* folder : {"values", "sql", "model", "storage", "views", "actors", "rpc",
                             "client", "server", "cli", "bench"}) {
    for (const auto& entry : fs::directory_iterator(sourcePath(folder))) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cc" && extension != ".h") continue;
      const std::string code = content(entry.path());
      for (std::string& text : Literals(code).all()) {
        out.push_back({folder + ("/" + entry.path().filename().string()), std::move(text)});
      }
    }
  }
  return out;
}

std::vector<Shown> documents() {
  std::vector<Shown> out = {{"README.md", content(sourcePath("README.md"))}};
  for (const auto& entry : fs::directory_iterator(sourcePath("docs"))) {
    out.push_back({"docs/" + entry.path().filename().string(), content(entry.path())});
  }
  return out;
}

/// What the program says of its verbs.
struct Help {
  std::map<std::string, std::string> verbs;  // and the help of each
  std::set<std::string> later;

  Help() {
    std::istringstream lines(run({"--help"}).out);
    for (std::string line; std::getline(lines, line);) {
      static const std::regex kVerb("  ([a-z]+) +[^ ].*");
      static const std::string kLater = "Not yet available:";
      std::smatch found;
      if (std::regex_match(line, found, kVerb)) {
        verbs[found[1]] = run({found[1], "--help"}).out;
      } else if (line.starts_with(kLater)) {
        std::istringstream words(line.substr(kLater.size()));
        for (std::string word; words >> word;) later.insert(word);
      }
    }
  }

  bool has(const std::string& verb, const std::string& option) const {
    const std::regex whole(option + "(?![a-z-])");
    return option == "--help" || option == "--version" || std::regex_search(verbs.at(verb), whole);
  }
  bool anyHas(const std::string& option) const {
    return std::any_of(verbs.begin(), verbs.end(),
                       [&](const auto& verb) { return has(verb.first, option); });
  }
  /// Words that must follow the verb: {create,list}.
  bool takes(const std::string& verb, const std::string& word) const {
    static const std::regex kWords("  WHAT TEXT:\\{([a-z,]+)\\}");
    std::smatch found;
    if (!std::regex_search(verbs.at(verb), found, kWords)) return true;
    return ("," + found[1].str() + ",").find("," + word + ",") != std::string::npos;
  }
};

const Help& help() {
  static const Help kHelp;
  return kHelp;
}

/// Words that follow "facet" where it does something itself.
bool isProse(const std::string& word) {
  static const std::set<std::string> kProse = {
      "can",  "computes", "data", "does", "has",   "holds", "is",   "itself", "keeps", "measures",
      "node", "reads",    "says", "sees", "takes", "tells", "that", "took",   "wants", "writes"};
  return kProse.contains(word);
}

/// Checks every `facet VERB ... --option` of a text.
void checkCalls(const Shown& shown) {
  static const std::regex kCall("\\bfacet ([a-z]+)([^`;|\n]*)");
  for (std::sregex_iterator it(shown.text.begin(), shown.text.end(), kCall), end; it != end; ++it) {
    const std::string verb = (*it)[1];
    const std::string rest = (*it)[2];
    if (isProse(verb)) continue;
    BOOST_TEST_CONTEXT(shown.file << ": facet " << verb << rest) {
      if (help().later.contains(verb)) {
        BOOST_TEST(shown.file == "cli/main.cc", "the verb is not yet available");
        continue;
      }
      BOOST_TEST(help().verbs.contains(verb), "there is no such verb");
      if (!help().verbs.contains(verb)) continue;
      static const std::regex kOption("--[a-z][a-z-]*");
      for (std::sregex_iterator option(rest.begin(), rest.end(), kOption); option != end;
           ++option) {
        BOOST_TEST(help().has(verb, option->str()), "it has no " << option->str());
      }
      static const std::regex kWord("^ ([a-z]+)");
      std::smatch word;
      if (std::regex_search(rest, word, kWord)) {
        BOOST_TEST(help().takes(verb, word[1]), "it takes no " << word[1]);
      }
    }
  }
}

/// The anchors that a document's headings have.
std::set<std::string> anchorsOf(const std::string& document) {
  std::set<std::string> out;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) continue;
    std::string anchor;
    for (const char c : line.substr(line.find_first_not_of('#') + 1)) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') {
        anchor += static_cast<char>(std::tolower(c));
      } else if (c == ' ') {
        anchor += '-';
      }
    }
    out.insert(anchor);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(advice)

BOOST_AUTO_TEST_CASE(verbs_and_options_that_are_advised_are_there) {
  BOOST_REQUIRE(help().verbs.size() > 10);
  const std::vector<Shown> all = messages();
  BOOST_REQUIRE(all.size() > 1'000);
  for (const Shown& shown : all) checkCalls(shown);
  for (const Shown& shown : documents()) checkCalls(shown);
  for (const auto& [verb, text] : help().verbs) checkCalls({"facet " + verb + " --help", text});
}

BOOST_AUTO_TEST_CASE(options_that_messages_name_alone_are_there) {
  static const std::regex kOption("(^|[ (`])(--[a-z][a-z-]+)");
  for (const Shown& shown : messages()) {
    if (shown.file.starts_with("bench/")) continue;  // it runs other programs too
    for (std::sregex_iterator it(shown.text.begin(), shown.text.end(), kOption), end; it != end;
         ++it) {
      BOOST_TEST(help().anyHas((*it)[2]),
                 shown.file << ": no verb has " << (*it)[2] << ": " << shown.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(documents_and_sections_that_are_named_are_there) {
  static const std::regex kLink("\\]\\(([a-zA-Z/_.]*)(#([a-z0-9-]+))?\\)");
  for (const Shown& shown : documents()) {
    for (std::sregex_iterator it(shown.text.begin(), shown.text.end(), kLink), end; it != end;
         ++it) {
      const fs::path folder = fs::path(sourcePath(shown.file)).parent_path();
      const fs::path file =
          (*it)[1].length() == 0 ? fs::path(sourcePath(shown.file)) : folder / (*it)[1].str();
      BOOST_TEST(fs::exists(file), shown.file << " links to " << it->str());
      if ((*it)[3].length() == 0 || !fs::exists(file)) continue;
      BOOST_TEST(anchorsOf(content(file)).contains((*it)[3]),
                 shown.file << " links to " << it->str());
    }
  }
  static const std::regex kDocument("docs/[a-z]+\\.md");
  for (const Shown& shown : messages()) {
    for (std::sregex_iterator it(shown.text.begin(), shown.text.end(), kDocument), end; it != end;
         ++it) {
      BOOST_TEST(fs::exists(sourcePath(it->str())), shown.file << " names " << it->str());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
