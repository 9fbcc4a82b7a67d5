#include "tests/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace facet::test {
namespace {

/// For a line that should be there at once: a slow machine needs a second.
constexpr int kPatienceMs = 30'000;

std::string readFile(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void redirect(const std::filesystem::path& path, int to, int flags) {
  const int from = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (from < 0 || ::dup2(from, to) < 0) ::_exit(126);
}

/// Ends with the test, however that ends.
[[noreturn]] void become(const std::vector<std::string>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> argv;
  std::string program = FACET_PROGRAM;
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  ::execv(FACET_PROGRAM, argv.data());
  ::_exit(127);
}

int exitCode(pid_t process) {
  int status = 0;
  if (::waitpid(process, &status, 0) != process) throw std::runtime_error("waitpid failed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Ran run(const std::vector<std::string>& arguments, const std::string& input) {
  const Folder folder;
  const std::filesystem::path in = folder.file("in", input);
  const std::filesystem::path out = folder.path() / "out";
  const std::filesystem::path err = folder.path() / "err";
  const pid_t process = ::fork();
  if (process == 0) {
    redirect(in, STDIN_FILENO, O_RDONLY);
    redirect(out, STDOUT_FILENO, O_WRONLY | O_CREAT);
    redirect(err, STDERR_FILENO, O_WRONLY | O_CREAT);
    become(arguments);
  }
  Ran ran;
  ran.code = exitCode(process);
  ran.out = readFile(out);
  ran.err = readFile(err);
  return ran;
}

Folder::Folder() {
  char name[] = "/tmp/facet-cli-test-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::file(const std::string& name, const std::string& content) const {
  const std::filesystem::path path = path_ / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

Served::Served(const std::string& model) : model_(model) {
  start();
}

Served::~Served() {
  if (process_ > 0) stop(SIGKILL);
  ::unsetenv("FACET_ADDRESS");
}

void Served::start() {
  const std::string address = "unix:" + (folder_.path() / "socket").string();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    redirect(folder_.path() / "serve.err", STDERR_FILENO, O_WRONLY | O_CREAT | O_APPEND);
    become({"serve", "--model", model_, "--data", folder_.path() / "data", "--listen", address});
  }
  ::close(ends[1]);
  ready_.clear();
  char c = 0;
  while (::read(ends[0], &c, 1) == 1 && c != '\n') ready_ += c;
  ::close(ends[0]);
  if (c != '\n') {
    const std::string why = readFile(folder_.path() / "serve.err");
    exitCode(process_);
    process_ = 0;
    throw std::runtime_error("the server ended: " + why);
  }
  ::setenv("FACET_ADDRESS", address.c_str(), 1);
}

int Served::stop(int signal) {
  ::kill(process_, signal);
  const int code = exitCode(process_);
  process_ = 0;
  return code;
}

Piped::Piped(const std::vector<std::string>& arguments) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe failed");
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    redirect("/dev/null", STDERR_FILENO, O_WRONLY);
    become(arguments);
  }
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
}

Piped::~Piped() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    finish();
  }
  ::close(out_);
}

void Piped::writeLine(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(in_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the program does not read its input");
  }
}

std::string Piped::readLine() {
  std::string line;
  char c = 0;
  pollfd waiting{out_, POLLIN, 0};
  while (::poll(&waiting, 1, kPatienceMs) == 1 && ::read(out_, &c, 1) == 1) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the program printed no further line");
}

int Piped::finish() {
  ::close(in_);
  const int code = exitCode(process_);
  process_ = 0;
  return code;
}

std::string sourcePath(const std::string& path) {
  return std::string(FACET_SOURCE) + "/" + path;
}

}  // namespace facet::test
