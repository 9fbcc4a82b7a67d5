// Admin: what an operator asks of a node.
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "rpc/kj_interfaces.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/session.h"
#include "server/version.h"
#include "values/text.h"

namespace facet {
namespace {

capnp::Text::Reader text(const std::string& s) {
  return {s.c_str(), s.size()};
}

std::string hex(uint128 value) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(value >> 64),
                     static_cast<uint64_t>(value));
}

void encodeStatus(const RelationStatus& from, wire::ViewStatus::Builder out) {
  out.setName(text(from.name));
  out.setState(text(from.state));
  out.setRows(from.rows);
  out.setBytes(from.bytes);
  out.setPosition(from.position.value);
  out.setLagEvents(from.lagEvents);
  out.setLagMs(from.lagMs);
  out.setDigest(text(hex(from.digest)));
  out.setError(text(from.error));
  auto skipped = out.initSkipped(static_cast<unsigned>(from.skipped.size()));
  for (unsigned i = 0; i < skipped.size(); ++i) skipped.set(i, from.skipped[i].value);
}

void encodeStatuses(const std::vector<RelationStatus>& from,
                    capnp::List<wire::ViewStatus>::Builder out) {
  for (unsigned i = 0; i < out.size(); ++i) encodeStatus(from[i], out[i]);
}

void encodePlan(const ExplainedView& from, wire::ViewPlan::Builder out) {
  out.setView(text(from.view));
  auto operators = out.initOperators(static_cast<unsigned>(from.steps.size()));
  for (unsigned i = 0; i < operators.size(); ++i) {
    const PlanStep& step = from.steps[i];
    operators[i].setText(text(step.text));
    operators[i].setKeys(step.figures.keys);
    operators[i].setBytes(step.figures.bytes);
    operators[i].setTaken(step.figures.taken);
  }
}

void encodeSnapshot(const SnapshotInfo& from, wire::SnapshotInfo::Builder out) {
  const SnapshotManifest& manifest = from.manifest;
  out.setName(text(from.name));
  out.setPosition(manifest.position().value);
  out.setEpoch(manifest.commit.end.epoch.value);
  out.setTime(manifest.commit.end.time);
  out.setCreated(manifest.created);
  out.setBytes(from.bytes);
  out.setSeconds(from.seconds);
  out.setProgram(text(manifest.program));
  out.setProblem(text(from.problem));
  out.setSetAside(from.isSetAside);
}

void encodeLag(const RecentLag& from, wire::RecentLag::Builder out) {
  out.setEvents(from.events);
  out.setP50(from.p50);
  out.setP99(from.p99);
  out.setMax(from.max);
}

template <typename Results>
void encodeSnapshots(const std::vector<SnapshotInfo>& from, Results&& results) {
  auto out = results.initSnapshots(static_cast<unsigned>(from.size()));
  for (unsigned i = 0; i < out.size(); ++i) encodeSnapshot(from[i], out[i]);
}

