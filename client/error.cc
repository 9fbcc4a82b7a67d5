#include "client/error.h"

#include <string_view>

namespace facet {
namespace {

using Kind = ClientError::Kind;

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Kind kindOf(kj::Exception::Type type, std::string_view text) {
  if (startsWith(text, "not reachable: ")) return Kind::notReachable;
  if (startsWith(text, "unknown: ")) return Kind::unknown;
  if (startsWith(text, "timed out: ")) return Kind::timedOut;
  if (startsWith(text, "lost: ")) return Kind::lost;
  if (startsWith(text, "cursor expired: ")) return Kind::expired;
  if (startsWith(text, "not the primary: ")) return Kind::notPrimary;
  if (type == kj::Exception::Type::OVERLOADED) return Kind::overloaded;
  if (type == kj::Exception::Type::DISCONNECTED) return Kind::disconnected;
  return Kind::failed;
}

}  // namespace

ClientError clientError(const kj::Exception& exception) {
  if (exception.getType() == kj::Exception::Type::UNIMPLEMENTED) {
    return {Kind::failed,
            "the node is of an older version of facet, which can't do this (`facet status` shows "
            "its version)"};
  }
  const kj::StringPtr description = exception.getDescription();
  std::string_view text(description.begin(), description.size());
  constexpr std::string_view kRemote = "remote exception: ";
  while (startsWith(text, kRemote)) text.remove_prefix(kRemote.size());
  return {kindOf(exception.getType(), text), std::string(text)};
}

}  // namespace facet
