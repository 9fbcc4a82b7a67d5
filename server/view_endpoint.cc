// View: rows of one view or table: by key, many at once; and scans in pages.
#include <kj/debug.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "rpc/kj_interfaces.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/open_scan.h"
#include "server/relation_wire.h"
#include "server/scan_select.h"
#include "server/session.h"
#include "views/tables/row_bytes.h"

namespace facet {
namespace {

using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;

/// Words of a reply's Cut and the structs around it.
constexpr size_t kReplyWords = 32;

class ViewEndpoint final : public AnyView::Server {
 public:
  ViewEndpoint(SessionState& session, RelationPlan& plan) : session_(session), plan_(plan) {}

 protected:
  kj::Promise<void> get(GetContext context) override {
    const ReadDemand demand = thread().demand(context.getParams().getRead());
    KJ_IF_MAYBE (cut, thread().cutNow(plan_.live, demand, session_->floor)) {
      answerGet(context, *cut);
      return kj::READY_NOW;
    }
    context.allowCancellation();
    return thread().waitFor(demand, session_->floor).then([this, context, demand]() mutable {
      answerGet(context, pinCut(thread().node(), plan_.live, demand));
    });
  }

  kj::Promise<void> scan(ScanContext context) override {
    context.allowCancellation();
    const auto options = context.getParams().getOptions();
    const uint32_t rows =
        options.getPage() == 0 ? kDefaultPage : std::min(options.getPage(), kMaxPage);
    const auto cursor = options.getCursor();
    ScanText text;
    if (cursor.size() > 0) {
      const std::string_view bytes(reinterpret_cast<const char*>(cursor.begin()), cursor.size());
      KJ_IF_MAYBE (open, thread().cursors().take(session_->id, bytes)) {
        if (!(*open)->isOf(plan_.live)) throwFailed("the cursor is of another view");
        return answerPage(context, kj::mv(*open), rows);
      }
      if (!options.getGoOn()) {
        throwFailed(fmt::format("{}start the scan again (a cursor lives {} s, and serves one page)",
                                kExpired, kCursorSeconds));
      }
      text.behind = CursorTable::bookmarkIn(bytes);
    }
    addScanText(plan_, options, text);
    const ReadDemand demand = thread().demand(options.getRead());
    return thread()
        .waitFor(demand, session_->floor)
        .then([this, context, rows, demand, text = std::move(text)]() mutable {
          const auto bind = [&live = plan_.live, &relation = plan_.relation,
                             text = std::move(text)]() {
            return BoundRead{{&live}, bindScan(relation, text), text.behind};
          };
          return answerPage(context, kj::heap<OpenScan>(*session_, demand, bind), rows);
        });
  }

  kj::Promise<void> describe(DescribeContext context) override {
    describeRelation(plan_, context.getResults().initRelation());
    return kj::READY_NOW;
  }

 private:
  RpcThread& thread() { return session_->thread; }

  void findRows(const RowSource& source, Position at, capnp::List<capnp::AnyStruct>::Reader keys);
  size_t bytesOf(const RowSource& source, const Version& row);
  void answerGet(GetContext& context, const ReadCut& cut);
  kj::Promise<void> answerPage(ScanContext context, kj::Own<OpenScan> open, uint32_t rows);

