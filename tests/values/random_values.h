// Random types and values for the property tests of this folder, from a seeded generator.
#pragma once

#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "values/array.h"
#include "values/composite.h"
#include "values/datetime.h"
#include "values/numeric.h"
#include "values/value.h"

namespace facet {

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t end) { return random_() % end; }

  Type type() {
    constexpr Kind kFirst = Kind::boolean;
    const auto count = static_cast<uint64_t>(Kind::array) - static_cast<uint64_t>(kFirst) + 1;
    return typeOf(static_cast<Kind>(static_cast<uint64_t>(kFirst) + below(count)));
  }
  /// With a random scale or element, where the kind has them. Composites live as long as this.
  Type typeOf(Kind kind) {
    Type type = Type::of(kind);
    if (kind == Kind::numeric && below(2) == 0) type.scale = static_cast<int16_t>(below(10));
    if (kind == Kind::array) {
      type.element = static_cast<Kind>(static_cast<uint64_t>(Kind::boolean) + below(13));
      if (type.element == Kind::numeric && below(2) == 0) type.elementScale = 2;
      if (below(4) == 0) return Type::arrayOf(Type::of(composite()));
    }
    return type;
  }
  std::vector<Type> types(size_t count) {
    std::vector<Type> out;
    while (out.size() < count) out.push_back(type());
    return out;
  }

  /// Now and then NULL; small ranges are preferred, so that equal values come up. Text lives as
  /// long as this.
  Value value(const Type& type) {
    if (below(8) == 0) return Value::null();
    switch (type.kind) {
      case Kind::boolean:
        return Value::boolean(below(2) != 0);
      case Kind::int16:
        return integer<int16_t>(type.kind);
      case Kind::int32:
        return integer<int32_t>(type.kind);
      case Kind::date:
        return Value::integer(type.kind, pick(kMinDate, kMaxDate));
      case Kind::timestamp:
      case Kind::timestamptz:
        return Value::integer(type.kind, pick(kMinTimestamp, kMaxTimestamp));
      case Kind::numeric:
        return numeric(type.scale);
      case Kind::float32:
        return Value::float32(static_cast<float>(anyFloat<float, uint32_t>()));
      case Kind::float64:
        return Value::float64(anyFloat<double, uint64_t>());
      case Kind::text:
        return Value::text(bytes());
      case Kind::bytes:
        return Value::bytes(bytes());
      case Kind::interval:
        return interval();
      case Kind::array:
        return array(type);
      case Kind::composite:
        return composite(*type.composite);
      default:
        return integer<int64_t>(Kind::int64);
    }
  }

 private:
  int64_t pick(int64_t low, int64_t high) {
    if (below(2) == 0) return static_cast<int64_t>(below(7)) - 3;
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  template <typename Integer>
  Value integer(Kind kind) {
    using Limits = std::numeric_limits<Integer>;
    return Value::integer(kind, pick(Limits::min(), Limits::max()));
  }
  Value numeric(int16_t fixedScale) {
    const auto wide = static_cast<int128>(random_()) << 64 | random_();
    const int128 unscaled =
        below(2) == 0 ? static_cast<int128>(below(200)) * 10 - 1000 : (wide >> (9 + below(110)));
    const bool isLeast = unscaled < -kMaxUnscaled;
    const uint64_t scale = fixedScale == kAnyScale ? below(below(4) == 0 ? 101 : 4)
                                                   : static_cast<uint64_t>(fixedScale);
    return Value::numeric(isLeast ? 0 : unscaled, static_cast<uint8_t>(scale));
  }
  template <typename Float, typename Bits>
  Float anyFloat() {
    constexpr Float kSpecial[] = {0,
                                  -Float{0},
                                  1,
                                  -1,
                                  std::numeric_limits<Float>::infinity(),
                                  -std::numeric_limits<Float>::infinity(),
                                  std::numeric_limits<Float>::quiet_NaN(),
                                  std::numeric_limits<Float>::denorm_min()};
    if (below(2) == 0) return kSpecial[below(std::size(kSpecial))];
    const auto f = std::bit_cast<Float>(static_cast<Bits>(random_()));
    return std::isnan(f) ? std::numeric_limits<Float>::quiet_NaN() : f;
  }
  std::string_view bytes() {
    constexpr char kAlphabet[] = {'\0', '\1', 'a', 'b', '\xff'};
    std::string& out = kept_.emplace_back();
    for (uint64_t n = below(below(4) == 0 ? 40 : 4); n > 0; --n) {
      out.push_back(kAlphabet[below(std::size(kAlphabet))]);
    }
    return out;
  }
  Value interval() {
    if (below(2) == 0) {
      const auto small = [&] { return static_cast<int32_t>(below(5)) - 2; };
      return Value::interval({small() * kMicrosPerDay, small() * 30, small()});
    }
    return Value::interval({static_cast<int64_t>(random_()), static_cast<int32_t>(random_()),
                            static_cast<int32_t>(random_())});
  }
  Value array(const Type& type) {
    std::vector<Value> elements;
    const Type element = type.elementType();
    for (uint64_t n = below(below(8) == 0 ? 100 : 4); n > 0; --n)
      elements.push_back(value(element));
    return packArray(type.element, elements, kept_.emplace_back());
  }

  const Composite& composite() {
    std::vector<Composite::Column> columns;
    for (uint64_t n = 1 + below(below(4) == 0 ? 40 : 4); n > 0; --n) {
      const auto kind = static_cast<Kind>(static_cast<uint64_t>(Kind::boolean) + below(13));
      columns.push_back({"c" + std::to_string(n), typeOf(kind), true});
    }
    return composites_.emplace_back("c", std::move(columns));
  }
  Value composite(const Composite& type) {
    std::vector<Value> values;
    for (const Composite::Column& column : type.columns()) values.push_back(value(column.type));
    std::string& out = kept_.emplace_back();
    appendComposite(type, values, out);
    return Value::composite(out);
  }

  std::mt19937_64 random_;
  std::deque<std::string> kept_;
  std::deque<Composite> composites_;
};

}  // namespace facet
