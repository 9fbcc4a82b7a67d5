#include "actors/log/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/log/digest_notes.h"
#include "actors/log/limits.h"
#include "actors/log/skip.h"
#include "model/compatibility.h"
#include "storage/chain.h"
#include "storage/checked_chunks.h"
#include "values/assert.h"

namespace facet {

bool hasPlace(const EventLog& log, const LogEnd& end) {
  const LogEnd begin = log.begin();
  if (end.next.value == 0 || end.next < begin.next || log.end().next < end.next) return false;
  if (end.next == begin.next) return end == begin;
  bool same = false;
  log.read({end.next.value - 1}, 1, [&](const ChunkRef& chunk) {
    same = hashChunk(chunk.bytes()) == end.hash && chunk.last() == end.last;
    return false;
  });
  return same;
}

void addControl(ChunkNumber number, std::string_view payload, LogHistory& history) {
  ControlRecord record;
  try {
    record = readControlRecord(payload);
  } catch (const std::exception& e) {
    throw LogFailed(fmt::format("chunk {}: {}", number.value, e.what()));
  }
  if (record.birth) history.id = *record.birth;
  if (record.model) history.models.push_back(std::move(*record.model));
  if (record.epoch) history.epochs.push_back(*record.epoch);
  if (record.skip) {
    // What it did is in the views: snapshots need not carry the event.
    record.skip->row.clear();
    const std::vector<uint64_t> done = skipRecord(*record.skip);
    history.controls.push_back(
        {number, {reinterpret_cast<const char*>(done.data()), done.size() * sizeof(uint64_t)}});
    history.skips.push_back(std::move(*record.skip));
    return;
  }
  history.controls.push_back({number, std::string(payload)});
}

LogHistory readHistory(const EventLog& log, const std::vector<std::string>& known,
                       ChunkNumber from) {
  LogHistory history;
  const ChunkNumber end = log.end().next;
  history.empty = end.value == 0;
  for (const std::string& payload : known) addControl({0}, payload, history);
  for (ChunkNumber next = std::max(from, log.begin().next); next < end;) {
    next = log.read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
      if (chunk.header->kind == ChunkKind::control) {
        addControl(chunk.header->number, chunk.payload, history);
      }
      return true;
    });
  }
  // Versions that wrote the two one after the other may have been stopped in between.
  const bool justBorn = end.value == 1;
  const bool whole = history.id != LogId{} && (justBorn || !history.models.empty());
  if (!history.empty && !whole) {
    throw LogFailed(
        "the log has no record of its birth or its model: it is not one of facet's, or it was cut "
        "at its "
        "beginning; restore the folder from a backup");
  }
  return history;
}

ChosenModel chooseModel(const LogHistory& history, const Model* wanted) {
  std::shared_ptr<const Model> last;
  for (const std::vector<ModelFile>& files : history.models) last = loadModel(files, last.get());
  if (wanted == nullptr) return {last, false};
  std::shared_ptr<const Model> model = loadModel(wanted->files(), last.get());
  if (!last) return {model, true};
  if (model->hash() == last->hash()) return {last, false};
  std::vector<ModelProblem> problems = incompatibilities(*last, *model);
  if (!problems.empty()) throw ModelError(std::move(problems));
  return {model, true};
}

namespace {

/// Control chunks, one for each record, in one commit.
void appendRecords(EventLog& log, const std::vector<std::vector<uint64_t>>& records, Epoch epoch,
                   int64_t now) {
  const LogEnd before = log.end();
  LogEnd end = before;
  std::vector<uint64_t> words;
  for (const std::vector<uint64_t>& record : records) {
    const std::string_view piece(reinterpret_cast<const char*>(record.data()),
                                 record.size() * sizeof(uint64_t));
    ChunkDraft draft;
    draft.kind = ChunkKind::control;
    draft.epoch = epoch;
    draft.time = std::max(now, end.time);
    draft.pieces = {&piece, 1};
    const size_t from = words.size();
    words.resize(from + chunkBytes(draft) / sizeof(uint64_t));
    end = writeChunk(reinterpret_cast<char*>(words.data() + from), draft, end);
  }
  const std::string_view bytes(reinterpret_cast<const char*>(words.data()),
                               words.size() * sizeof(uint64_t));
  log.appendCopies(CheckedChunks(bytes, before));
}

}  // namespace

