#include "sql/syntax_hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sql/lexer.h"

namespace facet {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool beginsStatement(std::string_view word) {
  static constexpr std::array<std::string_view, 8> kWords = {
      "create", "select", "insert", "update", "delete", "refresh", "drop", "alter"};
  const auto sameLetter = [](char a, char b) { return (a | 0x20) == b; };
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view known) {
    return std::equal(word.begin(), word.end(), known.begin(), known.end(), sameLetter);
  });
}

}  // namespace

std::string syntaxHint(const Source& source, size_t at) {
  const std::string_view text = source.text();
  Lexer lexer(text);
  int depth = 0;
  bool first = true;
  for (Lexeme token = lexer.next(); token.what != Lexeme::What::end; token = lexer.next()) {
    const std::string_view found = text.substr(token.start, token.length);
    if (found == "(") ++depth;
    if (found == ")") --depth;
    if (found.starts_with(kByteOrderMark)) {
      return "a byte order mark (U+FEFF, which is not shown) stands here or before: take it out";
    }
    if (at < token.start + token.length) {
      // Within brackets it is a sub-select at a wrong place.
      if (!first && depth == 0 && beginsStatement(found)) {
        return fmt::format("is a ; missing before {}?", found);
      }
      return {};
    }
    first = false;
  }
  return {};
}

}  // namespace facet
