// Vocabulary for tests of the command side: a small shop's model, and batches of its commands.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/commands/sequencer.h"
#include "model/load.h"

namespace facet::test {

/// Customers, orders that can be placed and cancelled, and a counter with a stream.
std::shared_ptr<const Model> shopModel();

using Fields = std::vector<std::pair<std::string, Value>>;

/// Builds a batch command by command.
class BatchOf {
 public:
  explicit BatchOf(const Model& model) : model_(model) {}
  BatchOf& from(ClientId client, uint64_t firstSequence);
  BatchOf& atomic();
  BatchOf& add(std::string_view command, const Fields& fields,
               int64_t expectedVersion = CommandItem::kAnyVersion);
  CommandBatch done() { return std::move(batch_); }

 private:
  const Model& model_;
  CommandBatch batch_;
};

/// The command side of a node without threads, log and views.
class Shop {
 public:
  Shop();

  const Model& model() const { return *model_; }
  BatchOf batch() const { return BatchOf(*model_); }
  SequencedBatch send(CommandBatch batch);
  SequencedBatch send(BatchOf& batch) { return send(batch.done()); }
  SequencedBatch registerCustomer(const std::string& id, const std::string& region);
  SequencedBatch placeOrder(const std::string& id, const std::string& customer, int64_t total);

  /// The value of a column of a table's row, as text; "none" if there is no such row.
  std::string table(std::string_view name, const std::string& key, std::string_view column) const;

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const std::vector<CommandPlan>> plans_;
  Tables tables_;
  Sequencer sequencer_;
  CommandStage stage_;
};

/// The rejection's rule and reason; "accepted" if it is not among the exceptions.
std::string verdict(const SequencedBatch& batch, uint32_t index = 0);

}  // namespace facet::test
