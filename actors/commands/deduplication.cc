#include "actors/commands/deduplication.h"

#include <algorithm>
#include <cstring>

#include "values/assert.h"

namespace facet {

namespace {

template <typename T>
std::string_view asBytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

/// Where a run has its offset: no run, but the mark before so many digests.
constexpr uint32_t kDigestMark = UINT32_MAX;

/// Whether a command goes on with the run: the next number, at the next position.
bool follows(const Deduplication::Run& run, uint32_t offset, Position last) {
  return run.offset + run.count == offset && run.position != 0 &&
         run.position + run.count == last.value;
}

/// What a span's row has in it.
struct SpanRow {
  explicit SpanRow(const Version& version) {
    const auto* const begin = reinterpret_cast<const Deduplication::Run*>(version.valueData());
    const size_t words = version.valueBytes / sizeof(uint64_t);
    const size_t most = version.valueBytes / sizeof(Deduplication::Run);
    size_t count = 0;
    while (count < most && begin[count].offset != kDigestMark) ++count;
    runs = {begin, count};
    if (count == most) return;
    const auto* const digest = reinterpret_cast<const uint64_t*>(begin + count + 1);
    digests = {digest, begin[count].count};
    FACET_ASSERT((count + 1) * 2 + digests.size() == words, count, digests.size(), words);
  }

