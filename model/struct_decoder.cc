#include <capnp/dynamic.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/codec.h"
#include "model/fields.h"
#include "model/limits.h"
#include "values/array.h"
#include "values/assert.h"
#include "values/datetime.h"
#include "values/text.h"

namespace facet {
namespace {

/// numeric(18,n) in PostgreSQL: at most 18 digits.
constexpr int64_t kDecimalBound = 1'000'000'000'000'000'000;

/// How the bits of a data field become a slot.
enum class Turn : uint8_t {
  boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
  float32, float64, date, timestamp, decimal, enumerant, text, data, list,
};

Turn turnOf(const FieldPlan& plan) {
  if (plan.field.type.kind == Kind::date) return Turn::date;
  if (plan.field.type.kind == Kind::timestamp) return Turn::timestamp;
  switch (plan.wire) {
    case Wire::boolean:
      return Turn::boolean;
    case Wire::int8:
      return Turn::int8;
    case Wire::int16:
      return Turn::int16;
    case Wire::int32:
      return Turn::int32;
    case Wire::int64:
      return plan.field.type.kind == Kind::numeric ? Turn::decimal : Turn::int64;
    case Wire::uint8:
      return Turn::uint8;
    case Wire::uint16:
      return Turn::uint16;
    case Wire::uint32:
      return Turn::uint32;
    case Wire::uint64:
      return Turn::uint64;
    case Wire::float32:
      return Turn::float32;
    case Wire::float64:
      return Turn::float64;
    case Wire::enumerant:
      return Turn::enumerant;
    case Wire::text:
      return Turn::text;
    case Wire::data:
      return Turn::data;
    default:
      return Turn::list;
  }
}

}  // namespace

struct StructDecoder::Place {
  Turn turn = Turn::int64;
  uint8_t nullBit = 0;
  bool hasNullValue = false;
  bool hasDefaultBytes = false;
  uint32_t section = 0;     // 0: the struct itself, i + 1: nested_[i]
  uint32_t slot = 0;
  uint32_t offset = 0;      // in the packed row
  uint32_t nullWord = 0;
  uint64_t mask = 0;
  uint64_t nullBits = 0;
  int16_t scale = 0;
  std::string defaultBytes;
  std::string nullBytes;
  std::vector<std::string> enumerants;
  Wire element = Wire::int64;
  Kind elementKind = Kind::null;
};

struct StructDecoder::Section {
  const uint8_t* data = nullptr;
  size_t size = 0;
  capnp::List<capnp::AnyPointer>::Reader pointers;

  explicit Section(capnp::AnyStruct::Reader in) {
    const auto bytes = in.getDataSection();
    data = bytes.begin();
    size = bytes.size();
    pointers = in.getPointerSection();
  }

  /// Zero where an older client's struct is too short.
  template <typename T>
  T load(uint32_t slot, uint64_t mask) const {
    const size_t offset = size_t{slot} * sizeof(T);
    T value = 0;
    if (offset + sizeof(T) <= size) std::memcpy(&value, data + offset, sizeof(T));
    return static_cast<T>(value ^ static_cast<T>(mask));
  }
};

/// One struct on its way into one row.
class StructDecoder::Run {
 public:
  Run(std::string& out, size_t base) : out_(out), base_(base) {}

