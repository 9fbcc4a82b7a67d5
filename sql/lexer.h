// Lexer: cuts SQL text into tokens by PostgreSQL's rules, only as far as it takes to find where
// statements end and how many tokens they have; the parser proper is PostgreSQL's (parse_tree.h).
// Thread: belongs to its owner.
#pragma once

#include <cstddef>
#include <string_view>

namespace facet {

struct Lexeme {
  enum class What {
    end,
    semicolon,
    word,   // identifier, keyword or operator: what can make a parse tree deeper
    other,  // literal, bracket, comma, …
  };
  What what = What::end;
  size_t start = 0;
  size_t length = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  /// The next token; blanks and comments are skipped. An unterminated literal or comment reaches to
  /// the end.
  Lexeme next();

 private:
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  void skipBlanks();
  void skipBlockComment();
  void skipQuoted(char quote, bool backslashes);
  bool skipDollarQuoted();
  void skipOperator();
  Lexeme::What skipToken();

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace facet
