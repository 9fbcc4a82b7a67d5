#include "model/record.h"

#include <algorithm>
#include <cstring>

#include "model/command_digest.h"
#include "values/assert.h"

namespace facet {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
constexpr size_t kHeaderWords = sizeof(BlockHeader) / kWord;
constexpr size_t kEventWords = sizeof(EventHeader) / kWord;
static_assert(sizeof(EventHeader) == 8);

size_t outcomeWords(const BlockHeader& header) {
  return (header.flags & kAllAccepted) != 0 ? 0 : (size_t{header.commands} + 63) / 64;
}

size_t countWords(const BlockHeader& header) {
  return (header.flags & kOneEventEach) != 0 ? 0 : (size_t{header.commands} + 7) / 8;
}

}  // namespace

bool Block::accepted(uint32_t command) const {
  FACET_ASSERT(command < header().commands, command, header().commands);
  if ((header().flags & kAllAccepted) != 0) return true;
  uint64_t word;
  std::memcpy(&word, data_ + sizeof(BlockHeader) + command / 64 * kWord, kWord);
  return (word >> (command % 64) & 1) != 0;
}

uint32_t Block::eventCount(uint32_t command) const {
  if ((header().flags & kOneEventEach) != 0) return accepted(command) ? 1 : 0;
  FACET_ASSERT(command < header().commands, command, header().commands);
  return static_cast<uint8_t>(
      data_[sizeof(BlockHeader) + outcomeWords(header()) * kWord + command]);
}

uint64_t Block::digest(uint32_t nth) const {
  FACET_ASSERT(nth < header().accepted, nth, header().accepted);
  if ((header().flags & kDigests) == 0) return kNoCommandDigest;
  uint64_t digest;
  std::memcpy(&digest, data_ + header().bytes - (header().accepted - nth) * kWord, kWord);
  return digest;
}

const char* Block::eventsBegin() const {
  return data_ + sizeof(BlockHeader) + (outcomeWords(header()) + countWords(header())) * kWord;
}

void BlockBuilder::start(ClientId client, uint64_t firstSequence, uint32_t commands,
                         size_t bytesHint) {
  header_ = {};
  header_.client = client;
  header_.firstSequence = firstSequence;
  header_.commands = commands;
  accepted_.assign((size_t{commands} + 63) / 64, 0);
  counts_.assign((size_t{commands} + 7) / 8 * 8, 0);
  // The words for outcomes and counts are seldom needed: finish() makes room for them if they are.
  block_.clear();
  block_.reserve(kHeaderWords + bytesHint / kWord);
  block_.resize(kHeaderWords);
  streams_.clear();
  digests_.clear();
}

void BlockBuilder::addStream(Row stream) {
  const auto* words = reinterpret_cast<const uint64_t*>(stream.data());
  streams_.insert(streams_.end(), words, words + stream.size() / kWord);
  ++header_.streams;
}

const RowLayout& streamLayout() {
  static const RowLayout layout({Type::of(Kind::text), Type::of(Kind::text)});
  return layout;
}

void BlockBuilder::addEvent(uint32_t event, uint32_t command, Row row) {
  FACET_ASSERT(command < header_.commands && counts_[command] < UINT8_MAX, command,
               header_.commands);
  const EventHeader header{event, command};
  const size_t at = block_.size();
  const size_t bytes = row.size();
  block_.resize(at + kEventWords + bytes / kWord);
  std::memcpy(&block_[at], &header, sizeof(header));
  std::memcpy(&block_[at] + kEventWords, row.data(), bytes);
  ++counts_[command];
  ++header_.events;
}

void BlockBuilder::setAccepted(uint32_t command) {
  FACET_ASSERT(command < header_.commands, command, header_.commands);
  uint64_t& word = accepted_[command / 64];
  const uint64_t bit = uint64_t{1} << (command % 64);
  if ((word & bit) == 0) ++header_.accepted;
  word |= bit;
}

void BlockBuilder::undoTo(Mark mark, uint32_t command) {
  block_.resize(mark.words);
  header_.events = mark.events;
  counts_[command] = 0;
}

void BlockBuilder::clear() {
  std::ranges::fill(accepted_, 0);
  std::ranges::fill(counts_, 0);
  header_.accepted = 0;
  header_.events = 0;
  header_.streams = 0;
  block_.resize(kHeaderWords);
  streams_.clear();
  digests_.clear();
}

std::vector<uint64_t> BlockBuilder::finish() {
  bool oneEach = header_.events == header_.accepted;
  for (uint32_t i = 0; oneEach && i < header_.commands; ++i) {
    oneEach = counts_[i] == (accepted_[i / 64] >> (i % 64) & 1);
  }
  FACET_ASSERT(digests_.empty() || digests_.size() == header_.accepted, digests_.size());
  header_.flags = (header_.accepted == header_.commands ? kAllAccepted : 0) |
                  (oneEach ? kOneEventEach : 0) | (digests_.empty() ? 0 : kDigests);
  const size_t outcomes = outcomeWords(header_);
  const size_t counts = countWords(header_);
  block_.insert(block_.begin() + kHeaderWords, outcomes + counts, 0);
  if (outcomes != 0) std::ranges::copy(accepted_, block_.begin() + kHeaderWords);
  if (counts != 0) std::memcpy(&block_[kHeaderWords + outcomes], counts_.data(), counts_.size());
  block_.insert(block_.end(), streams_.begin(), streams_.end());
  block_.insert(block_.end(), digests_.begin(), digests_.end());
  const size_t bytes = block_.size() * kWord;
  FACET_ASSERT(bytes <= UINT32_MAX, bytes);
  header_.bytes = static_cast<uint32_t>(bytes);
  std::memcpy(block_.data(), &header_, sizeof(header_));
  return std::move(block_);
}

}  // namespace facet
