// A model with every kind of field and rule, for targets that need one. Thread: pure functions.
#pragma once

#include <memory>
#include <string>

#include "model/load.h"

namespace facet::fuzz {

extern const char* const kShopSchema;
extern const char* const kShopViews;

std::shared_ptr<const Model> shopModel();

}  // namespace facet::fuzz
