#include "sql/parse_tree.h"

extern "C" {
#include <pg_query.h>
}

#include <charconv>
#include <nlohmann/json.hpp>

#include "sql/lexer.h"
#include "sql/syntax_hint.h"
#include "values/text.h"

namespace facet {

SyntaxNode SyntaxNode::tagged(const Json& json) {
  if (!json.is_object() || json.empty()) return {};
  return {json.begin().key(), &json.begin().value()};
}

SyntaxNode SyntaxNode::untagged(const Json& json) {
  return {"", &json};
}

const SyntaxNode::Json* SyntaxNode::find(const char* field) const {
  if (body_ == nullptr || !body_->is_object()) return nullptr;
  const auto found = body_->find(field);
  return found == body_->end() ? nullptr : &*found;
}

bool SyntaxNode::has(const char* field) const {
  return find(field) != nullptr;
}

SyntaxNode SyntaxNode::child(const char* field) const {
  const Json* json = find(field);
  return json == nullptr ? SyntaxNode() : tagged(*json);
}

SyntaxNode SyntaxNode::part(const char* field) const {
  const Json* json = find(field);
  return json == nullptr ? SyntaxNode() : untagged(*json);
}

std::vector<SyntaxNode> SyntaxNode::children(const char* field) const {
  std::vector<SyntaxNode> out;
  const Json* json = find(field);
  if (json == nullptr || !json->is_array()) return out;
  out.reserve(json->size());
  for (const Json& item : *json) out.push_back(tagged(item));
  return out;
}

std::string_view SyntaxNode::text(const char* field) const {
  const Json* json = find(field);
  if (json == nullptr || !json->is_string()) return {};
  return json->get_ref<const std::string&>();
}

int64_t SyntaxNode::number(const char* field) const {
  const Json* json = find(field);
  return json != nullptr && json->is_number() ? json->get<int64_t>() : 0;
}

bool SyntaxNode::flag(const char* field) const {
  const Json* json = find(field);
  return json != nullptr && json->is_boolean() && json->get<bool>();
}

std::vector<std::string_view> SyntaxNode::names(const char* field) const {
  std::vector<std::string_view> out;
  for (const SyntaxNode& node : children(field)) {
    out.push_back(node.is("A_Star") ? std::string_view("*") : node.text("sval"));
  }
  return out;
}

namespace {

/// A place is found near the top; below this many levels nobody looks.
constexpr int kSearchedLevels = 100;

int firstLocationIn(const nlohmann::json& json, int levels) {
  int first = -1;
  if (levels == 0) return first;
  for (auto it = json.begin(); it != json.end(); ++it) {
    int location = -1;
    if (it->is_structured()) {
      location = firstLocationIn(*it, levels - 1);
    } else if (json.is_object() && it.key() == "location" && it->is_number()) {
      location = it->get<int>();
    }
    if (location >= 0 && (first < 0 || location < first)) first = location;
  }
  return first;
}

}  // namespace

int SyntaxNode::firstLocation() const {
  return body_ == nullptr ? -1 : firstLocationIn(*body_, kSearchedLevels);
}

int64_t integerConstant(const Source& source, const SyntaxNode& constant) {
  const int64_t written = constant.part("ival").number("ival");
  const int location = constant.location();
  if (written != 0 || location < 0) return written;
  const std::string_view text =
      std::string_view(source.text()).substr(static_cast<size_t>(location));
  if (!text.starts_with('-')) return 0;
  // The minus signs and brackets that the parser has folded away, then the digits.
  Lexer lexer(text);
  Lexeme token = lexer.next();
  while (token.what != Lexeme::What::end &&
         std::string_view("-(").find(text[token.start]) != std::string_view::npos) {
    token = lexer.next();
  }
  int64_t value = 0;
  const char* first = text.data() + token.start;
  std::from_chars(first, first + token.length, value);
  return -value;
}

ParseTree::ParseTree(const Source& source) {
  checkSize(source);
  if (!isValidText(source.text())) {
    source.fail(-1, "the text is not valid UTF-8", "save it as UTF-8, not as UTF-16 or Latin-1");
  }
  struct Result {
    PgQueryParseResult value;
    explicit Result(const char* text) : value(pg_query_parse(text)) {}
    ~Result() { pg_query_free_parse_result(value); }
    Result(const Result&) = delete;
    Result& operator=(const Result&) = delete;
  } result(source.text().c_str());
  if (const PgQueryError* error = result.value.error) {
    // The place counts characters from 1; 0 is none.
    const int at = error->cursorpos > 0 ? source.offsetOfCharacter(error->cursorpos - 1) : -1;
    source.fail(at, error->message,
                at < 0 ? std::string() : syntaxHint(source, static_cast<size_t>(at)));
  }
  json_ = std::make_shared<const nlohmann::json>(nlohmann::json::parse(result.value.parse_tree));
}

size_t ParseTree::statementCount() const {
  const auto statements = json_->find("stmts");
  return statements == json_->end() ? 0 : statements->size();
}

SyntaxNode ParseTree::statement() const {
  if (statementCount() == 0) return {};
  return SyntaxNode::untagged((*json_)["stmts"][0]).child("stmt");
}

}  // namespace facet
