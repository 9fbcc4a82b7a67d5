#include <capnp/dynamic.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <list>

#include "model/codec.h"
#include "model/fields.h"
#include "model/limits.h"
#include "model/list_decoder.h"
#include "values/assert.h"
#include "values/datetime.h"
#include "values/text.h"

namespace facet {
namespace {

/// numeric(18,n) in PostgreSQL: at most 18 digits, as fitsDecimal.
constexpr int64_t kDecimalBound = 1'000'000'000'000'000'000;

/// So many columns with bytes in the tail need no allocation.
constexpr size_t kInlineTails = 16;

/// What stands in a row's tail; without a pointer: NULL. Unlike a string_view it costs nothing
/// until it is set.
struct Tail {
  const char* data;
  size_t size;
};

/// How the bits of a data field become a slot.
enum class Turn : uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  date,
  timestamp,
  decimal,
  enumerant,
  text,
  data,
  list,
  either,  // a union of a Void and a field
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
  uint32_t section = 0;  // 0: the struct itself, i + 1: nested_[i]
  uint32_t slot = 0;
  uint32_t offset = 0;  // in the packed row
  uint32_t nullWord = 0;
  uint64_t mask = 0;
  uint64_t nullBits = 0;
  int16_t scale = 0;
  std::string defaultBytes;
  std::string nullBytes;
  std::vector<std::string> enumerants;
  std::shared_ptr<const ListDecoder> list;
  NullUnion which;                      // either: which of the two counts,
  std::shared_ptr<const Place> inside;  // and the field
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

/// One struct on its way into one row: first what stands in the row's tail is looked up, which
/// gives the row's size; then the row is written, through a plain pointer. Functions give a reason
/// if something is no value of its column.
class StructDecoder::Run {
 public:
  /// Text, data, enumerants, lists: the bytes; without a pointer: NULL.
  const char* findTail(const Place& place, const Section& in, std::string_view& out) {
    switch (place.turn) {
      case Turn::text: {
        out = blob<capnp::Text>(place, in);
        return isValidText(out) ? nullptr : "is not valid UTF-8 text without NUL";
      }
      case Turn::data:
        out = blob<capnp::Data>(place, in);
        return nullptr;
      case Turn::enumerant: {
        const uint16_t number = in.load<uint16_t>(place.slot, place.mask);
        if (place.hasNullValue && number == place.nullBits) return nullptr;
        if (number >= place.enumerants.size()) return "is not an enumerant of the model";
        out = place.enumerants[number];
        return nullptr;
      }
      case Turn::either:
        return eitherTail(place, in, out);
      default:
        return list(place, in, out);
    }
  }

  void begin(char* row, size_t tailAt) {
    row_ = row;
    tailAt_ = tailAt;
  }

  void writeTail(const Place& place, Tail bytes) {
    if (bytes.data == nullptr) {
      setNull(place);
    } else if (bytes.size != 0) {
      store(place.offset, uint64_t{tailAt_} | uint64_t{bytes.size} << 32);
      std::memcpy(row_ + tailAt_, bytes.data, bytes.size);
      tailAt_ += bytes.size;
    }
  }