  std::span<const Deduplication::Run> runs;
  std::span<const uint64_t> digests;
};

}  // namespace

const Version* Deduplication::read(const Key& key) const {
  const std::string_view bytes = asBytes(key);
  const Version* version = map_.find(bytes, hashRow(bytes));
  return version != nullptr && version->weight != 0 ? version : nullptr;
}

std::optional<Deduplication::Head> Deduplication::readHead(ClientId client) const {
  const Version* version = read({client, kHead});
  if (version == nullptr) return std::nullopt;
  Head head;
  std::memcpy(&head, version->valueData(), sizeof(head));
  return head;
}

Deduplication::Memory::Memory(const Deduplication& all, ClientId client)
    : all_(all), client_(client) {
  if (const std::optional<Head> head = all_.readHead(client)) newestSpan_ = head->newestSpan;
}

Deduplication::Seen Deduplication::Memory::find(uint64_t sequence, uint64_t digest) {
  if (!newestSpan_) return {};
  const uint64_t span = sequence / kSpan;
  if (span + kSpansPerClient <= *newestSpan_) return {Seen::What::forgotten, {}};
  if (span_ != span) {
    span_ = span;
    runs_ = {};
    digests_ = {};
    if (const Version* const version = all_.read({client_, span})) {
      const SpanRow row(*version);
      runs_ = row.runs;
      digests_ = row.digests;
    }
  }
  const auto offset = static_cast<uint32_t>(sequence % kSpan);
  size_t before = 0;  // commands of the runs before
  for (const Run& run : runs_) {
    if (offset < run.offset || offset >= run.offset + run.count) {
      before += run.count;
      continue;
    }
    const uint64_t known =
        digests_.empty() ? kNoCommandDigest : digests_[before + (offset - run.offset)];
    if (known != kNoCommandDigest && known != digest) return {Seen::What::other, {}};
    return {Seen::What::done, {run.position == 0 ? 0 : run.position + (offset - run.offset)}};
  }
  return {};
}

void Deduplication::beginBatch(BlockNumber block) {
  FACET_ASSERT(!spanOpen_);
  FACET_ASSERT(block_ < block, block_.value, block.value);
  block_ = block;
}

void Deduplication::openSpan(const Key& key) {
  flushSpan();
  span_ = key;
  spanOpen_ = true;
  runs_.clear();
  digests_.clear();
  const Version* const version = read(key);
  if (version == nullptr) return;
  const SpanRow row(*version);
  runs_.assign(row.runs.begin(), row.runs.end());
  size_t commands = 0;
  for (const Run& run : runs_) commands += run.count;
  digests_.assign(row.digests.begin(), row.digests.end());
  digests_.resize(commands, kNoCommandDigest);
}

void Deduplication::add(ClientId client, uint64_t sequence, const Entry& entry) {
  const Key key{client, sequence / kSpan};
  const auto offset = static_cast<uint32_t>(sequence % kSpan);
  if (!spanOpen_ || key.client != span_.client || key.span != span_.span) openSpan(key);
  if (runs_.empty() || runs_.back().offset + runs_.back().count <= offset) {
    addBehind(offset, entry);
    return;
  }
  size_t place = 0;  // among the span's commands
  auto after = runs_.begin();
  for (; after != runs_.end() && after->offset <= offset; ++after) place += after->count;
  const bool isNew = after == runs_.begin() || (after - 1)->offset + (after - 1)->count <= offset;
  FACET_ASSERT(isNew, sequence);
  digests_.insert(digests_.begin() + static_cast<ptrdiff_t>(place), entry.digest);
  if (after != runs_.begin() && follows(*(after - 1), offset, entry.last)) {
    ++(after - 1)->count;
  } else {
    runs_.insert(after, Run{entry.last.value, offset, 1});
  }
}

/// Behind all others of the span: the usual case.
void Deduplication::addBehind(uint32_t offset, const Entry& entry) {
  digests_.push_back(entry.digest);
  if (!runs_.empty() && follows(runs_.back(), offset, entry.last)) {
    ++runs_.back().count;
  } else {
    runs_.push_back({entry.last.value, offset, 1});
  }
}

void Deduplication::endBatch() {
  flushSpan();
  while (lastUse_.size() > kClients) forgetLongestUnused();
}

void Deduplication::writeRow(const Key& key, std::string_view value, std::string_view more) {
  const std::string_view bytes = asBytes(key);
  Version* version = map_.write(bytes, hashRow(bytes), tagOf(block_),
                                static_cast<uint32_t>(value.size() + more.size()));
  std::memcpy(version->valueData(), value.data(), value.size());
  if (!more.empty()) std::memcpy(version->valueData() + value.size(), more.data(), more.size());
  version->weight = 1;
}

void Deduplication::eraseRow(const Key& key) {
  if (read(key) == nullptr) return;
  const std::string_view bytes = asBytes(key);
  map_.write(bytes, hashRow(bytes), tagOf(block_), 0)->weight = 0;
}

void Deduplication::flushSpan() {
  if (!spanOpen_) return;
  spanOpen_ = false;
  FACET_ASSERT(!runs_.empty() && digests_.size() >= runs_.size(), runs_.size(), digests_.size());
  const bool hasDigests = std::any_of(digests_.begin(), digests_.end(),
                                      [](uint64_t digest) { return digest != kNoCommandDigest; });
  if (hasDigests) runs_.push_back({0, kDigestMark, static_cast<uint32_t>(digests_.size())});
  writeRow(span_, {reinterpret_cast<const char*>(runs_.data()), runs_.size() * sizeof(Run)},
           {reinterpret_cast<const char*>(digests_.data()),
            hasDigests ? digests_.size() * sizeof(uint64_t) : 0});
  touchHead(span_.client, span_.span);
}

void Deduplication::touchHead(ClientId client, uint64_t span) {
  Head head{span, block_.value};
  if (const std::optional<Head> old = readHead(client)) {
    head.newestSpan = std::max(span, old->newestSpan);
    if (head.newestSpan > old->newestSpan) {
      const auto lowest = [](uint64_t newest) {
        return newest < kSpansPerClient ? 0 : newest - kSpansPerClient + 1;
      };
      forgetSpans(client, lowest(old->newestSpan),
                  std::min(lowest(head.newestSpan), old->newestSpan + 1));
    }
    lastUse_.erase({old->lastUse, client});
  }
  writeRow({client, kHead}, asBytes(head));
  lastUse_.insert({head.lastUse, client});
}

void Deduplication::forgetSpans(ClientId client, uint64_t from, uint64_t to) {
  for (uint64_t span = from; span < to; ++span) eraseRow({client, span});
}

void Deduplication::forgetLongestUnused() {
  const ClientId client = lastUse_.begin()->second;
  lastUse_.erase(lastUse_.begin());
  const std::optional<Head> head = readHead(client);
  FACET_ASSERT(head.has_value(), lastUse_.size());
  const uint64_t newest = head->newestSpan;
  forgetSpans(client, newest < kSpansPerClient ? 0 : newest - kSpansPerClient + 1, newest + 1);
  eraseRow({client, kHead});
}

void Deduplication::fold(const Block& block, BlockNumber number, Position firstEvent) {
  const BlockHeader& header = block.header();
  if (header.client == ClientId{}) return;
  beginBatch(number);
  uint64_t next = firstEvent.value;
  uint32_t accepted = 0;
  for (uint32_t i = 0; i < header.commands; ++i) {
    if (!block.accepted(i)) continue;
    const uint32_t events = block.eventCount(i);
    next += events;
    const Position last{events == 0 ? 0 : next - 1};
    add(header.client, header.firstSequence + i, {last, block.digest(accepted++)});
  }
  endBatch();
}

void Deduplication::rollback(BlockNumber last) {
  FACET_ASSERT(!spanOpen_);
  map_.rollback(tagOf(last));
  block_ = last;
  lastUse_.clear();
  map_.forEachNewest([this](const Version& version) { noteUse(version); });
}

void Deduplication::restore(const StateEntry& row, BlockNumber block) {
  FACET_ASSERT(!spanOpen_);
  block_ = block;
  noteUse(*map_.put(row.key, tagOf(block), row.value, row.weight));
}

/// If it is a head.
void Deduplication::noteUse(const Version& version) {
  Key key;
  std::memcpy(&key, version.keyData(), sizeof(key));
  if (key.span != kHead) return;
  Head head;
  std::memcpy(&head, version.valueData(), sizeof(head));
  lastUse_.insert({head.lastUse, key.client});
}

}  // namespace facet
