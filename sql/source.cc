#include "sql/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/lexer.h"
#include "sql/limits.h"

namespace facet {

namespace {

bool startsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

Source::Source(std::string_view whole, size_t start, size_t length, std::string_view prefix)
    : whole_(whole), start_(start), length_(length), prefix_(prefix.size()), text_(prefix) {
  text_ += whole.substr(start, length);
}

size_t Source::offsetInWhole(int location) const {
  const size_t offset = location < 0 ? 0 : static_cast<size_t>(location);
  return start_ + std::min(offset > prefix_ ? offset - prefix_ : 0, length_);
}

int Source::line(int location) const {
  const std::string_view before = whole_.substr(0, offsetInWhole(location));
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

int Source::column(int location) const {
  std::string_view before = whole_.substr(0, offsetInWhole(location));
  if (const size_t newline = before.rfind('\n'); newline != std::string_view::npos) {
    before.remove_prefix(newline + 1);
  }
  return 1 + static_cast<int>(std::count_if(before.begin(), before.end(), startsCharacter));
}

void Source::fail(int location, const std::string& message, std::string hint) const {
  throw SqlError(message, std::move(hint), line(location), column(location));
}

int Source::offsetOfCharacter(int n) const {
  int seen = 0;
  for (size_t i = 0; i < text_.size(); ++i) {
    if (startsCharacter(text_[i]) && seen++ == n) return static_cast<int>(i);
  }
  return static_cast<int>(text_.size());
}

std::vector<StatementSpan> splitStatements(std::string_view whole) {
  std::vector<StatementSpan> out;
  bool open = false;
  Lexer lexer(whole);
  for (Lexeme token = lexer.next(); token.what != Lexeme::What::end; token = lexer.next()) {
    if (token.what == Lexeme::What::semicolon) {
      open = false;
      continue;
    }
    if (!open) out.push_back({token.start, 0});
    open = true;
    out.back().length = token.start + token.length - out.back().start;
  }
  return out;
}

int findWord(const Source& source, std::string_view word) {
  const std::string_view text = source.text();
  const auto sameLetter = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  int depth = 0;
  Lexer lexer(text);
  for (Lexeme token = lexer.next(); token.what != Lexeme::What::end; token = lexer.next()) {
    const std::string_view found = text.substr(token.start, token.length);
    if (found == "(") ++depth;
    if (found == ")") --depth;
    const bool same = found.size() == word.size() &&
                      std::equal(found.begin(), found.end(), word.begin(), sameLetter);
    if (depth == 0 && token.what == Lexeme::What::word && same)
      return static_cast<int>(token.start);
  }
  return -1;
}

void checkSize(const Source& source) {
  const std::string& text = source.text();
  if (text.size() > kMaxStatementBytes) {
    source.fail(-1, fmt::format("the statement is longer than {} bytes", kMaxStatementBytes),
                "split it into several");
  }
  size_t tokens = 0;
  size_t words = 0;
  Lexer lexer(text);
  for (Lexeme token = lexer.next(); token.what != Lexeme::What::end; token = lexer.next()) {
    ++tokens;
    if (token.what == Lexeme::What::word) ++words;
    if (tokens > kMaxTokens || words > kMaxWords) {
      source.fail(static_cast<int>(token.start),
                  fmt::format("the statement has more than {} tokens, or more than {} words and "
                              "operators",
                              kMaxTokens, kMaxWords),
                  "split it into several, or put the values into a table and join it");
    }
  }
}

}  // namespace facet
