#include "server/open_scan.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "server/fault.h"
#include "server/limits.h"

namespace facet {
namespace {

/// Bytes by which a query's memory grows at least.
constexpr uint64_t kLeastGrowth = 1'024;

bool hasBytes(const Value& value) {
  return value.kind() == Kind::text || value.kind() == Kind::bytes || value.kind() == Kind::array;
}

Value withBytes(const Value& value, std::string_view bytes) {
  if (value.kind() == Kind::text) return Value::text(bytes);
  if (value.kind() == Kind::bytes) return Value::bytes(bytes);
  return Value::array(bytes, value.element());
}

/// Of the model that rows are in order by.
std::string formOf(const Model& model) {
  const auto hash = static_cast<uint64_t>(model.hash());
  return {reinterpret_cast<const char*>(&hash), sizeof(hash)};
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

OpenScan::OpenScan(SessionState& session, ReadDemand demand, std::function<BoundRead()> bind)
    : lease_(session.thread.cursors(), session.owner()),
      budget_(kj::addRef(*session.budget)),
      memory_(budget_->memory),
      node_(session.thread.node()),
      demand_(demand),
      bind_(std::move(bind)) {}

void OpenScan::begin(PageLimits limits) {
  limits_ = limits;
  more_ = false;
}

void OpenScan::open() {
  BoundRead bound = bind_();
  lives_ = std::move(bound.lives);
  cut_ = pinCut(node_, lives_, demand_);
  // Less than its client may have: what is too large for this node is told so, not "try again".
  const uint64_t most = std::min(kMaxQueryHeldBytes, budget_->memory.whole().perClient() / 4 * 3);
  const std::string form = formOf(node_.model());
  query_.emplace(
      static_cast<const QuerySources&>(*this), std::move(bound.select), cut_.at,
      QueryLimits{
          .maxRows = kMaxQueryHeldRows, .maxBytes = most, .stop = &stopAsked(), .memory = this});
  page_.emplace(query_->outputs().size());
  if (bound.behind.empty()) return;
  const bool same = bound.behind.starts_with(form);
  if (same && query_->goOnBehind(std::string_view(bound.behind).substr(form.size()))) return;
  throwFailed(
      fmt::format("{}start the scan again: it can't go on here, with another model, order or "
                  "number of shards than where it began",
                  kExpired));
}

const RowSource& OpenScan::rowsOf(const Relation& relation) const {
  for (const LiveRelation* live : lives_) {
    const RowSource& source = live->source(cut_.at);
    if (source.relation().name == relation.name) return source;
  }
  throwFailed(fmt::format("\"{}\" is not among what the query reads", relation.name));
}

std::string OpenScan::behind() const {
  const std::string bookmark = query_->bookmark();
  if (bookmark.empty() || bookmark.size() > kMaxBookmarkBytes) return {};
  return formOf(node_.model()) + bookmark;
}

/// What is held beside the query.
uint64_t OpenScan::heldBeside() const {
  return page_ ? page_->held() : 0;
}

uint64_t OpenScan::growTo(uint64_t bytes) {
  // Somewhat more, so that it need not ask for each row.
  const uint64_t most = bytes + std::max(bytes / 8, kLeastGrowth);
  return memory_.resize(most + heldBeside()) ? most : 0;
}

void OpenScan::endPage() {
  page_.emplace(query_->outputs().size());
  if (!memory_.resize(query_->bytes() + heldBeside())) throwOverloaded(kStarved);
}

bool OpenScan::takeReady() {
  // A row that is there several times is not taken apart, if that can be: a scan goes on behind
  // rows.
  while (const uint64_t times = query_->ready()) {
    const bool apart = query_->repeats() || page_->rows() == 0;
    const uint64_t rows = page_->rows() + (apart ? 1 : times);
    const size_t bytes = query_->repeats() ? limits_.bytes * 2 : limits_.bytes;
    if (rows > limits_.rows || page_->bytes() >= bytes) return false;
    page_->add(*query_->next());
  }
  return true;
}

bool OpenScan::step() {
  try {
    return slice();
  } catch (const QueryStarved& error) {
    throwOverloaded(fmt::format("overloaded: {}", error.what()));
  } catch (const QueryError& error) {
    throwFailed(error.what());
  }
}

std::string OpenScan::tooLate(kj::Duration most) const {
  return fmt::format(
      "the query took more than {} s; narrow it with WHERE, make a view of it, or start the node "
      "with a longer --query-timeout",
      most / kj::SECONDS);
}

bool OpenScan::slice() {
  if (!query_) open();
  more_ = !takeReady();
  if (more_ || finished_) return false;
  finished_ = !query_->step(kRowsPerSlice);
  more_ = !takeReady();
  // Rows that were the query's are the page's now.
  if (query_->bytes() + heldBeside() > memory_.bytes() && growTo(query_->bytes()) == 0) {
    throw QueryStarved(std::string(kStarved));
  }
  return !more_ && !finished_;
}

kj::Promise<kj::Own<OpenScan>> makePage(SessionState& session, kj::Own<OpenScan> scan,
                                        PageLimits limits) {
  scan->begin(limits);
  RpcThread& thread = session.thread;
  return thread.reads()
      .run(session.budget->connection, kj::mv(scan), thread.queryTimeout())
      .then([](kj::Own<ReadPool::Job> job) { return job.downcast<OpenScan>(); });
}

}  // namespace facet
