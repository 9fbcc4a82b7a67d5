// LIKE and ILIKE: matched directly on UTF-8, as PostgreSQL does it: % any characters, _ one
// character, the escape character takes the next one literally. ILIKE folds ASCII letters only
// (COLLATE "C").
#include <algorithm>

#include "sql/eval_node.h"
#include "sql/eval_text.h"
#include "sql/eval_utf8.h"

namespace facet {
namespace {

enum class Match { yes, no, badEscape, tooMuch };

/// A pattern of LIKE with its escape character; an empty escape turns escaping off. Without
/// recursion: a failure after a % is only ever retried at the last %, because what an earlier one
/// could skip, the last one can skip too. The literal run behind a % is searched for as a whole, in
/// linear time; only a run that ends at a _ or an escape can be met in vain again and again, and
/// that is counted.
class Matcher {
 public:
  Matcher(std::string_view escape, Work& work)
      : escape_(escape), lead_(escape.empty() ? '\0' : escape[0]), work_(work) {}

  Match match(std::string_view text, std::string_view pattern) {
    if (!work_.spend(text.size() + pattern.size())) return Match::tooMuch;
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
        setRun(pattern);
        if (afterRun_.empty()) return text.ends_with(run_) ? Match::yes : Match::no;
        if (!findRun(text, pattern)) return Match::no;
      } else if (!escaped && pattern.starts_with('_')) {
        text.remove_prefix(characterBytes(text));
        pattern.remove_prefix(1);
      } else if (!pattern.empty() && text[0] == pattern[0]) {
        text.remove_prefix(1);
        pattern.remove_prefix(1);
      } else {
        if (run_.empty()) return Match::no;
        if (!work_.spend(static_cast<size_t>(text.data() - retryText_.data())))
          return Match::tooMuch;
        retryText_.remove_prefix(characterBytes(retryText_));
        text = retryText_;
        if (!findRun(text, pattern)) return Match::no;
      }
    }
    while (pattern.starts_with('%') && !atEscape(pattern)) pattern.remove_prefix(1);
    return pattern.empty() ? Match::yes : Match::no;
  }

 private:
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

  /// The pattern begins with a literal, perhaps an escaped one: sets run_ and afterRun_.
  void setRun(std::string_view pattern) {
    const bool escaped = atEscape(pattern);
    if (escaped) pattern.remove_prefix(escape_.size());
    size_t size = escaped ? characterBytes(pattern) : 1;
    while (size < pattern.size() && pattern[size] != '%' && pattern[size] != '_' &&
           !atEscape(pattern.substr(size))) {
      ++size;
    }
    run_ = pattern.substr(0, size);
    afterRun_ = pattern.substr(size);
  }

  /// Goes behind the next place of the run; false if there is none.
  bool findRun(std::string_view& text, std::string_view& pattern) {
    const size_t at = findText(text, run_);
    if (at == text.npos) return false;
    retryText_ = text.substr(at);
    text = retryText_.substr(run_.size());
    pattern = afterRun_;
    return true;
  }

  std::string_view escape_;
  char lead_;  // its first byte; without escape NUL, which no text has
  Work& work_;
  std::string_view run_;  // behind the last %; empty: there was none
  std::string_view afterRun_;
  std::string_view retryText_;  // begins with the run
};

/// The text with ASCII letters in lower case; as it is, if it has no others.
std::string_view lowered(std::string_view text, Arena& arena) {
  const auto changes = [](char c) { return asciiLower(c) != c; };
  if (std::none_of(text.begin(), text.end(), changes)) return text;
  char* out = arena.allocate(text.size());
  std::transform(text.begin(), text.end(), out, asciiLower);
  return {out, text.size()};
}

/// The pattern with a backslash in place of an escape that is a letter: it keeps its meaning when
/// the letters of the pattern are folded.
std::string_view withBackslash(std::string_view pattern, char escape, Arena& arena) {
  char* out = arena.allocate(2 * pattern.size());
  char* end = out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool escaped = pattern[i] == escape;
    if (escaped || pattern[i] == '\\') *end++ = '\\';
    if (escaped && ++i == pattern.size()) break;
    *end++ = pattern[i];
  }
  return {out, static_cast<size_t>(end - out)};
}

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
    switch (compare(parts[0].asText(), parts[1].asText(), escape, *context.arena)) {
      case Match::badEscape:
        return Word::error(ErrorCode::invalidArgument);
      case Match::tooMuch:
        return toWord(tooMuch(context));
      case Match::yes:
        return Word::boolean(true);
      case Match::no:
        return Word::boolean(false);
    }
    return Word::null();
  }

 private:
  static Match compare(std::string_view text, std::string_view pattern, std::string_view escape,
                       Arena& arena) {
    if constexpr (foldCase) {
      if (!arena.work().spend(text.size() + pattern.size())) return Match::tooMuch;
      if (escape.size() == 1 && (asciiLower(escape[0]) != asciiUpper(escape[0]))) {
        pattern = withBackslash(pattern, escape[0], arena);
        escape = "\\";
      }
      text = lowered(text, arena);
      pattern = lowered(pattern, arena);
    }
    return Matcher(escape, arena.work()).match(text, pattern);
  }

  Nodes args_;
};

}  // namespace

NodePtr makeLike(const Expr& expr, Nodes args) {
  FACET_ASSERT(args.size() == 2 || args.size() == 3, args.size());
  if (expr.op == Op::ilike) return std::make_unique<Like<true>>(std::move(args));
  return std::make_unique<Like<false>>(std::move(args));
}

}  // namespace facet
