#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

#include "cli/exit_code.h"

namespace facet {
namespace {

/// In front of an argument in brackets while CLI11 has it.
constexpr char kProtected = '\x01';

void unprotect(std::string& argument) {
  if (!argument.empty() && argument.front() == kProtected) argument.erase(argument.begin());
}

}  // namespace

/// Takes a number from `least` to `most`, written as one: no sign, no blanks, nothing behind it.
template <typename T>
auto numberCheck(T least, T most) {
  return [least, most](const std::string& text) -> std::string {
    T number{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && rest == end && number >= least && number <= most) return {};
    return most < std::numeric_limits<T>::max()
               ? fmt::format("it takes a number from {} to {}, not \"{}\"", least, most, text)
               : fmt::format("it takes a number from {} on, not \"{}\"", least, text);
  };
}

struct Arguments::Impl {
  Impl(const char* verb, const char* summary) : app(summary, std::string("facet ") + verb) {}

  CLI::App app;
  std::vector<std::string*> texts;
  std::vector<std::vector<std::string>*> lists;
};

Arguments::Arguments(const char* verb, const char* summary, const char* examples)
    : impl_(std::make_unique<Impl>(verb, summary)) {
  impl_->app.footer(std::string("Examples:\n") + examples);
  impl_->app.get_formatter()->column_width(34);
}

Arguments::~Arguments() = default;

void Arguments::positional(const char* name, std::string& out, const char* help, Need need) {
  impl_->app.add_option(name, out, help)->required(need == Need::required);
  impl_->texts.push_back(&out);
}

void Arguments::positional(const char* name, std::vector<std::string>& out, const char* help,
                           Need need) {
  impl_->app.add_option(name, out, help)->required(need == Need::required);
  impl_->lists.push_back(&out);
}

void Arguments::positional(const char* name, uint64_t& out, const char* help, uint64_t least) {
  impl_->app.add_option(name, out, help)
      ->required()
      ->check(numberCheck<uint64_t>(least, UINT64_MAX))
      ->type_name("N");
}

void Arguments::choice(const char* name, std::string& out, const char* help,
                       std::vector<std::string> words, Need need) {
  impl_->app.add_option(name, out, help)
      ->required(need == Need::required)
      ->check(CLI::IsMember(std::move(words)));
}

void Arguments::option(const char* name, std::string& out, const char* help, Need need) {
  impl_->app.add_option(name, out, help)->required(need == Need::required);
  impl_->texts.push_back(&out);
}

void Arguments::option(const char* name, std::vector<std::string>& out, const char* help) {
  impl_->app.add_option(name, out, help);
  impl_->lists.push_back(&out);
}

void Arguments::option(const char* name, uint32_t& out, const char* help, uint32_t least,
                       uint32_t most) {
  impl_->app.add_option(name, out, help)
      ->check(numberCheck(least, most))
      ->type_name(fmt::format("{}..{}", least, most));
}

void Arguments::option(const char* name, uint64_t& out, const char* help, uint64_t least,
                       uint64_t most) {
  impl_->app.add_option(name, out, help)->check(numberCheck(least, most))->type_name("N");
}

void Arguments::option(const char* name, double& out, const char* help, double least, double most) {
  impl_->app.add_option(name, out, help)
      ->check(numberCheck(least, most))
      ->type_name(fmt::format("{}..{}", least, most));
}

void Arguments::option(const char* name, std::optional<uint64_t>& out, const char* help,
                       uint64_t least) {
  impl_->app.add_option(name, out, help)
      ->check(numberCheck<uint64_t>(least, UINT64_MAX))
      ->type_name("N");
}

void Arguments::flag(const char* name, bool& out, const char* help) {
  impl_->app.add_flag(name, out, help);
}

void Arguments::exclude(const char* name, const char* other) {
  impl_->app.get_option(name)->excludes(impl_->app.get_option(other));
}

Arguments::Parsed Arguments::parse(std::vector<std::string> line) {
  for (std::string& argument : line) {
    if (!argument.empty() && argument.front() == '[') argument.insert(0, 1, kProtected);
  }
  std::reverse(line.begin(), line.end());  // as CLI11 wants them
  try {
    impl_->app.parse(std::move(line));
  } catch (const CLI::CallForHelp&) {
    const std::string help = impl_->app.help();
    std::fwrite(help.data(), 1, help.size(), stdout);
    return Parsed::helped;
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    std::erase(text, kProtected);
    throw UsageError(text);
  }
  for (std::string* text : impl_->texts) unprotect(*text);
  for (std::vector<std::string>* list : impl_->lists) {
    std::for_each(list->begin(), list->end(), unprotect);
  }
  return Parsed::yes;
}

}  // namespace facet
