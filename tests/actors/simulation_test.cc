// The command side and the projections under random schedules, from a seed: the order of
// deliveries, the cuts of chunks, the number of shards, full logs and crashes are drawn; what
// readers see must be the fold of the log up to where they see it. FACET_SEED and FACET_ROUNDS
// choose others.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "actors/log/group_commit.h"
#include "actors/log/recovery.h"
#include "actors/projection.h"
#include "storage/memory_log.h"
#include "tests/actors/shop.h"
#include "values/text.h"
#include "views/live_view.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(simulation)

using Rows = std::multiset<std::string>;

Rows rowsAt(const LiveRelation& relation, Position at) {
  Rows rows;
  Arena arena;
  RowSource::Cursor cursor;
  const RowSource& source = relation.source(at);
  source.scan(at, cursor, [&](const Version& version) {
    std::string text;
    for (uint32_t c = 0; c < source.relation().columns.size(); ++c) {
      const Value value = source.column(version, c, arena);
      text += value.isNull() ? "NULL|" : toText(source.relation().columns[c].type, value) + "|";
    }
    for (uint64_t i = 0; i < source.multiplicity(version); ++i) rows.insert(text);
    return true;
  });
  return rows;
}

/// Everything of a node that lives between two crashes, and the messages that are under way in it.
class World final : public DurableSink, public AnswerSink, public Rollback, public FailureSink {
 public:
  World(EventLog& log, uint32_t shards, std::mt19937_64& random)
      : log_(log),
        random_(random),
        model_(shopModel()),
        plans_(std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_))),
        tables_(model_),
        cuts_(1 + model_->views().size(), {0}),
        sequencer_(model_, plans_, tables_, {0}),
        stage_(model_, plans_) {
    for (uint32_t v = 0; v < model_->views().size(); ++v) {
      views_.push_back(
          std::make_unique<LiveView>(model_, v, shards, tables_, cuts_, 1 + v, Position{0}));
      for (uint32_t s = 0; s < shards; ++s) addProjection(v, s, shards);
    }
    foldLog(log_, {0}, sequencer_, [this](const ChunkPtr& chunk) { broadcast(chunk); });
    commit_ = std::make_unique<GroupCommit>(log_, sequencer_.progress().block, cuts_, lag_, clock_,
                                            GroupCommit::Next{*this, *this, *this, *this});
  }

  /// Sequences a batch; it waits for the group commit.
  void submit(CommandBatch batch) {
    waiting_.push_back({sequencer_.sequence(stage_.shape(std::move(batch))), generation_});
  }

  /// Commits some of what waits.
  void commit() {
    std::deque<WaitingBatch> some;
    const size_t count = 1 + random_() % (waiting_.size() + 1);
    while (!waiting_.empty() && some.size() < count) {
      some.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    while (!some.empty()) commit_->commit(GroupCommit::takeChunk(some));
  }

  /// Delivers one message, if there is one.
  bool deliver() {
    if (!goBack_.empty() && random_() % 4 == 0) {
      const auto [to, generation] = goBack_.front();
      goBack_.pop_front();
      sequencer_.rollback(to);
      generation_ = generation;
      return true;
    }
    std::vector<Inbox*> ready;
    for (Inbox& inbox : inboxes_) {
      if (!inbox.chunks.empty()) ready.push_back(&inbox);
      for (auto& from : inbox.exchanges) {
        if (!from.empty()) ready.push_back(&inbox);
      }
    }
    if (ready.empty()) return !goBack_.empty();
    Inbox& inbox = *ready[random_() % ready.size()];
    const size_t sender = random_() % (inbox.exchanges.size() + 1);
    if (sender < inbox.exchanges.size() && !inbox.exchanges[sender].empty()) {
      const Exchange exchange = std::move(inbox.exchanges[sender].front());
      inbox.exchanges[sender].pop_front();
      inbox.projection->onExchange(exchange);
    } else if (!inbox.chunks.empty()) {
      const ChunkPtr chunk = std::move(inbox.chunks.front());
      inbox.chunks.pop_front();
      inbox.projection->onChunk(chunk);
    }
    sequencer_.reclaim(ReaderNeeds::from(horizon()));
    return true;
  }
  void deliverAll() {
    while (deliver()) {
    }
  }

  Cuts& cuts() { return cuts_; }
  const LiveView& view(uint32_t v) const { return *views_[v]; }
  size_t views() const { return views_.size(); }

 private:
  struct Inbox;
  /// A shard's place in its view.
  class Shard final : public ProjectionSink {
   public:
    /// `first`: the inbox of the view's first shard.
    Shard(std::deque<Inbox>& inboxes, size_t first, LiveView& view, uint32_t index)
        : inboxes_(inboxes), first_(first), view_(view), index_(index) {}
    void send(uint32_t to, Exchange exchange) override {
      inboxes_[first_ + to].exchanges[exchange.from].push_back(std::move(exchange));
    }
    void applied(Position last) override {
      view_.report(last, view_.shard(index_).errors());
      view_.shard(index_).reclaim(view_.readerNeeds(last), last + 1);
    }

   private:
    std::deque<Inbox>& inboxes_;
    const size_t first_;
    LiveView& view_;
    const uint32_t index_;
  };
  struct Inbox {
    std::unique_ptr<Shard> sink;
    std::unique_ptr<Projection> projection;
    std::deque<ChunkPtr> chunks;
    std::vector<std::deque<Exchange>> exchanges;  // by sender
  };

  void addProjection(uint32_t v, uint32_t s, uint32_t shards) {
    const size_t first = static_cast<size_t>(v) * shards;
    LiveView& view = *views_[v];
    Inbox& inbox = inboxes_.emplace_back();
    inbox.exchanges.resize(shards);
    inbox.sink = std::make_unique<Shard>(inboxes_, first, view, s);
    inbox.projection = std::make_unique<Projection>(view.shard(s), s, shards, *inbox.sink);
  }

  void recorded(ChunkNumber, std::string_view) override {}
  void committed(const LogEnd&, BlockNumber) override {}
  void broadcast(const ChunkPtr& chunk) override {
    for (Inbox& inbox : inboxes_) inbox.chunks.push_back(chunk);
    cuts_.publish(0, chunk->last);
  }

  Position horizon() const {
    Position out = cuts_.horizon();
    for (const auto& view : views_) out = std::min(out, view->applied());
    return out;
  }

  void full() override {}
  void taken() override {}
  void goBack(Sequencer::Progress to, Generation generation) override {
    goBack_.emplace_back(to, generation);
  }
  void fail(const std::string& reason) override { BOOST_FAIL(reason); }

  /// What is told as done is in the log.
  void outcomes(std::vector<BatchOutcome> outcomes) override {
    for (const BatchOutcome& outcome : outcomes) {
      if (outcome.what == BatchOutcome::What::refused) continue;
      BOOST_REQUIRE((outcome.what == BatchOutcome::What::done));
      BOOST_REQUIRE((outcome.durable == log_.end().last && outcome.last <= outcome.durable));
    }
  }

  EventLog& log_;
  std::mt19937_64& random_;
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const std::vector<CommandPlan>> plans_;
  Tables tables_;
  Cuts cuts_;
  Sequencer sequencer_;
  CommandStage stage_;
  std::vector<std::unique_ptr<LiveView>> views_;
  std::deque<Inbox> inboxes_;
  std::unique_ptr<GroupCommit> commit_;
  /// Goes on whenever it is looked at.
  struct Ticking final : Clock {
    int64_t time = 0;
    int64_t now() override { return ++time; }
  } clock_;
  LagClock lag_{clock_};
  std::deque<WaitingBatch> waiting_;
  // To the sequencer.
  std::deque<std::pair<Sequencer::Progress, Generation>> goBack_;
  Generation generation_ = 0;  // that the sequencer has
};

