#include "cli/json_text.h"

#include <cmath>

#include "values/array.h"
#include "values/composite.h"
#include "values/text.h"

namespace facet {
namespace {

void appendEscaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

void appendArray(std::string& out, const Type& type, const Value& array) {
  const Type element = type.elementType();
  out += '[';
  for (size_t i = 0; i < arraySize(array); ++i) {
    if (i > 0) out += ',';
    appendJson(out, element, arrayElement(array, i));
  }
  out += ']';
}

void appendObject(std::string& out, const Type& type, const Value& composite) {
  char separator = '{';
  CompositeColumns columns(composite);
  for (const Composite::Column& column : type.composite->columns()) {
    out += separator;
    separator = ',';
    appendJsonString(out, column.name);
    out += ':';
    appendJson(out, column.type, columns.next());
  }
  out += '}';
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      appendEscaped(out, c);
    } else {
      out += c;
    }
  }
  out += '"';
}

void appendJson(std::string& out, const Type& type, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.asBool() ? "true" : "false";
      return;
    case Kind::int16:
    case Kind::int32:
      appendText(out, type, value);
      return;
    case Kind::float32:
    case Kind::float64:
      if (std::isfinite(value.asDouble())) {
        appendText(out, type, value);
        return;
      }
      break;
    case Kind::array:
      appendArray(out, type, value);
      return;
    case Kind::composite:
      appendObject(out, type, value);
      return;
    default:
      break;
  }
  appendJsonString(out, toText(type, value));
}

}  // namespace facet
