#include "server/serve.h"

#include <fmt/format.h>
#include <kj/async-io.h>
#include <kj/async-unix.h>
#include <kj/debug.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "actors/node.h"
#include "model/load.h"
#include "server/completion_queue.h"
#include "server/door.h"
#include "server/feed_client.h"
#include "server/helper_thread.h"
#include "server/limits.h"
#include "server/rpc_thread.h"

namespace facet {
namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:7400";

/// Nothing may be answered any more: without waiting for anybody.
[[noreturn]] void endAtOnce(const std::string& reason) {
  std::fprintf(stderr, "facet: %s\n", reason.c_str());
  std::fflush(nullptr);
  ::_exit(1);
}

void printProgress(uint64_t done, uint64_t total, double seconds) {
  std::fprintf(stderr, "recovering: %llu of %llu events, %.1f s\n",
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(total),
               seconds);
}

NodeOptions nodeOptions(const ServeOptions& options, std::shared_ptr<const Model> model,
                        std::shared_ptr<DataFolder> folder) {
  NodeOptions out;
  out.data = options.data;
  out.folder = std::move(folder);
  out.beginWith = options.beginWithSnapshot;
  out.acceptClock = options.acceptClock;
  out.model = std::move(model);
  out.shards = options.shards;
  out.threads = options.threads;
  out.memoryBytes = options.memoryBytes;
  out.snapshotEvery = options.snapshotEvery;
  out.notice = [](const std::string& line) { std::fprintf(stderr, "facet: %s\n", line.c_str()); };
  if (options.progress) out.progress = printProgress;
  return out;
}

std::vector<Listener> openListeners(const std::vector<std::string>& addresses, Exposure exposure) {
  std::vector<Listener> out;
  for (const std::string& address : addresses) out.emplace_back(address, exposure);
  return out;
}

std::string join(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) out += (out.empty() ? "" : ",") + address;
  return out;
}

std::string fromSnapshot(const Node::Recovery& recovery) {
  if (recovery.snapshot.value == 0) return "";
  std::string out = fmt::format(" after the snapshot at {}", recovery.snapshot);
  if (!recovery.filled.empty()) {
    out += fmt::format(", which had not {}: filled from the log", fmt::join(recovery.filled, ", "));
  }
  return out;
}

std::string jsonList(const std::vector<std::string>& names) {
  return names.empty() ? "[]" : fmt::format(R"(["{}"])", fmt::join(names, R"(",")"));
}