  /// Decodes the place; a reason if it is no value of the column.
  const char* decode(const Place& place, const Section& in) {
    switch (place.turn) {
      case Turn::boolean: {
        const bool in8 = place.slot / 8 < in.size && (in.data[place.slot / 8] >> (place.slot % 8) & 1) != 0;
        const uint64_t bit = (in8 ? 1U : 0U) ^ place.mask;
        return integer(place, bit, static_cast<int64_t>(bit));
      }
      case Turn::int8:
        return small<uint8_t, int8_t>(place, in);
      case Turn::int16:
        return small<uint16_t, int16_t>(place, in);
      case Turn::int32:
        return small<uint32_t, int32_t>(place, in);
      case Turn::int64:
        return small<uint64_t, int64_t>(place, in);
      case Turn::uint8:
        return small<uint8_t, uint8_t>(place, in);
      case Turn::uint16:
        return small<uint16_t, uint16_t>(place, in);
      case Turn::uint32:
        return small<uint32_t, uint32_t>(place, in);
      case Turn::uint64:
      case Turn::decimal:
        return wide(place, in.load<uint64_t>(place.slot, place.mask));
      case Turn::date:
        return date(place, in.load<uint32_t>(place.slot, place.mask));
      case Turn::timestamp:
        return timestamp(place, in.load<uint64_t>(place.slot, place.mask));
      case Turn::float32:
        return float32(place, in.load<uint32_t>(place.slot, place.mask));
      case Turn::float64:
        return float64(place, in.load<uint64_t>(place.slot, place.mask));
      case Turn::enumerant:
        return enumerant(place, in.load<uint16_t>(place.slot, place.mask));
      case Turn::text:
        return text(place, in);
      case Turn::data:
        return data(place, in);
      case Turn::list:
        return list(place, in);
    }
    return nullptr;
  }

 private:
  template <typename T>
  void store(size_t offset, const T& value) {
    std::memcpy(out_.data() + base_ + offset, &value, sizeof(T));
  }

  const char* setNull(const Place& place) {
    uint64_t word;
    std::memcpy(&word, out_.data() + base_ + place.nullWord, sizeof(word));
    store(place.nullWord, word | uint64_t{1} << place.nullBit);
    return nullptr;
  }

  const char* integer(const Place& place, uint64_t bits, int64_t value) {
    if (place.hasNullValue && bits == place.nullBits) return setNull(place);
    store(place.offset, value);
    return nullptr;
  }

  template <typename Bits, typename Number>
  const char* small(const Place& place, const Section& in) {
    const Bits bits = in.load<Bits>(place.slot, place.mask);
    return integer(place, bits, static_cast<int64_t>(static_cast<Number>(bits)));
  }

  const char* wide(const Place& place, uint64_t bits) {
    if (place.hasNullValue && bits == place.nullBits) return setNull(place);
    int128 value = static_cast<int128>(bits);
    if (place.turn == Turn::decimal) {
      const auto scaled = static_cast<int64_t>(bits);
      if (scaled >= kDecimalBound || scaled <= -kDecimalBound) return "has more than 18 digits";
      value = scaled;
    }
    store(place.offset, value * 256 + place.scale);
    return nullptr;
  }

  const char* date(const Place& place, uint32_t bits) {
    const int64_t days = static_cast<int32_t>(bits);
    const bool isNull = place.hasNullValue && bits == place.nullBits;
    if (!isNull && (days < kMinDate || days > kMaxDate)) return "is not a date that PostgreSQL knows";
    return integer(place, bits, days);
  }

  const char* timestamp(const Place& place, uint64_t bits) {
    const auto micros = static_cast<int64_t>(bits);
    const bool isNull = place.hasNullValue && bits == place.nullBits;
    if (!isNull && (micros < kMinTimestamp || micros > kMaxTimestamp)) {
      return "is not a timestamp that PostgreSQL knows";
    }
    return integer(place, bits, micros);
  }

  const char* float32(const Place& place, uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    float null;
    std::memcpy(&null, &place.nullBits, sizeof(null));
    return floating(place, value, null);
  }

  const char* float64(const Place& place, uint64_t bits) {
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    double null;
    std::memcpy(&null, &place.nullBits, sizeof(null));
    return floating(place, value, null);
  }

  const char* floating(const Place& place, double value, double null) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();  // there are many; rows have one
    const bool isNull = value == null || (std::isnan(value) && std::isnan(null));
    if (place.hasNullValue && isNull) return setNull(place);
    store(place.offset, value);
    return nullptr;
  }

  const char* enumerant(const Place& place, uint16_t number) {
    if (place.hasNullValue && number == place.nullBits) return setNull(place);
    if (number >= place.enumerants.size()) return "is not an enumerant of the model";
    tail(place, place.enumerants[number]);
    return nullptr;
  }

  void tail(const Place& place, std::string_view bytes) {
    if (bytes.empty()) return;
    const uint64_t at = out_.size() - base_;
    store(place.offset, at | uint64_t{bytes.size()} << 32);
    out_.append(bytes);
  }

