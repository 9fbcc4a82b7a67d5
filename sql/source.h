// Source: the text of one statement and where it stands in what its author wrote; it turns byte
// offsets into lines and columns. splitStatements cuts a file, so that an error in one statement
// hides no other. Thread: immutable; the text outlives it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/bind.h"

namespace facet {

class Source {
 public:
  /// The statement is `whole.substr(start, length)`. What is parsed is `prefix` (of our own making,
  /// such as "SELECT ") and the statement; offsets count from the prefix's start.
  Source(std::string_view whole, size_t start, size_t length, std::string_view prefix = {});

  /// What the parser gets.
  const std::string& text() const { return text_; }
  int line(int location) const;
  int column(int location) const;
  /// Throws SqlError at a byte offset in text(); without one (-1) at the statement's start.
  [[noreturn]] void fail(int location, const std::string& message, std::string hint = {}) const;
  /// The byte offset of the n-th character (from 0) of text().
  int offsetOfCharacter(int n) const;

 private:
  size_t offsetInWhole(int location) const;

  std::string_view whole_;
  size_t start_;
  size_t length_;
  size_t prefix_;
  std::string text_;
};

struct StatementSpan {
  size_t start = 0;  // byte offset of the first token
  size_t length = 0;
};

/// The statements between semicolons, without the blanks and comments before them; PostgreSQL's
/// rules for quotes, dollar quotes and comments.
std::vector<StatementSpan> splitStatements(std::string_view whole);

/// The byte offset of a word outside of all brackets, in any case: where a clause begins; -1 if it
/// is not there.
int findWord(const Source& source, std::string_view word);

/// Throws if the statement is longer, or has more tokens, than the limits allow: to be asked before
/// parsing.
void checkSize(const Source& source);

}  // namespace facet
