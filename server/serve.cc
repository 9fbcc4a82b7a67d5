#include "server/serve.h"

#include <fmt/format.h>
#include <kj/async-io.h>
#include <kj/async-unix.h>
#include <kj/debug.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "actors/node.h"
#include "model/load.h"
#include "server/completion_queue.h"
#include "server/door.h"
#include "server/feed_client.h"
#include "server/helper_thread.h"
#include "server/limits.h"
#include "server/operator_log.h"
#include "server/rpc_thread.h"

namespace facet {
namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:7400";

/// Nothing may be answered any more: without waiting for anybody.
[[noreturn]] void endAtOnce(const std::string& reason) {
  spdlog::error("{}", reason);
  std::fflush(nullptr);
  ::_exit(1);
}

void tellProgress(uint64_t done, uint64_t total, double seconds) {
  spdlog::info("recovering: {} of {} events, {:.1f} s", done, total, seconds);
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
  out.notice = [](const std::string& line) { spdlog::warn("{}", line); };
  if (options.progress) out.progress = tellProgress;
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

std::string readyText(const std::string& addresses, Position head, const Node::Recovery& recovery) {
  return fmt::format("ready {} position {} recovered {} events{} in {:.3f} s", addresses, head,
                     recovery.events, fromSnapshot(recovery), recovery.seconds);
}

/// A path need not be UTF-8: what is not comes as U+FFFD.
std::string readyJson(const std::string& addresses, Position head, const Node::Recovery& recovery) {
  nlohmann::ordered_json out;
  out["ready"] = addresses;
  out["position"] = head.value;
  out["snapshot"] = recovery.snapshot.value;
  out["filled"] = recovery.filled;
  out["recovered"] = recovery.events;
  out["seconds"] = std::round(recovery.seconds * 1e3) / 1e3;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void printReady(const ServeOptions& options, const std::string& addresses, const Node& node) {
  const std::string line = options.json ? readyJson(addresses, node.head(), node.recovery())
                                        : readyText(addresses, node.head(), node.recovery());
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

  bool saidReady() const { return saidReady_; }

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
    if (then == After::startAnew) spdlog::info("the log has a new model: starting anew with it");
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
  openOperatorLog(options.log);
  std::optional<Service> service;
  const auto tellEnd = [&service](const char* why) {
    // Before it serves, to whoever starts it, as every verb does: a model's problems take lines.
    if (service && service->saidReady()) {
      spdlog::error("{}", why);
    } else {
      std::fprintf(stderr, "facet: %s\n", why);
    }
  };
  try {
    return service.emplace(options).run();
  } catch (const kj::Exception& error) {
    tellEnd(error.getDescription().cStr());
  } catch (const std::exception& error) {
    tellEnd(error.what());
  }
  return 1;
}

}  // namespace facet
