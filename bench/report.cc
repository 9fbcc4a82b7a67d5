#include "bench/report.h"

#include <fmt/format.h>

#include "values/json.h"

namespace facet {
namespace {

struct Mark {
  const char* name;
  double share;
};
constexpr Mark kMarks[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};

double milliseconds(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e6;
}

Json timesJson(const Histogram& times) {
  Json out;
  for (const Mark& mark : kMarks) out.set(mark.name, milliseconds(times.percentile(mark.share)));
  out.set("max", milliseconds(times.greatest()));
  return out;
}

std::string timesText(const char* name, const Histogram& times) {
  std::string out = fmt::format("{:<12}", name);
  for (const Mark& mark : kMarks) {
    out += fmt::format("{} {:.3f}  ", mark.name, milliseconds(times.percentile(mark.share)));
  }
  return out + fmt::format("max {:.3f} ms\n", milliseconds(times.greatest()));
}

double perSecond(const Measured& measured) {
  return measured.seconds > 0 ? static_cast<double>(measured.operations) / measured.seconds : 0;
}

double microsecondsEach(double seconds, const Measured& measured) {
  return measured.operations > 0 ? seconds * 1e6 / static_cast<double>(measured.operations) : 0;
}

}  // namespace

std::string reportJson(const Report& report) {
  const Measured& measured = report.result.measured;
  const auto& serverCpu = report.result.serverCpuSeconds;
  Json out;
  out.set("workload", report.workload);
  out.set("operations", measured.operations);
  out.set("seconds", measured.seconds);
  out.set("throughput", perSecond(measured));
  out.set("latency_ms", timesJson(measured.latency));
  if (report.plan.rate > 0) out.set("service_ms", timesJson(measured.service));
  out.set("client_cpu_us_per_op", microsecondsEach(report.result.clientCpuSeconds, measured));
  out.set("server_cpu_us_per_op",
          serverCpu ? Json(microsecondsEach(*serverCpu, measured)) : Json());
  if (const auto& visible = report.result.visible) {
    out.set("visible_ms", {{"p50", visible->p50}, {"p99", visible->p99}, {"max", visible->max}});
  }
  if (report.result.snapshots) out.set("snapshots", *report.result.snapshots);
  out.set("verified", report.result.problem.empty());
  if (!report.result.problem.empty()) out.set("problem", report.result.problem);
  out.set("clients", report.plan.connections);
  out.set("in_flight", report.plan.inFlight);
  out.set("per_request", report.plan.perRequest);
  if (report.plan.rate > 0) out.set("rate", report.plan.rate);
  return out.dump() + "\n";
}

std::string reportText(const Report& report) {
  const Measured& measured = report.result.measured;
  std::string out =
      fmt::format("{:<12}{} operations in {:.3f} s: {:.0f} a second\n", report.workload,
                  measured.operations, measured.seconds, perSecond(measured));
  out += timesText("latency", measured.latency);
  if (report.plan.rate > 0) out += timesText("service", measured.service);
  if (const auto& visible = report.result.visible) {
    out += fmt::format("{:<12}p50 {:.3f}  p99 {:.3f}  max {:.3f} ms after it was durable\n",
                       "visible", visible->p50, visible->p99, visible->max);
  }
  out += fmt::format("{:<12}client {:.2f} us an operation", "CPU",
                     microsecondsEach(report.result.clientCpuSeconds, measured));
  if (const auto& cpu = report.result.serverCpuSeconds) {
    out += fmt::format(", server {:.2f} us", microsecondsEach(*cpu, measured));
  }
  if (const auto& snapshots = report.result.snapshots) {
    out += fmt::format("\n{:<12}{} meanwhile", "snapshots", *snapshots);
  }
  const std::string& problem = report.result.problem;
  out += fmt::format("\n{:<12}{}\n", "verified", problem.empty() ? "yes" : "NO: " + problem);
  return out;
}

}  // namespace facet
