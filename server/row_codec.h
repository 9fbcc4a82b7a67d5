// Rows on their way out, and keys on their way in: the plans by which an RPC thread encodes and
// decodes structs of a relation. Offsets and kinds are resolved once; then plain columns cost a
// load and a store, and the rest goes through values/wire/. Thread: RowEncoder is immutable; a
// KeyReader belongs to its RPC thread.
#pragma once

#include <capnp/any.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/codec.h"
#include "values/row.h"

namespace facet {

/// The list of structs that a reply's or request's AnyPointer is. Empty if the pointer is null;
/// anything that is no list of structs is the sender's fault.
capnp::List<capnp::AnyStruct>::Reader readStructs(capnp::AnyPointer::Reader in, const char* what);

class RowEncoder {
 public:
  explicit RowEncoder(const WireLayout& layout);

  /// Words that a struct takes in a list, without what its pointers point to.
  size_t words() const { return size_t{dataWords_} + pointers_; }
  capnp::List<capnp::AnyStruct>::Builder init(capnp::AnyPointer::Builder out, size_t rows) const;

  /// Writes a row into a new struct; column(c) gives its values. A value that does not fit is an
  /// exception.
  template <typename Column>
  void encode(Column&& column, capnp::AnyStruct::Builder out) const {
    const kj::ArrayPtr<capnp::byte> data = out.getDataSection();
    auto pointers = out.getPointerSection();
    for (uint32_t c = 0; c < steps_.size(); ++c) encodeColumn(c, column(c), data, pointers, out);
  }

 private:
  enum class Op : uint8_t { integer, scaled, wide, real64, text, other };
  struct Step {
    Op op;
    uint8_t bytes;  // integer: of the field
    bool nullable;
    uint32_t offset;    // data: in bytes; text: pointer
    uint32_t nullSlot;  // bit
  };
  using Pointers = capnp::List<capnp::AnyPointer>::Builder;

  static Step planStep(const WireColumn& column);
  void encodeColumn(uint32_t c, const Value& value, kj::ArrayPtr<capnp::byte> data,
                    Pointers& pointers, capnp::AnyStruct::Builder out) const;
  void encodeOther(uint32_t c, const Value& value, capnp::AnyStruct::Builder out) const;

  std::vector<Step> steps_;
  std::vector<WireColumn> columns_;
  uint16_t dataWords_;
  uint16_t pointers_;
};

/// Key structs → packed rows in canonical form, as RowSource::get takes them.
class KeyReader {
 public:
  KeyReader(const WireLayout& wire, const RowLayout& layout);

  /// The key's row, valid until the next call. A struct that is no key is the sender's fault.
  Row read(capnp::AnyStruct::Reader in);
  /// The key's values, canonical; they point into the message, or stay until the next call.
  const std::vector<Value>& values(capnp::AnyStruct::Reader in);

 private:
  const WireLayout& wire_;
  const RowLayout& layout_;
  RowBuilder builder_;
  std::vector<Value> values_;
  std::vector<std::string> scratch_;  // by column
};

}  // namespace facet
