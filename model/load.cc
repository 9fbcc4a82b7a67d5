#include "model/load.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <tuple>

#include "model/codec.h"
#include "model/limits.h"
#include "model/loading.h"
#include "model/row_structs.h"
#include "values/text.h"

namespace facet {
namespace {

void sortProblems(std::vector<ModelProblem>& problems) {
  std::ranges::stable_sort(problems, [](const ModelProblem& a, const ModelProblem& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
}

std::string joined(const std::vector<ModelProblem>& problems) {
  std::string out;
  for (const ModelProblem& problem : problems)
    out += (out.empty() ? "" : "\n") + formatProblem(problem);
  return out;
}

uint128 hashOf(const std::vector<ModelFile>& files) {
  std::string text;
  for (const ModelFile& file : files) {
    // With their lengths, so that no two models give the same text.
    text +=
        fmt::format("{} {} {} {}", file.name.size(), file.name, file.content.size(), file.content);
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return static_cast<uint128>(hash.high64) << 64 | hash.low64;
}

void checkFiles(const std::vector<ModelFile>& files, std::vector<ModelProblem>& problems) {
  const auto isRoot = [](const ModelFile& f) {
    return isSchemaFile(f.name) && f.name.find('/') == std::string::npos;
  };
  if (std::ranges::none_of(files, isRoot)) {
    problems.push_back({"", 0, 0, "", "the model has no .capnp file",
                        "declare its tables, events and commands in one"});
  }
  if (files.size() > kMaxModelFiles) {
    problems.push_back(
        {"", 0, 0, "", fmt::format("the model has more than {} files", kMaxModelFiles), ""});
  }
  size_t total = 0;
  for (const ModelFile& file : files) {
    total += file.content.size();
    if (file.content.size() > kMaxModelFileBytes) {
      problems.push_back({file.name, 0, 0, "",
                          fmt::format("the file is longer than {} bytes", kMaxModelFileBytes),
                          "split it"});
    } else if (!isValidText(file.content)) {
      problems.push_back(
          {file.name, 0, 0, "", "the file is not UTF-8 text, or has zero bytes in it", ""});
    }
  }
  if (total > kMaxModelBytes) {
    problems.push_back(
        {"", 0, 0, "", fmt::format("the model is longer than {} bytes", kMaxModelBytes), ""});
  }
}

}  // namespace

/// Runs the stages.
class ModelLoader {
 public:
  ModelLoader(std::vector<ModelFile> files, const Model* previous)
      : files_(std::move(files)), previous_(previous) {}

  std::shared_ptr<const Model> run() {
    std::ranges::sort(files_, {}, &ModelFile::name);
    loading_.files = &files_;
    checkFiles(files_, loading_.problems);
    stopAtProblems();
    const SchemaFiles schemas(files_, loading_.problems);
    stopAtProblems();
    loadStructs(schemas, previous_, loading_);
    if (loading_.problems.empty() && loading_.declarations.empty()) {
      loading_.problems.push_back(
          {"", 0, 0, "", "no struct of the model is a table, an event or a command",
           "annotate some: $Facet.table(…), $Facet.event(…), $Facet.command(…)"});
    }
    loadWrites(loading_);
    loadCommands(loading_);
    // With a table or event missing, errors of views would mostly be consequences of that.
    if (loading_.broken.empty()) loadViews(files_, loading_);
    stopAtProblems();
    return finish();
  }

 private:
  void stopAtProblems() {
    if (loading_.problems.empty()) return;
    sortProblems(loading_.problems);
    throw ModelError(std::move(loading_.problems));
  }

  std::shared_ptr<const Model> finish() {
    std::shared_ptr<Model> model(new Model());
    model->hash_ = hashOf(files_);
    model->fileId_ = loading_.fileId;
    model->files_ = std::move(files_);
    // Moving a vector leaves its elements where they are: selects point at relations of events and
    // tables.
    model->events_ = std::move(loading_.events);
    model->tables_ = std::move(loading_.tables);
    model->commands_ = std::move(loading_.commands);
    model->views_ = std::move(loading_.views);
    auto& relations = model->relationByName_;
    for (const EventType& event : model->events_)
      relations.emplace(event.relation.name, &event.relation);
    for (const TableType& table : model->tables_)
      relations.emplace(table.relation.name, &table.relation);
    for (const ViewType& view : model->views_)
      relations.emplace(view.relation.name, &view.relation);
    std::vector<capnp::StructSchema> schemas;
    for (size_t i = 0; i < model->commands_.size(); ++i) {
      model->commandByName_.emplace(model->commands_[i].name, static_cast<uint32_t>(i));
      schemas.push_back(loading_.commandFrom[i]->schema);
    }
    model->codecs_ = makeCodecs(*model, schemas);
    return model;
  }

  std::vector<ModelFile> files_;
  const Model* previous_;
  Loading loading_;
};

std::string formatProblem(const ModelProblem& problem) {
  std::string out;
  if (!problem.file.empty()) {
    out += problem.file;
    if (problem.line > 0) out += fmt::format(":{}:{}", problem.line, problem.column);
    out += ": ";
  }
  if (!problem.place.empty()) out += problem.place + ": ";
  out += problem.message;
  if (!problem.advice.empty()) out += "\n  " + problem.advice;
  return out;
}

ModelError::ModelError(std::vector<ModelProblem> problems)
    : std::runtime_error(joined(problems)), problems_(std::move(problems)) {}

std::shared_ptr<const Model> loadModel(std::vector<ModelFile> files, const Model* previous) {
  return ModelLoader(std::move(files), previous).run();
}

std::shared_ptr<const Model> loadModel(const std::filesystem::path& folder, const Model* previous) {
  return loadModel(readModelFiles(folder), previous);
}

}  // namespace facet
