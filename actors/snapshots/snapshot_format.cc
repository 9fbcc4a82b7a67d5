#include "actors/snapshots/snapshot_format.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "actors/snapshots/limits.h"
#include "schema/snapshot.capnp.h"
#include "storage/snapshot_store.h"
#include "values/assert.h"

namespace facet {

namespace {

struct FrameHeader {
  uint32_t part;
  uint32_t index;
  uint32_t entries;
  uint32_t reserved;  // zero
};
static_assert(sizeof(FrameHeader) == 16);

/// Followed by the key and the value.
struct EntryHeader {
  int64_t weight;
  uint32_t keyBytes;
  uint32_t valueBytes;
  uint32_t flags;
  uint32_t reserved;  // zero
};
static_assert(sizeof(EntryHeader) == 24);

[[noreturn]] void malformed(std::string_view what) {
  throw LogFailed(fmt::format("the snapshot is malformed: {}", what));
}

kj::ArrayPtr<const kj::byte> bytesOf(const void* data, size_t size) {
  return {static_cast<const kj::byte*>(data), size};
}

template <typename T>
T valueOf(capnp::Data::Reader data, const char* what) {
  if (data.size() != sizeof(T)) malformed(fmt::format("its {} has {} bytes", what, data.size()));
  T out;
  std::memcpy(&out, data.begin(), sizeof(T));
  return out;
}

void encodeRelations(const std::vector<SnapshotRelation>& from,
                     capnp::List<wire::Snapshot::Relation>::Builder out) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out[i].setName(from[i].name);
    out[i].setDigest(bytesOf(&from[i].digest, sizeof(uint128)));
    out[i].setIsHeld(from[i].held.has_value());
    out[i].setHeld(from[i].held.value_or(Position{}).value);
    out[i].setHeldDigest(bytesOf(&from[i].heldDigest, sizeof(uint128)));
    out[i].setDefinition(bytesOf(&from[i].definition, sizeof(uint128)));
  }
}

std::vector<SnapshotRelation> decodeRelations(
    capnp::List<wire::Snapshot::Relation>::Reader relations) {
  std::vector<SnapshotRelation> out;
  for (const auto from : relations) {
    SnapshotRelation& to = out.emplace_back();
    to.name = from.getName().cStr();
    to.digest = valueOf<uint128>(from.getDigest(), "digest");
    if (from.getIsHeld()) to.held = Position{from.getHeld()};
    to.heldDigest = valueOf<uint128>(from.getHeldDigest(), "digest");
    if (from.getDefinition().size() > 0) {
      to.definition = valueOf<uint128>(from.getDefinition(), "definition");
    }
  }
  return out;
}

void encodeFrames(const std::vector<FrameRun>& from,
                  capnp::List<wire::Snapshot::Frames>::Builder out) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out[i].setPart(static_cast<uint32_t>(from[i].kind.part));
    out[i].setIndex(from[i].kind.index);
    out[i].setCount(from[i].count);
    out[i].setEntries(from[i].entries);
  }
}

StatePart partOf(uint32_t number) {
  const bool known = number >= static_cast<uint32_t>(StatePart::heldRows) &&
                     number <= static_cast<uint32_t>(StatePart::streams);
  if (!known) malformed(fmt::format("a frame of part {}", number));
  return static_cast<StatePart>(number);
}

std::vector<FrameRun> decodeFrames(capnp::List<wire::Snapshot::Frames>::Reader runs) {
  std::vector<FrameRun> out;
  for (const auto run : runs) {
    // Room is made for them: not for more than so many frames hold, as they are written now.
    const uint64_t most = run.getCount() * (kSnapshotFrameBytes / sizeof(EntryHeader) + 1);
    out.push_back({{partOf(run.getPart()), run.getIndex()},
                   run.getCount(),
                   std::min(run.getEntries(), most)});
  }
  return out;
}

SnapshotManifest decode(wire::Snapshot::Reader from) {
  SnapshotManifest out;
  out.logId = valueOf<LogId>(from.getLogId(), "log id");
  out.commit.end = {.next = {from.getNext()},
                    .last = {from.getPosition()},
                    .epoch = {from.getEpoch()},
                    .time = from.getTime(),
                    .hash = {from.getHashLow(), from.getHashHigh()}};
  out.commit.block = {from.getBlock()};
  for (const auto control : from.getControls()) {
    out.controls.emplace_back(reinterpret_cast<const char*>(control.begin()), control.size());
  }
  out.modelHash = valueOf<uint128>(from.getModelHash(), "model's hash");
  out.stateFormat = from.getStateFormat();
  out.program = from.getProgram().cStr();
  out.created = from.getCreated();
  out.tables = decodeRelations(from.getTables());
  out.views = decodeRelations(from.getViews());
  out.frames = decodeFrames(from.getFrames());
  return out;
}

}  // namespace

