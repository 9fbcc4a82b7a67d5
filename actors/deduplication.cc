#include "actors/deduplication.h"

#include <algorithm>
#include <cstring>

#include "values/assert.h"

namespace facet {

namespace {

template <typename T>
std::string_view asBytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

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

Deduplication::Seen Deduplication::Memory::find(uint64_t sequence) {
  if (!newestSpan_) return {};
  const uint64_t span = sequence / kSpan;
  if (span + kSpansPerClient <= *newestSpan_) return {Seen::What::forgotten, {}};
  if (span_ != span) {
    span_ = span;
    runs_ = {};
    if (const Version* const version = all_.read({client_, span})) {
      runs_ = {reinterpret_cast<const Run*>(version->valueData()),
               version->valueBytes / sizeof(Run)};
    }
  }
  const auto offset = static_cast<uint32_t>(sequence % kSpan);
  for (const Run& run : runs_) {
    if (offset < run.offset || offset >= run.offset + run.count) continue;
    return {Seen::What::done, {run.position == 0 ? 0 : run.position + (offset - run.offset)}};
  }
  return {};
}

void Deduplication::beginBatch(BlockNumber block) {
  FACET_ASSERT(!spanOpen_);
  block_ = block;
}

void Deduplication::add(ClientId client, uint64_t sequence, Position last) {
  const Key key{client, sequence / kSpan};
  const auto offset = static_cast<uint32_t>(sequence % kSpan);
  if (!spanOpen_ || key.client != span_.client || key.span != span_.span) {
    flushSpan();
    span_ = key;
    spanOpen_ = true;
    runs_.clear();
    if (const Version* version = read(key)) {
      const auto* runs = reinterpret_cast<const Run*>(version->valueData());
      runs_.assign(runs, runs + version->valueBytes / sizeof(Run));
    }
  }
  const auto after =
      std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.offset > offset; });
  if (after != runs_.begin()) {
    Run& before = *(after - 1);
    const bool follows = before.offset + before.count == offset && before.position != 0 &&
                         before.position + before.count == last.value;
    if (follows) {
      ++before.count;
      return;
    }
  }
  runs_.insert(after, Run{last.value, offset, 1});
}

void Deduplication::endBatch() {
  flushSpan();
  while (lastUse_.size() > kClients) forgetLongestUnused();
}

void Deduplication::writeRow(const Key& key, std::string_view value) {
  const std::string_view bytes = asBytes(key);
  Version* version =
      map_.write(bytes, hashRow(bytes), tagOf(block_), static_cast<uint32_t>(value.size()));
  std::memcpy(version->valueData(), value.data(), value.size());
  version->weight = 1;
}

void Deduplication::eraseRow(const Key& key) {
  const Version* current = read(key);
  if (current == nullptr) return;
  const std::string_view bytes = asBytes(key);
  map_.write(bytes, hashRow(bytes), tagOf(block_), current->valueBytes)->weight = 0;
}

void Deduplication::flushSpan() {
  if (!spanOpen_) return;
  spanOpen_ = false;
  writeRow(span_, {reinterpret_cast<const char*>(runs_.data()), runs_.size() * sizeof(Run)});
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
  const uint64_t newest = readHead(client)->newestSpan;
  forgetSpans(client, newest < kSpansPerClient ? 0 : newest - kSpansPerClient + 1, newest + 1);
  eraseRow({client, kHead});
}

void Deduplication::fold(const Block& block, BlockNumber number, Position firstEvent) {
  const BlockHeader& header = block.header();
  if (header.client == ClientId{}) return;
  beginBatch(number);
  uint64_t next = firstEvent.value;
  for (uint32_t i = 0; i < header.commands; ++i) {
    if (!block.accepted(i)) continue;
    const uint32_t events = block.eventCount(i);
    next += events;
    add(header.client, header.firstSequence + i, {events == 0 ? 0 : next - 1});
  }
  endBatch();
}

void Deduplication::rollback(BlockNumber last) {
  map_.rollback(tagOf(last));
  lastUse_.clear();
  map_.forEachNewest([this](const Version& version) { noteUse(version); });
}

void Deduplication::restore(const StateEntry& row, BlockNumber block) {
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
