// `facet explain MODEL [VIEW]`, or `--address` of a running node, and `facet schema MODEL`: what a
// model's views cost, and what they look like elsewhere.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cli/connection.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "model/load.h"
#include "model/names.h"
#include "model/schema_text.h"
#include "schema/embedded.h"
#include "values/json.h"
#include "views/plan/view_plan.h"

namespace facet {
namespace {

struct ExplainArguments {
  std::string model;
  std::string view;
  bool json = false;
  double seconds = 1;
  ConnectFlags connect;
};

uint32_t findView(const Model& model, const std::string& name) {
  std::vector<std::string_view> names;
  for (uint32_t v = 0; v < model.views().size(); ++v) {
    if (model.views()[v].name == name) return v;
    names.push_back(model.views()[v].name);
  }
  const std::string advice = didYouMean(name, names);
  throw Failure(ExitCode::failed, fmt::format("the model has no view \"{}\"{}{}", name,
                                              advice.empty() ? "" : "; ", advice));
}

// ---- of a running node ----

using Plans = capnp::Response<wire::Admin::ExplainResults>;

/// Rows that were given to operators at the first look, by view and place in its plan.
using Taken = std::map<std::pair<std::string, unsigned>, uint64_t>;

Taken takenBy(const Plans& plans) {
  Taken out;
  for (const auto plan : plans.getPlans()) {
    unsigned place = 0;
    for (const auto operation : plan.getOperators()) {
      out[{plan.getView().cStr(), place++}] = operation.getTaken();
    }
  }
  return out;
}

/// Rows that were given to an operator since then. One that is newer than the first look, of
/// another copy of the view or a node that began again, began at 0.
uint64_t takenSince(const Taken& before, const std::string& view, unsigned place, uint64_t now) {
  const auto found = before.find({view, place});
  return found == before.end() || found->second > now ? now : now - found->second;
}

std::string nowText(wire::ViewPlan::Operator::Reader operation, double rate) {
  const std::string kept =
      operation.getBytes() == 0
          ? ""
          : fmt::format("{} kept in {}; ", operation.getKeys(), sizeText(operation.getBytes()));
  return fmt::format("           now: {}{:.0f} rows a second, {} so far\n", kept, rate,
                     operation.getTaken());
}

Json nowJson(wire::ViewPlan::Operator::Reader operation, double rate) {
  return {{"plan", operation.getText().cStr()},
          {"keys", operation.getKeys()},
          {"bytes", operation.getBytes()},
          {"rows_taken", operation.getTaken()},
          {"rows_per_second", rate}};
}

Plans ask(Client& client, const std::string& view) {
  auto request = client.session().adminRequest().send().getAdmin().explainRequest();
  request.setView(view);
  return client.wait(request.send());
}

ExitCode explainNode(const ExplainArguments& arguments) {
  const std::string& view = arguments.model;  // what stands first is the view here
  if (!arguments.view.empty()) {
    throw UsageError("--address takes no MODEL: the node has one; at most the name of a VIEW");
  }
  const auto client = arguments.connect.connect();
  const Taken before = takenBy(ask(*client, view));
  const auto begin = std::chrono::steady_clock::now();
  const auto pause = static_cast<int64_t>(arguments.seconds * 1000) * kj::MILLISECONDS;
  client->wait(client->io().provider->getTimer().afterDelay(pause));
  const Plans now = ask(*client, view);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  Output out;
  auto json = Json::object();
  for (const auto plan : now.getPlans()) {
    const std::string name = plan.getView().cStr();
    std::string text = fmt::format("{}{}\n", json.empty() ? "" : "\n", name);
    Json operators = Json::array();
    for (const auto operation : plan.getOperators()) {
      const auto place = static_cast<unsigned>(operators.size());
      const uint64_t taken = takenSince(before, name, place, operation.getTaken());
      const double rate = static_cast<double>(taken) / took.count();
      text += operation.getText().cStr() + nowText(operation, rate);
      operators.add(nowJson(operation, rate));
    }
    json.set(name, std::move(operators));
    if (!arguments.json) out.print(text);
  }
  if (arguments.json) out.print(json.dump() + "\n");
  out.flush();
  return ExitCode::ok;
}

// ---- of a model ----

ExitCode explainModel(const ExplainArguments& arguments) {
  if (arguments.model.empty()) {
    throw UsageError("MODEL is required, or --address of a running node");
  }
  const auto model = loadModel(arguments.model);
  std::vector<uint32_t> views;
  if (!arguments.view.empty()) {
    views.push_back(findView(*model, arguments.view));
  } else {
    for (uint32_t v = 0; v < model->views().size(); ++v) views.push_back(v);
  }
  Output out;
  auto json = Json::object();
  for (const uint32_t v : views) {
    const std::string plan = ViewPlan::compile(model, v)->explain();
    if (arguments.json) {
      json.set(model->views()[v].name, plan);
    } else {
      out.print(fmt::format("{}{}", v == views.front() ? "" : "\n", plan));
    }
  }
  if (arguments.json) out.print(json.dump() + "\n");
  out.flush();
  return ExitCode::ok;
}

struct SchemaArguments {
  std::string model;
  bool capnp = false;
  bool postgres = false;
  bool annotations = false;
  bool json = false;
};

std::string schemaText(const SchemaArguments& arguments) {
  if (arguments.annotations) {
    if (arguments.model.empty()) return std::string(kModelCapnp);
    throw UsageError("--annotations takes no MODEL: facet's annotations are the same for all");
  }
  if (arguments.model.empty()) throw UsageError("MODEL is required");
  const auto model = loadModel(arguments.model);
  return arguments.postgres ? postgresSchema(*model) : capnpSchema(*model);
}

ExitCode schema(const SchemaArguments& arguments) {
  const std::string text = schemaText(arguments);
  Output out;
  if (arguments.json) {
    const char* name = "capnp";
    if (arguments.postgres) name = "postgres";
    if (arguments.annotations) name = "annotations";
    out.print(Json{{name, text}}.dump() + "\n");
  } else {
    out.print(text);
  }
  out.flush();
  return ExitCode::ok;
}

}  // namespace

Action declareExplain(Arguments& take) {
  const auto arguments = std::make_shared<ExplainArguments>();
  take.positional("MODEL", arguments->model, "the model's folder; none with --address",
                  Arguments::Need::optional);
  take.positional("VIEW", arguments->view, "one view; else all", Arguments::Need::optional);
  take.flag("--json", arguments->json, "a JSON object: the plans by the views' names");
  take.option("--seconds", arguments->seconds,
              "of a running node: how long rows are counted, for those a second (1)", 0.1, 5);
  arguments->connect.declare(take);
  return [arguments]() {
    return arguments->connect.address.empty() ? explainModel(*arguments) : explainNode(*arguments);
  };
}

Action declareSchema(Arguments& take) {
  const auto arguments = std::make_shared<SchemaArguments>();
  take.positional("MODEL", arguments->model, "the model's folder", Arguments::Need::optional);
  take.flag("--capnp", arguments->capnp,
            "Cap'n Proto structs for rows and keys of views (this is the default)");
  take.flag("--postgres", arguments->postgres, "CREATE TABLE for events and tables");
  take.flag("--annotations", arguments->annotations,
            "facet/model.capnp, which models and the structs of --capnp import");
  take.exclude("--postgres", "--capnp");
  take.exclude("--annotations", "--capnp");
  take.exclude("--annotations", "--postgres");
  take.flag("--json", arguments->json, "the text in a JSON object");
  return [arguments]() { return schema(*arguments); };
}

}  // namespace facet
