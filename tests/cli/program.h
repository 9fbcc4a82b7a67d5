// Runs the built program `facet`: once to its end, or as a server in a temporary folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace facet::test {

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs `facet` with these arguments, and waits for its end.
Ran run(const std::vector<std::string>& arguments, const std::string& input = "");

/// A folder of its own, removed with its content.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes a file in it; returns its path.
  std::string file(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

/// `facet serve` on a unix socket; $FACET_ADDRESS names it while it lives. Ready after
/// construction.
class Served {
 public:
  explicit Served(const std::string& model);
  ~Served();
  Served(const Served&) = delete;

  /// Asks it to stop with a signal; returns its exit code (128 + signal if it was killed).
  int stop(int signal);
  /// Starts it again on the same log.
  void start();
  const std::string& ready() const { return ready_; }
  const Folder& folder() const { return folder_; }

 private:
  const std::string model_;
  Folder folder_;
  pid_t process_ = 0;
  std::string ready_;
};

/// Runs `facet` with its stdin and stdout at hand, line by line.
class Piped {
 public:
  explicit Piped(const std::vector<std::string>& arguments);
  ~Piped();
  Piped(const Piped&) = delete;

  void writeLine(const std::string& line);
  /// The next line of stdout. Throws at its end, or if none comes for long.
  std::string readLine();
  /// Closes stdin, and waits for the end; returns the exit code.
  int finish();

 private:
  pid_t process_ = 0;
  int in_ = -1;
  int out_ = -1;
};

/// A model in the source tree: "examples/superstore".
std::string sourcePath(const std::string& path);

}  // namespace facet::test
