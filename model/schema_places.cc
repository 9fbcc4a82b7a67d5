#include "model/schema_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace facet {
namespace {

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool continuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

/// Goes through the file once, token by token, and notes where the parts begin.
class SchemaPlaces::Reader {
 public:
  Reader(std::string_view text, std::map<std::string, size_t, std::less<>>& starts)
      : text_(text), starts_(starts) {
    next();
  }

  void run() {
    while (!atEnd()) declarations("", "");
  }

 private:
  void next() {
    at_ += length_;
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else {
        break;
      }
    }
    length_ = at_ < text_.size() ? tokenLength() : 0;
  }

  size_t tokenLength() const {
    size_t end = at_ + 1;
    if (text_[at_] == '"') {
      while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
      return std::min(end + 1, text_.size()) - at_;
    }
    if (!isWordCharacter(text_[at_])) return 1;
    while (end < text_.size() && isWordCharacter(text_[end])) ++end;
    return end - at_;
  }

  bool atEnd() const { return at_ >= text_.size(); }
  std::string_view token() const { return text_.substr(at_, length_); }
  bool isWord() const { return !atEnd() && isWordCharacter(text_[at_]); }
  bool is(std::string_view symbol) const { return !atEnd() && token() == symbol; }
  bool opens() const { return is("(") || is("[") || is("{"); }
  bool closes() const { return is(")") || is("]") || is("}"); }

  /// Behind the bracket that closes the one that is here.
  void skipBrackets() {
    size_t depth = 0;
    do {
      if (opens()) ++depth;
      if (closes()) --depth;
      next();
    } while (!atEnd() && depth > 0);
  }

  /// Behind the declaration's end, whatever it is.
  void skipDeclaration() {
    while (!atEnd() && !is("}")) {
      const bool ends = is(";") || is("{");
      if (opens()) {
        skipBrackets();
      } else {
        next();
      }
      if (ends) return;
    }
  }

  /// What is inside of a struct, group or union, and the bracket behind it. Fields are noted as
  /// `fields` and their name, structs as `structs` and theirs.
  void declarations(const std::string& fields, const std::string& structs) {
    while (!atEnd() && !is("}")) {
      if (!isWord()) {
        skipDeclaration();
        continue;
      }
      const std::string word(token());
      const size_t start = at_;
      next();
      if (is("@")) {
        field(fields + word, start, structs);
      } else if (word == "struct") {
        structDeclaration(structs);
      } else if (word == "union" && is("{")) {
        inBraces(fields, structs);
      } else if (is(":")) {
        field(fields + word, start, structs);
      } else {
        skipDeclaration();
      }
    }
    next();
  }

  void inBraces(const std::string& fields, const std::string& structs) {
    next();
    declarations(fields, structs);
  }

  void structDeclaration(const std::string& structs) {
    const std::string name = structs + std::string(token());
    note(name);
    while (!atEnd() && !is("{") && !is(";")) {
      if (is("$")) {
        annotation(name);
      } else if (opens()) {
        skipBrackets();
      } else {
        next();
      }
    }
    if (is("{")) inBraces(name + ".", name + ".");
  }

  /// `total @2 :Int64 $Facet.decimal(4);` or `home :group { … }`.
  void field(const std::string& name, size_t start, const std::string& structs) {
    starts_.emplace(name, start);
    while (!atEnd() && !is(";") && !is("{") && !is("}")) {
      if (opens()) {
        skipBrackets();
      } else {
        next();
      }
    }
    if (is("{")) {
      inBraces(name + ".", structs);
    } else if (is(";")) {
      next();
    }
  }

  /// `$Facet.command(emits = […], …)` of a struct.
  void annotation(const std::string& name) {
    next();
    while (isWord() || is(".")) next();
    if (is("(")) value(name);
  }

  void note(const std::string& part) { starts_.emplace(part, at_); }

  void value(const std::string& part) {
    note(part);
    if (is("[")) {
      next();
      for (size_t i = 0; !atEnd() && !closes(); ++i) {
        value(fmt::format("{}[{}]", part, i));
        if (is(",")) next();
      }
      next();
    } else if (is("(")) {
      next();
      while (!atEnd() && !closes()) member(part);
      next();
    } else {
      while (!atEnd() && !is(",") && !closes()) {
        if (opens()) {
          skipBrackets();
        } else {
          next();
        }
      }
    }
  }

  void member(const std::string& part) {
    const std::string name(token());
    next();
    if (is("=")) {
      next();
      value(part + "." + name);
    }
    if (is(",")) next();
  }

  std::string_view text_;
  std::map<std::string, size_t, std::less<>>& starts_;
  size_t at_ = 0;      // the token that is next
  size_t length_ = 0;  // its length
};

SchemaPlaces::SchemaPlaces(std::string_view content) : content_(content) {
  Reader(content, starts_).run();
}

std::pair<int, int> SchemaPlaces::find(std::string_view part) const {
  while (!part.empty()) {
    const auto found = starts_.find(part);
    if (found != starts_.end()) return lineAndColumn(content_, found->second);
    const size_t end = part.find_last_of(".[");
    part = part.substr(0, end == part.npos ? 0 : end);
  }
  return {0, 0};
}

std::pair<int, int> SchemaPlaces::findInExpression(std::string_view part, int line,
                                                   int column) const {
  auto found = starts_.end();
  for (const char* name : {".that", ".to", ".when", ""}) {
    if (found == starts_.end()) found = starts_.find(std::string(part) + name);
  }
  if (found == starts_.end()) return find(part);
  const size_t start = found->second;
  // In a text with escapes, characters stand elsewhere than in what it means.
  const size_t end = std::min(content_.find_first_of("\"\\\n", start + 1), content_.size() - 1);
  if (content_[start] != '"' || content_[end] != '"' || line != 1) {
    return lineAndColumn(content_, start);
  }
  size_t at = start + 1;
  for (int seen = 1; seen < column && at < end; ++seen) {
    ++at;
    while (at < end && continuesCharacter(content_[at])) ++at;
  }
  return lineAndColumn(content_, at);
}

std::pair<int, int> lineAndColumn(std::string_view content, size_t byte) {
  byte = std::min(byte, content.size());
  int line = 1;
  int column = 1;
  for (size_t i = 0; i < byte; ++i) {
    if (content[i] == '\n') {
      ++line;
      column = 1;
    } else if (!continuesCharacter(content[i])) {
      ++column;
    }
  }
  return {line, column};
}

}  // namespace facet
