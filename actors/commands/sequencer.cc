#include "actors/commands/sequencer.h"

#include <fmt/format.h>

#include <stdexcept>

#include "actors/commands/limits.h"
#include "actors/commands/rejections.h"
#include "values/assert.h"
#include "values/text.h"

namespace facet {

Sequencer::Sequencer(std::shared_ptr<const Model> model,
                     std::shared_ptr<const std::vector<CommandPlan>> plans, Tables& tables,
                     Position end)
    : model_(std::move(model)), plans_(std::move(plans)), tables_(tables), end_(end) {
  context_.arena = &arena_;
}

SequencedBatch Sequencer::sequence(const ShapedBatch& batch) {
  const CommandBatch& in = batch.batch;
  SequencedBatch out;
  out.run = in.run;
  out.first = end_ + 1;
  out.outcome.ticket = in.ticket;
  out.outcome.admittedBytes = in.admittedBytes;

  const auto commands = static_cast<uint32_t>(in.items.size());
  FACET_ASSERT(batch.commands.size() == commands, batch.commands.size(), commands);
  FACET_ASSERT(in.places.empty() || in.places.size() == commands, in.places.size(), commands);
  builder_.start(in.client, in.firstSequence, in.span(),
                 in.rows.size() * 8 + batch.rows.size() * 8 + commands * sizeof(EventHeader));
  positions_.assign(commands, {});
  oneEventEach_ = true;
  tables_.beginBatch(out.first);
  const Tables::Mark start = in.atomic ? tables_.mark() : Tables::Mark{};

  Deduplication::Memory memory(deduplication_, in.client);
  auto rejection = batch.rejections.begin();
  for (uint32_t i = 0; i < commands; ++i) {
    if (i % kReadTogether == 0) lookups_.prepare(batch, i, *plans_, tables_);
    const bool rejected = batch.commands[i].rejected;
    FACET_ASSERT(!rejected || (rejection != batch.rejections.end() && rejection->index == i), i);
    if (isRepeated(memory, batch, i, out.outcome)) {
      if (rejected) {
        ++rejection;
      } else {
        lookups_.skip((*plans_)[in.items[i].command]);
      }
      continue;
    }
    if (rejected) {
      out.outcome.exceptions.push_back(*rejection++);
      ++out.outcome.rejected;
      continue;
    }
    decide(batch, i, out);
  }
  const uint32_t notDone = out.outcome.rejected + out.outcome.unknown;
  if (in.atomic && notDone > 0 && out.outcome.accepted > 0) {
    tables_.undoTo(start);
    undoAtomic(batch, out);
  }

  FACET_ASSERT(rejection == batch.rejections.end(), batch.rejections.size());
  FACET_ASSERT(out.outcome.accepted + out.outcome.exceptions.size() == commands,
               out.outcome.accepted, out.outcome.exceptions.size(), commands);

  out.events = builder_.events();
  out.last = {out.first.value + out.events - 1};
  end_ = out.last;
  out.changes = tables_.endBatch(out.last);
  if (out.outcome.accepted > 0) keep(batch, out);
  return out;
}

void Sequencer::keep(const ShapedBatch& batch, SequencedBatch& out) {
  const CommandBatch& in = batch.batch;
  block_ = block_ + 1;
  FACET_ASSERT(unsettled_.empty() || unsettled_.back().block < block_, block_.value);
  if (out.events > 0) unsettled_.push_back({end_, block_});
  deduplication_.beginBatch(block_);
  const bool remembers = in.client != ClientId{};
  out.block = builder_.finish();
  if (remembers) {
    const Block block(reinterpret_cast<const char*>(out.block.data()));
    for (uint32_t i = 0; i < in.items.size(); ++i) {
      if (!block.accepted(in.place(i))) continue;
      deduplication_.add(in.client, in.firstSequence + in.place(i),
                         {positions_[i], batch.commands[i].digest});
    }
  }
  deduplication_.endBatch();
  if (out.events > 0) {
    out.outcome.first = out.first;
    out.outcome.last = out.last;
  }
  if (!oneEventEach_ || !out.outcome.exceptions.empty()) out.outcome.positions = positions_;
}

SequencedBatch Sequencer::sequence(std::shared_ptr<ControlRequest> request) {
  SequencedBatch out;
  out.first = out.last = takePosition();
  out.events = 1;
  FACET_ASSERT(request->chunk != nullptr && !request->record.empty());
  request->chunk->first = request->chunk->last = out.first;
  out.control = std::move(request);
  return out;
}

bool Sequencer::isRepeated(Deduplication::Memory& memory, const ShapedBatch& batch, uint32_t index,
                           BatchOutcome& outcome) {
  const CommandBatch& in = batch.batch;
  if (in.client == ClientId{}) return false;
  const uint64_t number = in.firstSequence + in.place(index);
  const Deduplication::Seen seen = memory.find(number, batch.commands[index].digest);
  if (seen.what == Deduplication::Seen::What::fresh) return false;
  CommandOutcome& exception = outcome.exceptions.emplace_back();
  exception.index = index;
  if (seen.what == Deduplication::Seen::What::forgotten) {
    exception.what = CommandOutcome::What::unknown;
    ++outcome.unknown;
  } else if (seen.what == Deduplication::Seen::What::done) {
    exception.what = CommandOutcome::What::duplicate;
    exception.position = seen.position;
    positions_[index] = seen.position;
    ++outcome.duplicates;
  } else {
    exception.rule = RejectionRule::sequence;
    exception.reason = fmt::format("number {} of this client was another command", number);
    ++outcome.rejected;
  }
  return true;
}

void Sequencer::decide(const ShapedBatch& batch, uint32_t index, SequencedBatch& out) {
  const CommandBatch& in = batch.batch;
  const CommandItem& item = in.items[index];
  FACET_ASSERT(item.command < plans_->size(), item.command, plans_->size());
  const CommandPlan& plan = (*plans_)[item.command];
  const Row command(in.rows.data() + item.row);
  inputs_.assign(plan.inputs(), Row());
  inputs_[0] = command;
  context_.rows = inputs_.data();
  arena_.reset();

  lookups_.next(plan);
  CommandOutcome rejection;
  uint32_t events = 0;
  const bool accepted = checkVersion(item, plan, rejection) && lookUp(plan, rejection) &&
                        checkRules(plan.tableRules, context_, rejection) &&
                        record(batch, index, plan, events, rejection);
  if (!accepted) {
    rejection.index = index;
    out.outcome.exceptions.push_back(std::move(rejection));
    ++out.outcome.rejected;
    return;
  }
  builder_.setAccepted(in.place(index));
  if (in.client != ClientId{}) builder_.addDigest(batch.commands[index].digest);
  ++out.outcome.accepted;
  if (events > 0) positions_[index] = end_ + builder_.events();
  oneEventEach_ = oneEventEach_ && events == 1;
  if (hasStream_) {
    builder_.addStream(stream_);
    streams_.step(stream_, block_ + 1);
  }
}

bool Sequencer::checkVersion(const CommandItem& item, const CommandPlan& plan,
                             CommandOutcome& rejection) {
  hasStream_ = false;
  if (plan.type->stream) {
    const Field& field = plan.type->fields[*plan.type->stream];
    const Value value = inputs_[0].get(plan.type->layout, *plan.type->stream);
    if (!value.isNull()) {
      std::string text;
      appendText(text, field.type, value);
      streamBuilder_.start(streamLayout());
      streamBuilder_.set(0, Value::text(field.name));
      streamBuilder_.set(1, Value::text(text));
      stream_ = streamBuilder_.finish();
      hasStream_ = true;
    }
  }
  if (item.expectedVersion == CommandItem::kAnyVersion) return true;
  const int64_t version = hasStream_ ? streams_.version(stream_) : 0;
  if (hasStream_ && version == item.expectedVersion) return true;
  rejection.rule = RejectionRule::expectedVersion;
  rejection.reason =
      hasStream_ ? fmt::format("expected version {}, found {}", item.expectedVersion, version)
                 : fmt::format("{} has no stream that an expected version could be about",
                               plan.type->name);
  return false;
}

bool Sequencer::lookUp(const CommandPlan& plan, CommandOutcome& rejection) {
  for (size_t i = 0; i < plan.lookups.size(); ++i) {
    const Lookup& lookup = plan.type->lookups[i];
    const LookupBatch::Found found = lookups_.find(lookup, i, tables_);
    if (found.row != nullptr) {
      inputs_[lookupKeyInput(i)] = found.row->keyRow();
      inputs_[lookupRestInput(i)] = found.row->valueRow();
    } else if (lookup.required) {
      rejection = missingReference(model_->tables()[lookup.table], lookup,
                                   found.key ? &*found.key : nullptr);
      return false;
    }
  }
  return true;
}

bool Sequencer::record(const ShapedBatch& batch, uint32_t index, const CommandPlan& plan,
                       uint32_t& events, CommandOutcome& rejection) {
  // Nothing of the command is in the block before all of it is in the tables.
  const uint32_t place = batch.batch.place(index);
  const bool several = plan.emits.size() > 1;
  const Tables::Mark before = several ? tables_.mark() : Tables::Mark{};
  const BlockBuilder::Mark block = builder_.mark();
  const size_t streams = builder_.streamBytes() + (hasStream_ ? stream_.size() : 0);
  const auto fitsBatch = [&](size_t bytes) {
    const bool fits = bytes + streams <= kMaxBatchEventBytes;
    if (!fits) rejection = tooLarge(*plan.type, EventBound::batch, bytes + streams);
    return fits;
  };
  if (!fitsBatch(builder_.bytes())) return false;
  const auto add = [&](uint32_t event, Row row) {
    const size_t after = builder_.bytes() + sizeof(EventHeader) + row.size();
    const size_t own = after - block.words * sizeof(uint64_t);
    if (own > kMaxCommandEventBytes) {
      rejection = tooLarge(*plan.type, EventBound::command, own);
      return false;
    }
    return fitsBatch(after) && addEvent(event, place, row, rejection);
  };
  const auto fail = [&] {
    if (several) tables_.undoTo(before);
    builder_.undoTo(block, place);
    return false;
  };

  if (!plan.emitsNeedTables) {
    const ShapedCommand& shaped = batch.commands[index];
    for (uint32_t e = 0; e < shaped.events; ++e) {
      const ShapedEvent& event = batch.events[shaped.firstEvent + e];
      const Row row((event.ownRow ? batch.batch.rows : batch.rows).data() + event.row);
      if (!add(event.event, row)) return fail();
      ++events;
    }
    return true;
  }
  for (const CommandPlan::Emit& emit : plan.emits) {
    Row row;
    ErrorCode error{};
    switch (shapeEvent(emit, context_, rowBuilder_, row, error)) {
      case Shaped::none:
        break;
      case Shaped::failed:
        rejection = failedExpression(model_->events()[emit.emit->event].name, error);
        return fail();
      case Shaped::event:
        if (!add(emit.emit->event, row)) return fail();
        ++events;
        break;
    }
  }
  return true;
}

bool Sequencer::addEvent(uint32_t event, uint32_t place, Row row, CommandOutcome& rejection) {
  const Position position = end_ + (builder_.events() + 1);
  const Tables::Result result = tables_.apply(event, row, position, Tables::Origin::command);
  if (result.outcome != Tables::Outcome::ok) {
    rejection = refusedBy(model_->tables()[result.table], result);
    return false;
  }
  builder_.addEvent(event, place, row);
  return true;
}

void Sequencer::undoAtomic(const ShapedBatch& batch, SequencedBatch& out) {
  builder_.clear();
  streams_.rollback(block_);
  out.outcome.accepted = 0;
  std::vector<CommandOutcome> exceptions;
  auto known = out.outcome.exceptions.begin();
  for (uint32_t i = 0; i < batch.batch.items.size(); ++i) {
    if (known != out.outcome.exceptions.end() && known->index == i) {
      exceptions.push_back(std::move(*known++));
      continue;
    }
    CommandOutcome& rejection = exceptions.emplace_back();
    rejection.index = i;
    rejection.rule = RejectionRule::atomic;
    rejection.reason = "another command of the atomic batch was rejected";
    ++out.outcome.rejected;
  }
  out.outcome.exceptions = std::move(exceptions);
}

std::vector<TableChange> Sequencer::fold(const Block& block) {
  const Position first = end_ + 1;
  tables_.beginBatch(first);
  block.forEachEvent([&](const EventHeader& event, Row row) {
    end_ = end_ + 1;
    const Tables::Result result = tables_.apply(event.event, row, end_, Tables::Origin::log);
    if (result.outcome == Tables::Outcome::ok) return;
    const CommandOutcome refusal = refusedBy(model_->tables()[result.table], result);
    throw std::runtime_error(fmt::format(
        "the event {} at position {} does not fit the tables that the model makes of the log: {}; "
        "start with the model that wrote it",
        model_->events()[event.event].name, end_.value, refusal.reason));
  });
  block_ = block_ + 1;
  if (block.header().events > 0) unsettled_.push_back({end_, block_});
  deduplication_.fold(block, block_, first);
  streams_.fold(block, block_);
  return tables_.endBatch(end_);
}

void Sequencer::rollback(Progress to) {
  FACET_ASSERT(to.last <= end_ && to.block <= block_, to.last, end_, to.block.value, block_.value);
  tables_.rollback(to.last);
  deduplication_.rollback(to.block);
  streams_.rollback(to.block);
  end_ = to.last;
  block_ = to.block;
  while (!unsettled_.empty() && unsettled_.back().block > block_) unsettled_.pop_back();
}

void Sequencer::restore(StatePart part, const StateEntry& row, BlockNumber block) {
  if (part == StatePart::deduplication) return deduplication_.restore(row, block);
  FACET_ASSERT(part == StatePart::streams, static_cast<uint32_t>(part));
  streams_.restore(row, block);
}

void Sequencer::restoreAt(BlockNumber block) {
  FACET_ASSERT(unsettled_.empty() && block_ <= block, block_.value, block.value);
  block_ = block;
  durable_ = block;
}

void Sequencer::reclaim(const ReaderNeeds& needs) {
  // What is visible is durable, and with it every block before.
  while (!unsettled_.empty() && unsettled_.front().last <= needs.horizon) {
    durable_ = unsettled_.front().block;
    unsettled_.pop_front();
  }
  FACET_ASSERT(durable_ <= block_, durable_.value, block_.value);
  tables_.reclaim(needs, end_ + 1);
  deduplication_.reclaim(needs, durable_, block_ + 1);
  streams_.reclaim(needs, durable_, block_ + 1);
}

}  // namespace facet
