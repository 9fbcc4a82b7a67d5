// Values to text and back, as PostgreSQL's output and input functions do it. Thread: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "values/value.h"

namespace facet {

/// Appends the value as PostgreSQL prints it ("t", "12.50", "2017-11-08", "\x01ff", "{1,2}"); NULL
/// appends nothing.
void appendText(std::string& out, const Type& type, const Value& value);
std::string toText(const Type& type, const Value& value);

/// What a time zone behind a timestamp without time zone means.
enum class Zones : uint8_t {
  ignored,  // it is checked and dropped, as by PostgreSQL
  applied,  // the timestamp is made UTC; dates, which have none, are refused with one
};

/// The value of a type's input text, or nullopt if PostgreSQL would refuse it. Text and bytes point
/// into `text` or into `scratch`. A numeric of fixed scale is rounded to it.
std::optional<Value> parseText(const Type& type, std::string_view text, std::string& scratch,
                               Zones zones = Zones::ignored);

/// The texts of the elements of an array, or of the columns of a composite; nothing: NULL.
using Texts = std::vector<std::optional<std::string>>;

/// What stands in an array's text ("{1,NULL}"), or in a composite's ("(1,,abc)"); nullopt if it is
/// none. An array has at most kMaxArrayElements.
std::optional<Texts> splitArrayText(std::string_view text);
std::optional<Texts> splitCompositeText(std::string_view text);
/// The same the other way round, as PostgreSQL prints it.
std::string joinArrayText(const Texts& elements);
std::string joinCompositeText(const Texts& columns);

/// Whether it is UTF-8 without NUL, surrogates and overlong forms: what PostgreSQL stores as text.
bool isValidText(std::string_view text);

/// Shortest digits that read back as the same number, in PostgreSQL's form ("1e+20", "NaN",
/// "-Infinity").
void appendFloat64(std::string& out, double d);
void appendFloat32(std::string& out, float f);

/// Number of characters (code points).
size_t textLength(std::string_view text);

}  // namespace facet
