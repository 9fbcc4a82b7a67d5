// LIKE and ILIKE: matched directly on UTF-8, as PostgreSQL does it: % any characters, _ one
// character, the escape character takes the next one literally. ILIKE folds ASCII letters only
// (COLLATE "C").
#include "sql/eval_node.h"
#include "sql/eval_utf8.h"

namespace facet {
namespace {

enum class Match { yes, no, badEscape };

/// A pattern of LIKE with its escape character; an empty escape turns escaping off. Without
/// recursion: a failure after a % is only ever retried at the last %, because what an earlier one
/// could skip, the last one can skip too.
template <bool foldCase>
class Matcher {
 public:
  explicit Matcher(std::string_view escape)
      : escape_(escape), lead_(escape.empty() ? '\0' : escape[0]) {}

  Match match(std::string_view text, std::string_view pattern) const {
    std::string_view retryText;
    std::string_view retryPattern;  // not empty once a % was seen
    while (!text.empty()) {
      bool escaped = atEscape(pattern);
      if (escaped) {
        pattern.remove_prefix(escape_.size());
        if (pattern.empty()) return Match::badEscape;
      }
      if (!escaped && pattern.starts_with('%')) {
        if (!skipWildcards(text, pattern)) return Match::no;
        if (pattern.empty()) return Match::yes;
        if (atEscape(pattern) && pattern.size() == escape_.size()) return Match::badEscape;
        retryText = text;
        retryPattern = pattern;
      } else if (!escaped && pattern.starts_with('_')) {
        text.remove_prefix(characterBytes(text));
        pattern.remove_prefix(1);
      } else if (!pattern.empty() && sameByte(text[0], pattern[0])) {
        text.remove_prefix(1);
        pattern.remove_prefix(1);
      } else {
        if (retryPattern.empty()) return Match::no;
        retryText.remove_prefix(characterBytes(retryText));
        skipToFirstByte(retryText, retryPattern);
        text = retryText;
        pattern = retryPattern;
      }
    }
    while (pattern.starts_with('%') && !atEscape(pattern)) pattern.remove_prefix(1);
    return pattern.empty() ? Match::yes : Match::no;
  }

 private:
  static bool sameByte(char a, char b) {
    if constexpr (foldCase) return asciiLower(a) == asciiLower(b);
    return a == b;
  }

  bool atEscape(std::string_view pattern) const {
    return !pattern.empty() && pattern[0] == lead_ && pattern.starts_with(escape_);
  }

  /// At a %: takes all of % and _ that follow, and a character for each _; false if there are too
  /// few.
  bool skipWildcards(std::string_view& text, std::string_view& pattern) const {
    while (!pattern.empty() && !atEscape(pattern) && (pattern[0] == '%' || pattern[0] == '_')) {
      if (pattern[0] == '_') {
        if (text.empty()) return false;
        text.remove_prefix(characterBytes(text));
      }
      pattern.remove_prefix(1);
    }
    return true;
  }

  /// The pattern begins with a literal: only where its first byte is it can match.
  void skipToFirstByte(std::string_view& text, std::string_view pattern) const {
    char first = pattern[atEscape(pattern) ? escape_.size() : 0];
    size_t at = 0;
    if constexpr (foldCase) {
      while (at < text.size() && !sameByte(text[at], first)) at++;
    } else {
      at = std::min(text.find(first), text.size());
    }
    text.remove_prefix(at);
  }

  std::string_view escape_;
  char lead_;  // its first byte; without escape NUL, which no text has
};

template <bool foldCase>
class Like final : public WordNode {
 public:
  explicit Like(Nodes args) : WordNode(Kind::boolean), args_(std::move(args)) {}
  Word word(const EvalContext& context) const override {
    Value parts[3] = {Value(), Value(), Value::text("\\")};
    for (size_t i = 0; i < args_.size(); i++) {
      parts[i] = args_[i]->evaluate(context);
      if (parts[i].isError()) return toWord(parts[i]);
    }
    if (parts[1].isNull() || parts[2].isNull()) return Word::null();
    std::string_view escape = parts[2].asText();
    if (!escape.empty() && characterBytes(escape) != escape.size()) {
      return Word::error(ErrorCode::invalidArgument);
    }
    if (parts[0].isNull()) return Word::null();
    Match match = Matcher<foldCase>(escape).match(parts[0].asText(), parts[1].asText());
    if (match == Match::badEscape) return Word::error(ErrorCode::invalidArgument);
    return Word::boolean(match == Match::yes);
  }

 private:
  Nodes args_;
};

}  // namespace

NodePtr makeLike(const Expr& expr, Nodes args) {
  FACET_ASSERT(args.size() == 2 || args.size() == 3, args.size());
  if (expr.op == Op::ilike) return std::make_unique<Like<true>>(std::move(args));
  return std::make_unique<Like<false>>(std::move(args));
}

}  // namespace facet
