// A model's .sql file.
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"
#include "views/plan/view_plan.h"

namespace facet::fuzz {

std::vector<std::string> seeds() {
  return {kShopViews,
          "CREATE MATERIALIZED VIEW v AS SELECT count(DISTINCT lower(region)) FILTER (WHERE total "
          "BETWEEN 1 AND 2) AS n, avg(total)::float8 AS a, max(extract(year FROM placed_on)) AS y "
          "FROM order_placed;"};
}

void run(std::string_view bytes) {
  try {
    const auto model = loadModel({{"shop.capnp", kShopSchema}, {"views.sql", std::string(bytes)}});
    for (uint32_t v = 0; v < model->views().size(); ++v) {
      static_cast<void>(ViewPlan::compile(model, v)->explain());
    }
  } catch (const ModelError&) {
  }
}

}  // namespace facet::fuzz
