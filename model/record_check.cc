#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "model/model.h"
#include "model/record.h"
#include "values/array.h"

namespace facet {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

/// The field with a list that has a NULL among numbers or structs, if there is one: no command can
/// have it, since Cap'n Proto's lists have none, and such a row could not be read in typed rows.
const Field* listWithNull(const EventType& type, Row row) {
  for (size_t c = 0; c < type.fields.size(); ++c) {
    const Type& list = type.fields[c].type;
    const bool mayHaveNulls = list.element == Kind::text || list.element == Kind::bytes;
    if (list.kind != Kind::array || mayHaveNulls) continue;
    const Value value = row.get(type.layout, c);
    if (value.isNull()) continue;
    for (size_t i = 0; i < arraySize(value); ++i) {
      if (arrayElement(value, i).isNull()) return &type.fields[c];
    }
  }
  return nullptr;
}

/// Checks one block; everything before it has been found good.
class BlockCheck {
 public:
  BlockCheck(const Model& model, std::string_view rest) : model_(model), rest_(rest) {}

  bool run() { return checkHeader() && checkOutcomes() && checkEvents(); }
  const BlockHeader& header() const { return header_; }
  const std::string& problem() const { return problem_; }

 private:
  template <typename... Args>
  bool fail(fmt::format_string<Args...> format, Args&&... args) {
    problem_ = fmt::format(format, std::forward<Args>(args)...);
    return false;
  }

  template <typename T>
  T load(size_t offset) const {
    T value;
    std::memcpy(&value, rest_.data() + offset, sizeof(T));
    return value;
  }

  bool checkHeader() {
    if (rest_.size() < sizeof(BlockHeader)) return fail("its header is cut off");
    header_ = load<BlockHeader>(0);
    if (header_.bytes < sizeof(BlockHeader) || header_.bytes % kWord != 0) {
      return fail("its size, {}, is impossible", header_.bytes);
    }
    if (header_.bytes > rest_.size()) return fail("it is cut off");
    if ((header_.flags & ~(kAllAccepted | kOneEventEach | kDigests)) != 0) {
      return fail("it has flags of a newer version");
    }
    const bool allAccepted = (header_.flags & kAllAccepted) != 0;
    if (header_.accepted > header_.commands ||
        (allAccepted && header_.accepted != header_.commands)) {
      return fail("it says that {} of {} commands were accepted", header_.accepted,
                  header_.commands);
    }
    outcomes_ = allAccepted ? 0 : (size_t{header_.commands} + 63) / 64;
    counts_ = (header_.flags & kOneEventEach) != 0 ? 0 : (size_t{header_.commands} + 7) / 8;
    eventsAt_ = sizeof(BlockHeader) + (outcomes_ + counts_) * kWord;
    if (eventsAt_ > header_.bytes) return fail("its outcomes are cut off");
    const size_t digests = (header_.flags & kDigests) == 0 ? 0 : header_.accepted * kWord;
    if (digests > header_.bytes - eventsAt_) return fail("its digests are cut off");
    end_ = header_.bytes - digests;
    return true;
  }

  bool accepted(uint32_t command) const {
    if (outcomes_ == 0) return true;
    const auto word = load<uint64_t>(sizeof(BlockHeader) + command / 64 * kWord);
    return (word >> (command % 64) & 1) != 0;
  }

  uint32_t count(uint32_t command) const {
    if (counts_ == 0) return accepted(command) ? 1 : 0;
    return static_cast<uint8_t>(rest_[sizeof(BlockHeader) + outcomes_ * kWord + command]);
  }

