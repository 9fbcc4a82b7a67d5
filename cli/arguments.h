// Arguments: what a verb takes on the command line, declared one by one and bound to variables that
// are filled when the line is parsed. The one place that knows the parsing library (CLI11): its
// header is large, and it takes [an argument in brackets] for a list of its own, which would cut up
// JSON keys. Thread: main; the variables must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace facet {

class Arguments {
 public:
  enum class Need : uint8_t { required, optional };

  Arguments(const char* verb, const char* summary, const char* examples);
  ~Arguments();
  Arguments(const Arguments&) = delete;

  void positional(const char* name, std::string& out, const char* help, Need need = Need::required);
  void positional(const char* name, std::vector<std::string>& out, const char* help,
                  Need need = Need::required);
  void positional(const char* name, uint64_t& out, const char* help, uint64_t least);
  /// One of some words.
  void choice(const char* name, std::string& out, const char* help, std::vector<std::string> words,
              Need need = Need::required);

  void option(const char* name, std::string& out, const char* help, Need need = Need::optional);
  /// It takes several values, and may be there several times.
  void option(const char* name, std::vector<std::string>& out, const char* help);
  void option(const char* name, uint32_t& out, const char* help, uint32_t least, uint32_t most);
  void option(const char* name, uint64_t& out, const char* help, uint64_t least, uint64_t most);
  void option(const char* name, double& out, const char* help, double least, double most);
  void option(const char* name, std::optional<uint64_t>& out, const char* help, uint64_t least);
  void flag(const char* name, bool& out, const char* help);
  /// Not both.
  void exclude(const char* name, const char* other);

  enum class Parsed : uint8_t { yes, helped };
  /// helped: the help was asked for, and printed. Throws UsageError.
  Parsed parse(std::vector<std::string> line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facet
