// How the fields of one struct become those of another: by name, overridden by `set`.
#include <fmt/format.h>

#include <algorithm>

#include "model/loading.h"
#include "model/names.h"

namespace facet {
namespace {

class Filling {
 public:
  Filling(Loading& loading, const FillRequest& request) : loading_(loading), request_(request) {
    sources_.resize(request.target->size());
    isSet_.resize(request.target->size());
  }

  void assign(uint32_t index, annotations::Assignment::Reader assignment, const BindValue& bind) {
    const std::string part = fmt::format("{}.set[{}]", request_.part, index);
    const std::string name(toView(assignment.getField()));
    const auto target = findField(*request_.target, name);
    if (!target) {
      problem(part, fmt::format("{} has no field \"{}\"", request_.targetName, name),
              didYouMean(name, fieldNames(*request_.target)));
      return;
    }
    if (isSet_[*target]) {
      problem(part, fmt::format("field \"{}\" is set already", name), "");
      return;
    }
    isSet_[*target] = true;
    if (request_.rules[*target] == FillRule::ignored) {
      problem(part, fmt::format("field \"{}\" is not written by a delete", name),
              "set only fields of the key");
      return;
    }
    if (assignment.getTo().size() == 0) {
      problem(part, "it has no expression", "to = \"…\"");
      return;
    }
    try {
      FieldSource& source = sources_[*target];
      source.expr = bind(toView(assignment.getTo()), (*request_.target)[*target].type, part);
      if (!source.expr) return;
      forEachNode(*source.expr, [&source](const Expr& node) {
        if (node.op == Op::column && node.relation > 0) source.needsTables = true;
      });
    } catch (const SqlError& error) {
      loading_.problem(*request_.at, part, error);
    }
  }

  void passByName(uint32_t target) {
    const Field& to = (*request_.target)[target];
    const FillRule rule = request_.rules[target];
    if (isSet_[target] || rule == FillRule::ignored) return;
    const auto from = std::ranges::find(*request_.source, to.name, &Field::name);
    if (from == request_.source->end()) {
      missing(to, rule);
      return;
    }
    if (from->type != to.type) {
      problem(
          request_.part,
          fmt::format("field \"{}\" is {} in {}, and {} in {}", to.field, typeName(from->type),
                      request_.sourceName, typeName(to.type), request_.targetName),
          fmt::format("convert it: set = [(field = \"{}\", to = \"{}\")]", to.field, from->name));
      return;
    }
    if (from->nullable && !to.nullable && rule != FillRule::key) {
      problem(request_.part,
              fmt::format("field \"{}\" can be NULL in {}, and cannot in {}", to.field,
                          request_.sourceName, request_.targetName),
              fmt::format(
                  "say what stands for NULL: set = [(field = \"{}\", to = \"coalesce({}, …)\")]",
                  to.field, from->name));
      return;
    }
    sources_[target].column = static_cast<uint32_t>(from - request_.source->begin());
  }

  std::vector<FieldSource> take() { return std::move(sources_); }

 private:
  void missing(const Field& to, FillRule rule) {
    if (rule == FillRule::optional || (rule == FillRule::nullable && to.nullable)) return;
    const std::string why = rule == FillRule::key ? "which is in its key" : "which cannot be NULL";
    problem(request_.part,
            fmt::format("nothing fills field \"{}\" of {}, {}", to.field, request_.targetName, why),
            fmt::format("add the field to {}, or set = [(field = \"{}\", to = \"…\")]",
                        request_.sourceName, to.field));
  }

  void problem(const std::string& part, std::string message, std::string advice) {
    loading_.problem(*request_.at, part, std::move(message), std::move(advice));
  }

  Loading& loading_;
  const FillRequest& request_;
  std::vector<FieldSource> sources_;
  std::vector<bool> isSet_;
};

}  // namespace

std::vector<FieldSource> fillFields(Loading& loading, const FillRequest& request,
                                    capnp::List<annotations::Assignment>::Reader assignments,
                                    const BindValue& bind) {
  Filling filling(loading, request);
  for (uint32_t i = 0; i < assignments.size(); ++i) filling.assign(i, assignments[i], bind);
  for (uint32_t i = 0; i < request.target->size(); ++i) filling.passByName(i);
  return filling.take();
}

}  // namespace facet