  /// The bytes of a Text or Data, or its default; nullopt: it is absent.
  template <typename Blob>
  static std::optional<std::string_view> blob(const Place& place, const Section& in) {
    if (place.slot < in.pointers.size()) {
      const auto pointer = in.pointers[place.slot];
      const auto value = pointer.getAs<Blob>();
      if (value.size() != 0 || !pointer.isNull()) {
        return std::string_view(reinterpret_cast<const char*>(value.begin()), value.size());
      }
    }
    if (place.hasDefaultBytes) return place.defaultBytes;
    return std::nullopt;
  }

  const char* text(const Place& place, const Section& in) {
    const auto value = blob<capnp::Text>(place, in);
    if (!value || (place.hasNullValue && *value == place.nullBytes)) return setNull(place);
    if (!isValidText(*value)) return "is not valid UTF-8 text without NUL";
    tail(place, *value);
    return nullptr;
  }

  const char* data(const Place& place, const Section& in) {
    const auto value = blob<capnp::Data>(place, in);
    if (!value || (place.hasNullValue && *value == place.nullBytes)) return setNull(place);
    tail(place, *value);
    return nullptr;
  }

  const char* list(const Place& place, const Section& in) {
    if (place.slot >= in.pointers.size() || in.pointers[place.slot].isNull()) return setNull(place);
    std::vector<Value> elements;
    const char* problem = elementsOf(place, in.pointers[place.slot], elements);
    if (problem != nullptr) return problem;
    std::string packed;
    tail(place, packArray(place.elementKind, elements, packed).asText());
    return nullptr;
  }

  template <typename T, typename Convert>
  static const char* read(capnp::AnyPointer::Reader in, std::vector<Value>& out, Convert&& convert) {
    const auto list = in.getAs<capnp::List<T>>();
    if (list.size() > kMaxListElements) return "has more than 4096 elements";
    for (const auto element : list) out.push_back(convert(element));
    return nullptr;
  }

  static const char* elementsOf(const Place& place, capnp::AnyPointer::Reader in, std::vector<Value>& out);

  std::string& out_;
  size_t base_;
};

const char* StructDecoder::Run::elementsOf(const Place& place, capnp::AnyPointer::Reader in,
                                           std::vector<Value>& out) {
  const auto integer = [&place](auto i) { return Value::integer(place.elementKind, static_cast<int64_t>(i)); };
  switch (place.element) {
    case Wire::boolean:
      return read<bool>(in, out, [](bool b) { return Value::boolean(b); });
    case Wire::int8:
      return read<int8_t>(in, out, integer);
    case Wire::int16:
      return read<int16_t>(in, out, integer);
    case Wire::int32:
      return read<int32_t>(in, out, integer);
    case Wire::int64:
      return read<int64_t>(in, out, integer);
    case Wire::uint8:
      return read<uint8_t>(in, out, integer);
    case Wire::uint16:
      return read<uint16_t>(in, out, integer);
    case Wire::uint32:
      return read<uint32_t>(in, out, integer);
    case Wire::uint64:
      return read<uint64_t>(in, out, [](uint64_t i) { return Value::numeric(static_cast<int128>(i), 0); });
    case Wire::float32:
      return read<float>(in, out, [](float f) { return Value::float32(f); });
    case Wire::float64:
      return read<double>(in, out, [](double d) { return Value::float64(d); });
    case Wire::data:
      return read<capnp::Data>(in, out, [](capnp::Data::Reader d) {
        return Value::bytes({reinterpret_cast<const char*>(d.begin()), d.size()});
      });
    case Wire::enumerant: {
      const auto numbers = in.getAs<capnp::List<uint16_t>>();
      if (numbers.size() > kMaxListElements) return "has more than 4096 elements";
      for (const uint16_t number : numbers) {
        if (number >= place.enumerants.size()) return "has an element that is not an enumerant of the model";
        out.push_back(Value::text(place.enumerants[number]));
      }
      return nullptr;
    }
    default: {
      const char* problem = read<capnp::Text>(in, out, [](capnp::Text::Reader t) {
        return Value::text({t.begin(), t.size()});
      });
      const auto isValid = [](const Value& v) { return isValidText(v.asText()); };
      if (problem != nullptr || std::ranges::all_of(out, isValid)) return problem;
      return "has an element that is not valid UTF-8 text without NUL";
    }
  }
}

