// All messages between actors, in the order of the flow. With caf_actor.h the only header with CAF
// in it.
//
// Everything crosses as a shared pointer to something immutable (or owned by the receiver from then
// on), so that no message is ever copied or serialized: one process, no CAF network.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <functional>
#include <memory>

#include "actors/commands/batch.h"
#include "actors/commands/chunk.h"
#include "actors/commands/command_stage.h"
#include "actors/log/group_commit.h"
#include "views/shard_runner.h"

namespace facet {

/// node → a command actor: a batch of commands as it came in.
struct Submit {
  std::shared_ptr<CommandBatch> batch;
};
/// command actor → sequencer: checked and shaped.
struct Sequence {
  std::shared_ptr<ShapedBatch> batch;
};
/// node → sequencer: a control record that takes a position.
struct Record {
  std::shared_ptr<ControlRequest> request;
};
/// journal → sequencer: the log refused what came after.
struct GoBack {
  Sequencer::Progress to;
  Generation generation = 0;
};
/// journal → projections: a durable chunk.
struct Apply {
  ChunkPtr chunk;
};
/// node → projections of a view that is rebuilt: stand still after the chunks that you have; go on.
struct Pause {
  std::function<void()> paused;
};
struct Resume {};
/// projection → projections of the same view.
struct Exchanged {
  Exchange exchange;
};

}  // namespace facet

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Submit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Sequence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::GoBack)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Apply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Pause)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Resume)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(facet::Exchanged)
