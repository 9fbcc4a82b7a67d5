// Orders as commands: written in place into the request, without an allocation for each.
// Thread: pure functions.
#pragma once

#include <string>

#include "bench/models/orders/orders.capnp.h"
#include "bench/order_data.h"

namespace facet {

/// Words of 8 bytes that an order takes in a request: two of numbers, four pointers, and texts of
/// 2, 1, 1 and 21 words.
constexpr uint64_t kOrderWords = 31;

inline void writeOrder(const Order& order, uint32_t run, bench::PlaceOrder::Builder out) {
  writeOrderId(out.initOrderId(kOrderIdLength).begin(), run, order.number);
  writeCustomerId(out.initCustomerId(kShortIdLength).begin(), order.customer);
  writeProductId(out.initProductId(kShortIdLength).begin(), order.product);
  out.setPlacedOn(order.placedOn);
  out.setQuantity(order.quantity);
  out.setTotal(order.total);
  const std::string_view note = noteOf(order.number);
  note.copy(out.initNote(kNoteLength).begin(), kNoteLength);
}

}  // namespace facet
