#include "server/open_scan.h"

#include <string_view>
#include <utility>

#include "server/fault.h"
#include "server/limits.h"

namespace facet {
namespace {

bool hasBytes(const Value& value) {
  return value.kind() == Kind::text || value.kind() == Kind::bytes || value.kind() == Kind::array;
}

Value withBytes(const Value& value, std::string_view bytes) {
  if (value.kind() == Kind::text) return Value::text(bytes);
  if (value.kind() == Kind::bytes) return Value::bytes(bytes);
  return Value::array(bytes, value.element());
}

}  // namespace

void RowPage::add(std::span<const Value> row) {
  for (const Value& value : row) {
    if (!hasBytes(value)) {
      values_.push_back(value);
      continue;
    }
    const std::string_view bytes = arena_.copy(value.asText());
    textBytes_ += bytes.size() + 1;
    values_.push_back(withBytes(value, bytes));
  }
  ++rows_;
}

void RowPage::clear() {
  values_.clear();
  arena_.reset();
  rows_ = 0;
  textBytes_ = 0;
}

void RowPage::encode(const RowEncoder& encoder, capnp::AnyPointer::Builder out) const {
  auto list = encoder.init(out, rows_);
  for (size_t i = 0; i < rows_; ++i) {
    const auto values = row(i);
    encoder.encode([&](uint32_t c) { return values[c]; }, list[static_cast<unsigned>(i)]);
  }
}

size_t RowPage::words(const RowEncoder& encoder) const {
  return rows_ * encoder.words() + textBytes_ / 8 + values_.size() + 1;
}

OpenScan::OpenScan(RpcThread& thread, ScanOwner owner, RelationPlan& plan, Select select,
                   ReadCut cut)
    : thread_(thread),
      place_(thread.cursors(), owner),
      plan_(plan),
      cut_(kj::mv(cut)),
      query_(plan.live.source(cut_.at), std::move(select), cut_.at,
             {kMaxQueryHeldRows, kMaxQueryHeldBytes}),
      carry_(query_.outputs().size()) {}

bool OpenScan::takeReady(RowPage& page, PageLimits limits) {
  if (carry_.rows() > 0) {
    page.add(carry_.row(0));
    carry_.clear();
  }
  while (const std::vector<Value>* row = query_.next()) {
    if (page.rows() >= limits.rows || page.bytes() >= limits.bytes) {
      carry_.add(*row);
      return false;
    }
    page.add(*row);
  }
  return true;
}

bool OpenScan::slice(RowPage& page, PageLimits limits) {
  try {
    if (!takeReady(page, limits)) return true;
    if (finished_) return false;
    finished_ = !query_.step(kRowsPerTurn);
    if (!finished_) return false;
    return !takeReady(page, limits);
  } catch (const QueryError& error) {
    throwFailed(error.what());
  }
}

kj::Promise<bool> OpenScan::fill(RowPage& page, PageLimits limits) {
  return fillUntil(page, limits, thread_.timer().now() + thread_.queryTimeout());
}

kj::Promise<bool> OpenScan::fillUntil(RowPage& page, PageLimits limits, kj::TimePoint deadline) {
  if (slice(page, limits)) return true;
  if (finished_) return false;
  if (thread_.timer().now() >= deadline) {
    throwFailed(
        fmt::format("the query took more than {} s; narrow it with WHERE, make a view of "
                    "it, or start the node with a longer --query-timeout",
                    thread_.queryTimeout() / kj::SECONDS));
  }
  // A timer lets the loop look at its sockets in between; evalLater would not.
  return thread_.timer().afterDelay(0 * kj::NANOSECONDS).then([this, &page, limits, deadline]() {
    return fillUntil(page, limits, deadline);
  });
}

}  // namespace facet