  SessionHold session_;
  RelationPlan& plan_;
};

void ViewEndpoint::findRows(const RowSource& source, Position at,
                            capnp::List<capnp::AnyStruct>::Reader keys) {
  GetScratch& scratch = thread().getScratch();
  scratch.found.resize(keys.size());
  std::array<Row, kReadTogether> together;
  for (unsigned begin = 0; begin < keys.size(); begin += kReadTogether) {
    const unsigned count = std::min<unsigned>(kReadTogether, keys.size() - begin);
    std::array<size_t, kReadTogether> places;
    scratch.keyWords.clear();
    for (unsigned i = 0; i < count; ++i) {
      const Row key = plan_.keys->read(keys[begin + i]);
      places[i] = scratch.keyWords.size();
      scratch.keyWords.resize(places[i] + key.size() / sizeof(uint64_t));
      std::memcpy(&scratch.keyWords[places[i]], key.data(), key.size());
    }
    for (unsigned i = 0; i < count; ++i) together[i] = Row(&scratch.keyWords[places[i]]);
    source.getTogether(at, {together.data(), count}, {&scratch.found[begin], count});
  }
}

/// About what a row takes. A large one is looked at: it may show a text several times.
size_t ViewEndpoint::bytesOf(const RowSource& source, const Version& row) {
  constexpr size_t kLarge = size_t{64} << 10;
  const size_t stored = size_t{row.keyBytes} + row.valueBytes;
  if (stored < kLarge) return stored;
  size_t shown = 0;
  for (uint32_t c = 0; c < source.relation().columns.size(); ++c) {
    shown += tailBytes(source.column(row, c, thread().getScratch().arena));
  }
  return std::max(stored, shown);
}

void ViewEndpoint::answerGet(GetContext& context, const ReadCut& cut) {
  if (plan_.keys == nullptr) {
    throwFailed(fmt::format("\"{}\" has no key: read it with scan, or give it a UNIQUE INDEX",
                            plan_.relation.name));
  }
  const auto keys = readStructs(context.getParams().getKeys(), "keys");
  if (keys.size() > kMaxKeys) {
    throwFailed(fmt::format("{} keys in one get; at most {} are allowed", keys.size(), kMaxKeys));
  }
  const RowSource& source = plan_.live.source(cut.at);
  GetScratch& scratch = thread().getScratch();
  findRows(source, cut.at, keys);
  size_t missing = 0;
  size_t bytes = 0;
  for (const Version* const version : scratch.found) {
    if (version != nullptr) {
      bytes += bytesOf(source, *version);
    } else {
      ++missing;
    }
  }
  const size_t words = kReplyWords + keys.size() * plan_.encoder.words() + bytes / 8 +
                       (missing > 0 ? keys.size() / 64 + 1 : 0);
  // A row that is there is read: alone it fits into a message (views/state/limits.h).
  if (words * 8 > kMaxReplyBytes && keys.size() > 1) {
    throwFailed(fmt::format("the rows of {} keys take {} bytes; ask for fewer at a time",
                            keys.size(), words * 8));
  }
  session_->requireRoom(words * 8);
  auto results = context.getResults(capnp::MessageSize{words, 0});
  auto rows = plan_.encoder.init(results.getRows(), keys.size());
  for (unsigned i = 0; i < keys.size(); ++i) {
    if (scratch.found[i] == nullptr) continue;
    plan_.encoder.encode(
        [&](uint32_t c) { return source.column(*scratch.found[i], c, scratch.arena); }, rows[i]);
  }
  scratch.arena.reset();
  if (missing > 0) {
    auto found = results.initFound(keys.size());
    for (unsigned i = 0; i < keys.size(); ++i) found.set(i, scratch.found[i] != nullptr);
  }
  thread().describeCut(cut, results.initCut());
  session_->raise(cut.at);
}

kj::Promise<void> ViewEndpoint::answerPage(ScanContext context, kj::Own<OpenScan> open,
                                           uint32_t rows) {
  return makePage(*session_, kj::mv(open), {rows, kPageBytes})
      .then([this, context](kj::Own<OpenScan> scan) mutable {
        const size_t words = kReplyWords + scan->page().words(plan_.encoder);
        auto results = context.getResults(capnp::MessageSize{words, 0});
        scan->page().encode(plan_.encoder, results.getRows());
        thread().describeCut(scan->cut(), results.initCut());
        session_->raise(scan->cut().at);
        if (!scan->more()) return;
        scan->endPage();
        const std::string cursor = thread().cursors().put(session_->owner(), kj::mv(scan));
        results.setCursor({reinterpret_cast<const capnp::byte*>(cursor.data()), cursor.size()});
      });
}

}  // namespace

capnp::Capability::Client newViewEndpoint(SessionState& session, RelationPlan& plan) {
  return kj::heap<ViewEndpoint>(session, plan);
}

}  // namespace facet
