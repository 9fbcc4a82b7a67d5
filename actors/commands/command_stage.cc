#include "actors/commands/command_stage.h"

#include <fmt/format.h>

#include "actors/commands/limits.h"
#include "actors/commands/rejections.h"
#include "model/record.h"
#include "values/assert.h"

namespace facet {

bool checkRules(const std::vector<CommandPlan::Rule>& rules, const EvalContext& context,
                CommandOutcome& rejection) {
  for (const CommandPlan::Rule& rule : rules) {
    const Value holds = rule.program.evaluate(context);
    if (holds.isTrue()) continue;
    rejection = holds.isError() ? failedExpression(rule.rule->text, holds.errorCode())
                                : brokenRule(*rule.rule);
    return false;
  }
  return true;
}

bool CommandStage::shapeEvents(const CommandPlan& plan, const EvalContext& context,
                               ShapedBatch& out, CommandOutcome& rejection) {
  size_t bytes = 0;
  for (const CommandPlan::Emit& emit : plan.emits) {
    Row event;
    ErrorCode error{};
    switch (shapeEvent(emit, context, builder_, event, error)) {
      case Shaped::none:
        break;
      case Shaped::failed:
        rejection = failedExpression(model_->events()[emit.emit->event].name, error);
        return false;
      case Shaped::event: {
        bytes += sizeof(EventHeader) + event.size();
        if (bytes > kMaxCommandEventBytes) {
          rejection = tooLarge(*plan.type, EventBound::command, bytes);
          return false;
        }
        // What is shaped is held until the sequencer takes it: a batch of such is no larger.
        const size_t held = out.rows.size() * 8 + event.size();
        if (held > kMaxBatchEventBytes) {
          rejection = tooLarge(*plan.type, EventBound::batch, held);
          return false;
        }
        ShapedEvent shaped;
        shaped.event = emit.emit->event;
        shaped.ownRow = emit.emit->same;
        if (!shaped.ownRow) {
          shaped.row = static_cast<uint32_t>(out.rows.size());
          const auto* words = reinterpret_cast<const uint64_t*>(event.data());
          out.rows.insert(out.rows.end(), words, words + event.size() / 8);
        }
        out.events.push_back(shaped);
        break;
      }
    }
  }
  return true;
}

ShapedBatch CommandStage::shape(CommandBatch batch) {
  ShapedBatch out;
  out.batch = std::move(batch);
  const CommandBatch& in = out.batch;
  out.commands.resize(in.items.size());
  out.events.reserve(in.items.size());
  auto invalid = in.invalid.begin();
  const bool numbered = in.client != ClientId{};

  std::vector<Row> inputs;
  EvalContext context;
  context.arena = &arena_;
  for (uint32_t i = 0; i < in.items.size(); ++i) {
    ShapedCommand& command = out.commands[i];
    command.firstEvent = static_cast<uint32_t>(out.events.size());
    const size_t rows = out.rows.size();
    CommandOutcome rejection;
    bool passed = false;
    if (in.items[i].row == CommandItem::kInvalid) {
      FACET_ASSERT(invalid != in.invalid.end() && invalid->index == i, i, in.invalid.size());
      rejection.rule = RejectionRule::invalidValue;
      rejection.reason = invalid->reason;
      rejection.field = invalid->field;
      command.digest = kInvalidCommandDigest;
      ++invalid;
    } else {
      FACET_ASSERT(in.items[i].command < plans_->size(), in.items[i].command, plans_->size());
      const CommandPlan& plan = (*plans_)[in.items[i].command];
      arena_.reset();
      inputs.assign(plan.inputs(), Row());
      inputs[0] = Row(in.rows.data() + in.items[i].row);
      if (numbered) command.digest = plan.digest.of(inputs[0], scratch_);
      context.rows = inputs.data();
      passed = checkRules(plan.ownRules, context, rejection) &&
               (plan.emitsNeedTables || shapeEvents(plan, context, out, rejection));
    }
    if (!passed) {
      out.events.resize(command.firstEvent);
      out.rows.resize(rows);
      command.rejected = true;
      rejection.index = i;
      out.rejections.push_back(std::move(rejection));
    }
    for (uint32_t e = command.firstEvent; e < out.events.size(); ++e) {
      if (out.events[e].ownRow) out.events[e].row = in.items[i].row;
    }
    command.events = static_cast<uint32_t>(out.events.size()) - command.firstEvent;
  }
  FACET_ASSERT(invalid == in.invalid.end(), in.invalid.size());
  return out;
}

}  // namespace facet
