// What every verb that talks to a server has: where it is, how long to wait for it, and how fresh a
// read must be. Thread: main.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/limits.h"
#include "client/client.h"
#include "client/reads.h"

namespace facet {

struct ConnectFlags {
  std::string address;
  double waitSeconds = 0;
  double timeoutSeconds = kAnswerSeconds;

  void declare(Arguments& take);
  /// `window`: batches under way at a time; `onWaiting`: as in ClientOptions; null: a
  /// person is told on stderr. Throws ClientError if nobody is there.
  std::unique_ptr<Client> connect(unsigned window = ClientOptions().window,
                                  std::function<void(const std::string&)> onWaiting = {}) const;
};

struct ReadFlags {
  std::string token;
  double waitSeconds = 5;
  bool orOlder = false;

  void declare(Arguments& take);
  /// Throws UsageError if the token is none.
  void apply(wire::ReadOptions::Builder read) const;
  void apply(Scan::Options& options) const;

 private:
  /// Empty: nothing is asked for.
  std::string tokenBytes() const;
  uint32_t waitMs() const;
};

/// Tells on stderr what a person should know about an answer: that it is older than asked for.
void tellCut(wire::Cut::Reader cut);

}  // namespace facet