  bool checkOutcomes() {
    uint64_t total = 0;
    if (outcomes_ == 0 && counts_ == 0) {
      total = header_.commands;
    } else {
      if (!checkPadding()) return false;
      uint32_t accepted = 0;
      for (uint32_t i = 0; i < header_.commands; ++i) {
        const bool isAccepted = this->accepted(i);
        accepted += isAccepted ? 1 : 0;
        if (!isAccepted && count(i) != 0) return fail("command {} was rejected and has events", i);
        total += count(i);
      }
      if (accepted != header_.accepted)
        return fail("the number of accepted commands differs from the outcomes");
    }
    if (total != header_.events) return fail("the number of events differs from the counts");
    return true;
  }

  bool checkPadding() {
    const uint32_t last = header_.commands % 64;
    if (outcomes_ != 0 && last != 0 &&
        load<uint64_t>(sizeof(BlockHeader) + (outcomes_ - 1) * kWord) >> last != 0) {
      return fail("it has outcomes of commands that do not exist");
    }
    for (size_t i = header_.commands; i < counts_ * kWord; ++i) {
      if (rest_[sizeof(BlockHeader) + outcomes_ * kWord + i] != 0) {
        return fail("it has events of commands that do not exist");
      }
    }
    return true;
  }

  bool checkEvents() {
    size_t at = eventsAt_;
    uint32_t command = 0;
    uint32_t left = header_.commands == 0 ? 0 : count(0);
    for (uint32_t i = 0; i < header_.events; ++i) {
      while (left == 0 && command + 1 < header_.commands) left = count(++command);
      if (end_ - at < sizeof(EventHeader) + kWord) return fail("event {} is cut off", i);
      const auto event = load<EventHeader>(at);
      at += sizeof(EventHeader);
      const auto size = load<uint32_t>(at);
      if (size < kWord || size % kWord != 0 || size > end_ - at) {
        return fail("event {} has an impossible size", i);
      }
      if (event.event >= model_.events().size()) {
        return fail("event {} is of type {}, which the model does not have", i, event.event);
      }
      if (event.command != command || left == 0)
        return fail("event {} belongs to another command", i);
      --left;
      const EventType& type = model_.events()[event.event];
      if (!isValidRow(type.layout, rest_.substr(at, size))) {
        return fail("event {} is no row of {}", i, type.name);
      }
      if (const Field* const field = listWithNull(type, Row(rest_.data() + at))) {
        return fail("event {}, of {}, has a NULL in the list {}", i, type.name, field->field);
      }
      at += size;
    }
    return checkStreams(at);
  }

  bool checkStreams(size_t at) {
    if (header_.streams > header_.accepted) return fail("it has more streams than commands");
    for (uint32_t i = 0; i < header_.streams; ++i) {
      if (end_ - at < kWord) return fail("stream {} is cut off", i);
      const auto size = load<uint32_t>(at);
      if (size < kWord || size % kWord != 0 || size > end_ - at ||
          !isValidRow(streamLayout(), rest_.substr(at, size))) {
        return fail("stream {} is no row", i);
      }
      at += size;
    }
    if (at != end_) return fail("it is longer than its events");
    return true;
  }

  const Model& model_;
  std::string_view rest_;
  BlockHeader header_{};
  size_t outcomes_ = 0;  // words
  size_t counts_ = 0;    // words
  size_t eventsAt_ = 0;
  size_t end_ = 0;  // of events and streams: the digests follow
  std::string problem_;
};

}  // namespace

bool isValidPayload(const Model& model, std::string_view payload, uint32_t events,
                    std::string& problem) {
  if (std::bit_cast<uintptr_t>(payload.data()) % kWord != 0) {
    problem = "the payload is not aligned to 8 bytes";
    return false;
  }
  uint64_t found = 0;
  for (size_t at = 0; at < payload.size();) {
    BlockCheck check(model, payload.substr(at));
    if (!check.run()) {
      problem = fmt::format("block at byte {}: {}", at, check.problem());
      return false;
    }
    found += check.header().events;
    at += check.header().bytes;
  }
  if (found == events) return true;
  problem = fmt::format("it has {} events instead of {}", found, events);
  return false;
}

}  // namespace facet
