#include "server/fault.h"

namespace facet {

kj::Exception fault(kj::Exception::Type type, std::string_view text) {
  return kj::Exception(type, "facet", 0, kj::heapString(text.data(), text.size()));
}

void throwFailed(std::string_view text) {
  kj::throwFatalException(fault(kj::Exception::Type::FAILED, text));
}

void throwOverloaded(std::string_view text) {
  kj::throwFatalException(fault(kj::Exception::Type::OVERLOADED, text));
}

}  // namespace facet
