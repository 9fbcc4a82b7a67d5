#include "tests/system/server.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace facet::system_test {
namespace {

std::string text(const Words& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string listenAddress(const ServerOptions& options) {
  return options.listen.empty() ? "unix:" + options.data.string() + ".socket" : options.listen;
}

Words programWords(const Words& arguments) {
  Words words{program()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Ended end(Process process) {
  Ended ended;
  ended.out = process.readAll();
  ended.code = process.wait();
  ended.errors = process.errors();
  return ended;
}

}  // namespace

std::string program() {
  const char* named = std::getenv("FACET_PROGRAM");
  return named != nullptr ? named : FACET_PROGRAM;
}

fs::path source(const std::string& path) {
  return fs::path(FACET_SOURCE) / path;
}

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("can't read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void writeFile(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("can't write " + path.string());
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "facet-system-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder: " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Ended facetProgram(const Words& arguments, const std::string& input) {
  return end(Process(programWords(arguments), input));
}

std::vector<Json> jsonLines(const std::string& text) {
  std::vector<Json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

Words serveWords(const ServerOptions& options) {
  Words words = options.of.empty() ? Words{"serve", "--model", options.model.string()}
                                   : Words{"replica", "--of", options.of};
  const Words both{"--json",
                   "--data",
                   options.data.string(),
                   "--listen",
                   listenAddress(options),
                   "--shards",
                   std::to_string(options.shards)};
  words.insert(words.end(), both.begin(), both.end());
  words.insert(words.end(), options.more.begin(), options.more.end());
  return words;
}

Process beginServing(const ServerOptions& options) {
  return Process(programWords(serveWords(options)));
}

ServerOptions replicaOf(const std::string& address, const fs::path& data, unsigned shards) {
  return {.model = {}, .data = data, .shards = shards, .of = address};
}

Ended tryToServe(const ServerOptions& options) {
  Process process = beginServing(options);
  if (process.readLine()) process.signal(SIGTERM);
  return end(std::move(process));
}

Ended failToServe(const ServerOptions& options) {
  Process process = beginServing(options);
  if (const auto line = process.readLine()) {
    throw std::runtime_error("the server started though it should not: " + *line);
  }
  return end(std::move(process));
}

Server::Server(const ServerOptions& options)
    : address_(listenAddress(options)), process_(programWords(serveWords(options))) {
  const auto line = process_.readLine();
  if (!line) {
    throw std::runtime_error("the server did not start, and ended with " +
                             std::to_string(process_.wait()) + ": " + process_.errors());
  }
  ready_ = Json::parse(*line);
  address_ = ready_.at("ready");
}

Words Server::clientWords(Words arguments) const {
  arguments.insert(arguments.end(), {"--address", address_});
  return programWords(arguments);
}

Ended Server::run(Words arguments, const std::string& input) const {
  return end(Process(clientWords(std::move(arguments)), input));
}

Process Server::begin(Words arguments, const std::string& input) const {
  return Process(clientWords(std::move(arguments)), input);
}

std::vector<Json> Server::rows(Words arguments) const {
  const std::string patience = std::to_string(kPatience.count());
  arguments.insert(arguments.end(), {"--json", "--wait", patience});
  const Ended ended = run(arguments);
  if (ended.code != 0) {
    throw std::runtime_error("facet " + text(arguments) + " ended with " +
                             std::to_string(ended.code) + ": " + ended.errors);
  }
  return jsonLines(ended.out);
}

Json Server::row(Words arguments) const {
  const std::vector<Json> found = rows(arguments);
  if (found.size() != 1) {
    throw std::runtime_error("facet " + text(arguments) + " gave " + std::to_string(found.size()) +
                             " rows, not one");
  }
  return found.front();
}

Json Server::settled() const {
  const auto deadline = Clock::now() + kPatience;
  Json now = status();
  while (now.at("visible") != now.at("position")) {
    if (Clock::now() > deadline) throw std::runtime_error("views stay behind: " + now.dump());
    now = status();
  }
  return now;
}

std::map<std::string, std::string> Server::digests() const {
  const Json now = settled();
  std::map<std::string, std::string> out;
  for (const char* kind : {"views", "tables"}) {
    for (const auto& [name, relation] : now.at(kind).items()) out[name] = relation.at("digest");
  }
  return out;
}

void Server::kill() {
  process_.signal(SIGKILL);
  process_.wait();
}

int Server::stop() {
  process_.signal(SIGTERM);
  return process_.wait();
}

Json caughtUp(const Server& replica, const Server& primary) {
  const uint64_t head = primary.status().at("position");
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    Json now = replica.status();
    if (now.at("visible") >= head) return now;
    if (Clock::now() > deadline) throw std::runtime_error("it stays behind: " + now.dump());
  }
}

}  // namespace facet::system_test
