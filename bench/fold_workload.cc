// `facet bench fold`: bids folded into one view of eight aggregates, in this process, on one
// thread: what the engine itself does, without log, actors and clients.
//
// Bids are made as Nexmark's generator makes them (https://github.com/nexmark/nexmark): 46 for
// three auctions; every second one for the newest of a hundred auctions, the others for one of the
// last hundred; prices spread evenly over six orders of magnitude.
#include <time.h>

#include <chrono>
#include <cmath>
#include <random>

#include "bench/embedded_model.h"
#include "bench/workload.h"
#include "model/load.h"
#include "model/record.h"
#include "views/shard_runner.h"
#include "views/tables/row_source.h"
#include "views/tables/tables.h"

namespace facet {

namespace {

constexpr int64_t kBidsOfThreeAuctions = 46;
constexpr int64_t kHot = 100;
constexpr int64_t kMicrosBetweenBids = 100;
constexpr int64_t kBegin = 1'436'918'400'000'000;  // 2015-07-15

double threadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Makes chunks of bids, and remembers what they must come to.
class Bids {
 public:
  explicit Bids(const Model& model) : layout_(model.events()[0].layout) {}

  /// The next chunk's block; valid until the next call.
  Block make(unsigned count) {
    block_.start({}, 0, count, 256UL * count);
    for (uint32_t i = 0; i < count; ++i) {
      block_.addEvent(0, i, next());
      block_.setAccepted(i);
    }
    bytes_ = block_.finish();
    return Block(reinterpret_cast<const char*>(bytes_.data()));
  }

  int64_t bids() const { return bids_; }
  int128 total() const { return total_; }

 private:
  int64_t below(int64_t limit) {
    return std::uniform_int_distribution<int64_t>(0, limit - 1)(random_);
  }

  Row next() {
    const int64_t newest = kHot + bids_ * 3 / kBidsOfThreeAuctions;
    const int64_t auction = below(2) > 0 ? newest / kHot * kHot : newest - below(kHot);
    const double order = std::uniform_real_distribution<>(0, 6)(random_);
    const auto price = static_cast<int64_t>(std::round(std::pow(10.0, order) * 100));
    builder_.start(layout_);
    builder_.set(0, Value::int64(auction));
    builder_.set(1, Value::int64(below(1000)));
    builder_.set(2, Value::int64(price));
    builder_.set(3, Value::text(kChannels[below(std::size(kChannels))]));
    builder_.set(4, Value::text("https://www.nexmark.com/item.htm?query=1"));
    builder_.set(5, Value::integer(Kind::timestamp, kBegin + bids_ * kMicrosBetweenBids));
    builder_.set(6, Value::text("bqkvmaxtynrwzpdhogislfjecu"));
    ++bids_;
    total_ += price;
    return builder_.finish();
  }

  static constexpr std::string_view kChannels[] = {"Google", "Facebook", "Baidu", "Apple"};

  const RowLayout& layout_;
  std::mt19937_64 random_{17};
  RowBuilder builder_;
  BlockBuilder block_;
  std::vector<uint64_t> bytes_;
  int64_t bids_ = 0;
  int128 total_ = 0;
};

/// The view, and the chunks that it has applied.
class FoldedView {
 public:
  explicit FoldedView(const std::shared_ptr<const Model>& model)
      : tables_(model), shard_(ViewPlan::compile(model, 0), ShardId{0}, 1, tables_) {}

  void apply(const Block& block) {
    const TimedBlock timed{block, kBegin};
    const ChunkInput chunk{last_ + 1, {last_.value + block.header().events}, {&timed, 1}, {}};
    ViewShard* const shards[] = {&shard_};
    runChunk(shards, chunk);
    last_ = chunk.last;
    shard_.reclaim(last_, last_ + 1);
  }

  /// What its rows and those that made them do not agree in; empty: they do.
  std::string differenceFrom(const Bids& bids) const {
    const std::unique_ptr<RowSource> rows = viewSource({&shard_});
    const size_t columns = rows->relation().columns.size();
    int64_t count = 0;
    int64_t counts = 0;
    int128 total = 0;
    Arena arena;
    RowSource::Cursor cursor;
    rows->scan(last_, cursor, [&](const Version& row) {
      arena.reset();
      count += rows->column(row, 2, arena).asInt();
      for (uint32_t i = 3; i < 6; ++i) counts += rows->column(row, i, arena).asInt();
      total += rows->column(row, static_cast<uint32_t>(columns - 1), arena).unscaled();
      return true;
    });
    if (count != bids.bids()) return "the view counts other bids than were made";
    if (counts != count) return "the counts of the three prices are not the count";
    return total == bids.total() ? "" : "the sums of prices are not what was bid";
  }

 private:
  Tables tables_;
  ViewShard shard_;
  Position last_;
};

}  // namespace

WorkloadResult runFold(const WorkloadOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto model = loadModel({{"auctions.capnp", std::string(kBenchAuctionsCapnp)},
                                {"views.sql", std::string(kBenchAuctionsViewsSql)}});
  Bids bids(*model);
  FoldedView view(model);
  WorkloadResult result;
  Measured& measured = result.measured;
  double cpu = 0;
  const auto isOver = [&] {
    return options.plan.operations > 0 ? measured.operations >= options.plan.operations
                                       : measured.seconds >= options.plan.seconds;
  };
  while (!isOver()) {
    const Block block = bids.make(options.plan.perRequest);
    const double cpuBefore = threadCpuSeconds();
    const auto before = Clock::now();
    view.apply(block);
    const auto took = Clock::now() - before;
    cpu += threadCpuSeconds() - cpuBefore;
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
    measured.latency.record(static_cast<uint64_t>(nanoseconds), options.plan.perRequest);
    measured.seconds += std::chrono::duration<double>(took).count();
    measured.operations += options.plan.perRequest;
  }
  measured.service = measured.latency;
  result.serverCpuSeconds = cpu;
  result.problem = view.differenceFrom(bids);
  return result;
}

}  // namespace facet
