// What a submission ends with.
#include "cli/submission.h"

#include <boost/test/unit_test.hpp>

using namespace facet;

BOOST_AUTO_TEST_SUITE(submission)

BOOST_AUTO_TEST_CASE(the_exit_code_says_the_worst_that_happened) {
  SubmissionTotals totals;
  totals.accepted = 7;
  BOOST_TEST((totals.exitCode() == ExitCode::ok));
  totals.badRecords = 1;
  BOOST_TEST((totals.exitCode() == ExitCode::rejected));
  totals.fault = "overloaded: the log is full";
  totals.faultCode = exitCodeOf(ClientError::Kind::overloaded);
  BOOST_TEST((totals.exitCode() == ExitCode::notReachable));
  totals.faultCode = exitCodeOf(ClientError::Kind::failed);
  BOOST_TEST((totals.exitCode() == ExitCode::failed));
  totals.unknown = 1;
  BOOST_TEST((totals.exitCode() == ExitCode::unknown));
}

BOOST_AUTO_TEST_CASE(every_kind_of_error_has_its_exit_code) {
  BOOST_TEST((exitCodeOf(ClientError::Kind::notReachable) == ExitCode::notReachable));
  BOOST_TEST((exitCodeOf(ClientError::Kind::disconnected) == ExitCode::notReachable));
  BOOST_TEST((exitCodeOf(ClientError::Kind::timedOut) == ExitCode::timedOut));
  BOOST_TEST((exitCodeOf(ClientError::Kind::unknown) == ExitCode::unknown));
  BOOST_TEST((exitCodeOf(ClientError::Kind::lost) == ExitCode::failed));
  BOOST_TEST((exitCodeOf(ClientError::Kind::expired) == ExitCode::failed));
}

BOOST_AUTO_TEST_SUITE_END()
