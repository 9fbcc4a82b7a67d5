// Batch: commands on their way to a node, built in place in the request, without another copy.
// Thread: belongs to its client's event loop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/rows.h"
#include "schema/facet.capnp.h"

namespace facet {

/// A UUID that identifies a client over its life: with it, a command that is sent twice is done
/// once.
using ClientUuid = std::array<uint8_t, 16>;
ClientUuid randomUuid();
/// "123e4567-e89b-12d3-a456-426614174000"; nullopt if it is none.
std::optional<ClientUuid> uuidFromText(std::string_view text);
std::string uuidText(const ClientUuid& uuid);

class Batch {
 public:
  Batch(wire::Commands::Client& commands, unsigned groups, uint64_t words);

  /// The next group: `count` commands of one type, to be filled. There are as many as the batch was
  /// made for.
  template <typename Command>
  typename capnp::List<Command>::Builder add(capnp::Text::Reader name, unsigned count) {
    return startGroup(name, count).getItems().initAs<capnp::List<Command>>(count);
  }
  /// The same for a command that is only known by its description.
  capnp::List<capnp::AnyStruct>::Builder add(const RelationShape& command, unsigned count);
  /// Expected versions of the last group's streams: one for each of its commands.
  capnp::List<int64_t>::Builder expectVersions();

  /// Numbers the commands, from `first` on (from 1): a command that was accepted under its number
  /// is not done again. Another command under that number is rejected.
  void number(const ClientUuid& client, uint64_t first);
  /// The same with gaps, for nodes that take them (AsyncClient::takesNumbers()): one number for
  /// each command of all groups; they rise, and are less than kMaxNumbers apart.
  void number(const ClientUuid& client, const std::vector<uint64_t>& numbers);
  static constexpr uint64_t kMaxNumbers = 65'536;
  /// Keeps the first commands of the last group, and takes the others out.
  void keep(unsigned count);
  /// All commands or none.
  void setAtomic() { request_.setAtomic(true); }

  unsigned commands() const { return commands_; }

 private:
  friend class AsyncClient;
  using Request = capnp::Request<wire::Commands::SubmitParams, wire::Commands::SubmitResults>;
  wire::Batch::Group::Builder startGroup(capnp::Text::Reader name, unsigned count);

  Request request_;
  capnp::List<wire::Batch::Group>::Builder groups_;
  unsigned next_ = 0;
  unsigned lastCount_ = 0;
  unsigned commands_ = 0;
  bool numbered_ = false;
  uint64_t link_ = 0;  // the client's connection that it was built for
};

/// What became of a command that was not simply accepted.
struct CommandReply {
  uint32_t index = 0;      // in the batch
  bool duplicate = false;  // accepted before
  bool unknown = false;    // too old a number: very probably accepted before. Neither: rejected
  uint64_t position = 0;   // duplicate: where it was accepted before
  wire::Rejection::Rule rule = wire::Rejection::Rule::CHECK;
  std::string reason;
  std::string field;
};

/// The answer to a batch: everything in it that was accepted is durable.
struct BatchReply {
  std::string token;      // for reads that must see the batch
  uint64_t position = 0;  // of the last event; 0: none
  uint64_t first = 0;     // of the first event
  uint32_t accepted = 0;
  uint32_t rejected = 0;
  uint32_t duplicates = 0;
  uint32_t unknown = 0;
  std::vector<CommandReply> exceptions;
  std::vector<uint64_t> positions;  // see facet.capnp: SubmitResult.positions
};

BatchReply batchReply(wire::SubmitResult::Reader result);

}  // namespace facet
