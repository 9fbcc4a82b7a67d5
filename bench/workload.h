// The menu of workloads, and what a run of one gives. A workload prepares the server, runs its load
// loop, and checks what came out. Thread: belongs to its connections' event loop.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "bench/connections.h"
#include "bench/load_loop.h"
#include "bench/own_server.h"

namespace facet {

struct WorkloadOptions {
  LoadPlan plan;
  bool numbered = false;               // orders: with a client's numbers, so that repeats are known
  bool snapshots = false;              // orders: the server takes one after the other meanwhile
  std::optional<pid_t> serverProcess;  // whose CPU time is taken
};

/// From durable to visible in every view, as the server measured it in the last ten to twenty
/// seconds; milliseconds.
struct VisibleTimes {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

struct WorkloadResult {
  Measured measured;
  double clientCpuSeconds = 0;
  std::optional<double> serverCpuSeconds;
  std::optional<VisibleTimes> visible;
  std::optional<unsigned> snapshots;  // that were taken meanwhile; the last may have ended later
  std::string problem;                // what is wrong with the answers; empty: they were verified
};

/// Durable commands of about 250 bytes that three views follow, one of them through a join.
WorkloadResult runOrders(Connections& connections, const WorkloadOptions& options);

/// Rows of a view of 100,000, read by keys at random.
WorkloadResult runLookup(Connections& connections, const WorkloadOptions& options);

/// The log of so many orders folded into the views again, by a server that is stopped and started:
/// operations are its events, and its time is from the start of the process to its being ready.
WorkloadResult runReplay(OwnServer& server, const WorkloadOptions& options);

/// A view of so many rows loaded from a snapshot by a server that is stopped and started:
/// operations are the rows, and its time is from the start of the process to its being ready.
WorkloadResult runRestart(OwnServer& server, const WorkloadOptions& options);

/// Bids folded into one view in this process, on one thread: operations are events, its time and
/// its CPU are the fold's, and a request is a chunk.
WorkloadResult runFold(const WorkloadOptions& options);

/// Runs the loop, and takes the CPU time of both sides.
WorkloadResult measure(Connections& connections, const WorkloadOptions& options,
                       Requests& requests);

/// For ids that other runs on the same server do not have.
uint32_t newRun();

}  // namespace facet
