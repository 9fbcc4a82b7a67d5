#include "client/rows.h"

#include <kj/debug.h>

#include "values/datetime.h"
#include "values/text.h"
#include "values/text_scan.h"
#include "values/wire/field_codec.h"

namespace facet {
namespace {

/// Digits with a sign, and for those that have them a point and an exponent.
bool isNumberText(Kind kind, std::string_view text) {
  TextScan scan(trimBlanks(text));
  if (scan.at('-') || scan.at('+')) scan.next();
  size_t digits = scan.takeWhile(isDigit).size();
  const bool isInteger = kind == Kind::int16 || kind == Kind::int32 || kind == Kind::int64;
  if (!isInteger) {
    if (scan.take('.')) digits += scan.takeWhile(isDigit).size();
    if (digits > 0 && (scan.take('e') || scan.take('E'))) {
      if (scan.at('-') || scan.at('+')) scan.next();
      if (scan.takeWhile(isDigit).empty()) return false;
    }
  }
  return digits > 0 && scan.done();
}

/// Why a text is no value of the type.
std::string typeProblem(const Type& type, std::string_view text) {
  const bool isNumber = type.kind == Kind::int16 || type.kind == Kind::int32 ||
                        type.kind == Kind::int64 || type.kind == Kind::numeric ||
                        type.kind == Kind::float32 || type.kind == Kind::float64;
  if (isNumber && isNumberText(type.kind, text))
    return "is out of range for type " + typeName(type);
  if (type.kind == Kind::date && hasTimeZone(text)) {
    return "has a time zone, and a date has none: leave the zone away, or the time";
  }
  return "is not of type " + typeName(type);
}

}  // namespace

RowReader::RowReader(const std::vector<ColumnShape>& columns)
    : columns_(columns), values_(columns.size()), scratch_(columns.size()) {}

const std::vector<Value>& RowReader::read(capnp::AnyStruct::Reader row) {
  for (size_t c = 0; c < columns_.size(); ++c) {
    const auto value = decodeField(columns_[c], row, scratch_[c]);
    KJ_REQUIRE(value.has_value(), "a value is none of its type", columns_[c].name.c_str());
    values_[c] = *value;
  }
  return values_;
}

std::optional<std::string> RowReader::text(size_t column) const {
  if (values_[column].isNull()) return std::nullopt;
  return toText(columns_[column].type, values_[column]);
}

std::optional<std::string> defaultText(const ColumnShape& column) {
  if (bitsOf(column.wire) == 0 || column.nullUnion) return std::nullopt;
  if (column.hasNullValue && column.nullBits == column.defaultMask) return std::nullopt;
  const auto value = valueOfBits(column.wire, column.type, column.enumerants, column.defaultMask);
  return value ? std::optional(toText(column.type, *value)) : std::nullopt;
}

std::string writeField(const ColumnShape& column, std::optional<std::string_view> text,
                       capnp::AnyStruct::Builder out) {
  if (!text) return encodeField(column, Value::null(), out);
  std::string scratch;
  const auto value = parseText(column.type, *text, scratch, Zones::applied);
  if (!value) return typeProblem(column.type, *text);
  return encodeField(column, *value, out);
}

}  // namespace facet
