// `facet serve` and `facet replica`: the wiring of a serving process, from the model's folder to
// the last answer. Thread: main.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "server/listener.h"
#include "server/operator_log.h"

namespace facet {

struct ServeOptions {
  std::filesystem::path model;  // of a primary
  std::string upstream;         // of a replica: the address of the node that it follows
  std::filesystem::path data;
  std::vector<std::string> listen;  // empty: 127.0.0.1:7400
  Exposure exposure = Exposure::loopback;
  uint32_t shards = 1;
  uint32_t threads = 2;
  uint64_t memoryBytes = 0;             // 0: the node's default
  uint64_t snapshotEvery = 10'000'000;  // events; 0: none are taken by itself
  unsigned querySeconds = 30;           // that a query, or a page of a scan, may take
  std::string beginWithSnapshot;        // of a primary: its log begins anew after this one
  bool acceptClock = false;             // of a primary: its clock is right, the log's is not
  bool json = false;                    // the ready line as JSON
  bool progress = false;                // recovery's progress on stderr
  LogOptions log;
};

/// Serves as a primary, or as a replica if there is an upstream, until SIGTERM or SIGINT. Prints
/// one line to stdout when it is ready:
///
///     ready <address>[,<address>…] position <p> recovered <events> events in <s> s
///
/// (with "after the snapshot at <position>" where it began with one).
///
/// Returns the process's exit code: 0 stopped as asked, 1 could not start. If the log fails while
/// serving, the process ends at once with code 1, so that nothing is acknowledged that may not be
/// there; a replica's, too, if its upstream turns out to have another log. A replica is ready as
/// soon as it has the log's beginning: it serves what it has, whether the upstream is there or not.
/// When a new model comes with the log, it closes its door and starts anew inside of the process.
/// What an operator should know goes to stderr (operator_log.h); why it could not start, too, but
/// as plain text. Is to be called before any other thread exists.
int serve(const ServeOptions& options);

}  // namespace facet
