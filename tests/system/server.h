// The vocabulary of the system tests: a folder that is gone afterwards, a server on a unix socket
// in it, and the program's own verbs. Owned by one thread.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/system/process.h"

namespace facet::system_test {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

/// $FACET_PROGRAM, or the program of this build.
std::string program();
/// A folder or file of the source tree.
fs::path source(const std::string& path);
std::string readFile(const fs::path& path);
void writeFile(const fs::path& path, const std::string& text);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// Runs a verb to its end.
Ended facetProgram(const Words& arguments, const std::string& input = {});

/// Its stdout, a JSON object a line.
std::vector<Json> jsonLines(const std::string& text);

struct ServerOptions {
  fs::path model;
  fs::path data;
  unsigned shards = 1;
  std::string listen = {};  // empty: a unix socket beside the data folder
  Words more = {};
  std::string of = {};  // not empty: a replica of the server at this address, without a model
};

ServerOptions replicaOf(const std::string& address, const fs::path& data, unsigned shards = 1);

/// The words of `facet serve`, or `facet replica`.
Words serveWords(const ServerOptions& options);
/// A server that starts: the ready line is not waited for.
Process beginServing(const ServerOptions& options);
/// A server that may start, and is ended at once then.
Ended tryToServe(const ServerOptions& options);
/// A server that is expected not to start: how it ended.
Ended failToServe(const ServerOptions& options);

/// A running server.
class Server {
 public:
  /// Waits for the ready line.
  explicit Server(const ServerOptions& options);

  const std::string& address() const { return address_; }
  /// From the ready line: the log's head, the snapshot that it started from (0: none), and how many
  /// events were recovered after that, in what time.
  uint64_t readyPosition() const { return ready_.at("position"); }
  uint64_t readySnapshot() const { return ready_.at("snapshot"); }
  uint64_t recovered() const { return ready_.at("recovered"); }
  /// Views that the snapshot had not.
  Words filled() const { return ready_.at("filled"); }
  double recoverySeconds() const { return ready_.at("seconds"); }

  /// Runs a client's verb against it.
  Ended run(Words arguments, const std::string& input = {}) const;
  /// The same, still running.
  Process begin(Words arguments, const std::string& input = {}) const;
  /// The lines of a verb with --json that is expected to succeed.
  std::vector<Json> rows(Words arguments) const;
  /// The only line of it.
  Json row(Words arguments) const;
  Json status() const { return row({"status"}); }
  /// Waits until every view and table shows the whole log. Returns the status then.
  Json settled() const;
  /// The digests of all views and tables at the log's head.
  std::map<std::string, std::string> digests() const;

  void kill();
  /// SIGTERM; returns the exit code.
  int stop();
  Process& process() { return process_; }
  const Process& process() const { return process_; }

 private:
  Words clientWords(Words arguments) const;

  std::string address_;
  Process process_;
  Json ready_;
};

/// Waits until the replica shows what the primary has now. Returns its status then.
Json caughtUp(const Server& replica, const Server& primary);

}  // namespace facet::system_test
