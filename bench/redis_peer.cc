// The same workloads against Redis: a durable order is one Lua call of XADD and six HINCRBY, a
// lookup is an HGETALL; 50 clients (by default) of 64 pipelined calls each, as redis-benchmark does
// it.
//
//   redis_peer orders|lookup SOCKET [SECONDS [CLIENTS [PIPELINE]]]
//
// Prints the same object as `facet bench --json`; a lookup checks every value that it reads, a run
// of orders the counts and sums at its end. Run it by bench/run.sh.
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/expected_totals.h"
#include "bench/order_data.h"
#include "bench/report.h"

namespace facet {
namespace {

constexpr uint32_t kOrderCustomers = 10'000;
constexpr uint32_t kLookupCustomers = 100'000;
constexpr unsigned kSetupPipeline = 500;

/// KEYS: region, product, customer. ARGV: the order's fields, the total last.
constexpr const char* kPlaceOrder =
    "redis.call('XADD','orders','*','order_id',ARGV[1],'customer_id',ARGV[2],'product_id',ARGV[3],"
    "'placed_on',ARGV[4],'quantity',ARGV[5],'note',ARGV[6],'total',ARGV[7]) "
    "for i=1,3 do redis.call('HINCRBY',KEYS[i],'orders',1) "
    "redis.call('HINCRBY',KEYS[i],'revenue',ARGV[7]) end return 1";

struct ReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyDeleter>;

uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// A connection. Calls that are appended go out with flush().
class Redis {
 public:
  explicit Redis(const std::string& path) : context_(redisConnectUnix(path.c_str())) {
    require(context_ != nullptr && context_->err == 0);
  }
  ~Redis() { redisFree(context_); }
  Redis(const Redis&) = delete;

  void append(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    require(redisAppendCommandArgv(context_, static_cast<int>(words.size()), texts.data(),
                                   sizes.data()) == REDIS_OK);
  }
  void flush() {
    for (int done = 0; done == 0;) require(redisBufferWrite(context_, &done) == REDIS_OK);
  }
  void receive() { require(redisBufferRead(context_) == REDIS_OK); }
  /// One that was received; null if there is none yet.
  Reply next() {
    void* reply = nullptr;
    require(redisGetReplyFromReader(context_, &reply) == REDIS_OK);
    return checked(static_cast<redisReply*>(reply));
  }
  /// Sends what was appended, and waits for one reply.
  Reply wait() {
    void* reply = nullptr;
    require(redisGetReply(context_, &reply) == REDIS_OK);
    return checked(static_cast<redisReply*>(reply));
  }
  Reply call(const std::vector<std::string>& words) {
    append(words);
    return wait();
  }
  int descriptor() const { return context_->fd; }

 private:
  void require(bool good) const {
    if (good) return;
    throw std::runtime_error(context_ == nullptr ? "no memory" : context_->errstr);
  }
  static Reply checked(redisReply* reply) {
    Reply out(reply);
    if (reply != nullptr && reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(reply->str);
    return out;
  }

  redisContext* context_;
};

std::string idOf(void (*write)(char*, uint32_t), uint32_t number) {
  std::string id(kShortIdLength, ' ');
  write(id.data(), number);
  return id;
}

/// A hash's orders and revenue, from an HGETALL.
Totals totalsOf(const redisReply& reply) {
  Totals out;
  for (size_t i = 0; i + 1 < reply.elements; i += 2) {
    const std::string_view name(reply.element[i]->str, reply.element[i]->len);
    const int64_t number = std::strtoll(reply.element[i + 1]->str, nullptr, 10);
    (name == "orders" ? out.orders : out.revenue) = number;
  }
  return out;
}

/// What is called, and what its replies are checked against.
class Calls {
 public:
  virtual ~Calls() = default;
  virtual void append(Redis& to, unsigned connection) = 0;
  virtual void check(const redisReply& reply, unsigned connection) = 0;
  std::string problem;
};

class OrderCalls final : public Calls {
 public:
  explicit OrderCalls(Redis& redis) : orders_(1, kOrderCustomers), expected_(kOrderCustomers) {
    script_ = redis.call({"SCRIPT", "LOAD", kPlaceOrder})->str;
  }

  void append(Redis& to, unsigned) override { place(to, orders_.next()); }
  void check(const redisReply&, unsigned) override {}

  void place(Redis& to, const Order& order) {
    expected_.add(order);
    const std::string customer = idOf(writeCustomerId, order.customer);
    const std::string product = idOf(writeProductId, order.product);
    std::string id(kOrderIdLength, ' ');
    writeOrderId(id.data(), 0, order.number);
    to.append({"EVALSHA", script_, "3", std::string(kRegions[regionOf(order.customer)]), product,
               customer, id, customer, product, std::to_string(order.placedOn),
               std::to_string(order.quantity), std::string(noteOf(order.number)),
               std::to_string(order.total)});
  }
  void verify(Redis& redis) {
    for (const auto& rows : {expected_.byRegion(), expected_.byProduct(), expected_.byCustomer()}) {
      for (const auto& [key, totals] : rows) {
        if (totalsOf(*redis.call({"HGETALL", key})) != totals) problem = key + " is wrong";
      }
    }
  }

 private:
  OrderStream orders_;
  ExpectedTotals expected_;
  std::string script_;
};

class LookupCalls final : public Calls {
 public:
  LookupCalls(Redis& redis, unsigned connections)
      : random_(2), asked_(connections), answered_(connections) {
    OrderStream orders(1, kLookupCustomers);
    for (uint32_t i = 0; i < kLookupCustomers; ++i) {
      rows_.push_back({1, orders.nextOf(i).total});
      redis.append({"HSET", idOf(writeCustomerId, i), "orders", "1", "revenue",
                    std::to_string(rows_.back().revenue)});
      if ((i + 1) % kSetupPipeline != 0) continue;
      for (unsigned reply = 0; reply < kSetupPipeline; ++reply) redis.wait();
    }
  }