/// Random commands of a few clients, some of them sent again.
class Clients {
 public:
  explicit Clients(std::mt19937_64& random) : random_(random) {}

  CommandBatch next(const Model& model) {
    BatchOf batch(model);
    const uint64_t client = 1 + random_() % 3;
    uint64_t& sequence = sequences_[client];
    if (sequence > 3 && random_() % 4 == 0) sequence -= 1 + random_() % 3;  // again
    batch.from({client, 0}, sequence + 1);
    const size_t commands = 1 + random_() % 5;
    for (size_t i = 0; i < commands; ++i) addCommand(batch, client, ++sequence);
    if (random_() % 8 == 0) batch.atomic();
    return batch.done();
  }

 private:
  /// The same for the same client and sequence number, as a resend is.
  void addCommand(BatchOf& batch, uint64_t client, uint64_t sequence) {
    std::mt19937_64 own(client * 1'000'003 + sequence);
    const std::string customer = fmt::format("C{}", own() % 6);
    const std::string order = fmt::format("O{}", own() % 60);
    switch (own() % 6) {
      case 0:
      case 1:
        batch.add("MoveCustomer", {{"customer_id", keep(customer)},
                                   {"region", keep(fmt::format("R{}", own() % 3))}});
        return;
      case 2:
      case 3:
        batch.add("PlaceOrder",
                  {{"order_id", keep(order)},
                   {"customer_id", keep(customer)},
                   {"total", Value::numeric(static_cast<int128>(own() % 9) * 10'000, 4)}});
        return;
      case 4:
        batch.add("CancelOrder", {{"order_id", keep(order)}});
        return;
      default:
        // The sum of a counter can be zero: then 100 / sum fails, and the view is degraded for a
        // while.
        batch.add("Counted",
                  {{"counter", keep(fmt::format("n{}", own() % 3))},
                   {"amount", Value::integer(Kind::int32, static_cast<int64_t>(own() % 5) - 2)}});
    }
  }
  Value keep(std::string text) {
    texts_.push_back(std::move(text));
    return Value::text(texts_.back());
  }

  std::mt19937_64& random_;
  std::map<uint64_t, uint64_t> sequences_;
  std::deque<std::string> texts_;
};

/// The rows of all views at every chunk's end: the fold, by a world that gets one chunk after
/// another.
class Fold {
 public:
  void check(const World& world, EventLog& log, Cuts& cuts) {
    for (uint32_t v = 0; v < world.views(); ++v) {
      Cuts::Pin pin = cuts.pin();
      BOOST_REQUIRE(static_cast<bool>(pin));
      const Position at = world.view(v).cut(pin, nullptr);
      BOOST_TEST_CONTEXT("view " << world.view(v).view()->name << " at " << at.value) {
        BOOST_REQUIRE((rowsAt(world.view(v), at) == expected(log, v, at)));
      }
    }
  }

 private:
  Rows expected(EventLog& log, uint32_t v, Position at) {
    const auto known = known_.find({v, at.value});
    if (known != known_.end()) return known->second;
    // A log that ends at the position.
    MemoryLog prefix;
    for (ChunkNumber n{0}; n < log.end().next;) {
      n = log.read(n, 1, [&](const ChunkRef& chunk) {
        if (chunk.header->events > 0 && chunk.last() > at) return true;
        ChunkDraft draft;
        draft.kind = chunk.header->kind;
        draft.epoch = chunk.header->epoch;
        draft.events = chunk.header->events;
        draft.pieces = {&chunk.payload, 1};
        prefix.append(draft, prefix.end());
        return true;
      });
    }
    std::mt19937_64 random(1);
    World world(prefix, 1, random);
    world.deliverAll();
    Cuts::Pin pin = world.cuts().pin();
    const Rows rows = rowsAt(world.view(v), world.view(v).cut(pin, nullptr));
    known_[{v, at.value}] = rows;
    return rows;
  }
  std::map<std::pair<uint32_t, uint64_t>, Rows> known_;
};

void runWorld(uint64_t seed) {
  std::mt19937_64 random(seed);
  MemoryLog log;
  Clients clients(random);
  Fold fold;
  std::map<std::pair<uint64_t, uint64_t>, int> done;  // events by client and sequence
  for (int life = 0; life < 3; ++life) {
    World world(log, static_cast<uint32_t>(1 + random() % 4), random);
    const size_t steps = 100 + random() % 200;
    for (size_t step = 0; step < steps; ++step) {
      switch (random() % 8) {
        case 0:
          world.submit(clients.next(*shopModel()));
          break;
        case 1:
          if (random() % 12 == 0) log.failNext(MemoryLog::Failure::full);
          world.commit();
          break;
        default:
          world.deliver();
      }
      if (step % 16 == 0) fold.check(world, log, world.cuts());
    }
    world.deliverAll();
    fold.check(world, log, world.cuts());
  }  // a crash: what waited is gone, the log stays
  // Every command was done once at most.
  for (ChunkNumber n{0}; n < log.end().next;) {
    n = log.read(n, 1, [&](const ChunkRef& chunk) {
      forEachBlock(chunk.payload, [&](Block block) {
        for (uint32_t i = 0; i < block.header().commands; ++i) {
          const uint64_t sequence = block.header().firstSequence + i;
          if (block.accepted(i)) ++done[{block.header().client.high, sequence}];
        }
      });
      return true;
    });
  }
  for (const auto& [command, times] : done) BOOST_REQUIRE(times == 1);
  BOOST_REQUIRE(!done.empty());
}

BOOST_AUTO_TEST_CASE(every_cut_is_the_fold_of_the_log_up_to_it) {
  const char* first = std::getenv("FACET_SEED");
  const char* rounds = std::getenv("FACET_ROUNDS");
  const uint64_t seed = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  const uint64_t count = rounds == nullptr ? 60 : std::strtoull(rounds, nullptr, 10);
  for (uint64_t i = 0; i < count; ++i) {
    BOOST_TEST_CONTEXT("FACET_SEED=" << seed + i << " FACET_ROUNDS=1") {
      runWorld(seed + i);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
