#include "values/array_text.h"

#include <deque>
#include <vector>

#include "values/array.h"
#include "values/text.h"
#include "values/text_scan.h"

namespace facet {
namespace {

bool needsQuotes(std::string_view text) {
  if (text.empty() || equalsIgnoringCase(text, "null")) return true;
  for (const char c : text) {
    if (isBlank(c) || c == '"' || c == '\\' || c == '{' || c == '}' || c == ',') return true;
  }
  return false;
}

void appendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

void appendElement(std::string& out, std::string_view text) {
  if (needsQuotes(text)) {
    appendQuoted(out, text);
  } else {
    out += text;
  }
}

struct Element {
  std::string text;
  bool isNull = false;
};

/// The texts of the elements between the braces.
class ElementScanner {
 public:
  explicit ElementScanner(std::string_view text) : scan_(trimBlanks(text)) {}

  bool open() { return scan_.take('{'); }
  /// After the last element: whether nothing follows the brace.
  bool close() {
    scan_.skipBlanks();
    return scan_.take('}') && scan_.done();
  }
  bool atEnd() {
    scan_.skipBlanks();
    return scan_.at('}');
  }
  bool takeComma() {
    scan_.skipBlanks();
    return scan_.take(',');
  }
  std::optional<Element> take() {
    scan_.skipBlanks();
    return scan_.take('"') ? takeQuoted() : takeBare();
  }

 private:
  std::optional<Element> takeQuoted() {
    Element out;
    while (!scan_.done()) {
      const char c = scan_.next();
      if (c == '"') return out;
      if (c == '\\' && scan_.done()) return std::nullopt;
      out.text.push_back(c == '\\' ? scan_.next() : c);
    }
    return std::nullopt;
  }

  std::optional<Element> takeBare() {
    Element out;
    size_t kept = 0;  // up to the last character that is not a blank, or is escaped
    bool escaped = false;
    while (!scan_.done() && !scan_.at(',') && !scan_.at('}')) {
      char c = scan_.next();
      if (c == '{' || c == '"') return std::nullopt;
      const bool isEscape = c == '\\';
      if (isEscape) {
        if (scan_.done()) return std::nullopt;
        c = scan_.next();
        escaped = true;
      }
      out.text.push_back(c);
      if (isEscape || !isBlank(c)) kept = out.text.size();
    }
    out.text.resize(kept);
    if (out.text.empty()) return std::nullopt;
    out.isNull = !escaped && equalsIgnoringCase(out.text, "null");
    return out;
  }

  TextScan scan_;
};

}  // namespace

void appendArrayText(std::string& out, const Type& type, const Value& array) {
  const Type element = type.elementType();
  const size_t size = arraySize(array);
  std::string text;
  out.push_back('{');
  for (size_t i = 0; i < size; ++i) {
    if (i > 0) out.push_back(',');
    const Value value = arrayElement(array, i);
    if (value.isNull()) {
      out += "NULL";
      continue;
    }
    text.clear();
    appendText(text, element, value);
    appendElement(out, text);
  }
  out.push_back('}');
}

std::string joinArrayText(const Texts& elements) {
  std::string out(1, '{');
  for (const auto& element : elements) {
    if (out.size() > 1) out.push_back(',');
    if (element) {
      appendElement(out, *element);
    } else {
      out += "NULL";
    }
  }
  out.push_back('}');
  return out;
}

std::optional<Texts> splitArrayText(std::string_view text) {
  ElementScanner scanner(text);
  if (!scanner.open()) return std::nullopt;
  Texts texts;
  if (!scanner.atEnd()) {
    do {
      auto element = scanner.take();
      if (!element || texts.size() == kMaxArrayElements) return std::nullopt;
      texts.push_back(element->isNull ? std::nullopt : std::optional(std::move(element->text)));
    } while (scanner.takeComma());
  }
  return scanner.close() ? std::optional(std::move(texts)) : std::nullopt;
}

std::optional<Value> parseArrayText(const Type& type, std::string_view text, std::string& scratch,
                                    Zones zones) {
  const auto texts = splitArrayText(text);
  if (!texts) return std::nullopt;
  std::vector<Value> values;
  std::deque<std::string> kept;  // what the values point into
  for (const auto& element : *texts) {
    if (!element) {
      values.push_back(Value::null());
      continue;
    }
    const auto value = parseText(type.elementType(), *element, kept.emplace_back(), zones);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return packArray(type.element, values, scratch);
}

}  // namespace facet
