#include "client/reads.h"

#include <kj/debug.h>

namespace facet {

AnyView::Client viewIn(wire::Session::Client session, const RelationShape& shape) {
  auto request = session.viewRequest();
  request.setName({shape.name.c_str(), shape.name.size()});
  request.setRowTypeId(shape.rowTypeId);
  return request.send().getView().castAs<AnyView>();
}

kj::Promise<Scan::Page> Scan::next() {
  KJ_REQUIRE(more_, "the scan has no more pages");
  auto page =
      client_ == nullptr ? ask(view_) : client_->read([this](wire::Session::Client session) {
        return ask(viewIn(session, shape_));
      });
  return page.then([this](Page&& answer) {
    took(answer);
    return kj::mv(answer);
  });
}

kj::Promise<Scan::Page> Scan::ask(AnyView::Client view) {
  auto request = view.scanRequest();
  auto options = request.initOptions();
  options.setPage(options_.page);
  options.setCursor({cursor_.data(), cursor_.size()});
  options.setGoOn(!options_.oneCut);
  options.setFilter(options_.filter.c_str());
  options.setOrder(options_.order.c_str());
  if (options_.limit > 0) options.setLimit(options_.limit - rows_);
  if (options_.after) options_.after(options.getAfter());
  const std::string& token = token_.empty() ? options_.atLeast : token_;
  auto read = options.initRead();
  read.setAtLeast({reinterpret_cast<const capnp::byte*>(token.data()), token.size()});
  read.setMaxWaitMs(options_.maxWaitMs);
  read.setOrOlder(options_.orOlder);
  return request.send();
}

void Scan::took(const Page& page) {
  const auto cut = page.getCut();
  const bool first = token_.empty();
  movedFrom_ = !first && cut.getPosition() != position_ ? std::optional(position_) : std::nullopt;
  position_ = cut.getPosition();
  const auto token = cut.getToken();
  token_.assign(token.begin(), token.end());
  rows_ += page.getRows().getAs<capnp::AnyList>().size();
  const auto cursor = page.getCursor();
  cursor_.assign(cursor.begin(), cursor.end());
  more_ = !cursor_.empty() && (options_.limit == 0 || rows_ < options_.limit);
}

kj::Promise<QueryReply> query(AsyncClient& client, const std::string& sql,
                              const std::vector<std::optional<std::string>>& params) {
  using Answer = capnp::Response<wire::Session::QueryResults>;
  return client
      .retry([sql, params](wire::Session::Client session) -> kj::Promise<Answer> {
        auto request = session.queryRequest();
        request.setSql(sql.c_str());
        auto list = request.initParams(static_cast<unsigned>(params.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          if (params[i]) {
            list[i].setText(params[i]->c_str());
          } else {
            list[i].setNull();
          }
        }
        return request.send();
      })
      .then([](Answer&& response) {
        QueryReply out;
        out.columns = columnShapes(response.getColumns());
        out.position = response.getCut().getPosition();
        RowReader reader(out.columns);
        const auto rows =
            response.getRows().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
        for (const auto row : rows) {
          reader.read(row);
          auto& values = out.rows.emplace_back();
          for (size_t c = 0; c < out.columns.size(); ++c) values.push_back(reader.text(c));
        }
        return out;
      });
}

kj::Promise<capnp::Response<wire::Admin::StatusResults>> status(AsyncClient& client) {
  using Answer = capnp::Response<wire::Admin::StatusResults>;
  return client.retry([](wire::Session::Client session) -> kj::Promise<Answer> {
    return session.adminRequest().send().getAdmin().statusRequest().send();
  });
}

}  // namespace facet
