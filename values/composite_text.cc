#include "values/composite_text.h"

#include <deque>
#include <vector>

#include "values/composite.h"
#include "values/text.h"
#include "values/text_scan.h"

namespace facet {
namespace {

bool needsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (isBlank(c) || c == '"' || c == '\\' || c == '(' || c == ')' || c == ',') return true;
  }
  return false;
}

void appendColumn(std::string& out, std::string_view text) {
  if (!needsQuotes(text)) {
    out += text;
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('"');
}

/// The next column, up to its comma or bracket: blanks belong to it, quotes may begin and end
/// anywhere in it. False if the text ends within it.
bool takeColumn(TextScan& scan, std::optional<std::string>& out) {
  if (scan.at(',') || scan.at(')')) return true;
  out.emplace();
  bool quoted = false;
  while (!scan.done()) {
    if (!quoted && (scan.at(',') || scan.at(')'))) return true;
    const char c = scan.next();
    if (c == '\\') {
      if (scan.done()) return false;
      out->push_back(scan.next());
    } else if (c != '"') {
      out->push_back(c);
    } else if (quoted && scan.take('"')) {
      out->push_back('"');
    } else {
      quoted = !quoted;
    }
  }
  return false;
}

}  // namespace

void appendCompositeText(std::string& out, const Type& type, const Value& composite) {
  std::string text;
  char separator = '(';
  CompositeColumns columns(composite);
  for (const Composite::Column& column : type.composite->columns()) {
    out.push_back(separator);
    separator = ',';
    const Value value = columns.next();
    if (value.isNull()) continue;
    text.clear();
    appendText(text, column.type, value);
    appendColumn(out, text);
  }
  out.push_back(')');
}

std::string joinCompositeText(const Texts& columns) {
  std::string out;
  for (const auto& column : columns) {
    out.push_back(out.empty() ? '(' : ',');
    if (column) appendColumn(out, *column);
  }
  out.push_back(')');
  return out;
}

std::optional<Texts> splitCompositeText(std::string_view text) {
  TextScan scan(trimBlanks(text));
  if (!scan.take('(')) return std::nullopt;
  Texts texts;
  do {
    if (!takeColumn(scan, texts.emplace_back())) return std::nullopt;
  } while (scan.take(','));
  return scan.take(')') && scan.done() ? std::optional(std::move(texts)) : std::nullopt;
}

std::optional<Value> parseCompositeText(const Type& type, std::string_view text,
                                        std::string& scratch, Zones zones) {
  const auto texts = splitCompositeText(text);
  const std::vector<Composite::Column>& columns = type.composite->columns();
  if (!texts || texts->size() != columns.size()) return std::nullopt;
  std::vector<Value> values;
  std::deque<std::string> kept;  // what the values point into
  for (size_t c = 0; c < columns.size(); ++c) {
    if (!(*texts)[c]) {
      values.push_back(Value::null());
      continue;
    }
    const auto value = parseText(columns[c].type, *(*texts)[c], kept.emplace_back(), zones);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  scratch.clear();
  appendComposite(*type.composite, values, scratch);
  return Value::composite(scratch);
}

}  // namespace facet
