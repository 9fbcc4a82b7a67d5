#include "cli/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/exit_code.h"
#include "cli/wait_notice.h"
#include "rpc/token.h"

namespace facet {

void ConnectFlags::declare(Arguments& take) {
  take.option("--address", address,
              "host:port or unix:/path of the server, or of several nodes: a,b,c; else "
              "$FACET_ADDRESS, else 127.0.0.1:7400");
  take.option("--wait", waitSeconds, "keep trying to connect for so many seconds", 0, 86'400);
  take.option("--timeout", timeoutSeconds,
              "seconds for an answer of a server that lives (120; 0: for ever); one that gives no "
              "sign of life for 8 s is gone, and the next address is tried",
              0, 86'400);
}

std::unique_ptr<Client> ConnectFlags::connect(
    unsigned window, std::function<void(const std::string&)> onWaiting) const {
  ClientOptions options;
  options.window = window;
  options.onWaiting = std::move(onWaiting);
  if (!options.onWaiting) {
    options.onWaiting = [notice = std::make_shared<WaitNotice>()](const std::string& why) {
      notice->waiting(why);
    };
  }
  options.answerTimeout = static_cast<int64_t>(timeoutSeconds * 1000) * kj::MILLISECONDS;
  options.addresses = addressList(address.empty() ? defaultAddress() : address);
  if (options.addresses.empty()) throw UsageError("--address takes host:port or unix:/path");
  if (waitSeconds > 0) {
    options.retryConnect = true;
    options.connectTimeout = static_cast<int64_t>(waitSeconds * 1000) * kj::MILLISECONDS;
  }
  return std::make_unique<Client>(std::move(options));
}

void ReadFlags::declare(Arguments& take) {
  take.option("--at-least", token, "the answer must include what this token stands for");
  take.option("--at-least-wait", waitSeconds, "seconds to wait for that (5)", 0, 60);
  take.flag(
      "--or-older", orOlder,
      "when that is not there in time, or the view is degraded: answer older rows, and say so");
}

std::string ReadFlags::tokenBytes() const {
  if (token.empty()) {
    if (orOlder) throw UsageError("--or-older is about what --at-least TOKEN asks for");
    return {};
  }
  const auto bytes = tokenFromText(token);
  if (!bytes) throw UsageError("--at-least takes a token, as `facet submit` prints it");
  return *bytes;
}

uint32_t ReadFlags::waitMs() const {
  return std::max(1U, static_cast<unsigned>(waitSeconds * 1000));
}

void ReadFlags::apply(wire::ReadOptions::Builder read) const {
  const std::string bytes = tokenBytes();
  if (bytes.empty()) return;
  read.setAtLeast({reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()});
  read.setMaxWaitMs(waitMs());
  read.setOrOlder(orOlder);
}

void ReadFlags::apply(Scan::Options& options) const {
  options.atLeast = tokenBytes();
  options.maxWaitMs = waitMs();
  options.orOlder = orOlder;
}

void tellCut(wire::Cut::Reader cut) {
  if (cut.getDegraded().size() == 0) {
    if (!cut.getOlder()) return;
    fmt::print(stderr, "older than asked for: these are the rows as of position {}\n",
               cut.getPosition());
    return;
  }
  fmt::print(stderr, "the view is degraded, and answers as of position {}: {}\n", cut.getPosition(),
             cut.getDegraded().cStr());
}

}  // namespace facet