void recordModel(EventLog& log, const LogHistory& history, const Model& model, LogId newId,
                 int64_t now) {
  const Epoch epoch = history.empty ? Epoch{1} : log.end().epoch;
  std::vector<std::vector<uint64_t>> records;
  if (history.empty) records.push_back(birthRecord(newId));
  records.push_back(modelRecord(model));
  appendRecords(log, records, epoch, now);
}

void recordEpoch(EventLog& log, std::string_view reason, int64_t now) {
  const LogEnd end = log.end();
  const Epoch epoch{end.epoch.value + 1};
  appendRecords(log, {epochRecord(epoch, end, reason)}, epoch, now);
}

namespace {

/// Appends what comes out of a chunk of the log to `out`.
void foldInto(Chunk& out, const ChunkRef& ref, Sequencer& sequencer) {
  const auto* const words = reinterpret_cast<const uint64_t*>(ref.payload.data());
  const std::vector<uint64_t>& memory =
      out.memory.emplace_back(words, words + ref.payload.size() / sizeof(uint64_t));
  const std::string_view payload(reinterpret_cast<const char*>(memory.data()), ref.payload.size());
  FACET_ASSERT(out.blocks.empty() || out.last + 1 == ref.header->first, out.last,
               ref.header->first);
  FACET_ASSERT(sequencer.end() + 1 == ref.header->first, sequencer.end(), ref.header->first);
  if (out.blocks.empty()) out.first = ref.header->first;
  if (ref.header->events > 0) out.number = ref.header->number;
  out.last = ref.last();
  out.bytes += payload.size();
  forEachBlock(payload, [&](Block block) {
    std::vector<TableChange> changes = sequencer.fold(block);
    if (block.header().events == 0) return;
    out.blocks.push_back({block, ref.header->time});
    out.changes.insert(out.changes.end(), changes.begin(), changes.end());
  });
  FACET_ASSERT(sequencer.end() == ref.last(), sequencer.end(), ref.last());
}

}  // namespace

ChunkPtr foldChunk(const ChunkRef& ref, Sequencer& sequencer) {
  if (ref.header->kind == ChunkKind::control) {
    const ControlRecord record = readControlRecord(ref.payload);
    const auto chunk =
        record.skip ? skipChunk(*record.skip, sequencer.model()) : std::make_shared<Chunk>();
    chunk->number = ref.header->number;
    chunk->first = chunk->last = sequencer.takePosition();
    FACET_ASSERT(chunk->last == ref.last(), chunk->last, ref.last());
    return chunk;
  }
  auto out = std::make_shared<Chunk>();
  foldInto(*out, ref, sequencer);
  return out;
}

void foldLog(const EventLog& log, ChunkNumber from, Sequencer& sequencer,
             const std::function<void(ChunkPtr)>& chunk, Position singlyAfter) {
  auto folded = std::make_shared<Chunk>();
  const auto pass = [&] {
    if (!folded->blocks.empty()) chunk(std::move(folded));
    folded = std::make_shared<Chunk>();
  };
  const ChunkNumber end = log.end().next;
  for (ChunkNumber next = std::max(from, log.begin().next); next < end;) {
    next = log.read(next, kRecoveryReadBytes, [&](const ChunkRef& ref) {
      if (!isFolded(ref)) return true;
      if (ref.header->kind == ChunkKind::control) {
        pass();
        chunk(foldChunk(ref, sequencer));
        return true;
      }
      const bool singly = ref.last() > singlyAfter;
      if (singly) pass();
      foldInto(*folded, ref, sequencer);
      const ChunkNumber number = ref.header->number;
      const bool noted =
          end.value - number.value <= kRecoveryNotedChunks && DigestNotes::agreed(number);
      if (folded->bytes >= kRecoveryFoldBytes || noted || singly) pass();
      return true;
    });
  }
  pass();
}

}  // namespace facet
