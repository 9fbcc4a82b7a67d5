// The command stage: everything about a batch of commands that needs no state: checks over the
// commands' own fields, and the shaping of events that look at no table. Pure; the command actors
// (node.cc) are its shells. Thread: a CommandStage belongs to one actor.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/commands/batch.h"
#include "actors/commands/command_plan.h"

namespace facet {

/// A command that passed its own checks. Its events are shaped unless its plan's emits need tables.
struct ShapedCommand {
  uint32_t firstEvent = 0;  // in ShapedBatch::events
  uint32_t events = 0;
  uint64_t digest = 0;    // command_digest.h; of batches that are numbered
  bool rejected = false;  // see ShapedBatch::rejections
};

struct ShapedEvent {
  uint32_t event = 0;   // index in the model's events
  uint32_t row = 0;     // offset in 8-byte words
  bool ownRow = false;  // in CommandBatch::rows (the command's own row), else in ShapedBatch::rows
};

struct ShapedBatch {
  CommandBatch batch;
  std::vector<ShapedCommand> commands;
  std::vector<ShapedEvent> events;
  std::vector<uint64_t> rows;
  std::vector<CommandOutcome> rejections;  // by index
};

class CommandStage {
 public:
  CommandStage(std::shared_ptr<const Model> model,
               std::shared_ptr<const std::vector<CommandPlan>> plans)
      : model_(std::move(model)), plans_(std::move(plans)) {}

  ShapedBatch shape(CommandBatch batch);

 private:
  bool shapeEvents(const CommandPlan& plan, const EvalContext& context, ShapedBatch& out,
                   CommandOutcome& rejection);

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const std::vector<CommandPlan>> plans_;
  Arena arena_;
  RowBuilder builder_;
  std::vector<uint64_t> scratch_;  // of digests
};

/// False, with the rejection by the first of them that does not hold. `context`: whose rows the
/// rules read (command_plan.h).
bool checkRules(const std::vector<CommandPlan::Rule>& rules, const EvalContext& context,
                CommandOutcome& rejection);

}  // namespace facet
