// Keys: the canonical form of a value, and encodings whose memcmp order is ORDER BY's.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "values/array.h"
#include "values/assert.h"
#include "values/composite.h"
#include "values/datetime.h"
#include "values/int256.h"
#include "values/numeric.h"
#include "values/row.h"
#include "values/row_slot.h"

namespace facet {
namespace {

// Before each value; a NULL is one of the outer two, and nothing follows it.
constexpr char kNullFirst = 0;
constexpr char kNotNull = 1;
constexpr char kNullLast = 2;

constexpr int kKeyDigits = 36;  // of kMaxUnscaled
constexpr size_t kMantissaBytes = 15;

/// The lowest `bytes` bytes of the value, the highest of them first.
void appendBigEndian(std::string& out, uint128 value, size_t bytes) {
  const uint64_t words[2] = {__builtin_bswap64(static_cast<uint64_t>(value >> 64)),
                             __builtin_bswap64(static_cast<uint64_t>(value))};
  char buffer[16];
  std::memcpy(buffer, words, sizeof(buffer));
  out.append(buffer + sizeof(buffer) - bytes, bytes);
}

void appendSigned(std::string& out, int64_t value) {
  appendBigEndian(out, static_cast<uint64_t>(value) ^ uint64_t{1} << 63, 8);
}

void appendDouble(std::string& out, double d) {
  if (d == 0) d = 0;                                                // -0.0
  if (std::isnan(d)) d = std::numeric_limits<double>::quiet_NaN();  // its bits are above infinity's
  const auto bits = std::bit_cast<uint64_t>(d);
  const uint64_t sign = uint64_t{1} << 63;
  appendBigEndian(out, (bits & sign) != 0 ? ~bits : bits | sign, 8);
}

/// Sign; then, unless it is zero, the power of ten of the first digit, and all digits as a
/// fraction: the same bytes for every scale.
void appendNumeric(std::string& out, const Value& value) {
  const int128 unscaled = value.unscaled();
  out.push_back(static_cast<char>(unscaled < 0 ? 0 : unscaled == 0 ? 1 : 2));
  if (unscaled == 0) return;
  const size_t start = out.size();
  const uint128 magnitude =
      unscaled < 0 ? -static_cast<uint128>(unscaled) : static_cast<uint128>(unscaled);
  const auto* end = std::upper_bound(kPowersOfTen.begin(), kPowersOfTen.end(), magnitude);
  const auto digits = static_cast<int>(end - kPowersOfTen.begin());
  FACET_ASSERT(digits <= kKeyDigits, digits);
  constexpr int kBias = kMaxScale;
  out.push_back(static_cast<char>(digits - value.scale() + kBias));
  appendBigEndian(out, magnitude * powerOfTen(kKeyDigits - digits), kMantissaBytes);
  if (unscaled >= 0) return;
  for (size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

/// 00 becomes 00 FF, and the end is 00 00, which is below anything that could follow.
void appendEscaped(std::string& out, std::string_view bytes) {
  size_t from = 0;
  while (true) {
    const size_t zero = bytes.find('\0', from);
    if (zero == std::string_view::npos) break;
    out.append(bytes, from, zero - from).append("\0\xff", 2);
    from = zero + 1;
  }
  out.append(bytes.substr(from)).append("\0\0", 2);
}

void appendInterval(std::string& out, Interval interval) {
  const auto length = static_cast<uint128>(intervalLength(interval));
  appendBigEndian(out, length ^ static_cast<uint128>(1) << 127, 16);
}

/// Each element after a 1, and 0 at the end: a shorter array comes first.
void appendArray(std::string& out, const Value& value) {
  const size_t size = arraySize(value);
  for (size_t i = 0; i < size; ++i) {
    out.push_back(1);
    appendOrderedKey(out, arrayElement(value, i));
  }
  out.push_back(0);
}

void appendColumns(std::string& out, const Value& value) {
  for (CompositeColumns columns(value); columns.left() > 0;) appendOrderedKey(out, columns.next());
}

void appendNotNull(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      out.push_back(value.asBool() ? 1 : 0);
      return;
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamptz:
      appendSigned(out, value.asInt());
      return;
    case Kind::numeric:
      appendNumeric(out, value);
      return;
    case Kind::float32:
    case Kind::float64:
      appendDouble(out, value.asDouble());
      return;
    case Kind::text:
    case Kind::bytes:
      appendEscaped(out, value.asText());
      return;
    case Kind::interval:
      appendInterval(out, value.asInterval());
      return;
    case Kind::array:
      appendArray(out, value);
      return;
    case Kind::composite:
      appendColumns(out, value);
      return;
    case Kind::null:
    case Kind::error:
      break;
  }
  FACET_ASSERT(!"a value that has an order", static_cast<int>(value.kind()));
}

Value stripZeros(const Value& value) {
  int128 unscaled = value.unscaled();
  uint8_t scale = value.scale();
  while (scale > 0 && unscaled % 10 == 0) {
    unscaled /= 10;
    --scale;
  }
  return Value::numeric(unscaled, scale);
}

double canonicalDouble(double d) {
  if (std::isnan(d)) return std::numeric_limits<double>::quiet_NaN();
  return d == 0 ? 0 : d;
}

/// As many months of 30 days as fit, then days, then time.
Interval canonicalInterval(Interval interval) {
  const auto take = [](int128& rest, int128 unit) {
    const int128 count = std::clamp<int128>(rest / unit, std::numeric_limits<int32_t>::min(),
                                            std::numeric_limits<int32_t>::max());
    rest -= count * unit;
    return static_cast<int32_t>(count);
  };
  int128 rest = intervalLength(interval);
  Interval out;
  out.months = take(rest, 30 * static_cast<int128>(kMicrosPerDay));
  out.days = take(rest, kMicrosPerDay);
  out.micros = static_cast<int64_t>(rest);
  return out;
}

Value canonicalScalar(const Type& type, const Value& value) {
  switch (value.kind()) {
    case Kind::numeric:
      return type.scale == kAnyScale ? stripZeros(value) : value;
    case Kind::float32:
      return Value::float32(static_cast<float>(canonicalDouble(value.asDouble())));
    case Kind::float64:
      return Value::float64(canonicalDouble(value.asDouble()));
    case Kind::interval:
      return Value::interval(canonicalInterval(value.asInterval()));
    default:
      return value;
  }
}

/// Whether equal values of an array's element type can have different bytes.
bool hasForms(const Type& type) {
  switch (type.kind) {
    case Kind::numeric:
      return type.scale == kAnyScale;
    case Kind::float32:
    case Kind::float64:
    case Kind::interval:
    case Kind::composite:
      return true;
    default:
      return false;
  }
}

/// The bytes of an array or a composite, whose slots take their canonical form in place: no form is
/// longer than another. Copied at the first change.
class CanonicalForm {
 public:
  CanonicalForm(std::string_view bytes, std::string& copy) : bytes_(bytes), copy_(copy) {}

  std::string_view bytes() const { return bytes_; }

  void elements(const Type& type, size_t size) {
    for (size_t i = 0; i < size; ++i) setSlot(0, arraySlot(type.kind, i), type);
  }
  /// Of the composite that begins at byte `from`.
  void columns(const Composite& type, size_t from) {
    for (size_t c = 0; c < type.columns().size(); ++c) {
      setSlot(from + type.head().size(), type.layout().slot(c), type.columns()[c].type);
    }
  }

 private:
  /// Of the row that begins at byte `row`.
  void setSlot(size_t row, const RowLayout::Slot& slot, const Type& type) {
    const Value value = Row(bytes_.data() + row).get(slot);
    if (value.isNull()) return;
    if (type.kind == Kind::composite) {
      columns(*type.composite, static_cast<size_t>(value.asText().data() - bytes_.data()));
      return;
    }
    if (hasTail(type.kind)) return;
    RowLayout::Slot alone = slot;
    alone.offset = 0;
    char form[16];
    storeValue(form, alone, canonicalScalar(type, value));
    const size_t at = row + slot.offset;
    const size_t size = slotWords(type.kind) * 8;
    if (std::memcmp(bytes_.data() + at, form, size) == 0) return;
    if (!isCopy_) {
      copy_.assign(bytes_);
      bytes_ = copy_;
      isCopy_ = true;
    }
    std::memcpy(copy_.data() + at, form, size);
  }

  std::string_view bytes_;
  std::string& copy_;
  bool isCopy_ = false;
};

}  // namespace

void appendOrderedKey(std::string& out, const Value& value, bool descending, bool nullsFirst) {
  if (value.isNull()) {
    out.push_back(nullsFirst ? kNullFirst : kNullLast);
    return;
  }
  out.push_back(kNotNull);
  const size_t start = out.size();
  appendNotNull(out, value);
  if (!descending) return;
  for (size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

Value canonicalKeyValue(const Type& type, const Value& value, std::string& scratch) {
  if (value.kind() == Kind::array) {
    CanonicalForm form(value.asText(), scratch);
    const Type element = type.elementType();
    if (hasForms(element)) form.elements(element, arraySize(value));
    return Value::array(form.bytes(), value.element());
  }
  if (value.kind() == Kind::composite) {
    CanonicalForm form(value.asText(), scratch);
    form.columns(*type.composite, 0);
    return Value::composite(form.bytes());
  }
  return canonicalScalar(type, value);
}

void RowBuilder::setKey(size_t column, const Value& value) {
  if (!hasTail(value.kind())) {
    set(column, canonicalScalar(layout_->type(column), value));
  } else if (value.kind() == Kind::text || value.kind() == Kind::bytes) {
    set(column, value);
  } else {
    if (forms_.size() < layout_->size()) forms_.resize(layout_->size());
    set(column, canonicalKeyValue(layout_->type(column), value, forms_[column]));
  }
}

}  // namespace facet
