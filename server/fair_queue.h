// FairQueue: what waits for its turn, each item for a client. Clients take turns, however many
// items they have; the items of one keep their order. Thread: its owner's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <utility>

namespace facet {

template <typename Item>
class FairQueue {
 public:
  bool empty() const { return clients_.empty(); }

  /// A client that has nothing here yet comes last.
  void push(uint64_t client, Item item) {
    const auto found = find(client);
    if (found != clients_.end()) return found->items.push_back(std::move(item));
    clients_.push_back({client, {}});
    clients_.back().items.push_back(std::move(item));
  }

  /// The first item of the client whose turn it is. Not of an empty queue.
  Item pop() {
    Client& client = clients_.front();
    Item out = std::move(client.items.front());
    client.items.pop_front();
    if (client.items.empty()) {
      clients_.pop_front();
    } else {
      clients_.splice(clients_.end(), clients_, clients_.begin());
    }
    return out;
  }

  /// Takes an item out; false: it is not here.
  bool remove(uint64_t client, const Item& item) {
    const auto found = find(client);
    if (found == clients_.end()) return false;
    const auto at = std::find(found->items.begin(), found->items.end(), item);
    if (at == found->items.end()) return false;
    found->items.erase(at);
    if (found->items.empty()) clients_.erase(found);
    return true;
  }

 private:
  struct Client {
    uint64_t id;
    std::deque<Item> items;
  };
  using Clients = std::list<Client>;

  /// There are some hundred items at most (limits.h), so that looking is cheaper than a table.
  typename Clients::iterator find(uint64_t client) {
    return std::find_if(clients_.begin(), clients_.end(),
                        [client](const Client& c) { return c.id == client; });
  }

  Clients clients_;  // the first one's turn is next
};

}  // namespace facet
