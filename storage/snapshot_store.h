// SnapshotStore: a node's snapshots on disk. What is in one, its writers know (actors/).
//
//   snapshots/NAME/manifest      magic, format, sizes, checksum; where the data ends
//                                (end_record.h); then what the writer says about the snapshot.
//                                Written last
//   snapshots/NAME/data/         the content: chunks in a log of their own (lmdb_log.h)
//   snapshots/NAME.new/          in the making, or what is left of that: removed when opened
//   snapshots/NAME.gone/         on its way out: removed when opened
//   snapshots/NAME.damaged/      set aside: kept until somebody has looked at it, and prunes
//
// NAME: position and chunk number of the cut, twenty digits each: names sort by age.
//
// Crash story: the folder is built beside, every chunk synced by its commit, then the manifest; the
// rename makes it a snapshot, at once and durably. So a folder with a plain name is whole, unless
// the disk damaged it: manifest and chunks have checksums, and the manifest has the data's end with
// the hash of the last chunk, by the chain one over all of them.
//
// Thread: one at a time; whoever owns it sees to that.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/event_log.h"

namespace facet {

/// "00000000000000009994-00000000000000000012".
std::string snapshotName(Position position, ChunkNumber next);

/// A snapshot in the making. Dropped before finish(): removed.
class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  /// Appends a frame, durably. A multiple of 8 bytes, at most kMaxPayloadBytes. Throws LogFull,
  /// LogFailed.
  virtual void append(std::string_view frame) = 0;
  /// Where the frames end so far.
  virtual LogEnd end() const = 0;
  /// Makes it a snapshot.
  virtual void finish(std::string_view manifest) = 0;
};

class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  /// What the writer said about it; its checksum was right.
  virtual const std::string& manifest() const = 0;
  /// Where the frames end: `next` is their number; `hash` the last one's, by the chain one over all
  /// of them.
  virtual const LogEnd& end() const = 0;
  /// Visits all frames in order, each verified; throws LogFailed, naming the file, at the first one
  /// that is damaged, and if one is missing; what to do then, the caller knows. A frame is valid
  /// only inside the call.
  virtual void read(const std::function<void(std::string_view frame)>& visit) const = 0;
  /// The same for frames from this one (0 is the first) on: one at least, no more once they exceed
  /// `maxBytes`. Returns the number of the frame after them.
  virtual uint64_t readSome(uint64_t from, size_t maxBytes,
                            const std::function<void(std::string_view frame)>& visit) const = 0;
};

class SnapshotStore {
 public:
  /// Makes the folder, and removes what is left of snapshots that were not finished.
  explicit SnapshotStore(std::filesystem::path folder);

  /// Of the finished snapshots, oldest first.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// Of those that were set aside: "NAME.damaged".
  std::vector<std::string> setAsideNames() const;
  /// Bytes on disk: of one, or of all that is in the store.
  uint64_t bytes(const std::string& name) const;
  uint64_t bytes() const;

  /// What the writer said about it, and open(): of one that was set aside too, by that name. Both
  /// throw LogUnreadable if it can't be seen now, which is not damage.
  ///
  /// Throws LogFailed if the manifest is damaged.
  std::string readManifest(const std::string& name) const;

  std::unique_ptr<SnapshotWriter> begin(const std::string& name);
  /// Throws LogFailed if the manifest or the data's structure is damaged, or of another format.
  std::unique_ptr<SnapshotReader> open(const std::string& name) const;

  /// Of a finished one, or one that was set aside.
  void remove(const std::string& name);
  /// It is damaged: it gets another name, so that nobody takes it for a snapshot. Returns where it
  /// is now.
  std::filesystem::path setAside(const std::string& name);
  /// One that was set aside is sound: it gets its name again, which nobody else has. Returns that.
  std::string takeBack(const std::string& aside);
  /// "NAME" of "NAME.damaged".
  static std::string nameOf(const std::string& aside);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace facet