  void append(Redis& to, unsigned connection) override {
    const uint32_t customer = random_.below(kLookupCustomers);
    asked_[connection].push_back(customer);
    to.append({"HGETALL", idOf(writeCustomerId, customer)});
  }
  void check(const redisReply& reply, unsigned connection) override {
    auto& asked = asked_[connection];
    size_t& answered = answered_[connection];
    if (totalsOf(reply) != rows_[asked[answered]]) problem = "a row is wrong";
    if (++answered < asked.size()) return;
    asked.clear();
    answered = 0;
  }

 private:
  Random random_;
  std::vector<Totals> rows_;                  // by customer
  std::vector<std::vector<uint32_t>> asked_;  // by connection: of its pipeline
  std::vector<size_t> answered_;
};
static_assert(kLookupCustomers % kSetupPipeline == 0);

/// Each connection sends a pipeline, and the next one when all of it is answered.
class Pipelines {
 public:
  Pipelines(const std::string& path, const LoadPlan& plan, Calls& calls)
      : plan_(plan), calls_(calls), lanes_(plan.connections) {
    for (Lane& lane : lanes_) {
      lane.redis = std::make_unique<Redis>(path);
      polled_.push_back({lane.redis->descriptor(), POLLIN, 0});
    }
  }

  Measured run() {
    const uint64_t began = now();
    const uint64_t end = began + static_cast<uint64_t>(plan_.seconds * 1e9);
    for (unsigned i = 0; i < lanes_.size(); ++i) send(i);
    unsigned busy = plan_.connections;
    while (busy > 0) {
      if (::poll(polled_.data(), polled_.size(), -1) < 0) throw std::runtime_error("poll");
      for (unsigned i = 0; i < lanes_.size(); ++i) {
        if (polled_[i].revents == 0 || !receive(i)) continue;
        if (now() < end) {
          send(i);
        } else {
          polled_[i].fd = -1;
          --busy;
        }
      }
    }
    measured_.seconds = static_cast<double>(now() - began) / 1e9;
    return measured_;
  }

 private:
  struct Lane {
    std::unique_ptr<Redis> redis;
    unsigned open = 0;
    uint64_t sent = 0;
  };

  void send(unsigned i) {
    for (unsigned n = 0; n < plan_.perRequest; ++n) calls_.append(*lanes_[i].redis, i);
    lanes_[i].open = plan_.perRequest;
    lanes_[i].sent = now();
    lanes_[i].redis->flush();
  }
  /// True: the pipeline is answered.
  bool receive(unsigned i) {
    Lane& lane = lanes_[i];
    lane.redis->receive();
    while (lane.open > 0) {
      const Reply reply = lane.redis->next();
      if (reply == nullptr) return false;
      calls_.check(*reply, i);
      --lane.open;
    }
    measured_.latency.record(now() - lane.sent, plan_.perRequest);
    measured_.operations += plan_.perRequest;
    return true;
  }

  const LoadPlan plan_;
  Calls& calls_;
  std::vector<Lane> lanes_;
  std::vector<pollfd> polled_;
  Measured measured_;
};

/// Of the server; it is on this machine.
pid_t processOf(Redis& redis) {
  const Reply info = redis.call({"INFO", "server"});
  const std::string text(info->str, info->len);
  const size_t at = text.find("process_id:");
  return at == std::string::npos ? -1 : std::atoi(text.c_str() + at + 11);
}

WorkloadResult measureRedis(const std::string& path, const LoadPlan& plan, Calls& calls,
                            pid_t server) {
  Pipelines pipelines(path, plan, calls);
  const double client = ownCpuSeconds();
  const auto before = cpuSecondsOf(server);
  WorkloadResult out;
  out.measured = pipelines.run();
  out.clientCpuSeconds = ownCpuSeconds() - client;
  if (const auto after = cpuSecondsOf(server); before && after) {
    out.serverCpuSeconds = *after - *before;
  }
  return out;
}

std::string runPeer(const std::string& workload, const std::string& path, const LoadPlan& plan) {
  Redis redis(path);
  redis.call({"FLUSHALL"});
  const pid_t server = processOf(redis);
  Report report{"redis " + workload, plan, {}};
  if (workload == "orders") {
    OrderCalls calls(redis);
    report.result = measureRedis(path, plan, calls, server);
    calls.verify(redis);
    report.result.problem = calls.problem;
  } else {
    LookupCalls calls(redis, plan.connections);
    report.result = measureRedis(path, plan, calls, server);
    report.result.problem = calls.problem;
  }
  return reportJson(report);
}

}  // namespace
}  // namespace facet

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2 || words.size() > 5 || (words[0] != "orders" && words[0] != "lookup")) {
    fmt::print(stderr, "redis_peer orders|lookup SOCKET [SECONDS [CLIENTS [PIPELINE]]]\n");
    return 2;
  }
  const auto number = [&](size_t i, int usual) {
    return words.size() > i ? std::atoi(words[i].c_str()) : usual;
  };
  facet::LoadPlan plan;
  plan.seconds = number(2, 5);
  plan.connections = static_cast<unsigned>(number(3, 50));
  plan.inFlight = 1;
  plan.perRequest = static_cast<unsigned>(number(4, 64));
  if (plan.seconds <= 0 || plan.connections == 0 || plan.perRequest == 0) return 2;
  try {
    fmt::print("{}", facet::runPeer(words[0], words[1], plan));
  } catch (const std::exception& error) {
    fmt::print(stderr, "redis_peer: {}\n", error.what());
    return 1;
  }
  return 0;
}
