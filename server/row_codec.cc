#include "server/row_codec.h"

#include <cstring>

#include "server/fault.h"
#include "values/copy_bytes.h"
#include "values/text.h"

namespace facet {
namespace {

/// Bytes of a field that is a plain integer; 0: it is something else.
uint8_t integerBytes(Wire wire) {
  switch (wire) {
    case Wire::int8:
    case Wire::uint8:
      return 1;
    case Wire::int16:
    case Wire::uint16:
      return 2;
    case Wire::int32:
    case Wire::uint32:
      return 4;
    case Wire::int64:
      return 8;
    default:
      return 0;
  }
}

void setBit(kj::ArrayPtr<capnp::byte> data, uint32_t bit) {
  data[bit / 8] = static_cast<capnp::byte>(data[bit / 8] | 1U << bit % 8);
}

bool fitsInt64(int128 wide) {
  return wide >= INT64_MIN && wide <= INT64_MAX;
}

}  // namespace

capnp::List<capnp::AnyStruct>::Reader readStructs(capnp::AnyPointer::Reader in, const char* what) {
  if (in.isNull()) return {};
  if (!in.isList()) throwFailed(fmt::format("{} is no list of structs", what));
  const auto list = in.getAs<capnp::AnyList>();
  switch (list.getElementSize()) {
    case capnp::ElementSize::VOID:
    case capnp::ElementSize::BIT:
      throwFailed(fmt::format("{} is no list of structs", what));
    default:
      return list.as<capnp::List<capnp::AnyStruct>>();
  }
}

RowEncoder::RowEncoder(const WireLayout& layout)
    : columns_(layout.columns), dataWords_(layout.dataWords), pointers_(layout.pointers) {
  for (const WireColumn& column : columns_) steps_.push_back(planStep(column));
}

RowEncoder::Step RowEncoder::planStep(const WireColumn& column) {
  Step step{Op::other, 0, column.nullable, column.slot, column.nullSlot};
  const bool plain =
      column.defaultMask == 0 && column.path.empty() && !column.hasNullValue && !column.nullUnion;
  if (!plain) return step;
  step.bytes = integerBytes(column.wire);
  const Kind kind = column.type.kind;
  if (kind == Kind::numeric) {
    if (column.wire == Wire::int64 && column.type.scale >= 0) {
      step.op = Op::scaled;
      step.offset = column.slot * 8;
    } else if (column.wire == Wire::wide) {
      step.op = Op::wide;
      step.offset = column.slot * 8;
    }
  } else if (column.wire == Wire::text && kind == Kind::text) {
    step.op = Op::text;
  } else if (column.wire == Wire::float64) {
    step.op = Op::real64;
    step.offset = column.slot * 8;
  } else if (step.bytes > 0) {
    step.op = Op::integer;
    step.offset = column.slot * step.bytes;
  }
  return step;
}

capnp::List<capnp::AnyStruct>::Builder RowEncoder::init(capnp::AnyPointer::Builder out,
                                                        size_t rows) const {
  return out.initAsListOfAnyStruct(dataWords_, pointers_, static_cast<unsigned>(rows));
}

void RowEncoder::encodeColumn(uint32_t c, const Value& value, kj::ArrayPtr<capnp::byte> data,
                              Pointers& pointers, capnp::AnyStruct::Builder out) const {
  const Step& step = steps_[c];
  if (value.isNull()) {
    if (step.op == Op::other) return encodeOther(c, value, out);
    if (step.op != Op::text && step.nullable) setBit(data, step.nullSlot);
    return;
  }
  if (value.isError())
    throwFailed(fmt::format("column \"{}\": {}", columns_[c].name, errorText(value.errorCode())));
  capnp::byte* to = data.begin() + step.offset;
  switch (step.op) {
    case Op::integer: {
      const int64_t bits = value.asInt();  // little endian: its first bytes are the field
      std::memcpy(to, &bits, step.bytes);
      return;
    }
    case Op::scaled: {
      if (value.scale() != columns_[c].type.scale || !fitsInt64(value.unscaled())) {
        return encodeOther(c, value, out);
      }
      const auto bits = static_cast<int64_t>(value.unscaled());
      std::memcpy(to, &bits, sizeof(bits));
      return;
    }
    case Op::wide: {
      if (value.scale() != columns_[c].type.scale) return encodeOther(c, value, out);
      const int128 bits = value.unscaled();  // little endian: the low word comes first
      std::memcpy(to, &bits, sizeof(bits));
      return;
    }
    case Op::real64: {
      const double d = value.asDouble();
      std::memcpy(to, &d, sizeof(d));
      return;
    }
    case Op::text: {
      const std::string_view text = value.asText();
      auto blob = pointers[step.offset].initAs<capnp::Text>(static_cast<unsigned>(text.size()));
      copyBytes(blob.begin(), text.data(), text.size());
      return;
    }
    case Op::other:
      return encodeOther(c, value, out);
  }
}

void RowEncoder::encodeOther(uint32_t c, const Value& value, capnp::AnyStruct::Builder out) const {
  if (encodeField(columns_[c], value, out).empty()) return;
  const WireColumn& column = columns_[c];
  if (value.isNull()) throwFailed(fmt::format("column \"{}\" can't be NULL here", column.name));
  if (column.wire == Wire::list) {
    throwFailed(fmt::format(
        "column \"{}\": {} does not fit into its List: it has a NULL that is no Text or "
        "Data, or a number out of range",
        column.name, toText(column.type, value)));
  }
  throwFailed(
      fmt::format("column \"{}\": {} does not fit into its field; cast it to text or to double "
                  "precision in the SELECT",
                  column.name, toText(column.type, value)));
}

KeyReader::KeyReader(const WireLayout& wire, const RowLayout& layout)
    : wire_(wire), layout_(layout), values_(wire.columns.size()), scratch_(wire.columns.size()) {}

const std::vector<Value>& KeyReader::values(capnp::AnyStruct::Reader in) {
  for (size_t c = 0; c < wire_.columns.size(); ++c) {
    const WireColumn& column = wire_.columns[c];
    std::optional<Value> value;
    if (column.wire != Wire::list) value = decodeField(column, in, scratch_[c]);
    if (!value) {
      throwFailed(fmt::format("key field \"{}\" has no valid value of type {}", column.field,
                              typeName(column.type)));
    }
    values_[c] = value->isNull() ? *value : canonicalKeyValue(column.type, *value, scratch_[c]);
  }
  return values_;
}

Row KeyReader::read(capnp::AnyStruct::Reader in) {
  values(in);
  builder_.start(layout_);
  for (size_t c = 0; c < values_.size(); ++c) builder_.set(c, values_[c]);
  return builder_.finish();
}

}  // namespace facet
