// `facet explain MODEL [VIEW]` and `facet schema MODEL`: what a model's views cost, and what they
// look like elsewhere.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "model/load.h"
#include "model/names.h"
#include "model/schema_text.h"
#include "schema/embedded.h"
#include "views/plan/view_plan.h"

namespace facet {
namespace {

struct ExplainArguments {
  std::string model;
  std::string view;
  bool json = false;
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

ExitCode explain(const ExplainArguments& arguments) {
  const auto model = loadModel(arguments.model);
  std::vector<uint32_t> views;
  if (!arguments.view.empty()) {
    views.push_back(findView(*model, arguments.view));
  } else {
    for (uint32_t v = 0; v < model->views().size(); ++v) views.push_back(v);
  }
  Output out;
  auto json = nlohmann::ordered_json::object();
  for (const uint32_t v : views) {
    const std::string plan = ViewPlan::compile(model, v)->explain();
    if (arguments.json) {
      json[model->views()[v].name] = plan;
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
    out.print(nlohmann::ordered_json({{name, text}}).dump() + "\n");
  } else {
    out.print(text);
  }
  out.flush();
  return ExitCode::ok;
}

}  // namespace

Action declareExplain(Arguments& take) {
  const auto arguments = std::make_shared<ExplainArguments>();
  take.positional("MODEL", arguments->model, "the model's folder");
  take.positional("VIEW", arguments->view, "one view; else all", Arguments::Need::optional);
  take.flag("--json", arguments->json, "a JSON object: the plans by the views' names");
  return [arguments]() { return explain(*arguments); };
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
