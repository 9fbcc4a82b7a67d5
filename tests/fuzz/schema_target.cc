// A model's .capnp file.
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"

namespace facet::fuzz {

std::vector<std::string> seeds() {
  return {kShopSchema};
}

void run(std::string_view bytes) {
  try {
    loadModel({{"shop.capnp", std::string(bytes)}});
  } catch (const ModelError&) {
  }
}

}  // namespace facet::fuzz
