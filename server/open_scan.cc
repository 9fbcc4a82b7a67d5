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

OpenScan::OpenScan(RpcThread& thread, ScanOwner owner, ReadDemand demand,
                   std::function<BoundRead()> bind)
    : place_(thread.cursors(), owner),
      node_(thread.node()),
      demand_(demand),
      bind_(std::move(bind)) {}

void OpenScan::begin(PageLimits limits) {
  limits_ = limits;
  more_ = false;
  if (page_) page_->clear();
}

void OpenScan::open() {
  BoundRead bound = bind_();
  live_ = bound.live;
  cut_ = pinCut(node_, *live_, demand_);
  query_.emplace(
      live_->source(cut_.at), std::move(bound.select), cut_.at,
      QueryLimits{
          .maxRows = kMaxQueryHeldRows, .maxBytes = kMaxQueryHeldBytes, .stop = &stopAsked()});
  page_.emplace(query_->outputs().size());
  carry_.emplace(query_->outputs().size());
}

bool OpenScan::takeReady() {
  if (carry_->rows() > 0) {
    page_->add(carry_->row(0));
    carry_->clear();
  }
  while (const std::vector<Value>* row = query_->next()) {
    if (page_->rows() >= limits_.rows || page_->bytes() >= limits_.bytes) {
      carry_->add(*row);
      return false;
    }
    page_->add(*row);
  }
  return true;
}

bool OpenScan::step() {
  try {
    if (live_ == nullptr) open();
    more_ = !takeReady();
    if (more_ || finished_) return false;
    finished_ = !query_->step(kRowsPerSlice);
    more_ = !takeReady();
    return !more_ && !finished_;
  } catch (const QueryError& error) {
    throwFailed(error.what());
  }
}

kj::Promise<kj::Own<OpenScan>> makePage(RpcThread& thread, uint64_t client, kj::Own<OpenScan> scan,
                                        PageLimits limits) {
  scan->begin(limits);
  return thread.reads()
      .run(client, kj::mv(scan), thread.queryTimeout())
      .then([](kj::Own<ReadPool::Job> job) { return job.downcast<OpenScan>(); });
}

}  // namespace facet
