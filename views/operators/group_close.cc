// GroupStore's second half: what was touched in a chunk gets its final form.
#include "values/assert.h"
#include "views/operators/group_store.h"
#include "views/operators/stored_row.h"
#include "views/tables/limits.h"
#include "views/tables/row_bytes.h"

namespace facet {

namespace {

// How a failed group's error is kept in Version::flags, to be taken back later: behind kHidden and
// kFailedGroup, below the store's own bits.
constexpr uint32_t kCodeShift = 2;
constexpr uint32_t kCodeMask = 0x1f;
constexpr uint32_t kSiteShift = 7;
constexpr uint32_t kMaxSite = Version::kOwnerFlags >> kSiteShift;

uint32_t failureFlags(uint32_t site, ErrorCode code) {
  FACET_ASSERT(site <= kMaxSite && static_cast<uint32_t>(code) <= kCodeMask, site);
  return kFailedGroup | static_cast<uint32_t>(code) << kCodeShift | site << kSiteShift;
}

void setFlags(Version* version, uint32_t flags) {
  version->flags = (version->flags & ~Version::kOwnerFlags) | flags;
}

}  // namespace

void GroupStore::finish() {
  for (Touched& touched : touched_) {
    if ((touched.version->flags & Version::kReplaced) != 0) {
      const std::string_view key = touched.version->key();
      touched.version = map_.find(key, hashRow(key));
    }
    conclude(touched);
    arena_.reset();
  }
  touched_.clear();
  settle();
  digests_.set(position_, digest_);
}

/// Puts what was added to the indexes in its place.
void GroupStore::settle() {
  for (size_t i = 0; i < indexes_.size(); ++i) added_[i].insertInto(*indexes_[i], position_);
  if (sets_) sets_->settle(position_);
  if (beside_) beside_->settle(position_);
}

void GroupStore::conclude(Touched& touched) {
  FACET_ASSERT(touched.version->weight >= 0, touched.version->weight, position_);
  const Version* before = touched.before;
  if (plan_.aggregated) {
    if (before != nullptr) forgetFailure(*before);
    setFlags(touched.version, 0);
    if (touched.version->weight != 0) computeGroup(touched);
  }
  if (before != nullptr && isShown(*before)) account(*before, -1);
  if (isShown(*touched.version)) account(*touched.version, 1);
  if (!plan_.orders.empty()) indexRow(touched, true);
}

FailedRow GroupStore::failedGroup(const Version& version) const {
  return {
      .identity = hashRow(version.key()) | 1, .layout = &plan_.format.key, .key = version.keyRow()};
}

void GroupStore::forgetFailure(const Version& version) {
  if ((version.flags & kFailedGroup) == 0) return;
  const uint32_t flags = version.flags & Version::kOwnerFlags;
  errors_.add(flags >> kSiteShift, static_cast<ErrorCode>(flags >> kCodeShift & kCodeMask), -1,
              failedGroup(version));
}

void GroupStore::fail(Version* version, uint32_t site, ErrorCode code) {
  setFlags(version, failureFlags(site, code));
  errors_.add(site, code, 1, failedGroup(*version));
}

Value GroupStore::resultOf(size_t aggregate, const Version& version) {
  const AggregatePlan& plan = plan_.aggregates[aggregate];
  int64_t scale = kAnyScale;
  switch (plan.state) {
    case AggregatePlan::State::extremeText: {
      const Row kept(version.valueData() + restBytes(plan_, version));
      return kept.get(plan_.extremeLayout, plan.extremeColumn);
    }
    case AggregatePlan::State::values: {
      if (plan.function == AggregateFunction::count) break;
      const Row row = plan.isMinimum() ? sets_->smallest(version.key(), plan.set, position_)
                                       : sets_->largest(version.key(), plan.set, position_);
      return row ? row.get(valueLayouts_[aggregate], 0) : Value::null();
    }
    case AggregatePlan::State::wideSum: {
      if (!plan.scales) break;
      const Row row = sets_->largest(version.key(), plan.set, position_);
      if (row) scale = row.get(valueLayouts_[aggregate], 0).asInt();
      break;
    }
    default:
      break;
  }
  return plan.result(accumulatorsOf(plan_, version), rowsOf(plan_, version), scale);
}

/// False if one fails. As in PostgreSQL, that does not depend on whether it is looked at.
bool GroupStore::computeResults(Version* version) {
  for (size_t i = 0; i < plan_.aggregates.size(); ++i) {
    results_[i] = resultOf(i, *version);
    if (!results_[i].isError()) continue;
    fail(version, plan_.aggregateTexts[i], results_[i].errorCode());
    return false;
  }
  return true;
}

void GroupStore::computeGroup(Touched& touched) {
  Version* version = touched.version;
  if (!computeResults(version)) return;
  size_t bytes = 0;
  for (const uint32_t column : plan_.shownKeyTexts) {
    bytes += tailBytes(version->keyRow().get(plan_.format.key, column));
  }
  if (bytes > kMaxRowBytes) return fail(version, plan_.rowSite, ErrorCode::tooLarge);
  if (!plan_.having.program && plan_.outputs.empty()) return;
  for (size_t i = 0; i < plan_.keyGroups.size(); ++i) {
    groups_[plan_.keyGroups[i]] = version->keyRow().get(plan_.format.key, i);
  }
  EvalContext context;
  context.groupColumns = groups_.data();
  context.aggregates = results_.data();
  context.arena = &arena_;
  if (plan_.having.program) {
    const Value holds = plan_.having.program.evaluate(context);
    if (holds.isError()) return fail(version, plan_.having.text, holds.errorCode());
    if (!holds.isTrue()) return setFlags(version, Version::kHidden);
  }
  if (plan_.outputs.empty()) return;
  builder_.start(plan_.restLayout);
  for (size_t i = 0; i < plan_.outputs.size(); ++i) {
    const Value value = plan_.outputs[i].program.evaluate(context);
    if (value.isError()) return fail(version, plan_.outputs[i].text, value.errorCode());
    bytes += tailBytes(value);
    if (bytes > kMaxRowBytes) return fail(version, plan_.rowSite, ErrorCode::tooLarge);
    builder_.set(i, value);
  }
  touched.version = splice(version, 0, restBytes(plan_, *version), builder_.finish().bytes());
}

/// All output columns; valid until builder_ is used again.
Row GroupStore::outputRow(const Version& version) {
  if (plan_.isBag()) return version.keyRow();
  builder_.start(plan_.outputLayout);
  for (size_t i = 0; i < plan_.places.size(); ++i) {
    builder_.set(i, outputValue(plan_, version, i));
  }
  return builder_.finish();
}

void GroupStore::account(const Version& version, int64_t sign) {
  const int64_t times = sign * (plan_.isBag() ? version.weight : 1);
  digest_ += hashRow128(outputRow(version).bytes()) * static_cast<uint128>(int128{times});
  rows_.store(rows_.load(std::memory_order_relaxed) + static_cast<uint64_t>(times),
              std::memory_order_relaxed);
}

void GroupStore::makeOrder(const OrderPlan& order, const Version& version, std::string& out) const {
  out.clear();
  for (size_t i = 0; i < order.columns.size(); ++i) {
    appendOrderedKey(out, outputValue(plan_, version, order.columns[i]), order.descending[i],
                     order.nullsFirst[i]);
  }
}

/// `checked`: rows that have a unique key of another are errors; else they were counted before.
void GroupStore::indexRow(const Touched& touched, bool checked) {
  const Version* before =
      touched.before != nullptr && isShown(*touched.before) ? touched.before : nullptr;
  const Version* after = isShown(*touched.version) ? touched.version : nullptr;
  for (size_t i = 0; i < plan_.orders.size(); ++i) {
    OrderedIndex& index = *indexes_[i];
    if (before != nullptr) makeOrder(plan_.orders[i], *before, oldOrder_);
    if (after != nullptr) makeOrder(plan_.orders[i], *after, order_);
    if (before != nullptr && after != nullptr && order_ == oldOrder_) continue;
    const bool unique = checked && plan_.viewKey.order && *plan_.viewKey.order == i;
    if (before != nullptr) {
      index.erase(oldOrder_, before->key(), position_);
      if (unique) checkUnique(i, *before, oldOrder_, -1);
    }
    if (after == nullptr) continue;
    if (unique) {
      checkUnique(i, *after, order_, 1);
      index.insert(order_, after->key(), position_);
      continue;
    }
    added_[i].add(order_, after->key());
    if (added_[i].isFull()) added_[i].insertInto(index, position_);
  }
}

/// Another row that has the view's key too is an error more when one comes, one fewer when one
/// goes. NULLs are not equal to each other.
void GroupStore::checkUnique(size_t order, const Version& version, std::string_view key,
                             int64_t sign) {
  for (const uint32_t column : plan_.orders[order].columns) {
    if (outputValue(plan_, version, column).isNull()) return;
  }
  OrderedIndex::Iterator at(*indexes_[order], position_);
  at.seek(key);
  if (!at.valid() || at.order() != key) return;
  errors_.add(ViewErrors::kUniqueKey, ErrorCode::moreThanOneRow, sign, {});
}

}  // namespace facet