StructDecoder::StructDecoder(capnp::StructSchema schema, const std::vector<Field>& fields, RowLayout layout)
    : layout_(std::move(layout)) {
  const auto size = schema.getProto().getStruct();
  wire_.typeId = schema.getProto().getId();
  wire_.dataWords = size.getDataWordCount();
  wire_.pointers = size.getPointerCount();
  emptyRow_.assign(size_t{layout_.words()} * 8, '\0');
  const uint64_t header = uint64_t{layout_.words()} << 32;
  std::memcpy(emptyRow_.data(), &header, sizeof(header));

  std::vector<FieldIssue> issues;
  const std::vector<FieldPlan> plans = planFields(schema, issues);
  FACET_ASSERT(plans.size() == fields.size() && plans.size() == layout_.size(), plans.size(), fields.size());
  for (size_t i = 0; i < plans.size(); ++i) {
    const FieldPlan& plan = plans[i];
    const RowLayout::Slot& slot = layout_.slot(i);
    uint32_t section = 0;
    for (const EnclosingStruct& step : plan.path) {
      uint32_t next = 0;
      while (next < nested_.size() && !(nested_[next] == step && nestedIn_[next] == section)) ++next;
      if (next == nested_.size()) {
        nested_.push_back(step);
        nestedIn_.push_back(section);
      }
      section = next + 1;
    }
    places_.push_back({turnOf(plan), slot.nullBit, plan.hasNullValue, plan.hasDefaultBytes, section, plan.slot,
                       slot.offset, slot.nullWord, plan.defaultMask, plan.nullBits,
                       std::max<int16_t>(plan.field.type.scale, 0), plan.defaultBytes, plan.nullBytes,
                       plan.field.enumerants, plan.element, plan.field.type.element});
    WireColumn column{plan.field.name, plan.field.field, plan.field.type, plan.wire, plan.slot,
                      plan.field.nullable, 0, plan.defaultMask, plan.path, plan.field.enumerants,
                      plan.element, plan.hasNullValue && bitsOf(plan.wire) != 0, plan.nullBits};
    wire_.columns.push_back(std::move(column));
  }
}

StructDecoder::~StructDecoder() = default;
StructDecoder::StructDecoder(StructDecoder&&) noexcept = default;

std::optional<FieldProblem> StructDecoder::decode(capnp::AnyStruct::Reader in, std::string& out) const {
  const size_t base = out.size();
  size_t field = 0;
  const auto refused = [&](std::string reason) {
    out.resize(base);
    return FieldProblem{static_cast<uint32_t>(field), std::move(reason)};
  };
  try {
    out.append(emptyRow_);
    Run run(out, base);
    const Section root(in);
    std::vector<Section> nested;
    if (!nested_.empty()) nested.reserve(nested_.size());
    for (size_t i = 0; i < nested_.size(); ++i) {
      const Section& parent = nestedIn_[i] == 0 ? root : nested[nestedIn_[i] - 1];
      const uint32_t slot = nested_[i].slot;
      nested.emplace_back(slot < parent.pointers.size() ? parent.pointers[slot].getAs<capnp::AnyStruct>()
                                                        : capnp::AnyStruct::Reader());
    }
    for (; field < places_.size(); ++field) {
      const Place& place = places_[field];
      const char* problem = run.decode(place, place.section == 0 ? root : nested[place.section - 1]);
      if (problem != nullptr) return refused(problem);
    }
  } catch (const kj::Exception& e) {
    return refused(fmt::format("cannot be read: {}", e.getDescription().cStr()));
  }
  const size_t size = out.size() - base;
  if (size % 8 != 0) out.append(8 - size % 8, '\0');
  const auto rowSize = static_cast<uint32_t>(out.size() - base);
  std::memcpy(out.data() + base, &rowSize, sizeof(rowSize));
  return std::nullopt;
}

}  // namespace facet