std::string encodeManifest(const SnapshotManifest& manifest) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<wire::Snapshot>();
  for (const SnapshotRelation& view : manifest.views) {
    FACET_ASSERT(!view.held || *view.held < manifest.position(), view.name, manifest.position());
  }
  out.setLogId(bytesOf(&manifest.logId, sizeof(LogId)));
  const LogEnd& end = manifest.commit.end;
  out.setPosition(end.last.value);
  out.setNext(end.next.value);
  out.setHashLow(end.hash.low);
  out.setHashHigh(end.hash.high);
  out.setEpoch(end.epoch.value);
  out.setTime(end.time);
  out.setBlock(manifest.commit.block.value);
  auto controls = out.initControls(static_cast<unsigned>(manifest.controls.size()));
  for (unsigned i = 0; i < controls.size(); ++i) {
    controls.set(i, bytesOf(manifest.controls[i].data(), manifest.controls[i].size()));
  }
  out.setModelHash(bytesOf(&manifest.modelHash, sizeof(uint128)));
  out.setStateFormat(manifest.stateFormat);
  out.setProgram(manifest.program);
  out.setCreated(manifest.created);
  encodeRelations(manifest.tables, out.initTables(static_cast<unsigned>(manifest.tables.size())));
  encodeRelations(manifest.views, out.initViews(static_cast<unsigned>(manifest.views.size())));
  encodeFrames(manifest.frames, out.initFrames(static_cast<unsigned>(manifest.frames.size())));
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(words.begin()), words.size() * sizeof(capnp::word)};
}

namespace {

SnapshotManifest decodeBytes(std::string_view bytes) {
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint64_t));
  try {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = words.size() * 4 + 1024;
    capnp::FlatArrayMessageReader message(
        {reinterpret_cast<const capnp::word*>(words.data()), words.size()}, options);
    return decode(message.getRoot<wire::Snapshot>());
  } catch (const kj::Exception& e) {
    malformed(e.getDescription().cStr());
  }
}

}  // namespace

SnapshotManifest decodeManifest(std::string_view bytes, const std::string& name) {
  SnapshotManifest manifest = decodeBytes(bytes);
  const LogEnd& end = manifest.commit.end;
  if (const std::string its = snapshotName(end.last, end.next); its != name) {
    throw LogFailed(
        fmt::format("its manifest is that of snapshot {}: the folder was renamed, or the manifest "
                    "is another one's",
                    its));
  }
  return manifest;
}

void FrameBuilder::start(FrameKind kind) {
  kind_ = kind;
  entries_ = 0;
  words_.assign(sizeof(FrameHeader) / sizeof(uint64_t), 0);
}

void FrameBuilder::append(std::string_view bytes) {
  FACET_ASSERT(bytes.size() % sizeof(uint64_t) == 0, bytes.size());
  const size_t at = words_.size();
  words_.resize(at + bytes.size() / sizeof(uint64_t));
  if (!bytes.empty()) std::memcpy(&words_[at], bytes.data(), bytes.size());
}

void FrameBuilder::add(const StateEntry& entry) {
  FACET_ASSERT(entry.weight != 0 && !words_.empty(), entry.weight, words_.size());
  const EntryHeader header{entry.weight, static_cast<uint32_t>(entry.key.size()),
                           static_cast<uint32_t>(entry.value.size()), entry.flags, 0};
  append({reinterpret_cast<const char*>(&header), sizeof(header)});
  append(entry.key);
  append(entry.value);
  ++entries_;
}

std::string_view FrameBuilder::finish() {
  FACET_ASSERT(!empty() && bytes() % sizeof(uint64_t) == 0, bytes());
  const FrameHeader header{static_cast<uint32_t>(kind_.part), kind_.index, entries_, 0};
  std::memcpy(words_.data(), &header, sizeof(header));
  return {reinterpret_cast<const char*>(words_.data()), bytes()};
}

namespace {

FrameHeader headerOf(std::string_view frame) {
  FrameHeader header;
  if (frame.size() < sizeof(header)) malformed("a frame without a header");
  std::memcpy(&header, frame.data(), sizeof(header));
  return header;
}

}  // namespace

FrameKind frameKind(std::string_view frame) {
  const FrameHeader header = headerOf(frame);
  return {partOf(header.part), header.index};
}

void appendFrame(std::string_view frame, std::vector<FrameRun>& runs) {
  const FrameKind kind = frameKind(frame);
  if (runs.empty() || runs.back().kind != kind) runs.push_back({kind, 0, 0});
  ++runs.back().count;
  runs.back().entries += headerOf(frame).entries;
}

void forEachEntry(std::string_view frame, const std::function<void(const StateEntry&)>& visit) {
  const FrameHeader header = headerOf(frame);
  size_t at = sizeof(header);
  for (uint32_t i = 0; i < header.entries; ++i) {
    EntryHeader entry;
    if (frame.size() - at < sizeof(entry)) malformed("an entry beyond its frame");
    std::memcpy(&entry, frame.data() + at, sizeof(entry));
    at += sizeof(entry);
    const size_t bytes = size_t{entry.keyBytes} + entry.valueBytes;
    if (entry.keyBytes % 8 != 0 || entry.valueBytes % 8 != 0 || frame.size() - at < bytes) {
      malformed("an entry beyond its frame");
    }
    if (entry.weight == 0) malformed("an entry without a weight");
    visit({frame.substr(at, entry.keyBytes), frame.substr(at + entry.keyBytes, entry.valueBytes),
           entry.weight, entry.flags});
    at += bytes;
  }
  if (at != frame.size()) malformed("bytes behind a frame's entries");
}

}  // namespace facet
