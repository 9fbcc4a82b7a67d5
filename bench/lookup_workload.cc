#include <fmt/format.h>

#include <vector>

#include "bench/setup.h"
#include "bench/view_totals.h"
#include "bench/workload.h"

namespace facet {
namespace {

constexpr uint32_t kCustomers = 100'000;
constexpr const char* kView = "customer_totals";
constexpr const char* kKey = "customer_id";

class LookupRequests final : public Requests {
 public:
  LookupRequests(Connections& connections, const TotalsByKey& rows)
      : shape_(findTotals(connections, kView, kKey)), random_(newRun()) {
    for (unsigned i = 0; i < connections.size(); ++i) {
      views_.push_back(connections[i].view<capnp::AnyPointer, capnp::AnyPointer>(kView));
    }
    std::string id(kShortIdLength, ' ');
    for (uint32_t customer = 0; customer < kCustomers; ++customer) {
      writeCustomerId(id.data(), customer);
      const auto row = rows.find(id);
      expected_.push_back(row == rows.end() ? Totals{} : row->second);
    }
  }

  kj::Promise<void> send(unsigned connection, unsigned operations) override {
    auto request = views_[connection].getRequest(
        capnp::MessageSize{uint64_t{operations} * kKeyWords + kRequestWords, 0});
    auto keys = shape_.initKeys(request.getKeys(), operations);
    std::vector<uint32_t> customers(operations);
    for (unsigned i = 0; i < operations; ++i) {
      customers[i] = random_.below(kCustomers);
      auto text = keys[i].getPointerSection()[0].initAs<capnp::Text>(kShortIdLength);
      writeCustomerId(text.begin(), customers[i]);
    }
    return request.send().then([this, customers = kj::mv(customers)](auto&& response) {
      verify(customers, response.getRows(), response.getFound().size());
    });
  }

  std::string problem() const {
    return wrong_ == 0 ? std::string() : fmt::format("{} rows are wrong: {}", wrong_, first_);
  }

 private:
  static constexpr uint64_t kKeyWords = 2;  // a pointer and a short text
  static constexpr uint64_t kRequestWords = 32;

  /// `missing`: the reply says that a row is not there.
  void verify(const std::vector<uint32_t>& customers, capnp::AnyPointer::Reader from,
              size_t missing) {
    const auto rows = rowsOf(from);
    if (rows.size() != customers.size() || missing != 0) {
      ++wrong_;
      first_ = fmt::format("{} rows for {} keys", rows.size(), customers.size());
      return;
    }
    char id[kShortIdLength];
    for (unsigned i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      writeCustomerId(id, customers[i]);
      const bool right = shape_.key(row) == std::string_view(id, kShortIdLength) &&
                         shape_.totals(row) == expected_[customers[i]];
      if (right) continue;
      if (wrong_++ == 0) first_ = "that of " + std::string(id, kShortIdLength);
    }
  }

  TotalsShape shape_;
  Random random_;
  std::vector<AnyView::Client> views_;  // by connection
  std::vector<Totals> expected_;        // by customer
  uint64_t wrong_ = 0;
  std::string first_;
};

}  // namespace

WorkloadResult runLookup(Connections& connections, const WorkloadOptions& options) {
  findTotals(connections, kView, kKey);
  registerShop(connections, kCustomers);
  const TotalsByKey before = readTotals(connections, kView, kKey, connections[0].lastToken());
  ExpectedTotals placed(kCustomers);
  const std::string token = placeOrderOfEach(connections, newRun(), kCustomers, placed);
  const TotalsByKey rows = readTotals(connections, kView, kKey, token);
  const std::string difference = firstDifference(before, placed.byCustomer(), rows);
  LookupRequests requests(connections, rows);
  WorkloadResult result = measure(connections, options, requests);
  result.problem = difference.empty() ? requests.problem() : difference;
  return result;
}

}  // namespace facet
