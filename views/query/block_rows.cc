#include "views/query/block_rows.h"

namespace facet {

RelationRows::RelationRows(const RowSource& source, const Select& select, Position at, Arena& arena,
                           const std::vector<uint32_t>& used)
    : source_(source),
      at_(at),
      arena_(arena),
      used_(used),
      access_(chooseAccess(source, select)),
      values_(source.relation().columns.size()) {}

bool RelationRows::step(QuerySlice& slice, const std::function<bool(uint64_t times)>& visit) {
  const auto visitRow = [&](const Version& version) {
    version_ = &version;
    for (const uint32_t column : used_) values_[column] = source_.column(version, column, arena_);
    slice.countRow();
    return visit(source_.multiplicity(version)) && !slice.isOver();
  };
  switch (access_.how) {
    case QueryAccess::How::key:
      if (const RowSource::Found found = source_.get(at_, access_.key)) visitRow(*found.version);
      cursor_.done = true;
      break;
    case QueryAccess::How::index:
      source_.scanOrdered(at_, access_.order, access_.reverse, {}, access_.prefix, cursor_,
                          visitRow);
      break;
    case QueryAccess::How::all:
      source_.scan(at_, cursor_, visitRow);
      break;
  }
  return !cursor_.done;
}

/// What it goes along: an index, or the rows as they are stored.
std::optional<size_t> RelationRows::order() const {
  return access_.how == QueryAccess::How::index ? std::optional(access_.order) : std::nullopt;
}

// A place's bytes: how the rows are got at, then the source's.
std::string RelationRows::bookmarkBehind(const Version& row) const {
  if (access_.how == QueryAccess::How::key) return {};
  const std::string bookmark = source_.bookmarkBehind(at_, row, order());
  return bookmark.empty() ? bookmark : access_.form() + bookmark;
}

bool RelationRows::goOnBehind(std::string_view bookmark) {
  const std::string form = access_.form();
  if (!bookmark.starts_with(form)) return false;
  auto cursor = source_.cursorAt(bookmark.substr(form.size()), order());
  if (cursor) cursor_ = std::move(*cursor);
  return cursor.has_value();
}

}  // namespace facet