  const char* writeData(const Place& place, const Section& in) {
    switch (place.turn) {
      case Turn::boolean: {
        const size_t byte = place.slot / 8;
        const uint64_t bit =
            (byte < in.size ? in.data[byte] >> (place.slot % 8) & 1U : 0U) ^ place.mask;
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
        return floating<float>(place, in.load<uint32_t>(place.slot, place.mask));
      case Turn::float64:
        return floating<double>(place, in.load<uint64_t>(place.slot, place.mask));
      case Turn::either:
        return eitherData(place, in);
      default:
        return nullptr;
    }
  }

 private:
  static constexpr const char* kUnknownMember =
      "has a member of its union that the model does not have";

  /// Out of line, so that other columns pay nothing for unions.
  [[gnu::noinline]] const char* eitherTail(const Place& place, const Section& in,
                                           std::string_view& out) {
    const uint16_t which = in.load<uint16_t>(place.which.slot, 0);
    if (which == place.which.null) return nullptr;
    return which == place.which.value ? findTail(*place.inside, in, out) : kUnknownMember;
  }

  [[gnu::noinline]] const char* eitherData(const Place& place, const Section& in) {
    const uint16_t which = in.load<uint16_t>(place.which.slot, 0);
    if (which == place.which.null) return setNull(place);
    return which == place.which.value ? writeData(*place.inside, in) : kUnknownMember;
  }

  template <typename T>
  void store(size_t offset, const T& value) {
    std::memcpy(row_ + offset, &value, sizeof(T));
  }

  const char* setNull(const Place& place) {
    uint64_t word;
    std::memcpy(&word, row_ + place.nullWord, sizeof(word));
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
    if (!isNull && (days < kMinDate || days > kMaxDate))
      return "is not a date that PostgreSQL knows";
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

  template <typename Float, typename Bits>
  const char* floating(const Place& place, Bits bits) {
    static_assert(sizeof(Float) == sizeof(Bits));
    Float wire;
    std::memcpy(&wire, &bits, sizeof(wire));
    Float null;
    std::memcpy(&null, &place.nullBits, sizeof(null));
    double value = wire;
    if (std::isnan(wire))
      value = std::numeric_limits<double>::quiet_NaN();  // there are many; rows have one
    const bool isNull = wire == null || (std::isnan(wire) && std::isnan(null));
    if (place.hasNullValue && isNull) return setNull(place);
    store(place.offset, value);
    return nullptr;
  }

  /// The bytes of a Text or Data, or its default; without a pointer if it is absent or its
  /// nullValue.
  template <typename Blob>
  static std::string_view blob(const Place& place, const Section& in) {
    std::string_view out;
    if (place.hasDefaultBytes) out = place.defaultBytes;
    if (place.slot < in.pointers.size()) {
      const auto pointer = in.pointers[place.slot];
      const auto value = pointer.getAs<Blob>();
      if (value.size() != 0 || !pointer.isNull()) {
        out = {value.size() == 0 ? "" : reinterpret_cast<const char*>(value.begin()), value.size()};
      }
    }
    return place.hasNullValue && out == place.nullBytes ? std::string_view() : out;
  }

  const char* list(const Place& place, const Section& in, std::string_view& out) {
    if (place.slot >= in.pointers.size() || in.pointers[place.slot].isNull()) return nullptr;
    std::string& array = arrays_.emplace_back();
    problem_ = place.list->decode(in.pointers[place.slot], listRoom_, array);
    if (!problem_.empty()) return problem_.c_str();
    listRoom_ -= array.size();
    out = array;
    return nullptr;
  }

  char* row_ = nullptr;
  size_t tailAt_ = 0;
  std::list<std::string> arrays_;
  size_t listRoom_ = kMaxListBytes;
  std::string problem_;
};

StructDecoder::StructDecoder(capnp::StructSchema schema, const std::vector<FieldPlan>& plans,
                             RowLayout layout)
    : layout_(std::move(layout)) {
  const auto size = schema.getProto().getStruct();
  wire_.typeId = schema.getProto().getId();
  wire_.dataWords = size.getDataWordCount();
  wire_.pointers = size.getPointerCount();
  emptyRow_.assign(size_t{layout_.words()} * 8, '\0');
  const uint64_t header = uint64_t{layout_.words()} << 32;
  std::memcpy(emptyRow_.data(), &header, sizeof(header));
  FACET_ASSERT(plans.size() == layout_.size(), plans.size(), layout_.size());
  for (const FieldPlan& plan : plans) add(plan);
}

void StructDecoder::add(const FieldPlan& plan) {
  const auto index = static_cast<uint32_t>(places_.size());
  const RowLayout::Slot& slot = layout_.slot(index);
  Place place{turnOf(plan),
              slot.nullBit,
              plan.hasNullValue,
              plan.hasDefaultBytes,
              placeOf(plan.path),
              plan.slot,
              slot.offset,
              slot.nullWord,
              plan.defaultMask,
              plan.nullBits,
              std::max<int16_t>(plan.field.type.scale, 0),
              plan.defaultBytes,
              plan.nullBytes,
              plan.field.enumerants,
              nullptr,
              {},
              nullptr};
  WireColumn column{plan.field.name,
                    plan.field.field,
                    plan.field.type,
                    plan.wire,
                    plan.slot,
                    plan.field.nullable,
                    0,
                    plan.defaultMask,
                    plan.element,
                    nullptr,
                    nullptr,
                    plan.path,
                    plan.field.enumerants,
                    plan.hasNullValue && bitsOf(plan.wire) != 0,
                    plan.nullBits,
                    plan.hasDefault,
                    plan.field.nullUnion};
  if (plan.wire == Wire::list) {
    place.list = std::make_shared<const ListDecoder>(plan);
    column.elements = place.list->structWire();
  }
  const bool isData = bitsOf(plan.wire) != 0 && plan.wire != Wire::enumerant;
  (isData ? dataPlaces_ : tailPlaces_).push_back(index);
  if (plan.field.nullUnion) {
    place.inside = std::make_shared<const Place>(place);
    place.turn = Turn::either;
    place.which = *plan.field.nullUnion;
  }
  places_.push_back(std::move(place));
  wire_.columns.push_back(std::move(column));
}

/// The place in a message of the struct that the path leads to: 0 the struct itself, i + 1:
/// nested_[i], which is added if it is new.
uint32_t StructDecoder::placeOf(const std::vector<EnclosingStruct>& path) {
  uint32_t section = 0;
  for (const EnclosingStruct& step : path) {
    uint32_t next = 0;
    while (next < nested_.size() && !(nested_[next] == step && nestedIn_[next] == section)) ++next;
    if (next == nested_.size()) {
      nested_.push_back(step);
      nestedIn_.push_back(section);
    }
    section = next + 1;
  }
  return section;
}

StructDecoder::~StructDecoder() = default;
StructDecoder::StructDecoder(StructDecoder&&) noexcept = default;

std::vector<StructDecoder::Section> StructDecoder::nestedSections(const Section& root) const {
  std::vector<Section> nested;
  nested.reserve(nested_.size());
  for (size_t i = 0; i < nested_.size(); ++i) {
    const Section& parent = nestedIn_[i] == 0 ? root : nested[nestedIn_[i] - 1];
    const uint32_t slot = nested_[i].slot;
    nested.emplace_back(slot < parent.pointers.size()
                            ? parent.pointers[slot].getAs<capnp::AnyStruct>()
                            : capnp::AnyStruct::Reader());
  }
  return nested;
}

std::optional<FieldProblem> StructDecoder::decode(capnp::AnyStruct::Reader in,
                                                  std::string& out) const {
  const size_t base = out.size();
  uint32_t field = 0;
  const auto refused = [&](std::string reason) {
    out.resize(base);
    return FieldProblem{field, std::move(reason)};
  };
  try {
    Run run;
    const Section root(in);
    std::vector<Section> nested;
    if (!nested_.empty()) nested = nestedSections(root);
    const auto sectionOf = [&](const Place& place) -> const Section& {
      return place.section == 0 ? root : nested[place.section - 1];
    };
    Tail fewTails[kInlineTails];
    std::vector<Tail> manyTails(tailPlaces_.size() > kInlineTails ? tailPlaces_.size() : 0);
    Tail* tails = manyTails.empty() ? fewTails : manyTails.data();
    size_t size = emptyRow_.size();
    for (size_t i = 0; i < tailPlaces_.size(); ++i) {
      field = tailPlaces_[i];
      const Place& place = places_[field];
      std::string_view bytes;
      const char* problem = run.findTail(place, sectionOf(place), bytes);
      if (problem != nullptr) return refused(problem);
      tails[i] = {bytes.data(), bytes.size()};
      size += bytes.size();
    }
    size = (size + 7) / 8 * 8;
    out.resize(base + size);
    char* row = out.data() + base;
    std::memcpy(row, emptyRow_.data(), emptyRow_.size());
    const auto rowSize = static_cast<uint32_t>(size);
    std::memcpy(row, &rowSize, sizeof(rowSize));
    run.begin(row, emptyRow_.size());
    for (size_t i = 0; i < tailPlaces_.size(); ++i)
      run.writeTail(places_[tailPlaces_[i]], tails[i]);
    for (const uint32_t dataPlace : dataPlaces_) {
      field = dataPlace;
      const char* problem = run.writeData(places_[field], sectionOf(places_[field]));
      if (problem != nullptr) return refused(problem);
    }
    return std::nullopt;
  } catch (const kj::Exception& e) {
    return refused(fmt::format("cannot be read: {}", e.getDescription().cStr()));
  }
}

}  // namespace facet
