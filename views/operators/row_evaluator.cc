#include "views/operators/row_evaluator.h"

namespace facet {

RowEvaluator::RowEvaluator(const ViewPlan::Operators& plan, const RowPrograms& programs,
                           ViewErrors& errors, std::optional<size_t> source)
    : plan_(plan),
      programs_(programs),
      errors_(errors),
      source_(source),
      arguments_(plan.aggregates.size()),
      present_(std::make_unique<bool[]>(plan.aggregates.size())) {
  for (uint32_t i = 0; i < programs.arguments.size(); ++i) {
    if (programs.arguments[i] || programs.filters[i]) aggregates_.push_back(i);
  }
}

FailedRow RowEvaluator::rowOf(const EvalContext& context) const {
  if (failed_ != nullptr) return failed_->row;
  if (!source_) return {.event = context.position};
  return failedRow(plan_, context, *source_);
}

bool RowEvaluator::fail(uint32_t site, ErrorCode code, const EvalContext& context, int64_t weight,
                        Row key) {
  FailedRow row = rowOf(context);
  if (!row.key && key) {
    row.key = key;
    row.layout = &plan_.keyLayout;
  }
  errors_.add(site, code, weight, row);
  return false;
}

bool RowEvaluator::failRow(const EvalContext& context, int64_t weight) {
  errors_.add(plan_.rowSite, ErrorCode::tooLarge, weight, rowOf(context));
  return false;
}

bool RowEvaluator::select(const EvalContext& context, int64_t weight, bool counts,
                          Contribution& out) {
  const int64_t failing = counts ? weight : 0;
  for (const Site& conjunct : programs_.where) {
    const Value holds = conjunct.program.evaluate(context);
    if (holds.isError()) return fail(conjunct.text, holds.errorCode(), context, failing);
    if (!holds.isTrue()) return false;
  }
  keyBuilder_.start(plan_.keyLayout);
  bytes_ = 0;
  for (size_t i = 0; i < programs_.key.size(); ++i) {
    const Value value = programs_.key[i].program.evaluate(context);
    if (value.isError()) return fail(programs_.key[i].text, value.errorCode(), context, failing);
    if (!fits(value)) return failRow(context, failing);
    // A bag's rows are kept to the digit; keys are equal when SQL says so.
    if (plan_.bag) {
      keyBuilder_.set(i, value);
    } else {
      keyBuilder_.setKey(i, value);
    }
  }
  out.key = keyBuilder_.finish();
  out.hash = hashRow(out.key.bytes());
  out.weight = weight;
  return true;
}

bool RowEvaluator::complete(const EvalContext& context, Contribution& out) {
  out.rest = Row();
  if (!programs_.rest.empty()) {
    bytes_ = out.key.size();
    restBuilder_.start(plan_.restLayout);
    for (size_t i = 0; i < programs_.rest.size(); ++i) {
      const Value value = programs_.rest[i].program.evaluate(context);
      if (value.isError())
        return fail(programs_.rest[i].text, value.errorCode(), context, out.weight, out.key);
      if (!fits(value)) return failRow(context, out.weight);
      restBuilder_.set(i, value);
    }
    out.rest = restBuilder_.finish();
  }
  const FailedSum* const sum = failed_ != nullptr && failed_->sum ? &*failed_->sum : nullptr;
  for (const uint32_t i : aggregates_) {
    if (sum != nullptr && sum->aggregate < i) break;
    if (!evaluateArgument(i, context, out)) return false;
  }
  if (sum != nullptr) return fail(sum->site, sum->code, context, out.weight, out.key);
  out.arguments = arguments_.data();
  out.present = present_.get();
  out.sums = nullptr;
  return true;
}

bool RowEvaluator::evaluateArgument(size_t aggregate, const EvalContext& context,
                                    const Contribution& row) {
  const std::optional<Site>& filter = programs_.filters[aggregate];
  const std::optional<Site>& argument = programs_.arguments[aggregate];
  bool& present = present_[aggregate];
  present = true;
  if (filter) {
    const Value holds = filter->program.evaluate(context);
    if (holds.isError()) return fail(filter->text, holds.errorCode(), context, row.weight, row.key);
    present = holds.isTrue();
  }
  if (!present || !argument) return true;
  arguments_[aggregate] = argument->program.evaluate(context);
  if (arguments_[aggregate].isError()) {
    return fail(argument->text, arguments_[aggregate].errorCode(), context, row.weight, row.key);
  }
  present = !arguments_[aggregate].isNull();
  return true;
}

}  // namespace facet
