// Records of a JSONL file: an object a line.
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "cli/exit_code.h"
#include "cli/field_match.h"
#include "cli/json_flat.h"
#include "cli/limits.h"
#include "cli/line_reader.h"
#include "cli/record_source.h"
#include "cli/struct_list.h"
#include "cli/table_text.h"

namespace facet {
namespace {

class JsonSource final : public RecordSource {
 public:
  JsonSource(InputFile& input, const StructShape& command, Unknown unknown)
      : input_(input), reader_(input), command_(command), match_(command), unknown_(unknown) {
    toldNull_.assign(command.columns.size(), false);
    for (uint32_t i = 0; i < command.columns.size(); ++i) {
      if (command.columns[i].elements) lists_.emplace(i, command.columns[i]);
    }
  }

  Result next() override {
    while (const auto line = reader_.next()) {
      if (reader_.tooLong()) {
        problem_ = fmt::format("the line is longer than {} MB", kMaxRecordBytes >> 20);
        return Result::bad;
      }
      const size_t begin = line->find_first_not_of(" \t");
      if (begin == line->npos) continue;
      checkForm(line->substr(begin));
      problem_ = readLine(*line);
      return problem_.empty() ? Result::record : Result::bad;
    }
    return Result::end;
  }

  const std::vector<Cell>& cells() const override { return cells_; }
  std::vector<uint32_t> missing() const override { return {}; }
  const std::string& problem() const override { return problem_; }
  uint64_t line() const override { return reader_.line(); }
  bool ready() const override { return reader_.ready(); }
  int fd() const override { return input_.fd(); }

 private:
  /// Other forms of JSON than an object a line are refused as a whole, at the first line.
  void checkForm(std::string_view line) {
    if (formKnown_) return;
    formKnown_ = true;
    if (line[0] == '[') {
      throw Failure(ExitCode::failed,
                    "it is a JSON array, and an object a line is needed: jq -c '.[]' FILE | facet "
                    "submit … --jsonl -");
    }
    if (line == "{") {
      throw Failure(ExitCode::failed,
                    "its objects are several lines long, and an object a line is needed: jq -c . "
                    "FILE | facet submit … --jsonl -");
    }
  }

  std::string readLine(std::string_view line) {
    cells_.clear();
    flat_.clear();
    if (std::string problem = flattenJson(line, flat_); !problem.empty()) return problem;
    given_.assign(command_.columns.size(), false);
    for (JsonCell& cell : flat_) {
      const auto field = match_.loose(cell.path);
      if (!field) {
        if (const auto around = match_.around(cell.path)) {
          return fmt::format("\"{}\" takes no object", command_.columns[*around].field);
        }
        if (std::string problem = unknownKey(cell.path); !problem.empty()) return problem;
        continue;
      }
      if (given_[*field]) return fmt::format("\"{}\" is given twice", printableText(cell.path));
      given_[*field] = true;
      if (cell.isList && command_.columns[*field].type.kind != Kind::array) {
        return fmt::format("\"{}\" takes no list", printableText(cell.path));
      }
      if (!cell.objects.empty()) {
        std::string problem = writeList(*field, cell);
        if (!problem.empty()) return problem;
      }
      cells_.push_back(
          {*field, cell.text ? std::optional<std::string_view>(*cell.text) : std::nullopt});
    }
    if (cells_.empty()) {
      return fmt::format("it has no field of the command, which has {}", fieldNames(command_));
    }
    return fillNulls();
  }

  /// What a record lacks. Returns what is wrong.
  std::string fillNulls() {
    std::string told;
    for (uint32_t i = 0; i < given_.size(); ++i) {
      const ColumnShape& column = command_.columns[i];
      if (given_[i]) continue;
      if (mustBeFilled(column)) return unfilledProblem(column);
      if (!column.nullable) continue;
      cells_.push_back({i, std::nullopt});
      if (toldNull_[i]) continue;
      toldNull_[i] = true;
      told += fmt::format("{}\"{}\"", told.empty() ? "" : ", ", column.field);
    }
    if (!told.empty()) {
      fmt::print(stderr, "line {} has no {}: NULL wherever a record lacks it\n", line(), told);
    }
    return {};
  }

  /// Makes a text of a list of objects. Returns what is wrong.
  std::string writeList(uint32_t field, JsonCell& cell) {
    const auto list = lists_.find(field);
    if (list == lists_.end()) {
      return fmt::format("\"{}\" is no list of structs", command_.columns[field].field);
    }
    return list->second.write(
        cell.objects, [this](const std::string& key) { return unknownKey(key); },
        cell.text.emplace());
  }

  /// What is wrong with a key that is no field's; empty: it is told, and ignored.
  std::string unknownKey(const std::string& key) {
    if (unknown_ == Unknown::refuse) {
      return fmt::format("the command has no field \"{}\"; it has {}", printableText(key),
                         fieldNames(command_));
    }
    if (told_.size() < kTold && told_.insert(key).second) {
      fmt::print(stderr, "\"{}\" is no field of the command, and ignored\n", printableText(key));
    }
    return {};
  }

  /// Different unknown keys that are told; enough to see that the file is another one.
  static constexpr size_t kTold = 20;

  InputFile& input_;
  LineReader reader_;
  const StructShape& command_;
  FieldMatch match_;
  std::map<uint32_t, StructList> lists_;  // by field
  Unknown unknown_;
  std::set<std::string> told_;
  std::vector<JsonCell> flat_;
  bool formKnown_ = false;
  std::vector<bool> given_;
  std::vector<bool> toldNull_;  // by field
  std::vector<Cell> cells_;
  std::string problem_;
};

}  // namespace

std::unique_ptr<RecordSource> jsonSource(InputFile& input, const StructShape& command,
                                         Unknown unknown) {
  return std::make_unique<JsonSource>(input, command, unknown);
}

}  // namespace facet
