#include "model/list_decoder.h"

#include <capnp/list.h>
#include <fmt/format.h>

#include <algorithm>

#include "model/limits.h"
#include "values/array.h"
#include "values/text.h"

namespace facet {
namespace {

constexpr const char* kTooMany = "has more than 4096 elements";
static_assert(kMaxListElements == 4'096);
constexpr const char* kTooLarge = "takes more than 64 MiB, with the lists before it";
static_assert(kMaxListBytes == size_t{64} << 20);

template <typename T, typename Convert>
const char* read(capnp::AnyPointer::Reader in, std::vector<Value>& out, Convert&& convert) {
  const auto list = in.getAs<capnp::List<T>>();
  if (list.size() > kMaxListElements) return kTooMany;
  for (const auto element : list) out.push_back(convert(element));
  return nullptr;
}

/// Of texts or data: one that is absent is NULL.
template <typename T, typename Convert>
const char* readPointers(capnp::AnyPointer::Reader in, std::vector<Value>& out, Convert&& convert) {
  const auto list = in.getAs<capnp::List<T>>();
  if (list.size() > kMaxListElements) return kTooMany;
  const auto pointers = in.getAs<capnp::AnyList>().as<capnp::List<capnp::AnyPointer>>();
  for (unsigned i = 0; i < list.size(); ++i) {
    out.push_back(pointers[i].isNull() ? Value::null() : convert(list[i]));
  }
  return nullptr;
}

/// Whether elements can be read as structs: any list's can, but those of bits and of nothing.
bool isListOfStructs(capnp::AnyList::Reader list) {
  const capnp::ElementSize size = list.getElementSize();
  return size != capnp::ElementSize::VOID && size != capnp::ElementSize::BIT;
}

}  // namespace

ListDecoder::ListDecoder(const FieldPlan& plan)
    : wire_(plan.element),
      kind_(plan.field.type.element),
      enumerants_(plan.field.enumerants),
      composite_(plan.field.composite) {
  if (wire_ != Wire::structure) return;
  struct_ = std::make_shared<const StructDecoder>(plan.elementSchema, plan.elements,
                                                  composite_->layout());
}

std::shared_ptr<const WireLayout> ListDecoder::structWire() const {
  return struct_ ? std::make_shared<const WireLayout>(struct_->wire()) : nullptr;
}

std::string ListDecoder::decode(capnp::AnyPointer::Reader in, size_t room, std::string& out) const {
  if (wire_ == Wire::structure) {
    std::string problem = structs(in, room, out);
    if (!problem.empty()) return problem;
  } else {
    std::vector<Value> elements;
    if (const char* problem = scalars(in, elements)) return problem;
    packArray(kind_, elements, out);
  }
  return out.size() > room ? kTooLarge : "";
}

const char* ListDecoder::scalars(capnp::AnyPointer::Reader in, std::vector<Value>& out) const {
  const auto integer = [this](auto i) { return Value::integer(kind_, static_cast<int64_t>(i)); };
  switch (wire_) {
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
      return read<uint64_t>(in, out,
                            [](uint64_t i) { return Value::numeric(static_cast<int128>(i), 0); });
    case Wire::float32:
      return read<float>(in, out, [](float f) { return Value::float32(f); });
    case Wire::float64:
      return read<double>(in, out, [](double d) { return Value::float64(d); });
    case Wire::data:
      return readPointers<capnp::Data>(in, out, [](capnp::Data::Reader d) {
        return Value::bytes({reinterpret_cast<const char*>(d.begin()), d.size()});
      });
    case Wire::enumerant:
      return enums(in, out);
    default:
      return texts(in, out);
  }
}

const char* ListDecoder::enums(capnp::AnyPointer::Reader in, std::vector<Value>& out) const {
  const auto numbers = in.getAs<capnp::List<uint16_t>>();
  if (numbers.size() > kMaxListElements) return kTooMany;
  for (const uint16_t number : numbers) {
    if (number >= enumerants_.size()) return "has an element that is not an enumerant of the model";
    out.push_back(Value::text(enumerants_[number]));
  }
  return nullptr;
}

const char* ListDecoder::texts(capnp::AnyPointer::Reader in, std::vector<Value>& out) const {
  const char* problem = readPointers<capnp::Text>(in, out, [](capnp::Text::Reader t) {
    return Value::text({t.begin(), t.size()});
  });
  const auto isValid = [](const Value& v) { return v.isNull() || isValidText(v.asText()); };
  if (problem != nullptr || std::ranges::all_of(out, isValid)) return problem;
  return "has an element that is not valid UTF-8 text without NUL";
}

std::string ListDecoder::structs(capnp::AnyPointer::Reader in, size_t room,
                                 std::string& out) const {
  const auto any = in.getAs<capnp::AnyList>();
  if (any.size() > kMaxListElements) return kTooMany;
  if (any.size() != 0 && !isListOfStructs(any)) return "is no list of structs";
  const auto list = any.as<capnp::List<capnp::AnyStruct>>();
  std::string bytes;
  std::vector<size_t> ends;
  for (uint32_t i = 0; i < list.size(); ++i) {
    bytes += composite_->head();
    if (const auto problem = struct_->decode(list[i], bytes)) {
      return fmt::format("has an element, number {}, whose \"{}\" {}", i + 1,
                         struct_->wire().columns[problem->field].field, problem->reason);
    }
    if (bytes.size() > room) return kTooLarge;
    ends.push_back(bytes.size());
  }
  packComposites(bytes, ends, out);
  return {};
}

}  // namespace facet
