#include "server/batch_decoder.h"

#include <algorithm>

#include "model/codec.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/row_codec.h"
#include "values/copy_bytes.h"

namespace facet {
namespace {

ClientId clientFrom(capnp::Data::Reader bytes) {
  ClientId out;
  if (bytes.size() == 0) return out;
  if (bytes.size() != 16) throwFailed("batch.client is a UUID of 16 bytes, or empty");
  for (size_t i = 0; i < 8; ++i) out.high = out.high << 8 | bytes[i];
  for (size_t i = 8; i < 16; ++i) out.low = out.low << 8 | bytes[i];
  if (out == ClientId{}) throwFailed("batch.client is all zero: make a random UUID");
  return out;
}

wire::Rejection::Rule wireRule(RejectionRule rule) {
  return static_cast<wire::Rejection::Rule>(rule);
}
static_assert(static_cast<int>(RejectionRule::check) ==
              static_cast<int>(wire::Rejection::Rule::CHECK));
static_assert(static_cast<int>(RejectionRule::atomic) ==
              static_cast<int>(wire::Rejection::Rule::ATOMIC));

capnp::Text::Reader text(const std::string& s) {
  return {s.c_str(), s.size()};
}

}  // namespace

uint32_t BatchDecoder::findCommand(std::string_view name) const {
  const CommandType* command = model_.findCommand(name);
  if (command == nullptr) {
    throwFailed(fmt::format("there is no command \"{}\" in the model; `facet check` lists them",
                            name.substr(0, 100)));
  }
  return static_cast<uint32_t>(command - model_.commands().data());
}

void BatchDecoder::decodeGroup(wire::Batch::Group::Reader group, CommandBatch& out) {
  const auto name = group.getCommand();
  const uint32_t command = findCommand({name.begin(), name.size()});
  const auto items = readStructs(group.getItems(), "batch.groups.items");
  const auto versions = group.getExpectedVersions();
  if (versions.size() != 0 && versions.size() != items.size()) {
    throwFailed(
        fmt::format("batch.groups.expectedVersions has {} numbers for {} items; it is empty, "
                    "or has one for each",
                    versions.size(), items.size()));
  }
  if (out.items.size() + items.size() > kMaxBatchCommands) {
    throwFailed(fmt::format("a batch has at most {} commands; send several", kMaxBatchCommands));
  }
  const StructDecoder& decoder = model_.codecs().command(command);
  for (unsigned i = 0; i < items.size(); ++i) {
    CommandItem item;
    item.command = command;
    if (versions.size() != 0) item.expectedVersion = versions[i];
    if (item.expectedVersion < CommandItem::kAnyVersion) {
      throwFailed("an expected version is a count, or -1 for any");
    }
    const size_t at = rows_.size();
    if (const auto problem = decoder.decode(items[i], rows_)) {
      out.invalid.push_back({static_cast<uint32_t>(out.items.size()),
                             model_.commands()[command].fields[problem->field].field,
                             problem->reason});
    } else {
      item.row = static_cast<uint32_t>(at / 8);
    }
    if (rows_.size() > maxRowBytes_) {
      rows_ = {};
      throwFailed(
          fmt::format("the batch's commands take more than {} MiB; send fewer at a time, or start "
                      "the node with more --memory",
                      maxRowBytes_ >> 20));
    }
    out.items.push_back(item);
  }
}

/// Numbers with gaps: an older node refuses the batch, for its firstSequence.
void decodeNumbers(wire::Batch::Reader request, CommandBatch& out) {
  const auto numbers = request.getNumbers();
  if (numbers.size() == 0) return;
  if (out.client == ClientId{} || out.firstSequence != 0) {
    throwFailed("batch.numbers goes with batch.client, and without batch.firstSequence");
  }
  if (numbers.size() != out.items.size()) {
    throwFailed(
        fmt::format("batch.numbers has {} numbers for {} commands; it is empty, or has one "
                    "for each",
                    numbers.size(), out.items.size()));
  }
  out.firstSequence = numbers[0];
  if (out.firstSequence == 0) throwFailed("batch.numbers counts from 1");
  out.places.reserve(numbers.size());
  uint64_t before = out.firstSequence - 1;
  for (const uint64_t number : numbers) {
    if (number <= before) throwFailed("batch.numbers must rise from command to command");
    if (number - out.firstSequence >= kMaxBatchNumbers) {
      throwFailed(
          fmt::format("batch.numbers has {} and {}; in one batch they are less than {} "
                      "apart",
                      out.firstSequence, number, kMaxBatchNumbers));
    }
    out.places.push_back(static_cast<uint32_t>(number - out.firstSequence));
    before = number;
  }
}

CommandBatch BatchDecoder::decode(wire::Batch::Reader request, bool atomic) {
  CommandBatch out;
  out.atomic = atomic;
  out.client = clientFrom(request.getClient());
  out.firstSequence = request.getFirstSequence();
  const bool counts = request.getNumbers().size() == 0;
  if (counts && out.client != ClientId{} && out.firstSequence == 0) {
    throwFailed("batch.firstSequence counts from 1 where batch.client is given");
  }
  rows_.clear();
  for (const auto group : request.getGroups()) decodeGroup(group, out);
  if (out.items.empty()) throwFailed("the batch has no commands");
  decodeNumbers(request, out);
  if (out.firstSequence > UINT64_MAX - kMaxBatchNumbers) {
    throwFailed("batch.firstSequence is too large: number commands from 1");
  }
  out.rows.resize(rows_.size() / 8);
  copyBytes(out.rows.data(), rows_.data(), rows_.size());
  if (rows_.capacity() > kPageBytes) rows_ = {};
  return out;
}

size_t resultWords(const BatchOutcome& outcome) {
  size_t words = 24 + outcome.positions.size();
  for (const CommandOutcome& exception : outcome.exceptions) {
    words += 8 + exception.reason.size() / 8 + exception.field.size() / 8;
  }
  return words;
}

void encodeOutcome(const BatchOutcome& outcome, const Token& token,
                   wire::SubmitResult::Builder out) {
  const TokenBytes bytes = encodeToken(token);
  auto to = out.initToken(kTokenBytes);
  std::copy(bytes.begin(), bytes.end(), to.begin());
  out.setPosition(outcome.last.value);
  out.setFirst(outcome.first.value);
  out.setAccepted(outcome.accepted);
  out.setRejected(outcome.rejected);
  out.setDuplicates(outcome.duplicates);
  out.setUnknown(outcome.unknown);
  if (!outcome.positions.empty()) {
    auto positions = out.initPositions(static_cast<unsigned>(outcome.positions.size()));
    for (unsigned i = 0; i < positions.size(); ++i) positions.set(i, outcome.positions[i].value);
  }
  if (outcome.exceptions.empty()) return;
  auto exceptions = out.initExceptions(static_cast<unsigned>(outcome.exceptions.size()));
  for (unsigned i = 0; i < exceptions.size(); ++i) {
    const CommandOutcome& from = outcome.exceptions[i];
    exceptions[i].setIndex(from.index);
    if (from.what == CommandOutcome::What::duplicate) {
      exceptions[i].setDuplicate(from.position.value);
      continue;
    }
    if (from.what == CommandOutcome::What::unknown) {
      exceptions[i].setUnknown();
      continue;
    }
    auto rejection = exceptions[i].initRejected();
    rejection.setRule(wireRule(from.rule));
    rejection.setReason(text(from.reason));
    if (!from.field.empty()) rejection.setField(text(from.field));
  }
}

}  // namespace facet
