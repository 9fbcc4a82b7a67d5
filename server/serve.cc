#include "server/serve.h"

#include <kj/async-io.h>
#include <kj/async-unix.h>
#include <kj/debug.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "actors/node.h"
#include "model/load.h"
#include "server/completion_queue.h"
#include "server/door.h"
#include "server/feed_client.h"
#include "server/helper_thread.h"
#include "server/limits.h"
#include "server/operator_log.h"
#include "server/ready_line.h"
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

std::string join(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) out += (out.empty() ? "" : ",") + address;
  return out;
}

/// The serving process, in the order of its life: what there is once, and then, one after another,
/// the lives of nodes, each from its addresses to its last answer.
class Service {
 public:
  /// A model first: its problems are told before anything is touched. The folder is locked before
  /// the addresses are taken: who comes second on a folder touches nothing of the first one's.
  explicit Service(const ServeOptions& options)
      : options_(options),
        maxConnections_(connectionLimit()),
        model_(options.upstream.empty() ? loadModel(options.model) : nullptr),
        folder_(std::make_shared<DataFolder>(options.data)),
        addresses_(options.listen),
        io_(kj::setupAsyncIo()),
        completions_(io_.unixEventPort, endAtOnce) {
    if (addresses_.empty()) addresses_.emplace_back(kDefaultAddress);
  }

  int run() {
    while (live() == After::startAnew) {
      spdlog::info("the log has a new model: starting anew with it");
    }
    return 0;
  }

  bool saidReady() const { return saidReady_; }

 private:
  enum class After : uint8_t { end, startAnew };
  using Feed = kj::Maybe<kj::Own<FeedClient>>;

  /// The life of one node. What is made later ends earlier.
  After live() {
    std::vector<Listener> listeners = listen();
    Feed feed = newFeed();
    const std::unique_ptr<Node> node = start(feed);
    RpcThread thread(*node, completions_, timer(), io_.unixEventPort, rpcOptions(feed));
    After then = After::end;
    {
      Door door(thread, io_.unixEventPort, maxConnections_);
      for (Listener& listener : listeners) door.open(std::move(listener));
      sayReady(*node);
      then = whatEndsIt(feed).wait(io_.waitScope);
      stop(*node, door);
    }
    thread.abandon();
    io_.waitScope.poll();
    return then;
  }

  /// The addresses have the ports that there are now: for those who follow, and if a node starts
  /// anew.
  std::vector<Listener> listen() {
    std::vector<Listener> out;
    for (std::string& address : addresses_) {
      out.emplace_back(address, options_.exposure);
      address = out.back().address();
    }
    return out;
  }

  /// Of a replica.
  Feed newFeed() {
    if (options_.upstream.empty()) return nullptr;
    return kj::heap<FeedClient>(io_,
                                FeedClientOptions{options_.upstream, join(addresses_), endAtOnce});
  }

  /// Beside the loop, which feeds it. Asked to stop before that is done, the process ends as it is:
  /// nothing new is in the log then, or what is there can stay.
  std::unique_ptr<Node> start(Feed& feed) {
    std::unique_ptr<Node> node;
    HelperThread helper(io_.unixEventPort, [&]() {
      NodeOptions options = nodeOptions(options_, model_, folder_);
      KJ_IF_MAYBE (client, feed) {
        node = Node::startReplica(std::move(options), **client, completions_);
      } else {
        node = Node::start(std::move(options), completions_);
      }
    });
    auto stopped = stopAsked().then([]() { return true; });
    auto ended = helper.ended().then([]() { return false; });
    if (ended.exclusiveJoin(kj::mv(stopped)).wait(io_.waitScope)) {
      std::fflush(nullptr);
      ::_exit(0);
    }
    if (const std::exception_ptr thrown = helper.thrown()) std::rethrow_exception(thrown);
    return node;
  }

  RpcThread::Options rpcOptions(const Feed& feed) const {
    RpcThread::Options out;
    out.queryTimeout = options_.querySeconds * kj::SECONDS;
    KJ_IF_MAYBE (client, feed) out.upstream = client->get();
    return out;
  }

  /// To stdout once; who waits for the line has it.
  void sayReady(const Node& node) {
    if (std::exchange(saidReady_, true)) return;
    const std::string addresses = join(addresses_);
    const std::string line =
        options_.json ? readyJson(addresses, node) : readyText(addresses, node);
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  kj::Promise<After> whatEndsIt(Feed& feed) {
    auto out = stopAsked().then([]() { return After::end; });
    KJ_IF_MAYBE (client, feed) {
      auto changed = (*client)->whenModelChanged().then([]() { return After::startAnew; });
      out = out.exclusiveJoin(kj::mv(changed));
    }
    return out;
  }

  /// Everything that was acknowledged is in the log anyway; what is under way gets its answer if
  /// there is time.
  void stop(Node& node, Door& door) {
    door.close();
    HelperThread helper(io_.unixEventPort, [&node]() { node.stop(); });
    helper.ended().wait(io_.waitScope);
    if (const std::exception_ptr thrown = helper.thrown()) std::rethrow_exception(thrown);
    door.drain(timer().now() + kDrainMs * kj::MILLISECONDS).wait(io_.waitScope);
  }

  kj::Promise<void> stopAsked() {
    auto terminated = io_.unixEventPort.onSignal(SIGTERM).ignoreResult();
    return terminated.exclusiveJoin(io_.unixEventPort.onSignal(SIGINT).ignoreResult());
  }

  kj::Timer& timer() { return io_.provider->getTimer(); }

  const ServeOptions& options_;
  const size_t maxConnections_;
  const std::shared_ptr<const Model> model_;  // of a primary
  const std::shared_ptr<DataFolder> folder_;
  std::vector<std::string> addresses_;
  kj::AsyncIoContext io_;
  CompletionQueue completions_;
  bool saidReady_ = false;
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
