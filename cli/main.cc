// The program `facet`: its verbs, in the order of use.
#include "cli/command_line.h"

namespace {

using namespace facet;

constexpr Verb kVerbs[] = {
    {"check", "validate a model, and list what is in it",
     "  facet check examples/superstore\n  facet check examples/superstore --json", declareCheck},
    {"explain", "show how a view is maintained, and what it keeps in memory",
     "  facet explain examples/superstore orders_by_region\n"
     "  facet explain --address 127.0.0.1:7400                     # with what each step does now\n"
     "  facet explain --address 127.0.0.1:7400 orders_by_region",
     declareExplain},
    {"schema", "print a model's views as Cap'n Proto structs, or its tables for PostgreSQL",
     "  facet schema examples/superstore --capnp > superstore_views.capnp\n"
     "  facet schema --annotations > facet/model.capnp   # which that imports: capnp compile -I.\n"
     "  facet schema examples/superstore --postgres | psql shop",
     declareSchema},
    {"serve", "run a server",
     "  facet serve --model examples/superstore --data /var/lib/shop\n"
     "  facet serve --model examples/superstore --data shop --listen unix:/run/shop.sock",
     declareServe},
    {"replica", "run a read replica of a server, or of another replica",
     "  facet replica --of 127.0.0.1:7400 --data copy --listen 127.0.0.1:7401", declareReplica},
    {"submit", "send commands, from a file or from the arguments",
     "  facet submit PlaceOrderLine --csv superstore.csv\n"
     "  facet submit PlaceOrder --set orderId=A-1 total=12.50\n"
     "  producer | facet submit PlaceOrder --jsonl - --json",
     declareSubmit},
    {"get", "read rows of a view by key",
     "  facet get orders_by_region West East\n"
     "  facet get monthly_revenue '[\"West\", \"2017-11-01\"]' --json",
     declareGet},
    {"scan", "list rows of a view",
     "  facet scan customer_dashboard --order-by 'lifetime_value DESC' --limit 5\n"
     "  facet scan orders --where \"customer_id = 'SM-20320'\" --csv",
     declareScan},
    {"sql", "ask a SELECT over a view or table",
     "  facet sql 'SELECT category, sum(revenue) FROM revenue_by_category GROUP BY 1'\n"
     "  facet sql 'SELECT * FROM orders WHERE customer_id = $1 LIMIT 3' SM-20320",
     declareSql},
    {"status", "show what the server holds, and how current its views are",
     "  facet status\n  facet status --json | jq .views.orders_by_region.digest", declareStatus},
    {"log", "read events of the log",
     "  facet log tail --limit 5\n  facet log tail --follow\n"
     "  facet log show --from 1000 --limit 10 --json",
     declareLog},
    {"snapshot", "make snapshots, list, verify or remove them", "  facet snapshot create",
     declareSnapshot},
    {"verify", "check that views and tables hold what the log says", "  facet verify",
     declareVerify},
    {"rebuild", "fill a view anew from the log, while it is used",
     "  facet rebuild orders_by_region", declareRebuild},
    {"skip", "leave an event that a view's SELECT fails at out of that view, for good",
     "  facet skip orders_by_region 4711", declareSkip},
    {"backup", "copy a running node's log and a snapshot into a folder; again: only what is new",
     "  facet backup /backups/shop", declareBackup},
    {"restore", "make a data folder from a backup, as it was at the end, at a position or a time",
     "  facet restore --from /backups/shop --data shop\n"
     "  facet restore --from /backups/shop --data shop --to-position 1000000\n"
     "  facet restore --from /backups/shop --data shop --to-time '2024-05-01 12:00:00'",
     declareRestore},
    {"bench", "measure a server under load, and verify what it holds afterwards",
     "  facet bench orders --seconds 5\n  facet bench lookup --json", declareBench},
    {"version", "print the program's version", "  facet version", declareVersion},
};

/// Not there yet: they say so.
constexpr Verb kLaterVerbs[] = {
    {"watch", "show a view's rows, and then each change of them", "  facet watch orders_by_region",
     declareWatch},
    {"apply", "change a running server's model", "  facet apply examples/superstore", declareApply},
};

}  // namespace

int main(int argc, char** argv) {
  return static_cast<int>(runCommandLine(kVerbs, kLaterVerbs, argc, argv));
}
