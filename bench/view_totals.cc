#include "bench/view_totals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <vector>

namespace facet {
namespace {

constexpr uint32_t kPage = 10'000;    // rows of a scan's reply
constexpr uint32_t kWaitMs = 60'000;  // for what was just submitted to be visible
constexpr int16_t kRevenueScale = 4;

/// A sum of decimals: its low word is enough for what a benchmark adds up, and a node of an older
/// version has no other.
constexpr std::initializer_list<Wire> kSum = {Wire::wide, Wire::int64};

const ColumnShape& column(const RelationShape& relation, const std::string& name,
                          std::initializer_list<Wire> as) {
  const ColumnShape* found = relation.row.find(name);
  if (found == nullptr || std::find(as.begin(), as.end(), found->wire) == as.end()) {
    throw std::runtime_error(
        fmt::format("view {} of the server has no column \"{}\" as the benchmark needs it",
                    relation.name, name));
  }
  return *found;
}

int64_t loadWord(kj::ArrayPtr<const capnp::byte> data, uint32_t slot) {
  int64_t out = 0;
  if ((slot + size_t{1}) * sizeof(out) <= data.size()) {
    std::memcpy(&out, data.begin() + slot * sizeof(out), sizeof(out));
  }
  return out;
}

void readPage(const TotalsShape& shape, capnp::AnyPointer::Reader rows, TotalsByKey& out) {
  for (const auto row : rowsOf(rows)) {
    out.emplace(std::string(shape.key(row)), shape.totals(row));
  }
}

}  // namespace

TotalsShape::TotalsShape(const RelationShape& relation, const std::string& key)
    : keySlot_(column(relation, key, {Wire::text}).slot),
      ordersSlot_(column(relation, "orders", {Wire::int64}).slot),
      keyWords_(relation.key.dataWords),
      keyPointers_(relation.key.pointers) {
  const ColumnShape& revenue = column(relation, "revenue", kSum);
  if (revenue.type != Type::decimal(kRevenueScale) || keyPointers_ != 1) {
    throw std::runtime_error(
        fmt::format("view {} of the server is not the benchmark's", relation.name));
  }
  revenueSlot_ = revenue.slot;
}

std::string_view TotalsShape::key(capnp::AnyStruct::Reader row) const {
  const auto pointers = row.getPointerSection();
  if (keySlot_ >= pointers.size()) return {};
  const auto text = pointers[keySlot_].getAs<capnp::Text>();
  return {text.begin(), text.size()};
}

Totals TotalsShape::totals(capnp::AnyStruct::Reader row) const {
  const auto data = row.getDataSection();
  return {loadWord(data, ordersSlot_), loadWord(data, revenueSlot_)};
}

AnyRows::Builder TotalsShape::initKeys(capnp::AnyPointer::Builder out, unsigned count) const {
  return out.initAsListOfAnyStruct(keyWords_, keyPointers_, count);
}

AnyRows::Reader rowsOf(capnp::AnyPointer::Reader rows) {
  if (rows.isNull()) return {};
  const auto list = rows.getAs<capnp::AnyList>();
  return list.as<AnyRows>();
}

TotalsShape findTotals(Connections& connections, const std::string& view, const std::string& key) {
  const auto relations = connections.wait(connections[0].describeAll());
  const auto found = std::find_if(relations.begin(), relations.end(), [&](const auto& relation) {
    return relation.name == view && relation.kind == wire::Relation::Kind::VIEW;
  });
  if (found != relations.end()) return {*found, key};
  throw std::runtime_error(
      fmt::format("the server's model has no view {}: start it with the benchmark's model, "
                  "which `facet bench --write-model DIR` writes, or let the benchmark "
                  "start one",
                  view));
}

TotalsByKey readTotals(Connections& connections, const std::string& view, const std::string& key,
                       const std::string& token) {
  const TotalsShape shape = findTotals(connections, view, key);
  AnyView::Client from = connections[0].view<capnp::AnyPointer, capnp::AnyPointer>(view.c_str());
  TotalsByKey out;
  std::vector<capnp::byte> cursor;
  do {
    auto request = from.scanRequest();
    auto options = request.initOptions();
    options.setPage(kPage);
    if (cursor.empty()) {
      auto read = options.initRead();
      read.setAtLeast({reinterpret_cast<const capnp::byte*>(token.data()), token.size()});
      read.setMaxWaitMs(kWaitMs);
    } else {
      options.setCursor(kj::arrayPtr(cursor.data(), cursor.size()));
    }
    const auto answer = connections.wait(request.send().then([](auto&& response) {
      return kj::heap<capnp::Response<AnyView::ScanResults>>(kj::mv(response));
    }));
    readPage(shape, answer->getRows(), out);
    const auto next = answer->getCursor();
    cursor.assign(next.begin(), next.end());
  } while (!cursor.empty());
  return out;
}

}  // namespace facet
