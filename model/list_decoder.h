// ListDecoder: a list on the wire → an array. Internal to model/. Thread: immutable.
#pragma once

#include <capnp/any.h>

#include <memory>
#include <string>
#include <vector>

#include "model/codec.h"
#include "model/fields.h"
#include "values/composite.h"

namespace facet {

class ListDecoder {
 public:
  explicit ListDecoder(const FieldPlan& plan);

  /// Packs the list into `out`, at most `room` bytes. Returns why it is no value of its column;
  /// empty if it is one. Safe for any message; what is no list at all throws kj::Exception.
  std::string decode(capnp::AnyPointer::Reader in, size_t room, std::string& out) const;
  /// Of a list of structs: the struct; else null.
  std::shared_ptr<const WireLayout> structWire() const;

 private:
  const char* scalars(capnp::AnyPointer::Reader in, std::vector<Value>& out) const;
  const char* enums(capnp::AnyPointer::Reader in, std::vector<Value>& out) const;
  const char* texts(capnp::AnyPointer::Reader in, std::vector<Value>& out) const;
  std::string structs(capnp::AnyPointer::Reader in, size_t room, std::string& out) const;

  Wire wire_;
  Kind kind_;
  std::vector<std::string> enumerants_;
  // List of structs.
  std::shared_ptr<const Composite> composite_;
  std::shared_ptr<const StructDecoder> struct_;
};

}  // namespace facet
