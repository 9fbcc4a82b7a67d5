// One record from the command line: "field=value" arguments.
#include <fmt/format.h>

#include <utility>

#include "cli/exit_code.h"
#include "cli/field_match.h"
#include "cli/record_source.h"

namespace facet {
namespace {

class ArgumentSource final : public RecordSource {
 public:
  ArgumentSource(const std::vector<std::string>& assignments, const StructShape& command)
      : assignments_(assignments) {
    const FieldMatch match(command);
    std::vector<bool> given(command.columns.size(), false);
    for (const std::string& assignment : assignments_) {
      const size_t equals = assignment.find('=');
      if (equals == assignment.npos) {
        throw UsageError(fmt::format("--set takes field=value, not \"{}\"", assignment));
      }
      const std::string_view name = std::string_view(assignment).substr(0, equals);
      const auto field = match.loose(name);
      if (!field) {
        throw UsageError(
            fmt::format("the command has no field \"{}\"; it has {}", name, fieldNames(command)));
      }
      if (given[*field]) throw UsageError(fmt::format("\"{}\" is set twice", name));
      given[*field] = true;
      cells_.push_back({*field, std::string_view(assignment).substr(equals + 1)});
    }
    for (uint32_t i = 0; i < given.size(); ++i) {
      if (given[i]) continue;
      if (mustBeFilled(command.columns[i])) {
        throw UsageError(unfilledProblem(command.columns[i]));
      }
      missing_.push_back(i);
    }
  }

  Result next() override { return std::exchange(done_, true) ? Result::end : Result::record; }
  const std::vector<Cell>& cells() const override { return cells_; }
  std::vector<uint32_t> missing() const override { return missing_; }
  const std::string& problem() const override { return problem_; }
  uint64_t line() const override { return 0; }
  bool ready() const override { return true; }
  int fd() const override { return -1; }

 private:
  const std::vector<std::string> assignments_;
  std::vector<Cell> cells_;
  std::vector<uint32_t> missing_;
  std::string problem_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<RecordSource> argumentSource(const std::vector<std::string>& assignments,
                                             const StructShape& command) {
  return std::make_unique<ArgumentSource>(assignments, command);
}

}  // namespace facet
