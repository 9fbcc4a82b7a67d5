#include "client/batch.h"

#include <kj/debug.h>

#include <algorithm>
#include <random>

namespace facet {
namespace {

constexpr size_t kDashes[] = {8, 13, 18, 23};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isDash(size_t i) {
  return std::find(std::begin(kDashes), std::end(kDashes), i) != std::end(kDashes);
}

std::string str(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

}  // namespace

ClientUuid randomUuid() {
  std::random_device device;
  ClientUuid out;
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(device());
  out[6] = static_cast<uint8_t>((out[6] & 0x0f) | 0x40);  // version 4
  out[8] = static_cast<uint8_t>((out[8] & 0x3f) | 0x80);
  return out;
}

std::optional<ClientUuid> uuidFromText(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  ClientUuid out{};
  size_t nibble = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (isDash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = digit(text[i]);
    if (value < 0) return std::nullopt;
    out[nibble / 2] = static_cast<uint8_t>(out[nibble / 2] << 4 | value);
    ++nibble;
  }
  return out;
}

std::string uuidText(const ClientUuid& uuid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : uuid) {
    if (isDash(out.size())) out += '-';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Batch::Batch(wire::Commands::Client& commands, unsigned groups, uint64_t words)
    : request_(commands.submitRequest(capnp::MessageSize{words + 16 + 4 * uint64_t{groups}, 0})),
      groups_(request_.initBatch().initGroups(groups)) {}

wire::Batch::Group::Builder Batch::startGroup(capnp::Text::Reader name, unsigned count) {
  KJ_REQUIRE(next_ < groups_.size(), "the batch was made for fewer groups");
  auto group = groups_[next_++];
  group.setCommand(name);
  lastCount_ = count;
  commands_ += count;
  return group;
}

capnp::List<capnp::AnyStruct>::Builder Batch::add(const RelationShape& command, unsigned count) {
  auto group = startGroup({command.name.c_str(), command.name.size()}, count);
  return group.getItems().initAsListOfAnyStruct(command.row.dataWords, command.row.pointers, count);
}

capnp::List<int64_t>::Builder Batch::expectVersions() {
  KJ_REQUIRE(next_ > 0, "the batch has no group yet");
  return groups_[next_ - 1].initExpectedVersions(lastCount_);
}

void Batch::number(const ClientUuid& client, uint64_t first) {
  auto batch = request_.getBatch();
  batch.setClient(kj::arrayPtr(client.data(), client.size()));
  batch.setFirstSequence(first);
  numbered_ = true;
}

void Batch::number(const ClientUuid& client, const std::vector<uint64_t>& numbers) {
  KJ_REQUIRE(numbers.size() == commands_, "a number is needed for each command");
  if (numbers.empty() || numbers.back() - numbers.front() + 1 == numbers.size()) {
    return number(client, numbers.empty() ? 1 : numbers.front());
  }
  number(client, 0);
  auto to = request_.getBatch().initNumbers(commands_);
  for (unsigned i = 0; i < commands_; ++i) to.set(i, numbers[i]);
}

void Batch::keep(unsigned count) {
  KJ_REQUIRE(next_ > 0 && count <= lastCount_, "the last group has fewer commands");
  auto items = groups_[next_ - 1].getItems();
  // Whatever struct it is a list of: only its length changes.
  auto all = items.disownAs<capnp::List<wire::Outcome>>();
  all.truncate(count);
  items.adopt(kj::mv(all));
  commands_ -= lastCount_ - count;
  lastCount_ = count;
}

BatchReply batchReply(wire::SubmitResult::Reader result) {
  BatchReply out;
  const auto token = result.getToken();
  out.token.assign(reinterpret_cast<const char*>(token.begin()), token.size());
  out.position = result.getPosition();
  out.first = result.getFirst();
  out.accepted = result.getAccepted();
  out.rejected = result.getRejected();
  out.duplicates = result.getDuplicates();
  out.unknown = result.getUnknown();
  for (const auto from : result.getExceptions()) {
    CommandReply& to = out.exceptions.emplace_back();
    to.index = from.getIndex();
    to.duplicate = from.isDuplicate();
    to.unknown = from.isUnknown();
    if (to.unknown) continue;
    if (to.duplicate) {
      to.position = from.getDuplicate();
      continue;
    }
    const auto rejection = from.getRejected();
    to.rule = rejection.getRule();
    to.reason = str(rejection.getReason());
    to.field = str(rejection.getField());
  }
  for (const uint64_t position : result.getPositions()) out.positions.push_back(position);
  return out;
}

}  // namespace facet
