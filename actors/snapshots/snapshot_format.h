// What is in a snapshot: the manifest (schema/snapshot.capnp), and the entries of state in frames:
// a frame holds entries of one part (views/state/state_part.h) of one table or view. Frames come in
// the order in which they are restored. DO NOT CHANGE without a new kStateFormat: it is on disk.
// Little endian. Thread: values and pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/log/commit_index.h"
#include "values/int128.h"
#include "views/state/state_part.h"

namespace facet {

struct SnapshotRelation {
  std::string name;
  uint128 digest = 0;            // at the snapshot's position
  std::optional<Position> held;  // the cut at which a degraded view is read
  uint128 heldDigest = 0;        // of its rows there
  uint128 definition = 0;        // hash of model/definition.h; 0: an older version took it
};

/// Which part of which table or view (by its number in the manifest; 0 for what there is one of).
struct FrameKind {
  StatePart part{};
  uint32_t index = 0;
  bool operator==(const FrameKind&) const = default;
};

/// Frames of one kind, one behind the other.
struct FrameRun {
  FrameKind kind;
  uint64_t count = 0;
  uint64_t entries = 0;  // read from a manifest: a hint, for making room
};

struct SnapshotManifest {
  LogId logId;
  Commit commit;                      // the last that is in it
  std::vector<std::string> controls;  // the log's control chunks up to it
  uint128 modelHash = 0;
  uint32_t stateFormat = kStateFormat;
  std::string program;                   // version of facet
  int64_t created = 0;                   // microseconds since 1970
  std::vector<SnapshotRelation> tables;  // in the order of the model that it was taken with
  std::vector<SnapshotRelation> views;
  std::vector<FrameRun> frames;  // all, in their order

  Position position() const { return commit.end.last; }
};

/// What to do about a snapshot that was set aside.
constexpr const char* kDamagedSnapshotAdvice =
    "Another snapshot, or the log, is used instead, and nothing is lost: `facet snapshot create` "
    "takes a new one, `facet snapshot prune` removes this one";

std::string encodeManifest(const SnapshotManifest& manifest);
/// Of the snapshot of this name (storage/snapshot_store.h). Throws LogFailed if it is malformed, or
/// of another cut than the name says.
SnapshotManifest decodeManifest(std::string_view bytes, const std::string& name);

/// Collects entries of one kind into a frame.
class FrameBuilder {
 public:
  void start(FrameKind kind);
  void add(const StateEntry& entry);
  bool empty() const { return entries_ == 0; }
  size_t bytes() const { return words_.size() * sizeof(uint64_t); }
  /// The frame; until the next start().
  std::string_view finish();

 private:
  void append(std::string_view bytes);
  FrameKind kind_;
  uint32_t entries_ = 0;
  std::vector<uint64_t> words_;
};

FrameKind frameKind(std::string_view frame);
/// Adds the frame, which is behind those.
void appendFrame(std::string_view frame, std::vector<FrameRun>& runs);
/// Visits the frame's entries. Throws LogFailed if it is malformed.
void forEachEntry(std::string_view frame, const std::function<void(const StateEntry&)>& visit);

}  // namespace facet
