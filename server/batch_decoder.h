// From a submit request to a batch of commands, and from its outcome to the reply. Thread: belongs
// to its RPC thread.
#pragma once

#include <string>

#include "actors/commands/batch.h"
#include "model/model.h"
#include "rpc/token.h"
#include "schema/facet.capnp.h"

namespace facet {

class BatchDecoder {
 public:
  /// `maxRowBytes`: of a batch's commands as rows.
  BatchDecoder(const Model& model, size_t maxRowBytes) : model_(model), maxRowBytes_(maxRowBytes) {}

  /// Checks the request and packs its commands: one copy from the message. What is wrong with a
  /// single command's values is noted in the batch, and becomes its rejection; a request that makes
  /// no sense is an exception.
  CommandBatch decode(wire::Batch::Reader request, bool atomic);

 private:
  void decodeGroup(wire::Batch::Group::Reader group, CommandBatch& out);
  uint32_t findCommand(std::string_view name) const;

  const Model& model_;
  const size_t maxRowBytes_;
  std::string rows_;  // packed rows of the batch that is being decoded
};

/// Words that the reply to a batch takes, for its size hint.
size_t resultWords(const BatchOutcome& outcome);
/// `token` is of the outcome's durable position.
void encodeOutcome(const BatchOutcome& outcome, const Token& token,
                   wire::SubmitResult::Builder out);

}  // namespace facet
