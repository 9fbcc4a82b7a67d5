#include "sql/lexer.h"

namespace facet {

namespace {

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool startsIdentifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool continuesIdentifier(char c) {
  return startsIdentifier(c) || isDigit(c) || c == '$';
}
bool isOperator(char c) {
  return c != '\0' && std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
}

}  // namespace

Lexeme Lexer::next() {
  skipBlanks();
  Lexeme token{Lexeme::What::end, at_, 0};
  if (at_ < text_.size()) token.what = skipToken();
  token.length = at_ - token.start;
  return token;
}

void Lexer::skipBlanks() {
  while (at_ < text_.size()) {
    if (isBlank(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '-' && at(at_ + 1) == '-') {
      at_ = text_.find('\n', at_);
      if (at_ == std::string_view::npos) at_ = text_.size();
    } else if (text_[at_] == '/' && at(at_ + 1) == '*') {
      skipBlockComment();
    } else {
      return;
    }
  }
}

void Lexer::skipBlockComment() {
  int depth = 0;
  while (at_ < text_.size()) {
    if (text_[at_] == '/' && at(at_ + 1) == '*') {
      ++depth;
      at_ += 2;
    } else if (text_[at_] == '*' && at(at_ + 1) == '/') {
      at_ += 2;
      if (--depth == 0) return;
    } else {
      ++at_;
    }
  }
}

void Lexer::skipQuoted(char quote, bool backslashes) {
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '\\' && backslashes) {
      if (at_ < text_.size()) ++at_;
    } else if (c == quote) {
      if (at(at_) != quote) return;
      ++at_;
    }
  }
}

bool Lexer::skipDollarQuoted() {
  size_t end = at_ + 1;
  if (startsIdentifier(at(end))) {
    while (at(end) != '$' && continuesIdentifier(at(end))) ++end;
  }
  if (at(end) != '$') return false;
  const std::string_view tag = text_.substr(at_, end + 1 - at_);
  const size_t close = text_.find(tag, end + 1);
  at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  return true;
}

void Lexer::skipOperator() {
  do {
    ++at_;
  } while (isOperator(at(at_)) && !(at(at_) == '-' && at(at_ + 1) == '-') &&
           !(at(at_) == '/' && at(at_ + 1) == '*'));
}

Lexeme::What Lexer::skipToken() {
  const char c = text_[at_];
  if (c == ';') {
    ++at_;
    return Lexeme::What::semicolon;
  }
  if (startsIdentifier(c)) {
    const size_t start = at_;
    while (continuesIdentifier(at(at_))) ++at_;
    if (at_ - start == 1 && (c == 'e' || c == 'E') && at(at_) == '\'') {
      skipQuoted('\'', true);
      return Lexeme::What::other;
    }
    return Lexeme::What::word;
  }
  if (isOperator(c)) {
    skipOperator();
    return Lexeme::What::word;
  }
  if (c == '"') {
    skipQuoted('"', false);
    return Lexeme::What::word;
  }
  if (c == '\'') {
    skipQuoted('\'', false);
  } else if (isDigit(c)) {
    while (continuesIdentifier(at(at_)) || at(at_) == '.') ++at_;
  } else if (c != '$' || !skipDollarQuoted()) {
    ++at_;
  }
  return Lexeme::What::other;
}

}  // namespace facet
