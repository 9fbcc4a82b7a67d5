// Value: one SQL value on its way through an expression: 32 bytes, trivially copyable, no
// ownership.
//
// Text, bytes, arrays and composites point into memory that somebody else keeps alive (a batch, a
// row, an Arena); a Value never outlives what it points to. Kind::null is NULL; Kind::error carries
// an ErrorCode, and every operator passes it on, so that evaluation needs no exceptions. Thread:
// value.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "values/int128.h"
#include "values/type.h"

namespace facet {

/// Why an expression has no value. The texts (errorText) are PostgreSQL's.
enum class ErrorCode : uint8_t {
  divisionByZero,       // division by zero
  smallintOutOfRange,   // smallint out of range
  integerOutOfRange,    // integer out of range
  bigintOutOfRange,     // bigint out of range
  numericOutOfRange,    // value overflows numeric format
  floatOutOfRange,      // value out of range: overflow
  dateOutOfRange,       // date out of range
  timestampOutOfRange,  // timestamp out of range
  invalidText,          // invalid input syntax for the type
  invalidArgument,      // e.g. negative substring length not allowed
  moreThanOneRow,       // duplicate key value violates unique constraint
  tooLarge,             // the value is longer than facet's limit (limits.h)
  tooMuchWork,          // one expression over one row takes more than facet's limit
  interrupted,          // somebody stopped the query: never in a view
};

std::string_view errorText(ErrorCode code);

struct Interval {
  int64_t micros = 0;
  int32_t days = 0;
  int32_t months = 0;
  bool operator==(const Interval&) const = default;
};

/// What PostgreSQL compares intervals by: microseconds, a month being 30 days.
int128 intervalLength(Interval interval);

class Value {
 public:
  constexpr Value() : wide_(0), kind_(Kind::null), scale_(0) {}

  static Value null() { return Value(); }
  static Value error(ErrorCode code) { return fromWord(Kind::error, static_cast<int64_t>(code)); }
  static Value boolean(bool b) { return fromWord(Kind::boolean, b ? 1 : 0); }
  /// An int16, int32, int64, date, timestamp or timestamptz.
  static Value integer(Kind kind, int64_t i) { return fromWord(kind, i); }
  static Value int64(int64_t i) { return fromWord(Kind::int64, i); }
  static Value float64(double d) {
    Value v;
    v.kind_ = Kind::float64;
    v.double_ = d;
    return v;
  }
  static Value float32(float f) {
    Value v;
    v.kind_ = Kind::float32;
    v.double_ = f;
    return v;
  }
  /// `unscaled` × 10^-scale.
  static Value numeric(int128 unscaled, uint8_t scale) {
    Value v;
    v.kind_ = Kind::numeric;
    v.scale_ = scale;
    v.wide_ = unscaled;
    return v;
  }
  static Value text(std::string_view s) { return fromBytes(Kind::text, s); }
  static Value bytes(std::string_view s) { return fromBytes(Kind::bytes, s); }
  /// The packed row of the elements, all of kind `element` (see array.h).
  static Value array(std::string_view packedRow, Kind element) {
    Value v = fromBytes(Kind::array, packedRow);
    v.scale_ = static_cast<uint8_t>(element);
    return v;
  }
  /// Kinds and packed row of its columns (see composite.h).
  static Value composite(std::string_view packed) { return fromBytes(Kind::composite, packed); }
  static Value interval(Interval i) {
    Value v;
    v.kind_ = Kind::interval;
    v.interval_ = i;
    return v;
  }

  Kind kind() const { return kind_; }
  bool isNull() const { return kind_ == Kind::null; }
  bool isError() const { return kind_ == Kind::error; }
  /// WHERE, HAVING and FILTER let a row pass only if this holds.
  bool isTrue() const { return kind_ == Kind::boolean && word_ != 0; }

  ErrorCode errorCode() const { return static_cast<ErrorCode>(word_); }
  bool asBool() const { return word_ != 0; }
  int64_t asInt() const { return word_; }
  double asDouble() const { return double_; }
  int128 unscaled() const { return wide_; }
  uint8_t scale() const { return scale_; }
  /// Of text and bytes; of an array the packed row, of a composite its packed form.
  std::string_view asText() const { return {bytes_.data, bytes_.size}; }
  /// Of an array: the kind of its elements.
  Kind element() const { return static_cast<Kind>(scale_); }
  Interval asInterval() const { return interval_; }

 private:
  static Value fromWord(Kind kind, int64_t i) {
    Value v;
    v.kind_ = kind;
    v.word_ = i;
    return v;
  }
  static Value fromBytes(Kind kind, std::string_view s) {
    Value v;
    v.kind_ = kind;
    v.bytes_ = {s.data(), s.size()};
    return v;
  }

  struct Bytes {
    const char* data;
    size_t size;
  };
  union {
    int128 wide_;
    int64_t word_;
    double double_;
    Bytes bytes_;
    Interval interval_;
  };
  Kind kind_;
  uint8_t scale_;  // numeric: its scale; array: the kind of its elements
};
static_assert(sizeof(Value) == 32);

/// PostgreSQL's order of two non-null values of the same type family (integers and numerics compare
/// by value whatever their kind and scale; floats: NaN equals NaN and is greatest; text by bytes;
/// intervals by length with months of 30 days; arrays by their elements, composites by their
/// columns, NULLs last): negative, 0, positive.
int compareValues(const Value& a, const Value& b);

/// ORDER BY's order: as compareValues, and NULL after everything.
int compareNullsLast(const Value& a, const Value& b);

}  // namespace facet