void encodeProblems(const std::vector<std::string>& from, wire::Status::Builder out) {
  auto list = out.initProblems(static_cast<unsigned>(from.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, text(from[i]));
}

void encodeFollowers(RpcThread& thread, wire::Status::Builder out) {
  const std::vector<FollowerStatus> followers = thread.feeds().followers(thread.node().head());
  auto list = out.initReplicas(static_cast<unsigned>(followers.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const FollowerStatus& from = followers[i];
    list[i].setName(text(from.name));
    list[i].setState(text(from.state));
    list[i].setPosition(from.position.value);
    list[i].setLagEvents(from.lagEvents);
    list[i].setLagMs(thread.node().lagMs(from.position));
    list[i].setSeenMs(from.seenMs);
  }
}

void encodeUpstream(const UpstreamState& from, const NodeStatus& status,
                    wire::UpstreamStatus::Builder out) {
  out.setAddress(text(from.address));
  out.setPrimary(text(from.primary));
  out.setConnected(from.connected);
  out.setState(text(from.state));
  out.setHead(from.head.value);
  out.setLagEvents(from.lagEvents);
  out.setLagMs(from.lagMs);
  out.setDigestsCompared(status.digestsCompared);
  out.setDigestsDiffered(status.digestsDiffered);
}

/// A replica's views are behind its upstream's log, and what it has of it is the least of it.
void addUpstream(const Upstream& upstream, const RpcThread& thread, NodeStatus& status) {
  for (auto* relations : {&status.views, &status.tables}) {
    for (RelationStatus& relation : *relations) {
      const RpcThread::Lag lag = thread.lagOf(relation.position);
      relation.lagEvents = lag.events;
      relation.lagMs = lag.ms;
    }
  }
  const UpstreamState state = upstream.state();
  if (!state.stalled.empty()) {
    status.problems.push_back("nothing is taken from the upstream: " + state.stalled);
  }
  if (!state.ring.empty()) {
    status.problems.push_back(state.ring +
                              ": nothing comes from there. Start one of them with --of "
                              "the primary's address, or promote one (facet serve on its folder)");
  }
}

void encodeVerification(const Verification& from, wire::Verification::Builder out) {
  out.setEvents(from.events);
  out.setAfter(from.from.value);
  out.setSeconds(from.seconds);
  auto relations = out.initRelations(static_cast<unsigned>(from.relations.size()));
  for (unsigned i = 0; i < relations.size(); ++i) {
    const VerifiedRelation& relation = from.relations[i];
    relations[i].setName(text(relation.name));
    relations[i].setKind(relation.isView ? wire::Relation::Kind::VIEW
                                         : wire::Relation::Kind::TABLE);
    relations[i].setPosition(relation.position.value);
    relations[i].setKept(text(hex(relation.kept)));
    relations[i].setRows(text(hex(relation.rows)));
    relations[i].setFolded(text(hex(relation.folded)));
    relations[i].setSound(relation.isSound());
  }
}

/// An event as text, owned: rows are only valid while they are visited.
struct EventText {
  Position position;
  int64_t time;
  uint32_t event;
  std::vector<std::string> values;
  std::vector<bool> nulls;
};

EventText textOf(const Model& model, const LoggedEvent& event) {
  EventText out{event.position, event.time, event.event, {}, {}};
  const EventType& type = model.events()[event.event];
  for (size_t c = 0; c < type.fields.size(); ++c) {
    const Value value = event.row.get(type.layout, c);
    out.nulls.push_back(value.isNull());
    out.values.push_back(toText(type.fields[c].type, value));
  }
  return out;
}

struct ReadEvents {
  std::vector<EventText> events;
  Position next;
};

/// So many as fit into a reply; at least one. On any thread.
ReadEvents readEvents(const Node& node, Position from, uint32_t limit) {
  ReadEvents out;
  size_t bytes = 0;
  out.next = node.readLog(from, limit, [&](const LoggedEvent& event) {
    const EventText& text = out.events.emplace_back(textOf(node.model(), event));
    for (const std::string& value : text.values) bytes += value.size() + sizeof(value);
    return bytes < kMaxReplyBytes;
  });
  return out;
}

void encodeEvent(const EventType& type, const EventText& from, wire::LoggedEvent::Builder out) {
  out.setPosition(from.position.value);
  out.setTime(from.time);
  out.setEvent(text(type.name));
  auto columns = out.initColumns(static_cast<unsigned>(type.fields.size()));
  for (unsigned c = 0; c < columns.size(); ++c) {
    columns[c].setName(text(type.fields[c].name));
    columns[c].setText(text(from.values[c]));
    columns[c].setNull(from.nulls[c]);
  }
}

class AdminEndpoint final : public wire::Admin::Server {
 public:
  explicit AdminEndpoint(SessionState& session) : session_(session) {}

 protected:
  kj::Promise<void> status(StatusContext context) override {
    auto status = std::make_shared<NodeStatus>();
    const Node& node = session_->thread.node();
    return session_->thread.look([status, &node]() { *status = node.status(); })
        .then([this, status, context]() mutable {
          encodeNode(*status, context.getResults().initStatus());
        });
  }

  kj::Promise<void> explain(ExplainContext context) override {
    auto plans = std::make_shared<std::vector<ExplainedView>>();
    const Node& node = session_->thread.node();
    const std::string view = context.getParams().getView().cStr();
    return session_->thread.look([plans, view, &node]() { *plans = node.explain(view); })
        .then([plans, context]() mutable {
          auto out = context.getResults().initPlans(static_cast<unsigned>(plans->size()));
          for (unsigned i = 0; i < out.size(); ++i) encodePlan((*plans)[i], out[i]);
        });
  }

  kj::Promise<void> log(LogContext context) override {
    const auto params = context.getParams();
    const uint32_t limit =
        std::min(params.getLimit() == 0 ? kDefaultLogEvents : params.getLimit(), kMaxLogEvents);
    const Node& node = session_->thread.node();
    const Position from{std::max<uint64_t>(params.getFrom(), 1)};
    auto read = std::make_shared<ReadEvents>();
    return session_->thread
        .readLog(session_->budget->connection,
                 [&node, from, limit, read]() { *read = readEvents(node, from, limit); })
        .then([&node, read, context]() mutable {
          auto results = context.getResults();
          auto out = results.initEvents(static_cast<unsigned>(read->events.size()));
          for (unsigned i = 0; i < out.size(); ++i) {
            const EventText& event = read->events[i];
            encodeEvent(node.model().events()[event.event], event, out[i]);
          }
          results.setNext(read->next.value);
        });
  }

  kj::Promise<void> verify(VerifyContext context) override {
    auto result = std::make_shared<Verification>();
    Upkeep& upkeep = session_->thread.node().upkeep();
    return session_->thread.beside([result, &upkeep]() { *result = upkeep.verify(); })
        .then([result, context]() mutable {
          encodeVerification(*result, context.getResults().initVerification());
        });
  }

  kj::Promise<void> rebuild(RebuildContext context) override {
    auto result = std::make_shared<Rebuilt>();
    Upkeep& upkeep = session_->thread.node().upkeep();
    const std::string view = context.getParams().getView().cStr();
    return session_->thread.beside([result, view, &upkeep]() { *result = upkeep.rebuild(view); })
        .then([result, context]() mutable {
          auto out = context.getResults().initRebuilt();
          out.setPosition(result->position.value);
          out.setEvents(result->events);
          out.setSeconds(result->seconds);
          out.setBefore(text(hex(result->before)));
          out.setAfter(text(hex(result->after)));
          out.setFrom(result->from.value);
          out.setLooked(result->looked.value);
          out.setKept(text(hex(result->kept)));
          out.setRows(text(hex(result->rows)));
        });
  }

  kj::Promise<void> skip(SkipContext context) override {
    auto result = std::make_shared<Skipped>();
    Node& node = session_->thread.node();
    const std::string view = context.getParams().getView().cStr();
    const Position position{context.getParams().getPosition()};
    return session_->thread
        .beside([result, view, position, &node]() { *result = node.skip(view, position); })
        .then([result, context]() mutable {
          auto out = context.getResults().initSkipped();
          out.setAt(result->at.value);
          out.setLive(result->live);
          out.setError(text(result->error));
        });
  }

  kj::Promise<void> snapshotCreate(SnapshotCreateContext context) override {
    auto made = std::make_shared<SnapshotInfo>();
    Snapshots& snapshots = session_->thread.node().snapshots();
    return session_->thread.beside([made, &snapshots]() { *made = snapshots.create(); })
        .then([made, context]() mutable {
          encodeSnapshot(*made, context.getResults().initSnapshot());
        });
  }

  kj::Promise<void> snapshotList(SnapshotListContext context) override {
    auto infos = std::make_shared<std::vector<SnapshotInfo>>();
    Snapshots& snapshots = session_->thread.node().snapshots();
    return session_->thread.look([infos, &snapshots]() { *infos = snapshots.list(); })
        .then([infos, context]() mutable { encodeSnapshots(*infos, context.getResults()); });
  }

  kj::Promise<void> snapshotVerify(SnapshotVerifyContext context) override {
    return answerList(context, [](Snapshots& snapshots) { return snapshots.verify(); });
  }

  kj::Promise<void> snapshotPrune(SnapshotPruneContext context) override {
    const uint32_t keep = context.getParams().getKeep();
    if (keep == 0) throwFailed("at least one snapshot is kept: keep must not be 0");
    return answerList(context, [keep](Snapshots& snapshots) { return snapshots.prune(keep); });
  }

 private:
  void encodeNode(NodeStatus& status, wire::Status::Builder out) {
    RpcThread& thread = session_->thread;
    if (const Upstream* upstream = thread.upstream()) addUpstream(*upstream, thread, status);
    out.setRole(thread.upstream() == nullptr ? "primary" : "replica");
    out.setEpoch(status.epoch.value);
    out.setBeginPosition(status.begin.last.value);
    out.setBeginChunk(status.begin.next.value);
    out.setPosition(status.position.value);
    out.setVisible(status.visible.value);
    out.setDiskBytes(status.diskBytes);
    out.setSnapshotBytes(status.snapshotBytes);
    out.setFreeBytes(status.freeBytes);
    encodeLag(status.visibleLag, out.initVisibleLag());
    encodeProblems(status.problems, out);
    out.setVersion(capnp::Text::Reader(kVersion.data(), kVersion.size()));
    const TokenBytes token = encodeToken({status.logId, {}, {}});
    out.setLogId(kj::arrayPtr(token.data() + 1, 16));
    out.setMemoryBytes(status.memoryBytes);
    out.setMemoryLimit(status.memoryLimit);
    out.setConnections(thread.connections);
    out.setUptimeMs(thread.uptimeMs());
    encodeStatuses(status.views, out.initViews(static_cast<unsigned>(status.views.size())));
    encodeStatuses(status.tables, out.initTables(static_cast<unsigned>(status.tables.size())));
    encodeFollowers(thread, out);
    if (const Upstream* upstream = thread.upstream()) {
      encodeUpstream(upstream->state(), status, out.initUpstream());
    }
  }

  template <typename Context>
  kj::Promise<void> answerList(Context context,
                               std::function<std::vector<SnapshotInfo>(Snapshots&)> call) {
    auto infos = std::make_shared<std::vector<SnapshotInfo>>();
    Snapshots& snapshots = session_->thread.node().snapshots();
    return session_->thread
        .beside([infos, &snapshots, call = std::move(call)]() { *infos = call(snapshots); })
        .then([infos, context]() mutable { encodeSnapshots(*infos, context.getResults()); });
  }

  SessionHold session_;
};

}  // namespace

wire::Admin::Client newAdminEndpoint(SessionState& session) {
  return kj::heap<AdminEndpoint>(session);
}

}  // namespace facet