void printReady(const ServeOptions& options, const std::string& addresses, const Node& node) {
  const Node::Recovery recovery = node.recovery();
  const uint64_t position = node.head().value;
  const std::string line =
      options.json
          ? fmt::format(R"({{"ready":"{}","position":{},"snapshot":{},"filled":{},"recovered":{},)"
                        R"("seconds":{:.3f}}})",
                        addresses, position, recovery.snapshot, jsonList(recovery.filled),
                        recovery.events, recovery.seconds)
          : fmt::format("ready {} position {} recovered {} events{} in {:.3f} s", addresses,
                        position, recovery.events, fromSnapshot(recovery), recovery.seconds);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// The serving process, in the order of its life.
class Service {
 public:
  explicit Service(const ServeOptions& options)
      : options_(options),
        addresses_(options.listen),
        io_(kj::setupAsyncIo()),
        completions_(io_.unixEventPort, endAtOnce) {
    if (addresses_.empty()) addresses_.emplace_back(kDefaultAddress);
  }

  int run() {
    auto asked = stopAsked();
    const size_t maxConnections = connectionLimit();
    if (options_.upstream.empty()) model_ = loadModel(options_.model);
    // Before the addresses: who comes second on a folder touches nothing of the first one's.
    folder_ = std::make_shared<DataFolder>(options_.data);
    while (live(asked, maxConnections) == After::startAnew) asked = stopAsked();
    return 0;
  }

 private:
  enum class After : uint8_t { end, startAnew };

  /// The life of one node.
  After live(kj::Promise<void>& asked, size_t maxConnections) {
    std::vector<Listener> listeners = openListeners(addresses_, options_.exposure);
    // The ports that there are now: for those who follow, and if it starts anew.
    addresses_.clear();
    for (const Listener& listener : listeners) addresses_.push_back(listener.address());
    kj::Maybe<kj::Own<FeedClient>> feed = newFeed();
    KJ_DEFER(node_ = nullptr);  // before the feed
    if (!start(asked, feed)) return After::end;
    RpcThread thread(*node_, completions_, timer(), io_.unixEventPort);
    thread.setQueryTimeout(options_.querySeconds * kj::SECONDS);
    KJ_IF_MAYBE (client, feed) thread.setUpstream(**client);
    auto after = asked.then([]() { return After::end; });
    KJ_IF_MAYBE (client, feed) {
      auto changed = (*client)->whenModelChanged().then([]() { return After::startAnew; });
      after = after.exclusiveJoin(kj::mv(changed));
    }
    After then = After::end;
    {
      Door door(thread, io_.unixEventPort, maxConnections);
      for (Listener& listener : listeners) door.open(std::move(listener));
      sayReady();
      then = after.wait(io_.waitScope);
      stop(door);
    }
    thread.abandon();
    io_.waitScope.poll();
    if (then == After::startAnew) {
      std::fprintf(stderr, "the log has a new model: starting anew with it\n");
    }
    return then;
  }

  kj::Timer& timer() { return io_.provider->getTimer(); }

  kj::Promise<void> stopAsked() {
    auto terminated = io_.unixEventPort.onSignal(SIGTERM).ignoreResult();
    return terminated.exclusiveJoin(io_.unixEventPort.onSignal(SIGINT).ignoreResult());
  }

  kj::Maybe<kj::Own<FeedClient>> newFeed() {
    if (options_.upstream.empty()) return nullptr;
    return kj::heap<FeedClient>(io_,
                                FeedClientOptions{options_.upstream, join(addresses_), endAtOnce});
  }

  /// False: it was asked to stop before it was ready. Nothing new is in the log then, or what is
  /// there can stay: it can end as it is.
  bool start(kj::Promise<void>& asked, kj::Maybe<kj::Own<FeedClient>>& feed) {
    HelperThread helper(io_.unixEventPort, [this, &feed]() {
      KJ_IF_MAYBE (client, feed) {
        node_ = Node::startReplica(nodeOptions(options_, model_, folder_), **client, completions_);
      } else {
        node_ = Node::start(nodeOptions(options_, model_, folder_), completions_);
      }
    });
    auto stopped = asked.then([]() { return true; });
    auto ended = helper.ended().then([]() { return false; });
    auto first = ended.exclusiveJoin(kj::mv(stopped));
    if (first.wait(io_.waitScope)) {
      std::fflush(nullptr);
      ::_exit(0);
    }
    asked = stopAsked();
    if (const std::exception_ptr thrown = helper.thrown()) std::rethrow_exception(thrown);
    return true;
  }

  /// Everything that was acknowledged is in the log anyway; what is under way gets its answer if
  /// there is time.
  void stop(Door& door) {
    door.close();
    HelperThread helper(io_.unixEventPort, [this]() { node_->stop(); });
    helper.ended().wait(io_.waitScope);
    if (const std::exception_ptr thrown = helper.thrown()) std::rethrow_exception(thrown);
    door.drain(timer().now() + kDrainMs * kj::MILLISECONDS).wait(io_.waitScope);
  }

  /// To stdout once; who waits for the line has it.
  void sayReady() {
    if (!saidReady_) printReady(options_, join(addresses_), *node_);
    saidReady_ = true;
  }

  const ServeOptions& options_;
  std::vector<std::string> addresses_;
  std::shared_ptr<const Model> model_;  // of a primary
  std::shared_ptr<DataFolder> folder_;
  bool saidReady_ = false;
  kj::AsyncIoContext io_;
  CompletionQueue completions_;
  std::unique_ptr<Node> node_;
};

}  // namespace

int serve(const ServeOptions& options) {
  // Before there are other threads: they inherit that these signals are blocked.
  kj::UnixEventPort::captureSignal(SIGTERM);
  kj::UnixEventPort::captureSignal(SIGINT);
  // The terminal that it was started from is gone: no reason to end.
  std::signal(SIGHUP, SIG_IGN);
  try {
    return Service(options).run();
  } catch (const kj::Exception& error) {
    std::fprintf(stderr, "facet: %s\n", error.getDescription().cStr());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "facet: %s\n", error.what());
  }
  return 1;
}

}  // namespace facet
