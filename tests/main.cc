#define BOOST_TEST_MODULE facet
#include <boost/test/unit_test.hpp>
